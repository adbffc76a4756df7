"""Which texts a column type holds exactly, one value at a time: the rule that every faster path must agree with.

A value is never rounded, cut or guessed. What a type does not hold exactly is `MISFIT`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Callable

import pyarrow as pa

from loglake.core.schema.schema import ColumnType
from loglake.kernels.arrow import is_encodable

MISFIT = object()
"""What a conversion returns if the type can't hold the value."""

ARROW_TYPES: Mapping[ColumnType, pa.DataType] = {
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.BIGINT: pa.int64(),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.STRING: pa.string(),
    ColumnType.TIMESTAMP: pa.timestamp("us", tz="UTC"),
}

MAX_EXACT_INTEGER = 2**53
"""A double can't distinguish integers beyond this."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)? ?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DECIMAL_DIGITS = 28
"""What decimal's default context multiplies without rounding."""

_EPOCH_SCALES = (
    (Decimal("1e11"), Decimal(1_000_000)),
    (Decimal("1e14"), Decimal(1_000)),
    (Decimal("1e17"), Decimal(1)),
)
"""Numbers below the first are seconds, and so on: the limit, and the microseconds that one is."""


def to_bigint(text: str) -> object:
    """An integer in 64 bits, written as one: ``1.0`` and ``1e3`` are not."""
    if len(text) > 20 or not _INTEGER.fullmatch(text):
        return MISFIT
    number = int(text)
    return number if -(2**63) <= number < 2**63 else MISFIT


def to_double(text: str) -> object:
    """A finite number that the double's shortest text gives back; an integer up to `MAX_EXACT_INTEGER`."""
    if not _NUMBER.fullmatch(text):
        return MISFIT
    number = float(text)
    if _INTEGER.fullmatch(text):
        return number if abs(number) <= MAX_EXACT_INTEGER and int(text) == number else MISFIT
    if repr(number) == text:
        return number
    return number if math.isfinite(number) and Decimal(repr(number)) == _decimal(text) else MISFIT


def _decimal(text: str) -> Decimal | None:
    """The exact number; None if its exponent is beyond the range of `Decimal`."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def to_boolean(text: str) -> object:
    """``true`` or ``false``."""
    return {"true": True, "false": False}.get(text, MISFIT)


def to_string(text: str) -> object:
    """Any text that UTF-8 can encode: it can't encode a lone surrogate."""
    return text if is_encodable(text) else MISFIT


def iso_to_us(text: str) -> object:
    """An ISO 8601 date or time in microseconds since the epoch, UTC without an offset; nothing finer."""
    match = _ISO.fullmatch(text)
    if not match:
        return MISFIT
    day, minute, second, fraction, offset = match.groups()
    nanoseconds = int((fraction or "0").ljust(9, "0"))
    if nanoseconds % 1000:
        return MISFIT
    try:
        instant = datetime.fromisoformat(f"{day}T{minute or '00:00'}:{second or '00'}{_colon(offset)}")
    except ValueError:  # month 13, and the like
        return MISFIT
    return (instant - _EPOCH) // timedelta(microseconds=1) + nanoseconds // 1000


def _colon(offset: str | None) -> str:
    if offset in (None, "Z"):
        return "+00:00"
    return offset if ":" in offset else f"{offset[:3]}:{offset[3:]}"


def epoch_to_us(text: str) -> object:
    """A number of seconds, milliseconds, microseconds or nanoseconds since the epoch, distinguished by its size.

    Below 1e11 it is seconds (until the year 5138), below 1e14 milliseconds, below 1e17 microseconds.
    """
    if len(text) > _DECIMAL_DIGITS or not _NUMBER.fullmatch(text):
        return MISFIT
    number = _decimal(text)
    # Arithmetic overflows, or rounds to zero without a word, beyond the exponents of decimal's default context.
    if number is None or not -_DECIMAL_DIGITS < number.adjusted() < 20:
        return MISFIT
    scale = next((scale for limit, scale in _EPOCH_SCALES if abs(number) < limit), Decimal("0.001"))
    microseconds = number * scale
    return int(microseconds) if microseconds == int(microseconds) and abs(microseconds) < 2**62 else MISFIT


CONVERT: Mapping[ColumnType, Callable[[str], object]] = {
    ColumnType.BIGINT: to_bigint,
    ColumnType.DOUBLE: to_double,
    ColumnType.BOOLEAN: to_boolean,
    ColumnType.STRING: to_string,
    ColumnType.TIMESTAMP: iso_to_us,
}
"""Converters for the fields of text formats: all their values are text."""
