"""Checks Parquet files against their table: columns, types, partitions, order."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fuzz.case import Case
from fuzz.convert import Converted
from fuzz.findings import expect
from loglake.core.keys import partition_of
from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.schema import ENVELOPE, TRAILER, ColumnType
from loglake.core.units import MS_PER_HOUR

ORIGIN = ["event_time", "log_group", "log_stream", "raw", "_rescued", "_source", "_line", "_event_id"]
LEVELS = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", None}

TYPES = {
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.BIGINT: pa.int64(),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.STRING: pa.string(),
}


def check_table(case: Case, plan: TablePlan, made: Converted) -> Iterator[dict[str, Any]]:
    """Checks every file, and returns the columns `ORIGIN` of each row, with its time in ms."""
    for staged, table in made.tables:
        _check_schema(plan, table.schema)
        expect(table.num_rows == staged.rows, "a file has another number of rows", f"{table.num_rows} {staged}")
        _check_order(made.files[staged.staged_key])
        _check_fixed(table, is_defined=bool(case.pattern))
        times = table.column("event_time").cast(pa.int64())
        found = {partition_of(ms, case.partition_by) for ms in _hours(times)}
        expect(found == {staged.partition}, "rows are in another partition", f"{found} {staged}")
        yield from table.set_column(0, "event_time", times).select(ORIGIN).to_pylist()


def _hours(times: pa.ChunkedArray[Any]) -> Iterator[int]:
    """The starts of the hours that have rows."""
    return (int(hour) * MS_PER_HOUR for hour in np.unique(times.to_numpy() // MS_PER_HOUR))


def _check_schema(plan: TablePlan, schema: pa.Schema) -> None:
    columns = plan.schema.columns
    expect(
        schema.names == [*plan.schema.envelope, *(each.name for each in columns), *TRAILER],
        "columns are others",
        schema.names,
    )
    for column in columns:
        kind = schema.field(column.name).type
        wanted = kind == TYPES[column.type] if column.type in TYPES else pa.types.is_timestamp(kind)
        expect(wanted, "a column has another type", f"{column} {kind}")


def _check_order(data: bytes) -> None:
    file = pq.ParquetFile(io.BytesIO(data))
    for index in range(file.num_row_groups):
        group = file.read_row_group(index, ["log_group", "event_time"])
        group = group.set_column(1, "event_time", group.column("event_time").cast(pa.int64()))
        places = [(row["log_group"].encode("utf-8"), row["event_time"]) for row in group.to_pylist()]
        expect(places == sorted(places), "a row group is not in the order of group and time")


def _has_message(raw: str) -> bool:
    """Whether an event is an object with a plain text as its message."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    message = value.get("message") if isinstance(value, dict) else None
    return isinstance(message, str) and message.isascii() and bool(message.strip()) and "{" not in message


def _check_fixed(table: pa.Table, *, is_defined: bool) -> None:
    silent = table.filter(pc.is_null(table.column("message")))
    for row in [] if is_defined else silent.to_pylist():  # a definition may leave all of an event out
        own = [name for name, value in row.items() if value is not None and name not in {*ENVELOPE, *TRAILER}]
        is_read = own or row["level"] or row["_rescued"] or row["raw"].strip().endswith("}")
        expect(bool(is_read) and not _has_message(row["raw"]), "a message is null", row["raw"])
    levels = set(pc.unique(table.column("level")).to_pylist())
    expect(levels <= LEVELS, "a level is none of the six", levels)
