"""A window that may be exported next, and the ways to do it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from loglake.core.ledger.row import Attempt, LedgerRow, Queue, WindowState
from loglake.core.units import EPOCH, EpochMs, LogGroupName
from loglake.core.windows import Window


class Way(str, Enum):
    """How a window's events are exported."""

    TASK = "task"  # by CreateExportTask, in the account's one export slot
    READ = "read"  # by FilterLogEvents


@dataclass(frozen=True)
class Candidate:
    """A window that is to be exported.

    Attributes:
        table: that of its rows.
        since_ms: since when it waits, see `order.since`; before that is known, when it was asked for, or 0.
        expiring: retention is about to drop it, see `passes.expires_soon`.
        size_bytes: the expected size of its events; `pages`: the expected answers of FilterLogEvents.
        ways: how it may be exported, the better way first.
        again: the row of an earlier export of the window; None if it gets a new row.
        request: the key of the request that asks for it; empty if a schedule does.
        accepts_fewer: a person accepts that it may have fewer events than what it replaces.
        back_to_ms: the watermark may lie no later once a person's window begins: a wider window around it counts.
        asks: the rows of a final pass that CloudWatch is asked about first: is it needed? See `passes.needs_final`.
        asks_size: CloudWatch is asked first how much came in, since nothing of the log group was exported yet.
    """

    log_group: LogGroupName
    window: Window
    queue: Queue
    table: str = ""
    since_ms: EpochMs = EPOCH
    expiring: bool = False
    size_bytes: int = 0
    pages: int = 1
    ways: tuple[Way, ...] = (Way.TASK,)
    again: LedgerRow | None = None
    request: str = ""
    accepts_fewer: bool = False
    back_to_ms: EpochMs = EPOCH
    asks: tuple[LedgerRow, ...] = ()
    asks_size: bool = False

    @property
    def row(self) -> LedgerRow:
        """The row as it stands, or a new one that no ledger has."""
        return self.again or LedgerRow(self.log_group, self.window, self.table, version=0, generation=0)

    @property
    def replaces(self) -> bool:
        """Whether rows that are in the table may be replaced."""
        return self.row.live is not None or self.queue in {Queue.SETTLED, Queue.FINAL}

    def begun(self, now_ms: EpochMs) -> LedgerRow:
        """The row with which its export begins, under its next generation.

        The tries of an attempt that failed, and is retried by itself, go on.
        """
        row = self.row
        failed = row.failure
        goes_on = failed if failed and failed.retry_at_ms and row.queue is self.queue else None
        # A try of the same attempt writes below the same keys: its task has a name and a folder of its own.
        generation = row.generation if goes_on and goes_on.tries else row.generation + 1
        attempt = Attempt(
            generation,
            exported_at_ms=now_ms,
            state=WindowState.EXPORTING,
            tries=1,
            accepts_fewer=self.accepts_fewer,
        )
        if goes_on:
            tries, fewer = goes_on.tries + 1, goes_on.accepts_fewer or self.accepts_fewer
            attempt = replace(attempt, tries=tries, empty_retry=goes_on.empty_retry, accepts_fewer=fewer)
        return row.begin(attempt, now_ms, self.queue)
