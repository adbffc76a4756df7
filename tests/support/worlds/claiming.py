"""A converter takes one window alone."""

from __future__ import annotations

from loglake.core.ledger.row import LedgerRow
from loglake.pipelines.commit.leases import Leases


def claim(leases: Leases, row: LedgerRow) -> LedgerRow | None:
    """Takes a window as `Leases.claim_all` does; None if it can't be taken."""
    return next(iter(leases.claim_all([row])), None)
