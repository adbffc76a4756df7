r"""The one table of how logs write times.

A layout is RE2 that Python's own expressions read alike. Its groups are the parts of a time: ``year``, ``short_year``
(1969 to 2068), ``month`` or its ``name``, ``day``, or ``ordinal``, the day of the year; ``either`` and ``other`` are a
day and a month whose order only a number above 12 shows; ``hour``, ``minute``, ``second``, ``fraction``, ``half`` of
the day, and ``zone``; or ``tai`` and ``nanoseconds`` in hexadecimal digits.
A ``bias`` is minutes from the clock to UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NAMED_ZONES = "UTC|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT|WET|WEST|CET|CEST|EET|EEST|MSK|JST|IST|BST"  # no word of English
_YEAR, _SHORT_YEAR, _FULL_YEAR = r"(?P<year>[12]\d{3})", r"(?P<short_year>\d\d)", r"(?P<year>\d{4})"
_MONTH, _DAY = "(?P<month>0[1-9]|1[0-2])", r"(?P<day>0[1-9]|[12]\d|3[01])"
_DD, _D, _PADDED = r"(?P<day>\d\d)", r"(?P<day>\d{1,2})", r"(?P<day>[ \d]?\d)"
_NAME = f"(?P<name>{'|'.join(MONTHS)})"
_WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-6]\d)"
_SHORT = r"(?P<hour>\d{1,2}):(?P<minute>[0-5]\d):(?P<second>[0-6]\d)"
_DIGITS = r"(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?P<second>[0-6]\d)"
_FRACTION = r"(?:[.,](?P<fraction>\d{1,9}))?"
_ANY_FRACTION = r"(?:[.,:](?P<fraction>\d{1,9}))?"
_HALF = "(?P<half>(?i:[AP]M))"
_ZONE = rf"(?P<zone>Z| ?[+-]\d\d:?\d\d|[+-]\d\d| ?(?:{NAMED_ZONES}))?"
_DATE = rf"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}"
_EITHER = r"(?P<either>\d{1,2})/(?P<other>\d{1,2})/(?P<year>\d{4})"

TAI_AHEAD = 10
"""Seconds, as daemontools counts: https://cr.yp.to/libtai/tai64.html"""

