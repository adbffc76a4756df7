"""The timestamp that CloudWatch puts before each exported event, found and read for many lines at once."""

from __future__ import annotations

import re
from datetime import datetime

import numpy as np

from loglake.kernels.arrow import Bytes, Int32s, Int64s, Mask

TIMESTAMP_BYTES = 25
"""``2023-11-14T12:34:56.789Z`` and the space after it."""

_DATE_BYTES = len("2023-11-14")

_LOW = np.frombuffer(b"0000-00-00T00:00:00.000Z ", np.uint8)[:, np.newaxis]
_SPAN = np.frombuffer(b"9999-19-39T29:59:59.999Z ", np.uint8)[:, np.newaxis] - _LOW
_ZERO = np.uint8(ord("0"))
_MS_PER_DAY = 86_400_000
_TIMESTAMP = re.compile(rb"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.\d{3}Z ")
_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def find_timestamps(data: Bytes, lines: Int64s) -> tuple[Int64s, Int64s]:
    """Which lines start with a timestamp.

    Args:
        data: the bytes.
        lines: offsets of line starts in `data`, ascending; each has at least `TIMESTAMP_BYTES` bytes from there.

    Returns:
        Indexes into `lines`, ascending, and the timestamps there in milliseconds since the epoch. An impossible
        date (month 13, February 30) is not a timestamp.
    """
    if not len(lines):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    heads = _heads(data, lines)
    found = np.flatnonzero(((heads - _LOW) <= _SPAN).all(axis=0))  # uint8 wraps round below the lower bound
    digits = (heads if len(found) == len(lines) else heads[:, found]) - _ZERO
    dates = digits[:_DATE_BYTES]
    if len(found) and (dates == dates[:, :1]).all():  # as nearly always: then one date is enough
        dates = dates[:, :1]
    year, month, day = _number(dates, 0, 4), _number(dates, 5, 2), _number(dates, 8, 2)
    hour, minute, second = _number(digits, 11, 2), _number(digits, 14, 2), _number(digits, 17, 2)
    real = is_real_day(year, month, day) & (hour < 24)
    ms = ((hour * 60 + minute) * 60 + second) * 1000 + _number(digits, 20, 3)
    times = days_since_epoch(year, month, day).astype(np.int64) * _MS_PER_DAY + ms
    return (found, times) if real.all() else (found[real], times[real])


def is_timestamp(head: bytes) -> bool:
    """Whether `find_timestamps` finds one in these `TIMESTAMP_BYTES`: far faster for a single line."""
    found = _TIMESTAMP.fullmatch(head)
    if not found:
        return False
    try:
        year, month, day, hour, minute, second = map(int, found.groups())
        datetime(year, month, day, hour, minute, second)
    except ValueError:
        return False
    return True


def _heads(data: Bytes, lines: Int64s) -> Bytes:
    """The first bytes of each line, one line per column, so that the bytes at one position are side by side."""
    every = np.ndarray((len(data) - TIMESTAMP_BYTES + 1,), f"V{TIMESTAMP_BYTES}", data, strides=(1,))
    return np.ascontiguousarray(every[lines].view(np.uint8).reshape(-1, TIMESTAMP_BYTES).T)


def _number(digits: Bytes, start: int, length: int) -> Int32s:
    number: Int32s = digits[start].astype(np.int32)
    for row in digits[start + 1 : start + length]:
        number = number * 10 + row
    return number


def is_real_day(year: Int32s, month: Int32s, day: Int32s) -> Mask:
    """Whether there is such a day."""
    real: Mask = (year > 0) & (month > 0) & (month <= 12) & (day > 0)
    return real & (day <= _days_in_month(year, np.clip(month, 1, 12)))


def _days_in_month(year: Int32s, month: Int32s) -> Int64s:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    days: Int64s = _MONTH_DAYS[month - 1] + (leap & (month == 2))
    return days


def days_since_epoch(year: Int32s, month: Int32s, day: Int32s) -> Int32s:
    """Days since 1970-01-01 in the proleptic Gregorian calendar; years are counted from March, after the leap day."""
    year = year - (month <= 2)
    era, year_of_era = year // 400, year % 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468
