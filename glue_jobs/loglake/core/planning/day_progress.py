"""How far planning has come with the days of a log group, and how many queries to CloudWatch it has left."""

from __future__ import annotations

from collections.abc import Sequence

from loglake.core.ledger.row import Queue
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.coverage import CoveringWindow
from loglake.core.planning.day_plan import DayPlan
from loglake.core.planning.passes import QUERY_LATER, CameIn
from loglake.core.units import EPOCH, EpochMs, LogGroupName


class QueryBudget:
    """Budgets the queries for late events of exported days; a log group asks until its queue of final passes is full.

    A planning sends a bounded number of queries. Without a share per log group, a few log groups that have many days
    due would use all of them in each planning, and the others would never get one.

    Attributes:
        to_query: days that still need a query.
    """

    def __init__(self, came_in: CameIn, left: int) -> None:
        self.to_query = 0
        self._left = left
        self._came_in = came_in

    def count(self, day: DayPlan) -> None:
        """Records the result of a day."""
        self._left -= sum(piece.queue is Queue.FINAL for piece in day.pieces)
        self.to_query += day.to_query

    def came_in(self, log_group: LogGroupName, from_ms: EpochMs, to_ms: EpochMs) -> int | None:
        """See `passes.CameIn`."""
        return self._came_in(log_group, from_ms, to_ms) if self._left > 0 else QUERY_LATER


class DayProgress:
    """How far the days of a log group are done, counted from its watermark."""

    def __init__(self, watermark: Watermark) -> None:
        self.watermark = watermark
        self._settled = self._final = True

    def stop(self) -> None:
        """Records that a day is not done."""
        self._settled = self._final = False

    def day(self, coverage: Sequence[CoveringWindow], settled: bool, final: bool) -> None:
        """The next day, with the windows that end in it."""
        end_ms = max((covering.window.to_ms for covering in coverage), default=EPOCH)
        before = self.watermark.settled_until_ms
        self._settled = self._settled and (settled or end_ms <= before)
        self._final = self._final and final
        settled_ms = EpochMs(max(before, end_ms)) if self._settled else before
        final_ms = EpochMs(max(self.watermark.final_until_ms, end_ms)) if self._final else self.watermark.final_until_ms
        self.watermark = Watermark(self.watermark.start_ms, settled_ms, EpochMs(min(final_ms, settled_ms)))
