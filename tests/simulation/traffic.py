"""Counts of events: how many log groups take in, when they can be exported, and which come late."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from loglake.core.units import MS_PER_DAY, MS_PER_HOUR
from loglake.core.windows import Window

SLOW_MS = 12 * MS_PER_HOUR
"""CloudWatch takes up to 12 hours to make an event exportable."""

LATE_MS = 14 * MS_PER_DAY
"""PutLogEvents takes events that are up to 14 days old."""

Counts = npt.NDArray[np.int64]


class Late(NamedTuple):
    """Events that were put long after their own time."""

    hour: int
    arrived_hour: int
    exportable_ms: int
    events: int


@dataclass(frozen=True)
class GroupTraffic:
    """One log group's events, by hour since the start.

    Attributes:
        start_ms: when hour 0 begins.
        prompt: events that can be exported within the lag, summed up: the number before each hour.
        slow: events that can be exported `slow_ms` after their hour.
        late: ordered by the hour that they are of.
        came_in: events by the hour in which they were put, summed up.
    """

    start_ms: int
    prompt: Counts
    slow: Counts
    slow_ms: Counts
    late: tuple[Late, ...]
    came_in: Counts

    def exportable(self, window: Window, now_ms: int) -> int:
        """Events of a window, which is whole hours, that an export task finds at a time."""
        return sum(events for _, events in self.by_hour(window, now_ms))

    def by_hour(self, window: Window, now_ms: int) -> list[tuple[int, int]]:
        """The same for each hour of a window that has any, with its start."""
        first, end = self.hours(window)
        ends = self.start_ms + np.arange(first + 1, end + 1, dtype=np.int64) * MS_PER_HOUR
        found = np.diff(self.prompt[first : end + 1])
        found += np.where(ends + self.slow_ms[first:end] <= now_ms, self.slow[first:end], 0)
        for late in self.late[bisect_left(self.late, (first,)) : bisect_left(self.late, (end,))]:
            found[late.hour - first] += late.events if late.exportable_ms <= now_ms else 0
        starts = (ends - MS_PER_HOUR).tolist()
        return [(start, events) for start, events in zip(starts, found.tolist(), strict=True) if events]

    def incoming(self, from_ms: int, to_ms: int) -> int | None:
        """Events that were put between two times, by whole hours; None if there were none, as CloudWatch has it."""
        last = len(self.came_in) - 1
        first = min(max((from_ms - self.start_ms) // MS_PER_HOUR, 0), last)
        end = min(max(-(-(to_ms - self.start_ms) // MS_PER_HOUR), 0), last)
        return int(self.came_in[end] - self.came_in[first]) or None if first < end else None

    def hours(self, window: Window) -> tuple[int, int]:
        """The hours of a window."""
        first, odd = divmod(window.from_ms - self.start_ms, MS_PER_HOUR)
        end, odder = divmod(window.to_ms - self.start_ms, MS_PER_HOUR)
        if odd or odder or first < 0:
            raise ValueError(f"{window} is not of whole hours since the start")
        return first, end


def make_traffic(number: int, start_ms: int, hours: int, seed: int, alive: range) -> GroupTraffic:
    """The traffic of one log group, which depends only on these arguments.

    Most groups are busy, day and night; each tenth has events on a quarter of the days only, and of each 25th nothing
    comes any more after a third of the time. A fourth of all get late events.

    Args:
        number: the log group's.
        start_ms: when hour 0 begins.
        hours: how many hours there are.
        seed: of the whole simulation.
        alive: the hours in which the group exists.
    """
    random = np.random.default_rng((seed, number))
    hour = np.arange(hours)
    rate = np.full(hours, random.lognormal(np.log(200), 1.2)) * (1 + 0.8 * np.sin((hour % 24 - 9) * np.pi / 12))
    if number % 10 == 3:
        rate *= (random.random(hours // 24 + 1) < 0.25)[hour // 24]
    if number % 25 == 7:
        rate[hours // 3 :] = 0
    rate[(hour < alive.start) | (hour >= alive.stop)] = 0
    events = random.poisson(rate).astype(np.int64)
    slow = (events * random.uniform(0, 0.03, hours)).astype(np.int64)
    slow_ms = random.integers(MS_PER_HOUR // 2, SLOW_MS, hours)
    late = _late(random, start_ms, alive, hours) if number % 4 == 1 else ()
    came_in = events.copy()
    for each in late:
        came_in[min(each.arrived_hour, hours - 1)] += each.events
    return GroupTraffic(start_ms, summed(events - slow), slow, slow_ms, late, summed(came_in))


def _late(random: np.random.Generator, start_ms: int, alive: range, hours: int) -> tuple[Late, ...]:
    """A batch on every third day or so, put up to 14 days later."""
    batches = []
    for day in range(alive.start // 24, min(alive.stop, hours) // 24):
        hour, delay_ms = day * 24 + int(random.integers(24)), int(random.integers(MS_PER_HOUR, LATE_MS))
        exportable_ms = start_ms + hour * MS_PER_HOUR + delay_ms + int(random.integers(SLOW_MS))
        arrived = hour + delay_ms // MS_PER_HOUR
        if random.random() < 0.35 and arrived < min(alive.stop, hours):
            batches.append(Late(hour, arrived, exportable_ms, int(random.integers(1, 500))))
    return tuple(sorted(batches))


def summed(counts: Counts) -> Counts:
    """The sum before each hour, and of all."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
