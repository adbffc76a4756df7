"""The times of events: three whole days with a quiet night and a busy evening, and ids that a seed fixes."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from loglake.core.units import MS_PER_DAY, MS_PER_HOUR

DAYS = 3

# Relative number of events per hour of the day; night, morning, lunch, evening.
_HOURS = (3, 2, 1, 1, 1, 2, 4, 7, 10, 12, 13, 14, 15, 14, 13, 13, 14, 16, 19, 22, 24, 19, 12, 6)

_CUMULATIVE = tuple(accumulate(_HOURS))

Made = tuple[int, str]
"""One event: milliseconds since the epoch, and its message."""

Streams = Mapping[str, Sequence[Made]]
"""The events of a log group by stream, each stream in the order of its times."""


@dataclass(frozen=True)
class Traffic:
    """Random times and ids.

    Attributes:
        rng: the source of everything random.
        from_ms: the first midnight, UTC.
    """

    rng: random.Random
    from_ms: int

    @property
    def days(self) -> range:
        """The midnights of the days, in milliseconds."""
        return range(self.from_ms, self.from_ms + DAYS * MS_PER_DAY, MS_PER_DAY)

    def times(self, count: int) -> list[int]:
        """A number of times over all days, in order."""
        starts = self.rng.choices(self.days, k=count)
        return sorted(start + offset for start, offset in zip(starts, self._offsets(count)))

    def times_of_day(self, midnight_ms: int, count: int) -> list[int]:
        """A number of times in one day, in order."""
        return sorted(midnight_ms + offset for offset in self._offsets(count))

    def hex_id(self, digits: int) -> str:
        """Random hexadecimal digits, as in the id of a task or a network interface."""
        return f"{self.rng.getrandbits(4 * digits):0{digits}x}"

    def request_id(self) -> str:
        """A random UUID of version 4."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def _offsets(self, count: int) -> list[int]:
        hours = self.rng.choices(range(24), cum_weights=_CUMULATIVE, k=count)
        return [hour * MS_PER_HOUR + self.rng.randrange(MS_PER_HOUR) for hour in hours]
