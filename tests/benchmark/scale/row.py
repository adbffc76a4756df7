"""One line of the results: a target, what was measured, and whether it is met."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """A target and what was measured.

    Attributes:
        sign: ``<=`` or ``>=``.
        details: what belongs to it, such as processor time, which other work on the machine disturbs less.
    """

    what: str
    measured: float
    sign: str
    target: float
    unit: str = ""
    details: dict[str, float | str] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.measured <= self.target if self.sign == "<=" else self.measured >= self.target

    def __str__(self) -> str:
        said = ", ".join(f"{name} {_number(value)}" for name, value in self.details.items())
        target = f"{self.sign} {_number(self.target)} {self.unit}".strip()
        met = "met" if self.met else "NOT MET"
        return f"{self.what:60}{_number(self.measured):>10}   {target:18}{met:9}{said}"


def _number(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.2f}"


@dataclass
class Timer:
    """Seconds and processor time of a block, its processes included if they have ended."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0


@contextmanager
def timed() -> Iterator[Timer]:
    """Measures the block."""
    timer = Timer()
    started, before = time.monotonic(), _cpu()
    yield timer
    timer.seconds, timer.cpu_seconds = time.monotonic() - started, _cpu() - before


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