DATES: Mapping[str, str] = {
    "half_day": rf"{_DATE} {_SHORT}{_FRACTION} ?{_HALF}",
    # https://pkg.go.dev/time#Time.String
    "go": (
        rf"{_DATE} {_CLOCK}{_FRACTION} (?P<zone>[+-]\d{{4}}) (?:{NAMED_ZONES}|[+-]\d\d(?:\d\d)?)"
        r"(?: m=[+-]\d{1,9}\.\d{9})?"
    ),
    "iso": rf"{_DATE}(?:[T_]|,? ){_CLOCK}{_ANY_FRACTION}{_ZONE}",
    "short": rf"{_SHORT_YEAR}/(?P<month>\d\d)/{_DD} {_CLOCK}{_FRACTION}",
    "slashes": rf"{_EITHER},? {_SHORT}{_FRACTION}(?: {_HALF})?",
    "month_day_zone": rf"{_MONTH}-{_DAY}-{_YEAR} {_CLOCK}\.(?P<fraction>\d{{3}})(?P<zone> [+-]\d{{4}})",
    "numeric": (
        rf"(?:{_DAY}\.{_MONTH}\.|(?P<either>0[1-9]|[12]\d|3[01])-(?P<other>0[1-9]|1[0-2])-){_YEAR},? "
        rf"{_CLOCK}{_FRACTION}"
    ),
    "half_numeric": rf"{_MONTH}-{_DAY}-{_YEAR} {_SHORT} {_HALF}",
    "common": rf"{_DD}/{_NAME}/{_FULL_YEAR}[: ]{_CLOCK}{_FRACTION}(?: (?P<zone>[+-]\d{{4}}))?",
    "day_first": rf"{_D}[- ]{_NAME}[- ]{_FULL_YEAR} {_CLOCK}{_FRACTION}{_ZONE}",
    "month_first": (
        rf"{_NAME}[a-z]{{0,6}} {_D}, {_FULL_YEAR},? (?P<hour>\d{{1,2}}):(?P<minute>[0-5]\d)"
        rf"(?::(?P<second>[0-6]\d){_FRACTION})?(?: {_HALF})?"
    ),
    "ctime": rf"{_WEEKDAY} {_NAME} {_PADDED} {_CLOCK}{_FRACTION}(?: (?P<zone>[A-Z]{{3,4}}))? {_FULL_YEAR}",
    "mail": rf"{_WEEKDAY}, {_D} {_NAME} {_FULL_YEAR} {_CLOCK}{_ZONE}",
    "syslog": rf"{_NAME} {_PADDED}(?: {_FULL_YEAR})? {_CLOCK}{_FRACTION}{_ZONE}",
    "no_year": rf"(?P<either>0[1-9]|[12]\d|3[01])[-./](?P<other>0[1-9]|[12]\d|3[01]) {_CLOCK}{_FRACTION}",
    "month_dash": rf"{_NAME}-{_DD} {_CLOCK}{_FRACTION}",
    "weekday": rf"{_WEEKDAY},? {_NAME} {{1,2}}{_D} {_CLOCK}{_FRACTION}(?P<zone> [+-]\d\d:?\d\d)?",
    "colon_date": rf"(?P<either>\d\d)/(?P<other>\d\d)/{_YEAR}:{_CLOCK}(?: (?P<zone>{NAMED_ZONES}))?",
    "ordinal": rf"{_YEAR}-(?P<ordinal>[012]\d\d|3[0-6]\d)[T ]{_CLOCK}{_FRACTION}{_ZONE}",
    "day_month": rf"{_D} {_NAME} {_CLOCK}{_FRACTION}",
    "any_month": (
        rf"{_D}[-/ ](?P<name>(?i:{'|'.join(MONTHS)}))[-/ ](?:{_FULL_YEAR}|{_SHORT_YEAR})[ T:]{_CLOCK}{_FRACTION}{_ZONE}"
    ),
    "year_month": rf"{_YEAR} {_NAME} {_PADDED} {_CLOCK}{_FRACTION}{_ZONE}",
    "day_month_year": (
        rf"{_WEEKDAY} {_NAME} {_DD} {_FULL_YEAR} {_CLOCK}(?: GMT(?P<zone>[+-]\d{{4}})(?: \([A-Z][\w +-]*\))?)?"
    ),
    "month_between": rf"{_YEAR}-{_NAME}-{_DD}[T ]{_CLOCK}{_FRACTION}{_ZONE}",
    "short_hour": rf"{_DATE}[T ](?P<hour>\d):(?P<minute>[0-5]\d):(?P<second>[0-6]\d){_FRACTION}{_ZONE}",
    "spaced_slashes": rf"{_EITHER} {{2,}}{_SHORT}(?: {_HALF})?",
    "compact": (
        rf"{_YEAR}{_MONTH}{_DAY}[T -](?P<hour>[01]\d|2[0-3]):?(?P<minute>[0-5]\d):?(?P<second>[0-6]\d){_FRACTION}"
        r"(?P<zone>Z)?"
    ),
    "tai64n": r"@40000000(?P<tai>[0-9a-f]{8})(?P<nanoseconds>[0-9a-f]{8})",
}
"""Times with a date: an event that starts with one has a header."""

