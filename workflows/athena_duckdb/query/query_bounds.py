"""The limits of a query if others wait for it: rows, time and memory. And the time of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Bounds:
    """The limits of a query; None means no limit.

    Attributes:
        rows: rows in its answer; further rows are left out.
        seconds: from its start to its end.
        memory_mb: of its process; None means four fifths of the machine's memory.
        answer_mb: of all values in its answer.
    """

    rows: int | None = None
    seconds: float | None = None
    memory_mb: int | None = None
    answer_mb: int | None = None


NO_BOUNDS = Bounds()

TimeRange = tuple[Optional[int], Optional[int]]
"""From, and up to but without, milliseconds since the epoch; None is open."""

ALWAYS: TimeRange = (None, None)
