"""Turns columns of text into typed columns: vectorised if a pattern is sure, else exactly, one by one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import ColumnType
from loglake.kernels.arrow import NO_STRING, Array, Mask, Strings, bytes_of, no_mask, nulls, pc, texts_of, to_mask
from loglake.kernels.json.scalars import ARROW_TYPES, CONVERT, MISFIT

_SURE = {
    ColumnType.BIGINT: r"^-?(?:0|[1-9]\d{0,17})$",
    ColumnType.DOUBLE: r"^-?(?:0|[1-9]\d{0,6})(?:\.\d{1,7})?$",
    ColumnType.BOOLEAN: r"^(?:true|false)$",
    ColumnType.TIMESTAMP: r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$",
}
"""Texts that Arrow's cast reads exactly, if it reads them at all."""

_ZERO, _SURE_DIGITS = np.uint8(ord("0")), 18


def convert_texts(texts: Strings, kind: ColumnType) -> tuple[Array, Mask]:
    """Casts texts to a column's type.

    Returns:
        The values, null if a text is null or a misfit, and which texts are misfits. Agrees with `scalars.CONVERT`.
    """
    if kind is ColumnType.STRING:
        return texts, no_mask(len(texts))
    if kind is ColumnType.BIGINT and _are_digits(texts):
        return texts.cast(ARROW_TYPES[kind]), no_mask(len(texts))
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


def _are_digits(texts: Strings) -> bool:
    """Whether all texts are sure whole numbers without a sign: faster seen in their bytes than by an expression."""
    bounds, data = bytes_of(texts)
    if not len(data) or (data - _ZERO > 9).any():  # a lesser byte wraps around
        return False
    lengths = pc.min_max(pc.binary_length(texts)).as_py()
    if lengths["min"] < 1 or lengths["max"] > _SURE_DIGITS:
        return False
    starts = data[np.minimum(bounds[:-1], len(data) - 1)]
    return not ((starts == _ZERO) & (np.diff(bounds) > 1)).any()


def _plain(kind: ColumnType) -> pa.DataType:
    """What the converters return: timestamps come as microseconds."""
    return pa.int64() if kind is ColumnType.TIMESTAMP else ARROW_TYPES[kind]
