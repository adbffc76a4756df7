"""How final the days of a log group are: exported soon after they were over, once more, or a last time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loglake.core.ledger.row import LedgerRow
from loglake.core.planning.passes import Pass, day_end, pass_at
from loglake.core.units import MS_PER_DAY, EpochMs


@dataclass(frozen=True)
class DayPasses:
    """Days of a log group that have rows in the table, each by the pass that all of its windows have reached.

    Attributes:
        fresh: what comes late for these is still to be exported.
        settled: exported again after they were over.
        final: exported when nothing could come any more.
        oldest_unsettled_ms: midnight that the oldest of the fresh days begins with; None where there is none.
    """

    fresh: int = 0
    settled: int = 0
    final: int = 0
    oldest_unsettled_ms: EpochMs | None = None


def day_passes(rows: Iterable[LedgerRow], settle_after_ms: int) -> DayPasses:
    """The days of a log group's rows. A window counts for the day that it ends in; what was landed has no pass.

    Of a window that is exported again, its rows in the table count until the new ones are there.
    """
    days: dict[EpochMs, Pass] = {}
    for row in rows:
        if row.live and row.live.holds_exports:
            end, reached = day_end(row.window), pass_at(row.live.exported_at_ms, row.window, settle_after_ms)
            days[end] = min(reached, days.get(end, reached))
    fresh = [EpochMs(end - MS_PER_DAY) for end, reached in days.items() if reached is Pass.FRESH]
    counts = list(days.values())
    return DayPasses(len(fresh), counts.count(Pass.SETTLED), counts.count(Pass.FINAL), min(fresh, default=None))
