"""Finds the year of timestamps that have none: syslog's and klog's.

The last timestamp of a file gets the latest year that does not put it after the file's last change, plus a day for the
time zone. Going back from there, a jump ahead by more than half a year is the turn of a year. So the whole file is read
once before its events are read; the result is one number.
"""

from __future__ import annotations

from loglake.core.units import MS_PER_DAY, from_ms
from loglake.kernels.readers.plain.stamps import Stamp

_HALF_YEAR_DAYS = 183
_LEAP_YEARS = 9
"""February 29th may be eight years back."""


class Turns:
    """Counts how often the year turns between stamps, in their order; a stamp of the old year after that turns back."""

    def __init__(self) -> None:
        self.count = 0
        self.last: Stamp | None = None
        self._day = 0

    def add(self, stamp: Stamp) -> None:
        """Takes the next stamp that has no year."""
        month, day = stamp.month_and_day
        ordinal = month * 61 // 2 + day  # within two days of the day of the year
        if self.last is not None and abs(ordinal - self._day) > _HALF_YEAR_DAYS:
            self.count += 1 if ordinal < self._day else -1
        self.last, self._day = stamp, ordinal


class Years:
    """Gives each stamp of a file its year, in their order.

    Args:
        changed_ms: when the file was last changed.
        whole: the turns of the whole file; without it each stamp is in the latest year that is possible.
    """

    def __init__(self, changed_ms: int, whole: Turns | None = None) -> None:
        self._limit_ms = changed_ms + MS_PER_DAY
        self._turns = Turns()
        self._first: int | None = None
        if whole and whole.last:
            latest = self._latest(whole.last)
            self._first = None if latest is None else latest - whole.count

    def ms(self, stamp: Stamp) -> int | None:
        """The time of the next stamp."""
        if stamp.own_ms is not None:
            return stamp.own_ms
        self._turns.add(stamp)
        year = self._latest(stamp) if self._first is None else self._first + self._turns.count
        if year is None:
            return None
        times = (stamp.ms(each) for each in range(year, year - _LEAP_YEARS, -1))
        return next((time for time in times if time is not None), None)

    def _latest(self, stamp: Stamp) -> int | None:
        year = from_ms(self._limit_ms).year
        for each in range(year, year - _LEAP_YEARS, -1):
            time = stamp.ms(each)
            if time is not None and time <= self._limit_ms:
                return each
        return None
