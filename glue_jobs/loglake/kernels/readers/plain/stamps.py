r"""The time that a line of a log file starts with, in each layout of `times.layouts`.

Before it there may be a level, the name that ``docker compose`` writes, a bracket or a quote, and what one software has
there, such as the host and user of an access log, or ``type=SYSCALL msg=audit(``. What else may be before it, the
layouts of headers say: see `layout_stamps`. It may also be seconds, milliseconds, microseconds or nanoseconds since the
epoch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import cache, lru_cache

from loglake.core.units import to_ms
from loglake.kernels.formats.times.layouts import LAYOUTS, MONTHS, TAI_AHEAD, unnamed
from loglake.kernels.formats.times.zones import zone_in

HEAD_CHARACTERS = 400
"""Of a line: no stamp starts later."""

_LEVELS = (
    "TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL|CRITICAL|FINE|FINER|FINEST|CONFIG|SHOUT"
    "|debug|info|notice|warn|warning|error|critical"
)
_LEVEL = rf"[\[(<]?(?:{_LEVELS}) *[\])>]?[ :|,-]+"
_BEFORE = "|".join(
    (
        rf"{_LEVEL}|[DIWEFA], |[\w.@-]+(?:\|[\w.-]+)? +\| |\d+:[A-Z] |# Time: |<\d{{1,3}}>\d? ?",
        r"[IWEFD](?=\d{4,8} \d\d:)|[A-Z]{4,5} *(?=\[\d\d-\d\d\|)",  # klog, log15
        r" *\d{1,9}: ?[*.]?|[*.]|\[(?:\d{1,9}:){1,2}(?=\d{4}/)",  # Zabbix, Cisco, Chromium
        r"(?:[^\s\[]+ ){1,5}(?=\[\d\d/[A-Z])",  # the host, identity, user and port of an access log
        r'Started [A-Z]+ ".*?" for \S+ at |<Event .*?<TimeCreated SystemTime=',
        r'(?:[\w.-]+=(?:"[^"]*"|\S*) ){0,4}(?:time|ts|timestamp|t|date|at)=',
    )
)
_BEFORE_EPOCH = rf"(?:{_LEVEL})?[\[(\"']?|type=\w+ msg=audit\(|date=\S+ time=\S+ .*?\beventtime=\"?"
_KEYS = r'(?:[\w.-]+=(?:"[^"]*"|\S*) ){0,4}(?:time|ts|timestamp|t|date|at)="?'
_EPOCH = r"(?P<epoch>1\d{9}(?:\.\d{1,9})?|1\d{12}(?:\.\d{1,6})?|1\d{15}|1\d{18})(?=[\s:,;\])\"'|]|$)"
_PLACE = re.compile(r" ([A-Z][a-z]+/[A-Z]\w+)\]")
"""The zone of PHP: ``[21-Nov-2026 08:30:00 Europe/Berlin]``."""

_MAYBE = re.compile(r"[^\s\d]?[^\d\t]*\d")
"""Most lines without a time have no digit, or start as those of a trace do."""

_LEAP_YEAR = 2024
_SECONDS, _NOON, _OF_LAST_CENTURY = 60, 12, 69


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
        self.month_and_day = _month_and_day(parts)
        self.own_ms: int | None = None
        year, short = parts.get("year"), parts.get("short_year")
        if epoch := parts.get("epoch"):
            self.own_ms = epoch_ms(epoch)
        elif tai := parts.get("tai"):
            self.own_ms = (int(tai, 16) - TAI_AHEAD) * 1000 + int(parts["nanoseconds"] or "", 16) // 1_000_000
        elif year or short:
            self.own_ms = self.ms(int(year or f"{20 if int(short or 0) < _OF_LAST_CENTURY else 19}{short}"))

    @property
    def is_real(self) -> bool:
        """Whether there is such a time, in some year."""
        return self.own_ms is not None or (self.month_and_day != (0, 0) and self.ms(_LEAP_YEAR) is not None)

    def ms(self, year: int) -> int | None:
        """Milliseconds since the epoch, in a given year if the stamp has none; None if that year lacks the day."""
        parts = self._parts
        second, fraction = int(parts.get("second") or 0), parts.get("fraction")
        try:
            clock = (*self.month_and_day, _hour(parts), int(parts["minute"] or 0))
            minute_ms = _minute_ms(year, clock, parts.get("zone"), self._zone)
        except (ValueError, OverflowError):
            return None
        return minute_ms + second * 1000 + int(f"{fraction or ''}000"[:3]) if second < _SECONDS else None


def find_stamp(line: str, zone: tzinfo) -> Stamp | None:
    """The timestamp at the start of a line, if its day and hour exist.

    Args:
        line: its first `HEAD_CHARACTERS` are enough.
        zone: the time zone of a timestamp that names none.
    """
    if not _MAYBE.match(line):
        return None
    found = _any().match(line)
    if not found:
        return None
    name = found.lastgroup or ""
    whole = _compiled(name).fullmatch(found[name]) if name in LAYOUTS else None
    parts = (whole or found).groupdict()
    if whole and found.end() < len(line) and (place := _PLACE.match(line, found.end())):
        parts["zone"] = place[1]
    stamp = Stamp(parts, zone)
    return stamp if stamp.is_real else None


@cache
def _any() -> re.Pattern[str]:
    """Each layout is a group, and what is in front of it is none."""
    layouts = "|".join(f"(?P<{name}>{unnamed(layout)})" for name, layout in LAYOUTS.items())
    return re.compile(rf"(?:{_BEFORE})?[\[(\"']?(?:{layouts})(?!\d|[.:]\d)|(?:{_BEFORE_EPOCH}|{_KEYS}){_EPOCH}")


@cache
def _compiled(name: str) -> re.Pattern[str]:
    return re.compile(LAYOUTS[name])


@lru_cache(maxsize=4096)  # lines of one minute stand together
def _minute_ms(year: int, clock: tuple[int, int, int, int], zone: str | None, otherwise: tzinfo) -> int:
    month, day, hour, minute = clock
    named = zone_in(zone.strip()) if zone else None
    date = datetime(year, month, day) if month else datetime.strptime(f"{year} {day}", "%Y %j")
    return to_ms(date.replace(hour=hour, minute=minute, tzinfo=named or otherwise))


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


def _month_and_day(parts: Mapping[str, str | None]) -> tuple[int, int]:
    """Both, or 0 and the day of the year; twice 0 if they may change places."""
    if name := parts.get("name"):
        return MONTHS.index(name.title()) + 1, int(parts["day"] or 0)
    if either := parts.get("either"):
        first, second = int(either), int(parts["other"] or 0)
        if second > _NOON or parts.get("half") or first == second:
            return first, second
        return (second, first) if first > _NOON else (0, 0)
    return int(parts.get("month") or 0), int(parts.get("day") or parts.get("ordinal") or 0)


def _hour(parts: Mapping[str, str | None]) -> int:
    hour = int(parts["hour"] or 0)
    if not (half := parts.get("half")):
        return hour
    return hour % _NOON + (_NOON if half.upper() == "PM" else 0)
