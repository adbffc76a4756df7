"""The time that a line of a log file starts with, in all layouts of the known formats.

====================  ==================================================================================
ISO 8601, RFC 3339    ``2015-10-18T18:01:47.978+02:00``, ``2015-10-18 18:01:47,978``, Go's ``2015/10/18 18:01:47``
Spark (log4j)         ``17/06/09 20:10:40``
syslog                ``Dec 10 06:55:46``, ``<34>Dec 10 06:55:46``, ``<34>1 2003-10-11T22:14:15.003Z``
klog, glog            ``I0610 06:55:46.123456``, ``I20240610 06:55:46.123456``
Apache, ``date``      ``[Sun Dec 04 04:47:44.123 2005]``, ``Sun Dec  4 04:47:44 UTC 2005``
access logs           ``192.0.2.1 - - [10/Oct/2000:13:55:36 -0700]``
RFC 2822, Redis       ``Sun, 04 Dec 2005 04:47:44 +0100``, ``7:M 04 Dec 2005 04:47:44.123``
Tomcat, PHP           ``04-Dec-2005 04:47:44.123``, ``[04-Dec-2005 04:47:44 Europe/Berlin]``
java.util.logging     ``Dec 04, 2005 4:47:44 PM``
Rails                 ``I, [2005-12-04T04:47:44.123456 #17]``, ``Started GET "/" for ::1 at 2005-12-04 04:47:44 +0100``
logfmt                ``level=info ts=2005-12-04T04:47:44Z``
compact               ``20171223-22:19:58:419``, Zabbix's ``3737:20261121:083000.489``, HDFS's ``081109 203615``
BlueGene, Db2, Unreal ``2005-07-01-08.25.20.466953+060`` (minutes), ``[2026.11.21-08.30.00:123]``
log15, Snort, Chromium ``INFO[11-21|08:00:01]``, ``11/21-08:00:01.123456``, ``[4120:4120:1121/083000.123456:INFO:``
Splunk, WebSphere     ``11-21-2026 09:30:00.913 +0100 INFO``, ``[11/21/26 9:30:00:123 CET]``
FortiGate, Windows    ``date=… time=… eventtime=1795249800000000000``, ``<Event …><TimeCreated SystemTime='2026-…``
TAI64N                ``@400000006b014f8b18a60224``
epoch                 seconds, milliseconds, microseconds or nanoseconds; ``type=SYSCALL msg=audit(1364481363.243:24``
====================  ==================================================================================

Before the stamp there may be a level, the name that ``docker compose`` writes, a bracket or a quote. What else may be
before it, the layouts of headers say: see `layout_stamps`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from loglake.core.units import to_ms

HEAD_CHARACTERS = 400
"""Of a line: no stamp starts later."""

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_ABBREVIATED = {
    "Z": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9,
}  # fmt: skip
"""Hours east of Greenwich: RFC 2822's names, and those that mean one zone only."""

_NAME = rf"(?P<name>{'|'.join(_MONTH_NAMES)})"
_WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_FRACTION = r"(?:[.,](?P<fraction>\d+))?"
_NAMED_ZONE = "|".join(name for name in _ABBREVIATED if name != "Z")
_ZONE = (
    r"(?P<zone>[+-]\d\d:?\d\d(?!\d)|[+-]\d\d(?![\d:])| [+-]\d\d:?\d\d(?!\d)|Z"
    rf"| ?(?:{_NAMED_ZONE})\b| [A-Z][a-z]+/[A-Z]\w+(?=\]))?"
)
_LEVELS = (
    "TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL|CRITICAL|FINE|FINER|FINEST|CONFIG"
    "|debug|info|notice|warn|warning|error|critical"
)
_LEVEL = rf"[\[(<]?(?:{_LEVELS}) *[\])>]?[ :|,-]+"
_BEFORE = rf"(?:{_LEVEL}|[DIWEFA], |[\w.@-]+(?:\|[\w.-]+)? +\| |\d+:[A-Z] |# Time: |<\d{{1,3}}>\d? ?)?[\[(\"']?"
_ISO = rf"(?P<year>\d{{4}})[-/.](?P<month>\d\d)[-/.](?P<day>\d\d)(?:T|[ _]|, ?){_TIME}{_FRACTION}{_ZONE}"
_EPOCH = r"(?P<epoch>1\d{9}(?:\.\d{1,9})?|1\d{12}(?:\.\d{1,6})?|1\d{15}|1\d{18})"

_DIGITS = r"(?P<hour>\d\d?):?(?P<minute>\d\d?):?(?P<second>\d\d?)(?:[.,:](?P<fraction>\d+))?"

