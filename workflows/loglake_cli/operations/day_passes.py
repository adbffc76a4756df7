"""How final the days of a log group are: fresh, settled or final."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loglake.core.ledger.row import LedgerRow
from loglake.core.planning.passes import Pass, day_end, pass_at
from loglake.core.units import MS_PER_DAY, EpochMs


@dataclass(frozen=True)
class DayPasses:
    """Days of a log group with rows in the table, by the pass that all of their windows have reached.

    Attributes:
        fresh: their late events still have to be exported.
        settled: exported again after they were over.
        final: exported after the last possible late event.
        oldest_unsettled_ms: the start of the oldest fresh day; None if there is none.
    """

    fresh: int = 0
    settled: int = 0
    final: int = 0
    oldest_unsettled_ms: EpochMs | None = None


def day_passes(rows: Iterable[LedgerRow], settle_after_ms: int) -> DayPasses:
    """The days of a log group's rows. A window counts for the day that it ends in; landed windows have no pass.

    For a window that is exported again, the current rows count until the new ones are committed.
    """
    days: dict[EpochMs, Pass] = {}
    for row in rows:
        if row.live and row.live.holds_exports:
            end, reached = day_end(row.window), pass_at(row.live.exported_at_ms, row.window, settle_after_ms)
            days[end] = min(reached, days.get(end, reached))
    fresh = [EpochMs(end - MS_PER_DAY) for end, reached in days.items() if reached is Pass.FRESH]
    counts = list(days.values())
    return DayPasses(len(fresh), counts.count(Pass.SETTLED), counts.count(Pass.FINAL), min(fresh, default=None))
