"""Schedule expressions of EventBridge Scheduler and of Glue's SCHEDULED triggers: when they fire; pure.

Sources: EventBridge Scheduler user guide, "Schedule types"; Glue developer guide, "Time-based schedules". If a zone
skips a wall-clock time in spring, it doesn't fire; if the time comes twice in autumn, it fires once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Union
from zoneinfo import ZoneInfo

from athena_duckdb.errors import ConfigError
from gluelocal.model.cron_fields import Days, numbers
from gluelocal.units import from_ms, to_ms

_UNITS_MS = {"minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
_LAST_YEAR = 2199
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True)
class Rate:
    """``rate(5 minutes)``, counted from a start time."""

    every_ms: int
    anchor_ms: int

    def next_after(self, now_ms: int) -> int | None:
        """The next time after a time."""
        steps = max(0, now_ms - self.anchor_ms) // self.every_ms + 1
        return self.anchor_ms + steps * self.every_ms


@dataclass(frozen=True)
class Once:
    """``at(2026-11-24T10:00:00)``."""

    at_ms: int

    def next_after(self, now_ms: int) -> int | None:
        """The time, if it is still ahead."""
        return self.at_ms if self.at_ms > now_ms else None


@dataclass(frozen=True)
class Cron:
    """``cron(minutes hours day-of-month month day-of-week year)`` in a time zone."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    days: Days
    zone: ZoneInfo

    def next_after(self, now_ms: int) -> int | None:
        """The next time after a time; None if there is none up to the year 2199."""
        for day in self._days(from_ms(now_ms).astimezone(self.zone).date()):
            for hour in self.hours:
                for minute in self.minutes:
                    wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
                    at_ms = to_ms(wall)
                    exists = from_ms(at_ms).astimezone(self.zone).replace(tzinfo=None) == wall.replace(tzinfo=None)
                    if exists and at_ms > now_ms:
                        return at_ms
        return None

    def _days(self, day: date) -> Iterator[date]:
        while day.year <= _LAST_YEAR:
            if day.year in self.years and day.month in self.months and self.days.has(day):
                yield day
            day += timedelta(days=1)


Schedule = Union[Rate, Once, Cron]


@lru_cache(maxsize=256)
def read_schedule(expression: str, zone: str = "UTC", anchor_ms: int = 0) -> Schedule:
    """Reads a schedule expression.

    Args:
        expression: ``rate(…)``, ``cron(…)`` or ``at(…)``.
        zone: the time zone of cron and at, such as ``Europe/Berlin``.
        anchor_ms: the start time of a rate.

    Raises:
        ConfigError: the expression is invalid; says why.
    """
    found = re.fullmatch(r"(rate|cron|at)\(([^()]+)\)", expression.strip())
    if not found:
        raise ConfigError(f"{expression!r} is not a schedule; write rate(5 minutes), cron(0 6 * * ? *) or at(…)")
    try:
        if found[1] == "rate":
            return _rate(found[2], anchor_ms)
        return _once(found[2], _zone(zone)) if found[1] == "at" else _cron(found[2], _zone(zone))
    except ValueError as error:
        raise ConfigError(f"{expression!r} is not a schedule: {error}") from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"the time zone {name!r} is not known here") from error


def _rate(text: str, anchor_ms: int) -> Rate:
    found = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", text)
    if not found or (found[1] == "1") == bool(found[3]):
        raise ValueError("a rate is 1 minute, 5 minutes, 1 hour, 2 hours, 1 day, …")
    return Rate(int(found[1]) * _UNITS_MS[found[2]], anchor_ms)


def _once(text: str, zone: ZoneInfo) -> Once:
    return Once(to_ms(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=zone)))


def _cron(text: str, zone: ZoneInfo) -> Cron:
    fields = text.upper().split()
    if len(fields) != 6:
        raise ValueError("cron has six fields: minutes, hours, day of month, month, day of week, year")
    minutes, hours, day_of_month, month, day_of_week, year = fields
    return Cron(
        minutes=tuple(sorted(numbers(minutes, 0, 59))),
        hours=tuple(sorted(numbers(hours, 0, 23))),
        months=numbers(month, 1, 12, _MONTHS),
        years=numbers(year, 1970, _LAST_YEAR),
        days=Days.read(day_of_month, day_of_week),
        zone=zone,
    )