_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"{_BEFORE}{_ISO}",
        rf"{_BEFORE}(?P<short_year>\d\d)/(?P<month>\d\d)/(?P<day>\d\d) {_TIME}{_FRACTION}",
        rf"(?:<\d{{1,3}}>)?{_NAME} (?P<day>[ \d]\d) {_TIME}\b{_FRACTION}",
        rf"{_NAME} (?P<day>\d\d?), (?P<year>\d{{4}}) (?P<hour>\d\d?):(?P<minute>\d\d):(?P<second>\d\d) (?P<half>[AP]M)",
        rf"(?:<\d{{1,3}}>)?{_NAME} (?P<day>[ \d]\d),? (?P<year>\d{{4}}) {_TIME}{_FRACTION}{_ZONE}",
        # Host, identity, user and perhaps a port come before the timestamp of an access log's line.
        rf"(?:[^\s\[]+ ){{0,5}}\[(?P<day>\d\d)/{_NAME}/(?P<year>\d{{4}}):{_TIME}{_FRACTION}{_ZONE}\]",
        rf"[IWEFD](?P<year>\d{{4}})?(?P<month>\d\d)(?P<day>\d\d) {_TIME}{_FRACTION}",
        rf"\[?{_WEEKDAY} {_NAME} (?P<day>[ \d]\d) {_TIME}{_FRACTION}(?: (?P<zone>[A-Z]{{3,4}}))? (?P<year>\d{{4}})\b",
        rf"{_BEFORE}(?:{_WEEKDAY}, )?(?P<day>\d\d?)[ -]{_NAME}[a-z]*[ -](?P<year>\d{{4}}) {_TIME}{_FRACTION}{_ZONE}",
        rf'Started [A-Z]+ ".*?" for \S+ at {_ISO}',
        rf"(?:{_LEVEL})?[\[(\"']?{_EPOCH}(?=[\s:,;\])\"'|]|$)",
        rf"type=\w+ msg=audit\({_EPOCH}:",
        rf'(?:[\w.-]+=(?:"[^"]*"|\S*) ){{0,4}}(?:time|ts|timestamp|t|date|at)="?(?:{_ISO}|{_EPOCH}(?=["\s]|$))',
    )
)
_SELDOM = tuple(
    re.compile(shape)
    for shape in (
        rf"{_WEEKDAY},? {_NAME} (?P<day>[ \d]\d) {_TIME}{_FRACTION}(?P<zone> [+-]\d\d:?\d\d\b)?",
        rf"(?: *\d{{1,7}}:)?(?P<year>[12]\d{{3}})(?P<month>\d\d)(?P<day>\d\d)[T :-](?=\d{{6}}(?!\d)|\d\d?:\d\d?:\d)"
        rf"{_DIGITS}{_ZONE}",
        rf"[IWEF]?(?P<short_year>\d\d)(?P<month>\d\d)(?P<day>\d\d) (?=\d{{6}}(?: |$)|\d\d:\d\d:\d){_DIGITS}",
        r"\[?(?P<year>\d{4})[-.](?P<month>\d\d)[-.](?P<day>\d\d)-(?P<hour>\d\d)\.(?P<minute>\d\d)\."
        r"(?P<second>\d\d)(?:[.:](?P<fraction>\d+))?(?P<zone>[+-]\d{3}(?!\d))?",
        rf"[A-Z]{{4,5}} *\[(?P<month>\d\d)-(?P<day>\d\d)\|{_TIME}{_FRACTION}\]",
        rf"(?P<month>\d\d)/(?P<day>\d\d)(?:/(?:(?P<year>\d{{4}})|(?P<short_year>\d\d)))?-{_TIME}{_FRACTION} ",
        rf"\[(?:\d+:){{0,2}}(?P<month>\d\d)(?P<day>\d\d)/(?=\d{{6}}\b){_DIGITS}:[A-Z]",
        rf"(?P<month>\d\d)-(?P<day>\d\d)-(?P<year>\d{{4}}) {_TIME}{_FRACTION}{_ZONE} +{_LEVEL}",
        rf"\[(?P<month>\d\d?)/(?P<day>\d\d?)/(?P<short_year>\d\d) {_DIGITS} (?P<zone>[A-Z]{{3,4}})\]",
        r"@4(?P<tai>[0-9a-f]{15})(?P<nanoseconds>[0-9a-f]{8})\b",
        rf"date=\S+ time=\S+ .*?\beventtime=\"?{_EPOCH}\b",
        rf"<Event .*?<TimeCreated SystemTime=[\"']{_ISO}",
        rf"(?:<\d{{1,3}}>)?(?:\d{{1,9}}: )?[*.]?{_NAME} (?P<day>[ \d]\d) (?:(?P<year>\d{{4}}) )?"
        rf"{_TIME}\b{_FRACTION}{_ZONE}",
    )
)
_SELDOM_START = re.compile(r"[ \d\[<@*.]|[A-Z]|date=")
"""Most lines without a time, such as those of a trace, start with something else."""

_HAS_DIGIT = re.compile(r"\D*\d")

_TAI_AHEAD = 10
"""Seconds, as daemontools counts: https://cr.yp.to/libtai/tai64.html"""

_LEAP_YEAR = 2024
_SECONDS = 60


