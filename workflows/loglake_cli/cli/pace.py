"""How fast counted work is, and how long it still takes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

_WIDTH = 20
"""Letters of the bar."""


@dataclass
class Pace:
    """Work of a known size.

    Attributes:
        began_s: when it began, on the clock that only goes forward.
        through: parts that are done.
        of: all parts; 0 if that is not known.
    """

    began_s: float = field(default_factory=time.monotonic)
    through: int = 0
    of: int = 0

    def text(self, now_s: float, bar: bool = False) -> str:
        """How long it takes so far; with a size how much is done, how fast it goes and what is left of the time."""
        passed_s = now_s - self.began_s
        if not self.of:
            return _duration(passed_s)
        done = f"{self.through:,} of {self.of:,} parts"
        if bar:
            full = _WIDTH * self.through // self.of
            done = f"{'█' * full}{'░' * (_WIDTH - full)} {done}"
        if not self.through or passed_s <= 0:
            return f"{done}, {_duration(passed_s)}"
        per_s = self.through / passed_s
        return f"{done}, {per_s:,.1f} a second, about {_duration((self.of - self.through) / per_s)} left"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min"
