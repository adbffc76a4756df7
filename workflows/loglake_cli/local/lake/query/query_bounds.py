"""What a query may take, if somebody else waits for what it keeps busy: rows, time and memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """What a query may take at the most; None is no bound.

    Attributes:
        rows: of its answer; there may be more, which are left out.
        seconds: from its start to its end.
        memory_mb: of its process; None is four fifths of the machine's memory.
        answer_mb: of all values of its answer.
    """

    rows: int | None = None
    seconds: float | None = None
    memory_mb: int | None = None
    answer_mb: int | None = None


NO_BOUNDS = Bounds()