OTHERS: Mapping[str, str] = {
    "klog": rf"(?:{_YEAR})?{_MONTH}{_DAY} {_CLOCK}\.(?P<fraction>\d{{6}})",
    "haproxy": rf"{_DD}/{_NAME}/{_FULL_YEAR}:{_CLOCK}\.(?P<fraction>\d{{3}})",
    "erlang": rf"{_D}-{_NAME}-{_FULL_YEAR}::{_CLOCK}",
    "snort": rf"(?P<month>\d\d)/{_DD}(?:/(?:{_FULL_YEAR}|{_SHORT_YEAR}))?-{_CLOCK}\.(?P<fraction>\d{{3,6}})",
    "suricata": rf"{_D}/(?P<month>\d{{1,2}})/{_FULL_YEAR} -- {_CLOCK}",
    "liberty_time": rf"(?P<month>\d{{1,2}})/{_D}/{_SHORT_YEAR},? {_SHORT}:(?P<fraction>\d{{3}}) (?P<zone>[A-Z]{{3,4}})",
    "weblogic": rf"{_NAME} {_D}, {_FULL_YEAR},? {_SHORT}{_FRACTION} (?P<half>[AP]M) (?P<zone>[A-Z][A-Za-z ]{{2,40}})",
    "android": rf"(?P<month>\d\d)-{_DD} {_CLOCK}\.(?P<fraction>\d{{3}})",
    "colons": (
        r"(?P<year>[12]\d{3})(?P<month>\d\d)(?P<day>\d\d)-(?P<hour>\d{1,2}):(?P<minute>\d{1,2}):(?P<second>\d{1,2})"
        r":(?P<fraction>\d{1,3})"
    ),
    "bluegene": (
        r"(?P<year>[12]\d{3})-(?P<month>\d\d)-(?P<day>\d\d)-(?P<hour>\d\d)\.(?P<minute>\d\d)\.(?P<second>\d\d)"
        r"\.(?P<fraction>\d{6})(?P<zone>[+-]\d{3})?"
    ),
    "unreal": rf"{_DATE}-(?P<hour>\d\d)\.(?P<minute>\d\d)\.(?P<second>\d\d):(?P<fraction>\d{{3}})",
    "zabbix": rf"{_YEAR}{_MONTH}{_DAY}:{_DIGITS}\.(?P<fraction>\d{{3}})",
    "log15": rf"{_MONTH}-{_DAY}\|{_CLOCK}{_FRACTION}",
    "chromium": rf"{_MONTH}{_DAY}/{_DIGITS}{_FRACTION}",
    "cockroach": rf"{_SHORT_YEAR}(?P<month>\d\d){_DD} {_CLOCK}\.(?P<fraction>\d{{6}})",
    "gin": rf"{_DATE} - {_CLOCK}",
    "bias": rf"{_MONTH}-{_DAY}-{_YEAR} {_CLOCK}\.(?P<fraction>\d{{3,7}}) bias (?P<bias>[+-]\d{{1,3}})",
    "padded": rf"{_DATE} +{_SHORT}(?::(?P<fraction>\d{{1,9}}))?",
    "monit": rf"(?:(?P<zone>[A-Z]{{3,4}}) )?{_NAME} {_PADDED} {_CLOCK}",
    "redis": rf"{_DD} {_NAME} {_CLOCK}\.(?P<fraction>\d{{3}})",
    "six": rf"{_SHORT_YEAR}(?P<month>\d\d){_DD} (?P<hour>\d\d):?(?P<minute>\d\d):?(?P<second>\d\d)",
}
"""Times of one software, or of a few: what stands around them shows it."""


MONTH_FIRST = "android"
"""A layout whose month only what stands around it shows."""

WITH_SLASH = (r"^(\d\d)-(\d\d) ", r"\1/\2-")
"""RE2, and what makes a time of that layout one of `snort`, which shows it itself."""


def unnamed(layout: str) -> str:
    """A layout whose groups have no names, as a part of another pattern."""
    return re.sub(r"\?P<\w+>", "?:", re.sub(r"\(\?P<\w+>([^()|]*)\)(?!\?)", r"\1", layout))


LAYOUTS: Mapping[str, str] = {**DATES, **OTHERS}
