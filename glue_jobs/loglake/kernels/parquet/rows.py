"""Rows of a table as Arrow: as kernels hand them on, and as a file has them."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Callable

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import TableSchema
from loglake.kernels.arrow import Array, Int64s
from loglake.kernels.formats.base import Parsed
from loglake.kernels.json.scalars import ARROW_TYPES
from loglake.kernels.readers.events import Origin

EVENT_TIME = pa.timestamp("ms", tz="UTC")


def row_schema(schema: TableSchema) -> pa.Schema:
    """What kernels hand on: ``_origin`` is the number of an origin.

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


def file_table(rows: pa.Table, schema: pa.Schema, origins: Sequence[Origin]) -> pa.Table:
    """Rows as the file has them; what an origin says is a dictionary.

    Args:
        rows: of `row_schema`.
        schema: the `file_schema` of the same table.
        origins: by their number.
    """
    used, places = distinct(rows.column("_origin").to_numpy())

    def names(name: Callable[[Origin], str]) -> Array:
        """A name of each row's origin, as a dictionary of just those names that occur, each once."""
        values = pa.array([name(origins[number]) for number in used], pa.string()).dictionary_encode()
        return pa.DictionaryArray.from_arrays(values.indices.take(places), values.dictionary)

    derived = {
        "event_time": rows.column("event_time").cast(EVENT_TIME),
        "log_group": names(attrgetter("log_group")),
        "log_stream": names(attrgetter("log_stream")),
        "_source": names(attrgetter("source")),
        "_line": rows.column("_line"),
        "_event_id": rows.column("_event_id"),
    }
    columns: list[Any] = [derived[name] if name in derived else rows.column(name) for name in schema.names]
    return pa.table(columns, names=schema.names)


def plain_rows(rows: pa.RecordBatch, schema: pa.Schema, origins: Sequence[Origin]) -> pa.RecordBatch:
    """Rows as the file has them, without dictionaries: what a person's function takes. Arguments as `file_table`."""
    table = file_table(pa.Table.from_batches([rows]), schema, origins).cast(schema)
    (batch,) = table.combine_chunks().to_batches()
    return batch


def changed_rows(rows: pa.RecordBatch, kept: Int64s, changed: pa.Table) -> pa.RecordBatch:
    """Some of the rows, with other values: the inverse of `plain_rows`.

    Args:
        rows: of `row_schema`.
        kept: the positions of the kept rows.
        changed: the kept rows with their new values, of the `file_schema`.
    """
    left = rows.take(kept)
    from_file = [name for name in rows.schema.names if name in changed.schema.names and name != "event_time"]
    columns: list[Any] = [
        changed.column(name).combine_chunks() if name in from_file else left.column(name) for name in rows.schema.names
    ]
    return pa.RecordBatch.from_arrays(columns, schema=rows.schema)


def distinct(numbers: Int64s) -> tuple[Int64s, Int64s]:
    """The numbers that occur, ascending, and for each its place among them; none is negative, nor far from zero."""
    counts = np.bincount(numbers)
    used, ranks = np.flatnonzero(counts), np.zeros(len(counts), np.int64)
    ranks[used] = np.arange(len(used))
    return used, ranks[numbers]
