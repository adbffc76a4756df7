"""How much a log group's windows are expected to hold, before they are exported, and how wide they are.

The rate of the windows next to it is the best guess. Without any, CloudWatch's metric IncomingBytes says what came in,
and without that the stored bytes are spread over the time that they are from. A guess only says how wide a window is
and which way it goes: nothing is taken for empty because of it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Callable, Optional

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window, floor_to, length

IncomingBytes = Callable[[LogGroupName], Optional[int]]
"""How many bytes a day came in for a log group in the last 15 months; None if that is not known."""

COUNTED_MS = 455 * MS_PER_DAY
"""How long CloudWatch keeps a metric by the hour or day."""

_NEAREST = 24
"""So many windows next to one say how much that holds: so neither its quietest nor its busiest hour counts alone."""

_PAGE_BYTES = 312_500
"""Text on a page of FilterLogEvents that is half full: CloudWatch counts the JSON around it, 1.6 times a text of 250
bytes."""

_COMPRESSED, _GZIP = 0.15, 0.18
"""Stored bytes of a log group, and bytes of exported objects, for a byte of text."""


def pages_of(size_bytes: int) -> int:
    """How many pages are expected for a window with so many bytes: the last one may be empty."""
    return 1 - -size_bytes // _PAGE_BYTES


class ExpectedBytes:
    """What is expected of one log group, in bytes of text.

    Attributes:
        came_in: bytes a day by CloudWatch's metric, once it was asked; None if it does not say.
    """

    def __init__(self, group: LogGroup, now_ms: EpochMs) -> None:
        """`group`: as CloudWatch describes it; `now_ms`: the time."""
        age_ms = now_ms - group.created_ms
        kept_ms = min(age_ms, group.retention_days * MS_PER_DAY) if group.retention_days else age_ms
        self._stored = round((group.stored_bytes or 0) / _COMPRESSED * MS_PER_DAY / max(kept_ms, MS_PER_DAY))
        self.came_in: int | None = None

    def of_day(self) -> int:
        """Of a day, if nothing of the log group was exported."""
        return self._stored if self.came_in is None else self.came_in

    def near(self, window: Window, rows: Iterable[LedgerRow]) -> int:
        """Of a day, as much as the windows next to a window had.

        Args:
            window: whose size is to be expected.
            rows: of the log group.
        """
        known = neighbours(rows)
        if not known:
            return self.of_day()
        nearest = heapq.nsmallest(_NEAREST, known, key=lambda row: _distance(row.window, window))
        size_bytes, time_ms = sum(map(_text_bytes, nearest)), sum(length(row.window) for row in nearest)
        return round(size_bytes * MS_PER_DAY / time_ms)


def neighbours(rows: Iterable[LedgerRow]) -> Sequence[LedgerRow]:
    """The windows that say how much a log group has: those that were exported or read."""
    unknown = {WindowState.EXPORTING, WindowState.FAILED, WindowState.UNREADABLE}
    return [row for row in rows if row.state not in unknown and row.newest.task_id and not row.landed]


def _text_bytes(row: LedgerRow) -> float:
    """Bytes of text of an exported window, or of one that was read: its last page may have none."""
    source = row.newest
    return (source.pages - 1) * _PAGE_BYTES if source.is_read else source.size_bytes / _GZIP


def _distance(one: Window, other: Window) -> int:
    return max(one.from_ms - other.to_ms, other.from_ms - one.to_ms, 0)


MOST_BYTES = 20_000_000_000
"""The expected size at which a window is cut, at midnight: a task takes a quarter of an hour for it."""


TASK_S, BYTES_PER_S = 67, 20_000_000
"""How long an export task takes by itself, with the pause after it, and how many bytes it writes in a second: what is
assumed for saying how long something takes."""


def task_seconds(windows: int, size_bytes: int) -> int:
    """How long the export slot is busy with so many windows of so many bytes in all."""
    return windows * TASK_S + size_bytes // BYTES_PER_S


def cut_into_windows(
    gap: Window,
    group: LogGroup,
    final_ms: int,
    day_bytes: int = 0,
    *,
    by_day: bool = False,
    may_read: bool = True,
) -> Iterator[Window]:
    """The windows in which a missing range is exported, in order.

    Time before the day of the log group's creation, which may have events, is a window of its own. If it can't be read,
    that ends with the hour of the creation: CreateExportTask refuses a range that ends earlier.

    Args:
        gap: the range.
        group: as CloudWatch describes it.
        final_ms: days that end later still have passes to come, so each is a window of its own.
        day_bytes: the expected size of a day.
        by_day: each day is a window of its own, such as for a table with partitions by the hour.
        may_read: its windows may be read.
    """
    hour_ms = floor_to(group.created_ms, MS_PER_HOUR)
    day_ms = floor_to(hour_ms, MS_PER_DAY)
    start = gap.from_ms
    if start < day_ms:
        start = EpochMs(min(day_ms if may_read else hour_ms + MS_PER_HOUR, gap.to_ms))
        yield Window(gap.from_ms, start)
    most_ms = MOST_BYTES * MS_PER_DAY // max(day_bytes, 1)
    while start < gap.to_ms:
        end_ms = EpochMs(min(floor_to(start, MS_PER_DAY) + MS_PER_DAY, gap.to_ms))
        if not by_day:  # to the last midnight that it may reach
            latest_ms = min(_month_end(end_ms), final_ms, start + most_ms, gap.to_ms)
            end_ms = max(end_ms, floor_to(latest_ms, MS_PER_DAY))
        yield Window(start, end_ms)
        start = end_ms


def _month_end(day_end_ms: EpochMs) -> int:
    """The end of the calendar month of a day, by the end of the day."""
    last = datetime.fromtimestamp((day_end_ms - 1) / 1000, timezone.utc)
    month = datetime(last.year + last.month // 12, last.month % 12 + 1, 1, tzinfo=timezone.utc)
    return int(month.timestamp()) * 1000
