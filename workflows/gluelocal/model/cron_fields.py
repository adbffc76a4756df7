"""The fields of a cron expression, as EventBridge Scheduler and Glue read them; pure.

Source: EventBridge Scheduler user guide, "Cron-based schedules": the wildcards ``, - * ? / L W #``, SUN is day 1.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

_WEEK = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def numbers(field: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
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
class Days:
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
    def read(cls, day_of_month: str, day_of_week: str) -> Days:
        """The days of the two fields; one of them is ``?``.

        Raises:
            ValueError: neither or both are ``?``, or the other can't be read.
        """
        if (day_of_month == "?") == (day_of_week == "?"):
            raise ValueError("one of day of month and day of week must be ?, and only one")
        if day_of_week == "?":
            if re.fullmatch(r"L|LW|([1-9]|[12]\d|3[01])W", day_of_month):
                return cls(special=day_of_month)
            return cls(month_days=numbers(day_of_month, 1, 31))
        field = "SAT" if day_of_week == "L" else day_of_week
        special = re.fullmatch(r"(\w{3}|\d)(L|#[1-5])", field)
        if special:
            (day,) = numbers(special[1], 1, 7, _WEEK)
            return cls(special=f"{day}{special[2]}")
        return cls(week_days=numbers(field, 1, 7, _WEEK))

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
