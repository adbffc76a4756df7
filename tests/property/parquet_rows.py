"""Reads a table's Parquet files with pyarrow without casts; only the table's own types are accepted."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.core.schema.schema import ENVELOPE, TRAILER
from property.oracle import Col, Row, check
from property.tables import PARTITION, Place

_TYPES: dict[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}
_MS = pa.timestamp("ms", tz="UTC")
_OWN: dict[str, pa.DataType] = {"event_time": _MS, "log_time": _MS, "_line": pa.int64()}


def table_schema(columns: Iterable[Col]) -> pa.Schema:
    """The schema of the table's files with these parsed columns."""
    types = {
        **{name: _OWN.get(name, pa.string()) for name in ENVELOPE},
        **{column.name: _TYPES[column.kind] for column in columns},
        **{name: _OWN.get(name, pa.string()) for name in TRAILER},
    }
    fields: list[pa.Field[Any]] = [pa.field(name, kind) for name, kind in types.items()]
    return pa.schema(fields)


def read_file(body: bytes, columns: Iterable[Col]) -> pa.Table:
    """Reads a file, and checks that it has the table's schema of that time."""
    table = pq.ParquetFile(io.BytesIO(body)).read(use_threads=False)
    check(table.schema.equals(table_schema(columns)), "a file has another schema than its table", table.schema)
    return table


def rows_of(table: pa.Table, partition: str) -> Iterator[tuple[Place, Row]]:
    """Rows with plain cells: times as numbers, since Python's own end with the year 9999."""
    for number, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(number, field.name, table.column(number).cast(pa.int64()))
    for row in table.to_pylist():
        yield (row["_source"], row["_line"]), {**row, PARTITION: partition}
