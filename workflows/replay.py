"""Converting again what was quarantined, after a fix: the windows and landed objects that it came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from glue_jobs.core.landing import LandedObject, LandedState
from glue_jobs.core.ledger import LedgerRow, WindowState
from glue_jobs.pipelines.reconvert import Survivors, look_for_raw, reopen

if TYPE_CHECKING:
    from workflows.deployment import Deployment

_ASKED_AGAIN = "its quarantine is to be replayed"


@dataclass(frozen=True)
class Replay:
    """What has quarantined input.

    Attributes:
        windows: windows with entries of quarantine.
        landed: landed objects with entries of their own, which belong to no window.
        entries: how many entries that is.
    """

    windows: Survivors
    landed: tuple[LandedObject, ...]
    entries: int


def plan_replay(deployment: Deployment, table: str | None) -> Replay:
    """Looks for what is quarantined, of one table or of all; changes nothing.

    Landed objects that can't be decoded belong to no table: they are looked at where no table is named.
    """
    rows = [
        row for row in deployment.ledger.all_rows(table) if row.state is WindowState.CONVERTED and _quarantined(row)
    ]
    landed = [known for known in deployment.ledger.landed_objects() if known.quarantined] if table is None else []
    entries = sum(map(_quarantined, rows)) + sum(known.quarantined for known in landed)
    return Replay(look_for_raw(rows, deployment.control, deployment.raw), tuple(landed), entries)


def replay(deployment: Deployment, plan: Replay) -> list[LedgerRow]:
    """Has all of it converted again; a window's rows and its quarantine replace those of before.

    Returns:
        The windows that are to be converted again.
    """
    reopened = reopen(plan.windows.whole, deployment.ledger, deployment.control, deployment.clock)
    for known in plan.landed:
        deployment.ledger.put_landed_object(replace(known, state=LandedState.FAILED, reason=_ASKED_AGAIN))
    if reopened or plan.landed:
        deployment.wake()
    return reopened


def _quarantined(row: LedgerRow) -> int:
    return row.accounting.quarantined if row.accounting else 0
