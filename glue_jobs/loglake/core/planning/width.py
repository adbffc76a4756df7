"""How wide a window of a missing range is: a day, or a calendar month once nothing of it can change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from loglake.core.cloud_types import LogGroup
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs
from loglake.core.windows import Window, floor_to, tile

MOST_BYTES = 20_000_000_000
"""The expected size at which a window is cut, at midnight."""


TASK_S, BYTES_PER_S = 67, 20_000_000
"""How long an export task takes by itself, with the pause after it, and how many bytes it writes in a second: what is
assumed for saying how long something takes."""


def expected_day_bytes(group: LogGroup, now_ms: EpochMs) -> int:
    """The expected size of a log group's day: what CloudWatch stores of it, by the days that it has kept."""
    age_ms = now_ms - group.created_ms
    kept_ms = min(age_ms, group.retention_days * MS_PER_DAY) if group.retention_days else age_ms
    return (group.stored_bytes or 0) * MS_PER_DAY // max(kept_ms, MS_PER_DAY)


def task_seconds(windows: int, size_bytes: int) -> int:
    """How long the export slot is busy with so many windows of so many bytes in all."""
    return windows * TASK_S + size_bytes // BYTES_PER_S


@dataclass(frozen=True)
class Width:
    """How wide the windows of a log group's missing ranges are.

    Attributes:
        group: as CloudWatch describes it.
        final_ms: days that end later still have passes to come, so each is a window of its own.
        day_bytes: the expected size of a day.
        by_day: each day is a window of its own, such as for a table with partitions by the hour.
    """

    group: LogGroup
    final_ms: int
    day_bytes: int = 0
    by_day: bool = False

    def windows(self, gap: Window) -> Iterator[Window]:
        """The windows in which a missing range is exported, in order.

        Time before the log group's creation, which may have events, is exported with what comes after it:
        CreateExportTask refuses a range that ends earlier. (To be read, a range that ends earlier is one window.) Such
        a window ends with the hour of the creation if retention may drop its beginning before its later passes: the
        hours after it still get late events.
        """
        start, created_ms = gap.from_ms, min(self.group.created_ms, gap.to_ms - 1)
        cut_ms = EpochMs(floor_to(created_ms, MS_PER_HOUR) + MS_PER_HOUR)
        for day in tile(gap):
            if day.to_ms <= created_ms:
                continue
            late = self.group.retention_days and day.to_ms > self.final_ms  # so it has passes to come
            if late and start < day.from_ms < cut_ms < day.to_ms:
                yield Window(start, cut_ms)
                start = cut_ms
            next_day_ms = day.to_ms + MS_PER_DAY
            if day.to_ms == gap.to_ms or next_day_ms > gap.to_ms or not self._goes_on(start, day.to_ms, next_day_ms):
                yield Window(start, day.to_ms)
                start = day.to_ms

    def _goes_on(self, start_ms: EpochMs, end_ms: EpochMs, next_day_ms: int) -> bool:
        """Whether a window takes the next day, too."""
        size = self.day_bytes * (next_day_ms - start_ms) // MS_PER_DAY
        is_month = datetime.fromtimestamp(end_ms / 1000, timezone.utc).day == 1
        return not (self.by_day or is_month or next_day_ms > self.final_ms or size > MOST_BYTES)
