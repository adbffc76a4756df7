"""Puts the rows of a row group in order, without a copy of the texts that make up most of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Int64s, bits_of, nulls

_LONG_TEXTS = frozenset({"message", "raw"})
"""Seldom short."""

_VIEW_WORDS = 4
_INLINE_BYTES = 12
"""A view has four words of 32 bits: the length, four first bytes, the number of a buffer, the offset in it. A text up
to this length is in the view itself: https://arrow.apache.org/docs/format/Columnar.html"""


def ordered(rows: pa.Table, order: Int64s | None) -> pa.Table:
    """The rows in an order, with `_LONG_TEXTS` as views of the texts that `rows` holds.

    Args:
        rows: batches of `loglake.kernels.parquet.rows.row_schema`.
        order: the positions of the rows; None keeps them as they are.
    """
    columns: list[Any] = []
    for name, column in zip(rows.column_names, rows.columns):
        if name in _LONG_TEXTS:
            columns.append(_views(column, order))
        elif order is None:
            columns.append(column)
        elif column.null_count == len(column):
            columns.append(nulls(len(column), column.type))
        else:
            columns.append(column.combine_chunks().take(order))
    return pa.table(columns, names=rows.column_names)


def _views(texts: pa.ChunkedArray[Any], order: Int64s | None) -> Any:
    views: Any = texts.cast(pa.string_view())
    if order is None:
        return views
    words, buffers = [np.empty((0, _VIEW_WORDS), np.int32)], list[Any]()
    for chunk in views.chunks:
        _, data, *held = chunk.buffers()
        own = np.frombuffer(data, np.int32).reshape(-1, _VIEW_WORDS)[chunk.offset : chunk.offset + len(chunk)].copy()
        own[own[:, 0] > _INLINE_BYTES, 2] += len(buffers)
        words.append(own)
        buffers += held
    put: Any = np.concatenate(words).take(order, axis=0)
    valid: Any = None
    if texts.null_count:
        there: Any = texts.is_valid().to_numpy()
        valid = bits_of(there[order])
    return pa.Array.from_buffers(pa.string_view(), len(put), [valid, pa.py_buffer(put), *buffers])
