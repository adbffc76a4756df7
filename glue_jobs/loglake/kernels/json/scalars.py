"""Which texts a column type holds exactly: one value at a time, and columns of texts, with the same result.

A value is never rounded, cut or guessed. What a type does not hold exactly is `MISFIT`. A column is cast at once if a
pattern is sure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Callable

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import ColumnType
from loglake.kernels.arrow import (
    NO_STRING,
    Array,
    Mask,
    Strings,
    bytes_of,
    choose,
    is_encodable,
    no_mask,
    nulls,
    pc,
    texts_of,
    to_mask,
)

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


_SURE = {
    ColumnType.BIGINT: r"^-?(?:0|[1-9]\d{0,17})$",
    ColumnType.DOUBLE: r"^-?(?:0|[1-9]\d{0,6})(?:\.\d{1,7})?$",
    ColumnType.TIMESTAMP: r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$",
}
"""Texts that Arrow's cast reads exactly, if it reads them at all."""

_NO_FLAG = pa.nulls(1, pa.bool_())[0]

_MOST_DIGITS = {ColumnType.BIGINT: 18, ColumnType.DOUBLE: 7}
"""Of a number, or of each of its two parts."""

_POINT, _ZERO = ord("."), np.uint8(ord("0"))


def convert_texts(texts: Strings, kind: ColumnType) -> tuple[Array, Mask]:
    """Casts texts to a column's type.

    Returns:
        The values, null if a text is null or a misfit, and which texts are misfits. Agrees with `scalars.CONVERT`.
    """
    if kind is ColumnType.STRING:
        return texts, no_mask(len(texts))
    if _are_plain(texts, kind):
        return texts.cast(ARROW_TYPES[kind]), no_mask(len(texts))
    if kind is ColumnType.BOOLEAN:
        values = pc.equal(texts, "true")
        misfits = to_mask(pc.invert(pc.or_(values, pc.equal(texts, "false"))))
        return choose(pa.array(misfits), _NO_FLAG, values) if misfits.any() else values, misfits
    sure = pc.match_substring_regex(texts, _SURE[kind])
    try:
        values = pc.if_else(sure, texts, NO_STRING).cast(ARROW_TYPES[kind])
        rest = to_mask(pc.invert(sure))
    except pa.ArrowInvalid:  # February 30, and the like
        values, rest = nulls(len(texts), ARROW_TYPES[kind]), to_mask(pc.is_valid(texts))
    if not rest.any():
        return values, rest
    converted = [CONVERT[kind](text) for text in texts_of(texts.filter(pa.array(rest)))]
    found = pa.array([None if value is MISFIT else value for value in converted], _plain(kind))
    values = pc.replace_with_mask(values, pa.array(rest), found.cast(ARROW_TYPES[kind]))
    misfits = rest.copy()
    misfits[rest] = [value is MISFIT for value in converted]
    return values, misfits


def _are_plain(texts: Strings, kind: ColumnType) -> bool:
    """Whether all texts are surely sure: one look at all bytes is many times faster than a pattern for each."""
    if kind not in (ColumnType.BIGINT, ColumnType.DOUBLE):
        return False
    bounds, data = bytes_of(texts.drop_null() if texts.null_count else texts)
    starts, ends = bounds[:-1], bounds[1:]
    if not len(data):
        return not len(starts)
    parts, digits = [ends - starts], len(data)
    if kind is ColumnType.DOUBLE:
        points = np.flatnonzero(data == _POINT)
        if len(points) != len(starts) or (points <= starts).any() or (points >= ends - 1).any():
            return False
        parts, digits = [points - starts, ends - points - 1], len(data) - len(points)
    longest = _MOST_DIGITS[kind]
    if any(part.max() > longest or part.min() < 1 for part in parts) or np.count_nonzero(data - _ZERO < 10) < digits:
        return False
    return not ((data[starts] == _ZERO) & (parts[0] > 1)).any()


def _plain(kind: ColumnType) -> pa.DataType:
    """What the converters return: timestamps come as microseconds."""
    return pa.int64() if kind is ColumnType.TIMESTAMP else ARROW_TYPES[kind]
