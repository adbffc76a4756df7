"""What a person types: times, ranges, log groups, and whether they agree."""

from __future__ import annotations

import re

import typer

from loglake.core.units import (
    EPOCH,
    MS_PER_DAY,
    MS_PER_HOUR,
    MS_PER_MINUTE,
    EpochMs,
    LogGroupName,
    format_instant,
    parse_instant,
)
from loglake.core.windows import Window, floor_to
from loglake.errors import ConfigError

FOREVER = parse_instant("9999-12-31")

_LOG_GROUP = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")
"""CreateLogGroup, `logGroupName`."""

_AGO = re.compile(r"-(\d{1,6})([dhm])")
_UNITS = {"d": (MS_PER_DAY, MS_PER_HOUR), "h": (MS_PER_HOUR, MS_PER_HOUR), "m": (MS_PER_MINUTE, MS_PER_MINUTE)}
"""Each unit's length, and the rounding of a time so many units ago: windows begin at full hours."""


def agreed(question: str, *, err: bool = False) -> bool:
    """Whether a person says yes; no if nobody is there to answer. Asks on stderr if stdout is for an answer (`err`)."""
    try:
        return typer.confirm(question, err=err)
    except typer.Abort:
        typer.echo(err=err)
        return False


def parse_log_group(text: str) -> LogGroupName:
    """The log group that a person typed.

    Raises:
        ConfigError: it can't be a log group's name, such as a pattern.
    """
    if not _LOG_GROUP.fullmatch(text):
        raise ConfigError(f"{text!r} is not a log group's name: give one, such as /app/shop, and not a pattern")
    return LogGroupName(text)


def parse_time(text: str, now_ms: int) -> EpochMs:
    """A typed time, in UTC: ISO 8601, or relative to now.

    ``today`` and ``yesterday`` are the midnights that these days begin with. ``-7d`` and ``-12h`` are rounded down to
    the hour, ``-30m`` to the minute.

    Raises:
        ConfigError: it is not a time.
    """
    midnight = floor_to(now_ms, MS_PER_DAY)
    named = {"now": now_ms, "today": midnight, "yesterday": midnight - MS_PER_DAY}
    word = text.strip().lower()
    if word in named:
        return EpochMs(named[word])
    ago = _AGO.fullmatch(word)
    if ago:
        unit_ms, step_ms = _UNITS[ago[2]]
        return EpochMs(floor_to(now_ms - int(ago[1]) * unit_ms, step_ms))
    try:
        return parse_instant(text)
    except ConfigError as error:
        raise ConfigError(f"{error}, or like -7d, -12h, -30m, yesterday, today or now") from None


def parse_range(start: str | None, end: str | None, now_ms: int) -> Window:
    """The half-open range that a person typed; an end that is missing is open.

    Raises:
        ConfigError: one is not a time, or the range is empty, or begins before 1970.
    """
    from_ms = parse_time(start, now_ms) if start else EPOCH
    to_ms = parse_time(end, now_ms) if end else FOREVER
    if from_ms >= to_ms:
        raise ConfigError(f"--from {start} must lie before --to {end}, which is not part of the range")
    if from_ms < 0:
        raise ConfigError(f"--from {start} lies before 1970, where no log event can be")
    return Window(from_ms, to_ms)


def parse_past_range(start: str, end: str, now_ms: int) -> Window:
    """The half-open range of a request.

    Raises:
        ConfigError: one is not a time, or the range is empty, or begins before 1970 or lies in the future.
    """
    window = parse_range(start, end, now_ms)
    for name, text, instant in (("--from", start, window.from_ms), ("--to", end, window.to_ms)):
        if instant > now_ms:
            raise ConfigError(
                f"{name} {text} lies in the future, and what is still to come can't be exported: "
                f"it is {format_instant(now_ms)} now"
            )
    return window
