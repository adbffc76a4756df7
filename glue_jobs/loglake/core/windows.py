"""Half-open windows of event time, and the parts of a range that they leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName, format_instant


@dataclass(frozen=True, order=True)
class Window:
    """``[from_ms, to_ms)``: an event at `to_ms` belongs to the next window.

    CreateExportTask includes both of its ends, so a window is exported with ``to = to_ms - 1``.
    """

    from_ms: EpochMs
    to_ms: EpochMs

    def __post_init__(self) -> None:
        """States the invariant: not empty, not before the epoch."""
        if not 0 <= self.from_ms < self.to_ms:
            raise ValueError(f"a window needs 0 <= from < to, not [{self.from_ms}, {self.to_ms})")

    def __contains__(self, ms: int) -> bool:
        return self.from_ms <= ms < self.to_ms

    def holds(self, other: Window) -> bool:
        """Whether all of another window lies in this one; true if they are equal."""
        return self.from_ms <= other.from_ms and other.to_ms <= self.to_ms

    def meets(self, other: Window) -> bool:
        """Whether another window has some of this one's time."""
        return self.from_ms < other.to_ms and other.from_ms < self.to_ms

    def __str__(self) -> str:
        return f"[{format_instant(self.from_ms)}, {format_instant(self.to_ms)})"


WindowName = tuple[LogGroupName, Window]
"""What identifies a window in the ledger."""


def floor_to(ms: int, unit_ms: int) -> EpochMs:
    """The last multiple of `unit_ms` at or before an instant."""
    return EpochMs(ms - ms % unit_ms)


def day_end(window: Window) -> EpochMs:
    """The end of the UTC day that a window ends in: midnight after its last instant."""
    return EpochMs(floor_to(window.to_ms - 1, MS_PER_DAY) + MS_PER_DAY)


def length(window: Window) -> int:
    """How long a window is, in milliseconds."""
    return window.to_ms - window.from_ms


def merge(windows: Iterable[Window]) -> list[Window]:
    """The same instants in as few windows as possible, in order: neighbours and overlaps are merged."""
    merged: list[Window] = []
    for window in sorted(windows):
        if merged and window.from_ms <= merged[-1].to_ms:
            merged[-1] = Window(merged[-1].from_ms, EpochMs(max(merged[-1].to_ms, window.to_ms)))
        else:
            merged.append(window)
    return merged


def subtract(window: Window, covered: Iterable[Window]) -> list[Window]:
    """The parts of a window that no covered window has, in order."""
    rest = []
    start = window.from_ms
    for other in sorted(covered):
        if start < min(other.from_ms, window.to_ms):
            rest.append(Window(start, min(other.from_ms, window.to_ms)))
        start = max(start, other.to_ms)
    return [*rest, Window(start, window.to_ms)] if start < window.to_ms else rest
