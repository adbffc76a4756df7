"""What stays known of landed objects when their items have expired: a total for each day, and skipped log groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from loglake.core.landing.objects import LandedObject
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import floor_to

MOST_DAYS = 10_000
"""A note keeps this many days, the newest: an item has at most 400 KB."""


@dataclass(frozen=True)
class LandedTotal:
    """The objects that arrived on a day, as far as they were known when the daily look added them up.

    Attributes:
        size_bytes: their sizes.
        events_in: events found, and entries of quarantine.
        quarantined: those entries.
    """

    objects: int = 0
    size_bytes: int = 0
    events_in: int = 0
    quarantined: int = 0

    def plus(self, known: LandedObject) -> LandedTotal:
        """The total with one more object."""
        return LandedTotal(
            self.objects + 1,
            self.size_bytes + known.size_bytes,
            self.events_in + known.events_in,
            self.quarantined + known.quarantined,
        )


@dataclass(frozen=True)
class SkippedDays:
    """The days on which objects arrived with events of a log group that no dataset takes; their starts, in order."""

    days: tuple[EpochMs, ...] = ()

    def plus(self, day: EpochMs) -> SkippedDays:
        """The days with one more; the same object if it has it."""
        return self if day in self.days else SkippedDays(tuple(sorted([*self.days, day])[-MOST_DAYS:]))

    def minus(self, day: EpochMs) -> SkippedDays:
        """The days without one."""
        return replace(self, days=tuple(each for each in self.days if each != day))


def day_start(ms: int) -> EpochMs:
    """The start of a time's UTC day."""
    return floor_to(EpochMs(ms), MS_PER_DAY)


def days_between(from_ms: int, to_ms: int) -> Iterator[EpochMs]:
    """The starts of the UTC days from one time to another, both with their day."""
    return (EpochMs(ms) for ms in range(day_start(from_ms), to_ms + 1, MS_PER_DAY))
