"""The time that no ledger row holds, cut into the pieces in which it is exported."""

from __future__ import annotations

from collections.abc import Iterator

from loglake.core.cloud_types import LogGroup
from loglake.core.planning.passes import begins_too_early
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs
from loglake.core.windows import Window, floor_to, tile


def pieces_of(window: Window, group: LogGroup, final_after_ms: int) -> Iterator[Window]:
    """The pieces in which a missing window is exported: see `_days_of`.

    If the first piece could not be exported again, it is only the hour of the creation and the time before: the
        hours after it still get late events.
    """
    for piece in _days_of(window, group.created_ms):
        early = begins_too_early(piece, group.retention_days, final_after_ms)
        yield from _cut_after_creation(piece, group.created_ms) if early else [piece]


def _days_of(window: Window, created_ms: int) -> Iterator[Window]:
    """Day-sized pieces. Those that end before the group's creation are joined to the first that does not.

    CreateExportTask refuses a `to` before the creation, yet events may be older than their group. A range that ends
        before the creation gives no piece: the first piece that ends later begins there. If that one is in the ledger
        already, `day_plan` replaces it by a wider window.
    """
    start = window.from_ms
    for piece in tile(window):
        if piece.to_ms - 1 >= created_ms:  # the task's `to` is to_ms - 1
            yield Window(start, piece.to_ms)
            start = piece.to_ms


def hour_after(created_ms: int) -> EpochMs:
    """The end of the hour of the creation."""
    return EpochMs(floor_to(created_ms, MS_PER_HOUR) + MS_PER_HOUR)


def _cut_after_creation(window: Window, created_ms: int) -> list[Window]:
    """Splits off the hour of the creation, with all before it."""
    cut_ms = hour_after(created_ms)
    if cut_ms not in window:
        return [window]
    return [Window(window.from_ms, cut_ms), Window(cut_ms, window.to_ms)]


def split_backlog(gap: Window, created_ms: int, until_ms: int) -> Iterator[tuple[Window, bool]]:
    """A missing window in order, with its whole days kept together: those after the creation that end by `until_ms`.

    Yields:
        A window, and whether it is such whole days.
    """
    first = max(floor_to(gap.from_ms - 1, MS_PER_DAY) + MS_PER_DAY, floor_to(created_ms, MS_PER_DAY) + MS_PER_DAY)
    last = floor_to(max(min(gap.to_ms, until_ms), 0), MS_PER_DAY)
    if first >= last:
        yield gap, False
        return
    if gap.from_ms < first:
        yield Window(gap.from_ms, EpochMs(first)), False
    yield Window(EpochMs(first), last), True
    if last < gap.to_ms:
        yield Window(last, gap.to_ms), False
