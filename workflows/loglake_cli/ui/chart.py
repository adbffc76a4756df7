"""A table's events per hour by level, as bars: counts in, positions in percent out. Pure.

The time axis is linear, so an hour without events is a gap. The most severe level is at the bottom, where bars are easy
to compare, and is never too small to see.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from athena_duckdb.query.hive_types import literal, quoted

LEVELS = ("FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")
NO_LEVEL = "no level"
HEIGHT = 120
"""The height of the bars, in CSS pixels; their width depends on the window."""

_HOUR = timedelta(hours=1)
_MOST_DAYS = 7
_LEAST_HOURS = 24
_LEAST_PX = 3
_ROUND = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
_GAP = 0.15
"""The gap between two bars, as a share of an hour's width."""


@dataclass(frozen=True)
class Segment:
    """The events of one level in one hour; `y` and `height` in CSS pixels from the top."""

    level: str
    count: int
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    """An hour with events. `x` and `width` are percent of the chart's width."""

    hour: datetime
    x: float
    width: float
    segments: tuple[Segment, ...]

    @property
    def counts(self) -> dict[str, int]:
        """The events of the hour by level."""
        return {segment.level: segment.count for segment in self.segments}


@dataclass(frozen=True)
class Chart:
    """Bars and their labels.

    Attributes:
        levels: the levels that occur, the most severe first.
        top: the count at the upper edge.
        ticks: (percent, label) of the time axis.
        older: whether the table has events before these hours.
    """

    bars: tuple[Bar, ...]
    levels: tuple[str, ...]
    top: int
    ticks: tuple[tuple[float, str], ...]
    older: bool

    @property
    def sentence(self) -> str:
        """A text version of the chart, for people who can't see it."""
        totals = dict.fromkeys(self.levels, 0)
        for segment in (segment for bar in self.bars for segment in bar.segments):
            totals[segment.level] += segment.count
        counts = ", ".join(f"{count:,} {level}" for level, count in totals.items())
        first, last = self.bars[0].hour, self.bars[-1].hour
        return f"{counts}, from {first:%Y-%m-%d %H:%M} to {last + _HOUR:%Y-%m-%d %H:%M} UTC"


def counts_sql(database: str, table: str, with_level: bool) -> str:
    """A statement for the counts of the last days: hour, a count per level, and the start of the table."""
    name = f"{quoted(database)}.{quoted(table)}"
    level = "upper(level)" if with_level else "NULL"
    known = ", ".join(map(literal, LEVELS))
    counts = [f"count(*) FILTER ({level} = {literal(each)})" for each in LEVELS]
    counts.append(f"count(*) FILTER ({level} IS NULL OR {level} NOT IN ({known}))")
    return (
        f"SELECT date_trunc('hour', event_time) AS hour, {', '.join(counts)}, (SELECT min(event_time) FROM {name}) "
        f"FROM {name} WHERE event_time > (SELECT max(event_time) FROM {name}) - INTERVAL {_MOST_DAYS} DAY "
        "GROUP BY hour ORDER BY hour"
    )


def chart(rows: Sequence[Sequence[Any]]) -> Chart | None:
    """The chart of the answer to `counts_sql`, in the same order; None if there are no events."""
    if not rows:
        return None
    hours = [row[0] for row in rows]
    counts = [row[1:-1] for row in rows]
    begins = min(hours[0], hours[-1] - (_LEAST_HOURS - 1) * _HOUR)
    span = (hours[-1] - begins) // _HOUR + 1
    top = _nice(max(map(sum, counts)))
    names = (*LEVELS, NO_LEVEL)
    levels = tuple(name for name, column in zip(names, zip(*counts, strict=True), strict=True) if any(column))
    bars = tuple(
        Bar(
            hour,
            100 * (((hour - begins) // _HOUR + _GAP / 2) / span),
            100 * (1 - _GAP) / span,
            tuple(_segments(count, top)),
        )
        for hour, count in zip(hours, counts, strict=True)
    )
    return Chart(bars, levels, top, tuple(_ticks(begins, span)), older=rows[0][-1] < hours[0])


def _segments(counts: Sequence[int], top: int) -> Iterator[Segment]:
    y = float(HEIGHT)
    for level, count in zip((*LEVELS, NO_LEVEL), counts, strict=True):
        if count:
            ends, y = y, max(y - max(count / top * HEIGHT, _LEAST_PX), 0)
            yield Segment(level, count, y, ends - y)


def _nice(most: int) -> int:
    """The smallest round number that is at least `most`."""
    if most <= 10:
        return most
    ten: int = 10 ** (int(math.log10(most)) - 1)
    return next(step * ten for step in _ROUND if step * ten >= most)


def _ticks(begins: datetime, span: int) -> Iterator[tuple[float, str]]:
    """Midnights; for a short time range, every sixth hour."""
    step, form = (24, "%m-%d") if span > 2 * _LEAST_HOURS else (6, "%H:%M")
    for number in range(span):
        hour = begins + number * _HOUR
        if hour.hour % step == 0:
            yield 100 * number / span, hour.strftime(form)
