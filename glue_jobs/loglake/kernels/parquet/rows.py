"""Rows of a table in Arrow: the form that kernels pass on, and the form in files."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Callable

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import LOG_ACCOUNT, LOG_TIME, TableSchema
from loglake.kernels.arrow import NO_STRING, Array, Int64s, choose, pc
from loglake.kernels.formats.base import Parsed
from loglake.kernels.json.scalars import ARROW_TYPES
from loglake.kernels.readers.events import Origin

EVENT_TIME = pa.timestamp("ms", tz="UTC")


def row_schema(schema: TableSchema) -> pa.Schema:
    """The schema that kernels pass on. ``_origin`` is the number of an origin.

    The writer's own names begin with ``_``, unlike columns of an event: people log fields named ``line`` and
    ``origin``.
    """
    fields: dict[str, pa.DataType] = {
        "event_time": pa.int64(),
        **({LOG_TIME: EVENT_TIME} if LOG_TIME in schema.later else {}),
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
    """The schema of the file."""
    fields: dict[str, pa.DataType] = {
        "event_time": EVENT_TIME,
        **({LOG_TIME: EVENT_TIME} if LOG_TIME in schema.later else {}),
        **({LOG_ACCOUNT: pa.string()} if LOG_ACCOUNT in schema.later else {}),
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


def rows_of(events: pa.RecordBatch, parsed: Parsed, log_time: Array, schema: TableSchema) -> pa.RecordBatch:
    """Joins events (columns of `EVENTS` and ``origin``) with their parsed columns."""
    arrays: list[Array] = [
        events.column("event_time"),
        *([log_time] if LOG_TIME in schema.later else []),
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
    """Rows in the form of the file; columns of an origin are dictionaries.

    Args:
        rows: of `row_schema`.
        schema: the `file_schema` of the same table.
        origins: by their number.
    """
    used, places = distinct(rows.column("_origin").to_numpy())

    def names(name: Callable[[Origin], str | None]) -> Array:
        """The name of each row's origin, as a dictionary with each used name once."""
        values = pa.array([name(origins[number]) for number in used], pa.string()).dictionary_encode()
        return pa.DictionaryArray.from_arrays(values.indices.take(places), values.dictionary)

    derived = {
        "event_time": rows.column("event_time").cast(EVENT_TIME),
        LOG_ACCOUNT: names(lambda origin: origin.account or None),
        "log_group": names(attrgetter("log_group")),
        "log_stream": names(attrgetter("log_stream")),
        "_source": names(attrgetter("source")),
        "_line": rows.column("_line"),
        "_event_id": rows.column("_event_id"),
    }
    columns: list[Any] = [derived[name] if name in derived else rows.column(name) for name in schema.names]
    return pa.table(columns, names=schema.names)


def plain_rows(rows: pa.RecordBatch, schema: pa.Schema, origins: Sequence[Origin]) -> pa.RecordBatch:
    """Rows in the form of the file, without dictionaries, for a user's function. Arguments as in `file_table`."""
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


def without_raw(rows: pa.RecordBatch) -> pa.RecordBatch:
    """The rows, of `row_schema`, with null in ``raw`` if ``message`` is the same text."""
    raw, place = rows.column("raw"), rows.schema.get_field_index("raw")
    same = pc.fill_null(pc.equal(raw, rows.column("message")), pa.scalar(False))
    return rows.set_column(place, "raw", choose(same, NO_STRING, raw))


def text_bytes(rows: pa.RecordBatch | pa.Table) -> int:
    """The size of the events' texts: of ``raw``, or of ``message`` in rows that have no ``raw``."""
    sizes = (pc.binary_length(rows.column(name)) for name in ("raw", "message"))
    return int(pc.sum(pc.coalesce(*sizes)).as_py() or 0)


def distinct(numbers: Int64s) -> tuple[Int64s, Int64s]:
    """The distinct numbers, ascending, and the position of each number among them. All are small and not negative."""
    counts = np.bincount(numbers)
    used, ranks = np.flatnonzero(counts), np.zeros(len(counts), np.int64)
    ranks[used] = np.arange(len(used))
    return used, ranks[numbers]
