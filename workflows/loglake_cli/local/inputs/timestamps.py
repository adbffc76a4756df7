"""The timestamps that lines of log files start with.

====================  =====================================
ISO 8601              ``2015-10-18T18:01:47.978+02:00``
Hadoop, Python        ``2015-10-18 18:01:47,978``
Spark (log4j)         ``17/06/09 20:10:40``
syslog (RFC 3164)     ``Dec 10 06:55:46``, without a year
Apache error log      ``[Sun Dec 04 04:47:44 2005]``
Common Log Format     ``… [10/Oct/2000:13:55:36 -0700]``
====================  =====================================

A timestamp without an offset is UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from loglake.core.units import MS_PER_DAY, from_ms, to_ms

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = "|".join(_MONTH_NAMES)
_OFFSET = r"(?P<offset>Z|[+-]\d\d:?\d\d)?"
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"

_DATED = [
    re.compile(rf"\[?(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[T ]{_TIME}(?:[.,](?P<fraction>\d+))?\s?{_OFFSET}"),
    re.compile(rf"(?P<short_year>\d\d)/(?P<month>\d\d)/(?P<day>\d\d) {_TIME}"),
    re.compile(
        rf"\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<name>{_MONTH}) (?P<day>[ \d]\d) {_TIME}(?:\.(?P<fraction>\d+))? "
        r"(?P<year>\d{4})\]"
    ),
    # Host, identity and user come before the timestamp of a Common Log Format line; some logs have the timestamp alone.
    re.compile(rf"(?:\S+ \S+ \S+ )?\[(?P<day>\d\d)/(?P<name>{_MONTH})/(?P<year>\d{{4}}):{_TIME} ?{_OFFSET}\]"),
]
_YEARLESS = re.compile(rf"(?:<\d{{1,3}}>)?(?P<name>{_MONTH}) (?P<day>[ \d]\d) {_TIME}\b")

_HALF_YEAR_MS = 183 * MS_PER_DAY


class TimestampReader:
    """Reads the timestamps of a file's events, choosing the year where timestamps have none."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def read_all(self, texts: Iterable[str]) -> list[int | None]:
        """The time of each text in ms since the epoch, or None where it starts with no timestamp.

        Years of syslog timestamps: the last one is in the latest year that does not put it in the future, and going
        back from it, a jump ahead by more than half a year is the turn of a year.
        """
        times: list[int | None] = []
        after: int | None = None
        for text in reversed(list(texts)):
            timestamp = _dated(text)
            if timestamp is None:
                timestamp = self._yearless(text, after)
                after = after if timestamp is None else timestamp
            times.append(timestamp)
        return times[::-1]

    def _yearless(self, text: str, after_ms: int | None) -> int | None:
        match = _YEARLESS.match(text)
        if not match:
            return None
        limit_ms = self._now_ms if after_ms is None else after_ms + _HALF_YEAR_MS
        last_year = from_ms(limit_ms).year
        for year in range(last_year, last_year - 9, -1):  # February 29th may be eight years back
            timestamp = _instant(match, year)
            if timestamp is not None and timestamp <= limit_ms:
                return timestamp
        return None


def _dated(text: str) -> int | None:
    for pattern in _DATED:
        match = pattern.match(text)
        if match:
            return _instant(match, _year(match))
    return None


def _year(match: re.Match[str]) -> int:
    parts = match.groupdict()
    return int(parts["year"]) if parts.get("year") else 2000 + int(parts["short_year"])


def _instant(match: re.Match[str], year: int) -> int | None:
    """The time that a match says, or None where there is no such day or hour."""
    parts = match.groupdict()
    try:
        return to_ms(
            datetime(
                year,
                _MONTH_NAMES.index(parts["name"]) + 1 if parts.get("name") else int(parts["month"]),
                int(parts["day"]),
                int(parts["hour"]),
                int(parts["minute"]),
                int(parts["second"]),
                int((parts.get("fraction") or "0")[:6].ljust(6, "0")),
                tzinfo=_zone(parts.get("offset")),
            )
        )
    except ValueError:
        return None


def _zone(offset: str | None) -> timezone:
    if not offset or offset == "Z":
        return timezone.utc
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
