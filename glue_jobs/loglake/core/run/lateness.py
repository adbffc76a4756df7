"""How late a deployment is: two numbers for alarms."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from loglake.core.ledger.row import LedgerRow
from loglake.core.ledger.states import Queue
from loglake.core.ledger.watermark import Watermark
from loglake.core.units import LogGroupName


def oldest_pending_age_s(pending: Iterable[LedgerRow], paused: Collection[LogGroupName], now_ms: int) -> int:
    """The age of the oldest fresh window that is not in its table, counted from its end; 0 if there is none.

    Windows of other queues don't count: a backfill waits for long, and the time of a settled or final pass is in the
    table already. Windows of paused log groups don't count either.
    """
    fresh = (row for row in pending if row.queue is Queue.FRESH and row.live is None and row.log_group not in paused)
    return max((_seconds(now_ms - row.window.to_ms) for row in fresh), default=0)


def settled_age_s(watermarks: Iterable[Watermark], now_ms: int) -> int:
    """The age of the time up to which all of these log groups have settled; 0 without log groups."""
    return max((_seconds(now_ms - watermark.settled_until_ms) for watermark in watermarks), default=0)


def _seconds(ms: int) -> int:
    return max(0, ms // 1000)
