"""Converts an answer's values to the text that Athena writes."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

_LEAST_PLAIN, _MOST_PLAIN = 1e-3, 1e7
"""The range in which Java writes a double without an exponent."""


def shown(value: Any) -> str | None:
    """The text of a value; None if it is NULL."""
    return None if value is None else _text(value)


def _text(value: Any) -> str:  # noqa: PLR0911 - one for each kind of value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, timedelta):
        return _interval(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return bytes(value).hex(" ") if isinstance(value, (bytes, bytearray)) else _nested(value)


def _nested(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)}={_text(each)}" for key, each in value.items()) + "}"
    if isinstance(value, tuple):
        return "{" + ", ".join(f"field{at}={_text(each)}" for at, each in enumerate(value)) + "}"
    return "[" + ", ".join(map(_text, value)) + "]" if isinstance(value, list) else str(value)


def _double(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == 0 or _LEAST_PLAIN <= abs(value) < _MOST_PLAIN:
        return repr(value)
    mantissa, _, exponent = f"{Decimal(repr(value)).normalize():E}".partition("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def _moment(value: datetime) -> str:
    text = f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
    if value.tzinfo is None:
        return text
    name = getattr(value.tzinfo, "key", None)
    if name is None:
        name = "UTC" if value.tzinfo == timezone.utc else f"{value:%z}"[:3] + ":" + f"{value:%z}"[3:5]
    return f"{text} {name}"


def _interval(value: timedelta) -> str:
    sign = "-" if value < timedelta(0) else ""
    whole = abs(value)
    hours, rest = divmod(whole.seconds, 3600)
    return f"{sign}{whole.days} {hours:02d}:{rest // 60:02d}:{rest % 60:02d}.{whole.microseconds // 1000:03d}"
