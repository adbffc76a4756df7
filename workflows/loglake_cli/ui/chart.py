"""Events per minute, hour or day by level, as bars: counts in, positions in percent out. Pure.

The time axis is linear, so a time without events is a gap. The most severe level is at the bottom, where bars are easy
to compare, and is never too small to see.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LEVELS = ("FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")
NO_LEVEL = "no level"
HEIGHT = 120
"""The height of the bars, in CSS pixels; their width depends on the window."""

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_UNITS = {"day": (_DAY, timedelta(days=3)), "hour": (_HOUR, timedelta(hours=3)), "minute": (_MINUTE, timedelta.min)}
"""How long a bar is, and the time range from which on bars are this long."""

_TICKS = {
    "day": ((_DAY, "%m-%d"), (7 * _DAY, "%m-%d")),
    "hour": ((6 * _HOUR, "%H:%M"), (_DAY, "%m-%d")),
    "minute": ((10 * _MINUTE, "%H:%M"), (_HOUR, "%H:%M")),
}
"""The steps of the time axis, and how a time is written there: the first one with few labels is taken."""

_MOST_TICKS = 9
_LEAST_BARS = 24
_LEAST_PX = 3
_ROUND = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
_GAP = 0.15
"""The gap between two bars, as a share of a bar's width."""


@dataclass(frozen=True)
class Segment:
    """The events of one level in one bar; `y` and `height` in CSS pixels from the top."""

    level: str
    count: int
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    """A time with events, up to `end`. `x` and `width` are percent of the chart's width."""

    begin: datetime
    end: datetime
    x: float
    width: float
    segments: tuple[Segment, ...]

    @property
    def counts(self) -> dict[str, int]:
        """The events by level."""
        return {segment.level: segment.count for segment in self.segments}


@dataclass(frozen=True)
class Chart:
    """Bars and their labels.

    Attributes:
        unit: the length of a bar: ``minute``, ``hour`` or ``day``.
        levels: the levels that occur, the most severe first.
        top: the count at the upper edge.
        ticks: (percent, label) of the time axis.
    """

    unit: str
    bars: tuple[Bar, ...]
    levels: tuple[str, ...]
    top: int
    ticks: tuple[tuple[float, str], ...]

    @property
    def total(self) -> int:
        """How many events there are."""
        return sum(segment.count for bar in self.bars for segment in bar.segments)

    @property
    def sentence(self) -> str:
        """A text version of the chart, for people who can't see it."""
        totals = dict.fromkeys(self.levels, 0)
        for segment in (segment for bar in self.bars for segment in bar.segments):
            totals[segment.level] += segment.count
        counts = ", ".join(f"{count:,} {level}" for level, count in totals.items())
        return f"{counts}, from {self.bars[0].begin:%Y-%m-%d %H:%M} to {self.bars[-1].end:%Y-%m-%d %H:%M} UTC"


def unit_of(length: timedelta) -> str:
    """How long the bars of a time range are."""
    return next(name for name, (_, least) in _UNITS.items() if length > least)


def chart(rows: Sequence[tuple[datetime, str | None, int]], unit: str) -> Chart | None:
    """The chart of counts by time and level, in the order of time; None if there are none."""
    if not rows:
        return None
    step = _UNITS[unit][0]
    counts: Mapping[datetime, Counter[str]] = defaultdict(Counter)
    for time, level, count in rows:
        counts[time - (time - datetime.min) % step][level if level in LEVELS else NO_LEVEL] += count
    first, last = min(counts), max(counts)
    begins = min(first, last - (_LEAST_BARS - 1) * step)
    span = (last - begins) // step + 1
    top = _nice(max(each.total() for each in counts.values()))
    levels = tuple(name for name in (*LEVELS, NO_LEVEL) if any(each[name] for each in counts.values()))
    bars = tuple(
        Bar(
            time,
            time + step,
            100 * (((time - begins) // step + _GAP / 2) / span),
            100 * (1 - _GAP) / span,
            tuple(_segments(each, top)),
        )
        for time, each in counts.items()
    )
    return Chart(unit, bars, levels, top, _ticks(begins, span, unit))


def _segments(counts: Counter[str], top: int) -> Iterator[Segment]:
    y = float(HEIGHT)
    for level in (*LEVELS, NO_LEVEL):
        if counts[level]:
            ends, y = y, max(y - max(counts[level] / top * HEIGHT, _LEAST_PX), 0)
            yield Segment(level, counts[level], y, ends - y)


def _nice(most: int) -> int:
    """The smallest round number that is at least `most`."""
    if most <= 10:
        return most
    ten: int = 10 ** (int(math.log10(most)) - 1)
    return next(step * ten for step in _ROUND if step * ten >= most)


def _ticks(begins: datetime, span: int, unit: str) -> tuple[tuple[float, str], ...]:
    step = _UNITS[unit][0]
    times = [(number, begins + number * step) for number in range(span)]
    ticks: list[tuple[float, str]] = []
    for apart, form in _TICKS[unit]:
        ticks = [(100 * number / span, f"{time:{form}}") for number, time in times if not (time - datetime.min) % apart]
        if len(ticks) <= _MOST_TICKS:
            break
    return tuple(ticks)
