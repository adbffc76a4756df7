"""Schedule expressions of EventBridge Scheduler and of Glue's SCHEDULED triggers: when they fire; pure.

Sources: EventBridge Scheduler user guide, "Schedule types"; Glue developer guide, "Time-based schedules". If a zone
skips a wall-clock time in spring, it doesn't fire; if the time comes twice in autumn, it fires once. The fields of a
cron expression have the wildcards ``, - * ? / L W #``, and SUN is day 1 ("Cron-based schedules").
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Union
from zoneinfo import ZoneInfo

from athena_duckdb.errors import ConfigError
from gluelocal.units import from_ms, to_ms

_UNITS_MS = {"minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
_LAST_YEAR = 2199
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEK = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


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


def _numbers(field: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The values that a field names: ``*``, ``5``, ``1-5``, ``0/15``, ``MON-FRI`` and lists of them.

    Raises:
        ValueError: the field can't be read, or has a value out of its range.
    """
    return frozenset(value for part in field.split(",") for value in _part(part, low, high, names))


def _part(part: str, low: int, high: int, names: tuple[str, ...]) -> range:
    body, slash, step = part.partition("/")
    if slash and not re.fullmatch(r"[1-9]\d*", step):
        raise ValueError(f"{part!r} must have a positive number after the slash")
    first, dash, last = body.partition("-")
    if body == "*":
        start, stop = low, high
    else:
        start = _value(first, low, names)
        stop = _value(last, low, names) if dash else (high if slash else start)
    if not low <= start <= stop <= high:
        raise ValueError(f"{part!r} is not within {low} to {high}")
    return range(start, stop + 1, int(step or 1))


def _value(text: str, low: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + low
    if not text.isdecimal():
        raise ValueError(f"{text!r} is not a value of a cron field")
    return int(text)


@dataclass(frozen=True)
class _Days:
    """The days of a cron expression.

    Attributes:
        month_days: days of the month, if they are listed.
        week_days: days of the week, 1 for Sunday, if they are listed.
        special: ``L``, ``LW``, ``15W`` (day of month), ``6L`` or ``6#3`` (day of week), if given instead of a list.
    """

    month_days: frozenset[int] = frozenset()
    week_days: frozenset[int] = frozenset()
    special: str = ""

    @classmethod
    def read(cls, day_of_month: str, day_of_week: str) -> _Days:
        """The days of the two fields; one of them is ``?``.

        Raises:
            ValueError: neither or both are ``?``, or the other can't be read.
        """
        if (day_of_month == "?") == (day_of_week == "?"):
            raise ValueError("one of day of month and day of week must be ?, and only one")
        if day_of_week == "?":
            if re.fullmatch(r"L|LW|([1-9]|[12]\d|3[01])W", day_of_month):
                return cls(special=day_of_month)
            return cls(month_days=_numbers(day_of_month, 1, 31))
        field = "SAT" if day_of_week == "L" else day_of_week
        special = re.fullmatch(r"(\w{3}|\d)(L|#[1-5])", field)
        if special:
            (day,) = _numbers(special[1], 1, 7, _WEEK)
            return cls(special=f"{day}{special[2]}")
        return cls(week_days=_numbers(field, 1, 7, _WEEK))

    def has(self, day: date) -> bool:
        """Whether a date is one of the days."""
        week_day = day.isoweekday() % 7 + 1
        if self.special:
            return self._is_special(day, week_day)
        return day.day in self.month_days or week_day in self.week_days

    def _is_special(self, day: date, week_day: int) -> bool:
        last = calendar.monthrange(day.year, day.month)[1]
        if self.special == "L":
            return day.day == last
        if self.special.endswith("W"):
            wanted = last if self.special == "LW" else int(self.special[:-1])
            return wanted <= last and day.day == _nearest_weekday(day.replace(day=wanted), last)
        if self.special.endswith("L"):
            return week_day == int(self.special[0]) and day.day + 7 > last
        return week_day == int(self.special[0]) and (day.day - 1) // 7 + 1 == int(self.special[2])


def _nearest_weekday(day: date, last: int) -> int:
    """The day of month of the nearest weekday in the same month."""
    if day.isoweekday() == 6:
        return day.day - 1 if day.day > 1 else 3
    if day.isoweekday() == 7:
        return day.day + 1 if day.day < last else day.day - 2
    return day.day


@dataclass(frozen=True)
class Cron:
    """``cron(minutes hours day-of-month month day-of-week year)`` in a time zone."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    days: _Days
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
        minutes=tuple(sorted(_numbers(minutes, 0, 59))),
        hours=tuple(sorted(_numbers(hours, 0, 23))),
        months=_numbers(month, 1, 12, _MONTHS),
        years=_numbers(year, 1970, _LAST_YEAR),
        days=_Days.read(day_of_month, day_of_week),
        zone=zone,
    )
