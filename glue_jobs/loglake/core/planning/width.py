"""How wide a window of a missing range is: a day, or a calendar month once nothing of it can change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from loglake.core.cloud_types import LogGroup
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs
from loglake.core.windows import Window, floor_to

MOST_BYTES = 20_000_000_000
"""The expected size at which a window is cut, at midnight: a task takes a quarter of an hour for it."""


TASK_S, BYTES_PER_S = 67, 20_000_000
"""How long an export task takes by itself, with the pause after it, and how many bytes it writes in a second: what is
assumed for saying how long something takes."""


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
        may_read: its windows may be read.
    """

    group: LogGroup
    final_ms: int
    day_bytes: int = 0
    by_day: bool = False
    may_read: bool = True

    def windows(self, gap: Window) -> Iterator[Window]:
        """The windows in which a missing range is exported, in order.

        Time before the day of the log group's creation, which may have events, is a window of its own. If it can't be
        read, that ends with the hour of the creation: CreateExportTask refuses a range that ends earlier.
        """
        hour_ms = floor_to(self.group.created_ms, MS_PER_HOUR)
        day_ms = floor_to(hour_ms, MS_PER_DAY)
        start = gap.from_ms
        if start < day_ms:
            start = EpochMs(min(day_ms if self.may_read else hour_ms + MS_PER_HOUR, gap.to_ms))
            yield Window(gap.from_ms, start)
        while start < gap.to_ms:
            day_end_ms = EpochMs(min(floor_to(start, MS_PER_DAY) + MS_PER_DAY, gap.to_ms))
            end_ms = max(day_end_ms, self._latest_end(start, day_end_ms, gap.to_ms))
            yield Window(start, end_ms)
            start = end_ms

    def _latest_end(self, start_ms: EpochMs, day_end_ms: EpochMs, gap_end_ms: EpochMs) -> EpochMs:
        """The last midnight to which a window may go on after its first day; an earlier time if it may not."""
        if self.by_day:
            return day_end_ms
        last = datetime.fromtimestamp((day_end_ms - 1) / 1000, timezone.utc)
        month = datetime(last.year + last.month // 12, last.month % 12 + 1, 1, tzinfo=timezone.utc)
        most_ms = MOST_BYTES * MS_PER_DAY // max(self.day_bytes, 1)
        latest_ms = min(int(month.timestamp()) * 1000, self.final_ms, start_ms + most_ms, gap_end_ms)
        return floor_to(latest_ms, MS_PER_DAY)
