"""Turns columns of text into typed columns: vectorised if a pattern is sure, else exactly, one by one."""

from __future__ import annotations

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
    no_mask,
    nulls,
    pc,
    texts_of,
    to_mask,
)
from loglake.kernels.json.scalars import ARROW_TYPES, CONVERT, MISFIT

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
