"""How much a log group's windows are expected to hold, before they are exported.

The rate of the windows next to it is the best guess. Without any, CloudWatch's metric IncomingBytes says what came in,
and without that the stored bytes are spread over the time that they are from. A guess only says how wide a window is
and which way it goes: nothing is taken for empty because of it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import Callable, Optional

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window, length

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