class Stamp:
    """A timestamp with a day and an hour that exist.

    Attributes:
        own_ms: its time; None if it names no year.
        month_and_day: month and day of a timestamp without a year.
    """

    __slots__ = ("_parts", "_zone", "month_and_day", "own_ms")

    def __init__(self, parts: Mapping[str, str | None], zone: tzinfo) -> None:
        self._parts = parts
        self._zone = zone
        self.month_and_day = (0, 0)
        self.own_ms: int | None = None
        year = parts.get("year")
        if epoch := parts.get("epoch"):
            self.own_ms = epoch_ms(epoch)
        elif tai := parts.get("tai"):
            self.own_ms = (int(tai, 16) - _TAI_AHEAD) * 1000 + int(parts["nanoseconds"] or "", 16) // 1_000_000
        elif year or parts.get("short_year"):
            self.own_ms = self.ms(int(year or f"20{parts['short_year']}"))
        else:
            self.month_and_day = (_month(parts), int(parts["day"] or 0))

    @property
    def is_real(self) -> bool:
        """Whether there is such a time, in some year."""
        return self.own_ms is not None or (self.month_and_day != (0, 0) and self.ms(_LEAP_YEAR) is not None)

    def ms(self, year: int) -> int | None:
        """Milliseconds since the epoch, in a given year if the stamp has none; None if that year lacks the day."""
        parts = self._parts
        second = int(parts["second"] or 0)
        fraction = parts.get("fraction")
        try:
            minute = (year, _month(parts), int(parts["day"] or 0), _hour(parts), int(parts["minute"] or 0))
            minute_ms = _minute_ms(minute, parts.get("zone"), self._zone)
        except (ValueError, OverflowError):
            return None
        return minute_ms + second * 1000 + int(f"{fraction or ''}000"[:3]) if second < _SECONDS else None


def find_stamp(line: str, zone: tzinfo) -> Stamp | None:
    """The timestamp at the start of a line, if its day and hour exist.

    Args:
        line: its first `HEAD_CHARACTERS` are enough.
        zone: the time zone of a timestamp that names none.
    """
    if not _HAS_DIGIT.match(line):
        return None
    return _first_of(_SHAPES, line, zone) or (_first_of(_SELDOM, line, zone) if _SELDOM_START.match(line) else None)


def _first_of(shapes: Iterable[re.Pattern[str]], line: str, zone: tzinfo) -> Stamp | None:
    for shape in shapes:
        match = shape.match(line)
        if match:
            stamp = Stamp(match.groupdict(), zone)
            if stamp.is_real:
                return stamp
    return None


@lru_cache(maxsize=4096)  # lines of one minute stand together
def _minute_ms(minute: tuple[int, int, int, int, int], zone: str | None, otherwise: tzinfo) -> int:
    return to_ms(datetime(*minute, tzinfo=_zone(zone, otherwise)))


def epoch_ms(number: str) -> int | None:
    """Milliseconds of a number of seconds, milliseconds, microseconds or nanoseconds, by its size; None for others.

    Args:
        number: digits, perhaps with a fraction.
    """
    whole, _, fraction = number.partition(".")
    if not whole.isascii() or not whole.isdigit() or len(whole) > 19:
        return None
    digits = len(whole)
    if digits in {9, 10}:
        return int(whole) * 1000 + int((fraction + "000")[:3]) if (fraction or "0").isdigit() else None
    unit = {12: 1, 13: 1, 15: 1000, 16: 1000, 18: 1_000_000, 19: 1_000_000}.get(digits)
    return int(whole) // unit if unit else None


def zone_of(name: str) -> tzinfo:
    """A time zone by its name, such as ``Europe/Berlin`` or ``+02:00``; UTC for none.

    Raises:
        ValueError: there is no such zone.
    """
    if not name:
        return timezone.utc
    offset = _offset(name)
    if offset is not None:
        return offset
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name}") from error


def _zone(text: str | None, otherwise: tzinfo) -> tzinfo:
    text = (text or "").strip()
    if not text:
        return otherwise
    if text in _ABBREVIATED:
        return timezone(timedelta(hours=_ABBREVIATED[text]))
    if re.fullmatch(r"[+-]\d{3}", text):
        return timezone(timedelta(minutes=int(text)))
    try:
        return zone_of(text)
    except ValueError:
        return otherwise


def _offset(text: str) -> timezone | None:
    match = re.fullmatch(r"([+-])(\d\d):?(\d\d)?", text)
    if not match:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes)) if minutes < 24 * 60 else None


def _month(parts: Mapping[str, str | None]) -> int:
    name = parts.get("name")
    return _MONTHS[name] if name else int(parts["month"] or 0)


def _hour(parts: Mapping[str, str | None]) -> int:
    hour = int(parts["hour"] or 0)
    if not parts.get("half"):
        return hour
    return hour % 12 + (12 if parts["half"] == "PM" else 0)
