"""Rows of one table into one Parquet file, one bounded, sorted row group after the other.

Row batches in: see `loglake.kernels.parquet.rows.row_schema`. File out: `file_schema`, all nullable, no partition
column: the envelope first (``event_time`` timestamp(ms, UTC), ``log_group``, ``log_stream``, ``message``, ``level``,
``raw``), the parsed columns, ``_rescued``, ``_source``, ``_line``, ``_event_id``. Each row group is sorted by (log
group, event time), rows of one instant by (source, line). Same batches in, same bytes out. Peak memory: about four
times `ROW_GROUP_BYTES`, plus the parsed columns.

A Parquet file can't be reopened to add to it, and a bundle can hold rows of thousands of days. So a writer opens its
file with the first row group. If it may not hold a file open, its rows go to a spill file, open for each append only.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Any, Callable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from loglake.core.schema.schema import TableSchema
from loglake.kernels.arrow import Int64s, bits_of, nulls
from loglake.kernels.parquet.file import open_file
from loglake.kernels.parquet.rows import distinct, file_schema, file_table, text_bytes
from loglake.kernels.readers.events import Origin

ROW_GROUP_BYTES = 32 * 1024 * 1024
"""Raw text of a row group: large enough to prune and compress well, small enough to hold."""

_BYTES_PER_ARRAY = 512
"""What a waiting array costs beside its values: buffers are padded, and objects point to them."""

_SPILL = pa.ipc.IpcWriteOptions(compression="lz4")


class RowWriter:
    """Writes rows of one table to one file.

    `rows` counts what was written, `waiting_bytes` the raw text that waits for its row group.

    Args:
        path: the file's path; an existing file is replaced; the spill file is beside it.
        schema: the table's schema.
        origins: by their number; may grow while rows come.
        may_open: whether the file may be held open from its first row group on; if not, it is written by `close`.
        find_by: more columns with Bloom filters than those of ids.
    """

    def __init__(
        self,
        path: str,
        schema: TableSchema,
        origins: Sequence[Origin],
        *,
        may_open: Callable[[], bool] = lambda: True,
        find_by: Collection[str] = (),
    ) -> None:
        self.path = path
        self.rows = 0
        self._may_open = may_open
        self._find_by = find_by
        self._spill_path = f"{path}.spill"
        self._spilled = False
        self._is_closing = False
        self._schema = file_schema(schema)
        self._origins = origins
        self._waiting: list[pa.RecordBatch] = []
        self.waiting_bytes = 0
        self._writer: pq.ParquetWriter | None = None

    @property
    def is_open(self) -> bool:
        """Whether the file is held open."""
        return self._writer is not None

    @property
    def held_bytes(self) -> int:
        """An estimate of the memory behind `waiting_bytes`: many small batches cost more than their text."""
        arrays = sum(batch.num_columns for batch in self._waiting)
        return self.waiting_bytes + arrays * _BYTES_PER_ARRAY

    def write(self, rows: pa.RecordBatch) -> None:
        """Adds rows in the order of (source, line); a full row group goes to the file."""
        self.rows += rows.num_rows
        self._add(rows)

    def close(self) -> None:
        """Writes what was spilled, what waits, and the footer."""
        recent, self._waiting, self.waiting_bytes = self._waiting, [], 0
        self._is_closing = True
        for rows in chain(self._unspill(), recent):
            self._add(rows)
        self.flush()
        writer = self._writer or open_file(self.path, self._schema.empty_table())
        writer.close()
        self._writer = None

    def flush(self) -> None:
        """Writes what waits: as a row group of the file, or to the spill file if the file may not be open."""
        if not self._waiting:
            return
        rows = pa.Table.from_batches(self._waiting)
        self._waiting, self.waiting_bytes = [], 0
        if self.is_open or self._is_closing or (not self._spilled and self._may_open()):
            self._write_group(rows)
        else:
            self._spill(rows)

    def _add(self, rows: pa.RecordBatch) -> None:
        self._waiting.append(rows)
        self.waiting_bytes += text_bytes(rows)
        if self.waiting_bytes >= ROW_GROUP_BYTES:
            self.flush()

    def _write_group(self, rows: pa.Table) -> None:
        times, groups = rows.column("event_time").to_numpy(), self._group_ranks(rows)
        order = None
        if (np.diff(times) < 0).any() or (np.diff(groups) < 0).any():
            # Stable: rows of one instant stay in the order of (source, line), in which they came.
            order = np.lexsort((times, groups))
        table = file_table(ordered(rows, order), self._schema, self._origins)
        self._writer = self._writer or open_file(self.path, table, self._find_by)
        self._writer.write_table(table, row_group_size=rows.num_rows)

    def _group_ranks(self, rows: pa.Table) -> Int64s:
        """For each row the place of its log group in the order of their names."""
        used, places = distinct(rows.column("_origin").to_numpy())
        groups = np.array([self._origins[number].log_group for number in used])
        return np.unique(groups, return_inverse=True)[1][places]

    def _spill(self, rows: pa.Table) -> None:
        self._spilled = True
        with (
            pa.OSFile(self._spill_path, "ab") as file,
            pa.ipc.new_stream(file, rows.schema, options=_SPILL) as stream,
        ):
            stream.write_table(rows.combine_chunks())

    def _unspill(self) -> Iterator[pa.RecordBatch]:
        """The spilled rows, in the order in which they came: one Arrow stream per append."""
        if not self._spilled:
            return
        with pa.OSFile(self._spill_path, "rb") as file:
            while file.tell() < file.size():
                with pa.ipc.open_stream(file) as stream:
                    yield from stream
        os.remove(self._spill_path)


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
