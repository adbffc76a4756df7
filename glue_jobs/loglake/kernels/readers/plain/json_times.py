"""The time of an event that is a JSON object, from its own fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from loglake.kernels.formats.times.paths import TIME_PATHS
from loglake.kernels.readers.plain.stamps import epoch_ms, find_stamp

_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
"""Numbers stay text: their digits say which unit they have, and a double loses nanoseconds."""


def read_object(text: str) -> Mapping[str, Any] | None:
    """The members of a text that is one JSON object, white space aside; None for any other text."""
    stripped = text.strip(" \t\r\n")
    if not (stripped.startswith("{") and stripped.endswith("}")):
        return None
    try:
        value = _DECODER.decode(stripped)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def json_time(members: Mapping[str, Any], zone: tzinfo) -> int | None:
    """Milliseconds since the epoch, from the first of `TIME_PATHS` that has a time; None if none has.

    Then ``date`` and ``time`` are looked at together, and ``date`` alone.

    Args:
        members: as `read_object` returns them.
        zone: the time zone of a time that names none.
    """
    for path in TIME_PATHS:
        value: Any = members
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        found = _time(value, zone)
        if found is not None:
            return found
    date, clock = members.get("date"), members.get("time")
    if isinstance(date, str) and isinstance(clock, str):
        return _time(f"{date} {clock}", zone)
    return _time(date, zone)


def _time(value: Any, zone: tzinfo) -> int | None:
    if not isinstance(value, str):
        return None
    number = epoch_ms(_plain_number(value)) if "-" not in value[4:5] else None  # as a date has it
    if number is not None:
        return number
    stamp = find_stamp(value, zone)
    return stamp.own_ms if stamp else None


def _plain_number(text: str) -> str:
    """A number without its exponent: some writers write a double as ``1.7e9``."""
    if "e" not in text.lower() or len(text) > 32:
        return text
    try:
        return f"{float(text):f}"
    except (ValueError, OverflowError):
        return text
