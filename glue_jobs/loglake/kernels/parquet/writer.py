"""Rows of one table into one Parquet file, one bounded, sorted row group after the other.

Row batches in: see `row_schema`. File out: the envelope first (``event_time`` timestamp(ms, UTC), ``log_group``,
``log_stream``, ``message``, ``level``, ``raw``), the parsed columns, ``_rescued``, ``_source``, ``_line``,
``_event_id``; all nullable, no partition column. Each row group is sorted by (log group, event time), rows of one
instant by (source, line). Same batches in, same bytes out. Peak memory: about four times `ROW_GROUP_BYTES`, plus the
parsed columns.

A Parquet file can't be reopened to add to it, and a bundle can hold rows of thousands of days. So a writer opens its
file with the first row group; where it may not hold one open, its rows go to a spill file, open for each append only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, Callable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from loglake.core.schema.schema import TableSchema
from loglake.kernels.arrow import Array, Int64s, pc
from loglake.kernels.formats.base import Parsed
from loglake.kernels.json.scalars import ARROW_TYPES
from loglake.kernels.parquet.file import open_file
from loglake.kernels.readers.events import Origin

ROW_GROUP_BYTES = 32 * 1024 * 1024
"""Raw text of a row group: large enough to prune and compress well, small enough to hold."""

EVENT_TIME = pa.timestamp("ms", tz="UTC")

_BYTES_PER_ARRAY = 512
"""What a waiting array costs beside its values: buffers are padded, and objects point to them."""

_SPILL = pa.ipc.IpcWriteOptions(compression="lz4")


def row_schema(schema: TableSchema) -> pa.Schema:
    """What the writer takes: ``_origin`` is the number of an origin.

    The names of the writer's own begin with ``_``, as no column of an event's own does: ``line`` and ``origin`` are
    fields that people log.
    """
    fields: dict[str, pa.DataType] = {
        "event_time": pa.int64(),
        "_origin": pa.int32(),
        "_line": pa.int64(),
        "_event_id": pa.string(),
        "message": pa.string(),
        "level": pa.string(),
        "raw": pa.string(),
        **{column.name: ARROW_TYPES[column.type] for column in schema.columns},
        "_rescued": pa.string(),
    }
    return _arrow_schema(fields)


def file_schema(schema: TableSchema) -> pa.Schema:
    """What the file has."""
    fields: dict[str, pa.DataType] = {
        "event_time": EVENT_TIME,
        "log_group": pa.string(),
        "log_stream": pa.string(),
        "message": pa.string(),
        "level": pa.string(),
        "raw": pa.string(),
        **{column.name: ARROW_TYPES[column.type] for column in schema.columns},
        "_rescued": pa.string(),
        "_source": pa.string(),
        "_line": pa.int64(),
        "_event_id": pa.string(),
    }
    return _arrow_schema(fields)


def _arrow_schema(fields: dict[str, pa.DataType]) -> pa.Schema:
    typed: list[pa.Field[Any]] = [pa.field(name, kind) for name, kind in fields.items()]
    return pa.schema(typed)


def rows_of(events: pa.RecordBatch, parsed: Parsed, schema: TableSchema) -> pa.RecordBatch:
    """Joins events (columns of `EVENTS` and ``origin``) and what was parsed of them."""
    arrays: list[Array] = [
        events.column("event_time"),
        events.column("origin"),
        events.column("line"),
        events.column("event_id"),
        parsed.message,
        parsed.level,
        events.column("raw"),
        *parsed.columns,
        parsed.rescued,
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=row_schema(schema))


class RowWriter:
    """Writes rows of one table to one file.

    `rows` counts what was written, `waiting_bytes` the raw text that waits for its row group.

    Args:
        path: of the file, which is replaced; the spill file is beside it.
        schema: the table's.
        origins: by their number; may grow while rows come.
        may_open: whether the file may be held open from its first row group on; if not, it is written by `close`.
    """

    def __init__(
        self,
        path: str,
        schema: TableSchema,
        origins: Sequence[Origin],
        *,
        may_open: Callable[[], bool] = lambda: True,
    ) -> None:
        self.path = path
        self.rows = 0
        self._may_open = may_open
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
        """About the memory that goes with `waiting_bytes`: many small batches cost more than their text."""
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
        self.waiting_bytes += pc.sum(pc.binary_length(rows.column("raw"))).as_py() or 0
        if self.waiting_bytes >= ROW_GROUP_BYTES:
            self.flush()

    def _write_group(self, rows: pa.Table) -> None:
        times, groups = rows.column("event_time").to_numpy(), self._group_ranks(rows)
        if (np.diff(times) < 0).any() or (np.diff(groups) < 0).any():
            # Stable: rows of one instant stay in the order of (source, line), in which they came.
            rows = rows.combine_chunks().take(np.lexsort((times, groups)))
        table = self._file_table(rows)
        self._writer = self._writer or open_file(self.path, table)
        self._writer.write_table(table, row_group_size=rows.num_rows)

    def _group_ranks(self, rows: pa.Table) -> Int64s:
        """For each row the place of its log group in the order of their names."""
        used, places = _distinct(rows.column("_origin").to_numpy())
        groups = np.array([self._origins[number].log_group for number in used])
        ranks: Int64s = np.unique(groups, return_inverse=True)[1][places]
        return ranks

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

    def _file_table(self, rows: pa.Table) -> pa.Table:
        used, places = _distinct(rows.column("_origin").to_numpy())
        derived = {
            "event_time": rows.column("event_time").cast(EVENT_TIME),
            "log_group": self._names(attrgetter("log_group"), used, places),
            "log_stream": self._names(attrgetter("log_stream"), used, places),
            "_source": self._names(attrgetter("source"), used, places),
            "_line": rows.column("_line"),
            "_event_id": rows.column("_event_id"),
        }
        columns: list[Any] = [derived[name] if name in derived else rows.column(name) for name in self._schema.names]
        return pa.table(columns, names=self._schema.names)

    def _names(self, name: Callable[[Origin], str], used: Int64s, places: Int64s) -> Array:
        """A name of each row's origin, as a dictionary of just those names that occur, each once."""
        values = pa.array([name(self._origins[number]) for number in used], pa.string()).dictionary_encode()
        return pa.DictionaryArray.from_arrays(values.indices.take(places), values.dictionary)


def _distinct(numbers: Int64s) -> tuple[Int64s, Int64s]:
    """The numbers that occur, ascending, and for each its place among them; none is negative, nor far from zero."""
    counts = np.bincount(numbers)
    used, ranks = np.flatnonzero(counts), np.zeros(len(counts), np.int64)
    ranks[used] = np.arange(len(used))
    return used, ranks[numbers]
