from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loglake.core.schema.schema import ColumnType, InferredType, TableSchema, grow
from loglake.kernels.parquet.file import HAS_FILTERS, open_file
from loglake.kernels.parquet.rows import file_schema, row_schema
from loglake.kernels.parquet.writer import RowWriter
from loglake.kernels.readers.events import Origin

pytestmark = pytest.mark.unit

ROWS = 1_000
SCHEMA = grow(
    TableSchema("t"),
    {
        ("status",): InferredType(ColumnType.BIGINT),
        ("latency",): InferredType(ColumnType.DOUBLE),
        ("plan",): InferredType(ColumnType.STRING),
        ("request",): InferredType(ColumnType.STRING),
        ("rare",): InferredType(ColumnType.STRING),
    },
)


def _rows(count: int) -> pa.RecordBatch:
    numbers = range(count)
    columns: dict[str, Any] = {
        "event_time": numbers,
        "log_time": numbers,
        "_origin": [0] * count,
        "_line": numbers,
        "_event_id": [None] * count,
        "message": [f"m{number}" for number in numbers],
        "level": ["INFO"] * count,
        "raw": [f"raw {number}" for number in numbers],
        "status": [200 + number % 5 for number in numbers],
        "latency": [number / 8 for number in numbers],
        "plan": ["free", "pro"] * (count // 2),
        "request": [f"r{number}" for number in numbers],
        "rare": [f"x{number}" if number < 10 else None for number in numbers],
        "_rescued": [None] * count,
    }
    return pa.RecordBatch.from_pydict(columns, row_schema(SCHEMA))


def _written(path: Path, batches: list[pa.RecordBatch]) -> dict[str, Any]:
    """The first row group's columns."""
    writer = RowWriter(str(path), SCHEMA, [Origin("k", "/g", "s")])
    for batch in batches:
        writer.write(batch)
    writer.close()
    group = pq.read_metadata(path).row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    return {column.path_in_schema: column for column in columns}


def test_only_what_repeats_has_a_dictionary(tmp_path: Path) -> None:
    columns = _written(tmp_path / "a.parquet", [_rows(ROWS)])
    with_dictionary = {name for name, column in columns.items() if column.has_dictionary_page}
    assert with_dictionary >= {"log_group", "log_stream", "level", "status", "plan", "rare", "_source"}
    assert not with_dictionary & {"event_time", "message", "raw", "latency", "request", "_line", "_event_id"}


def test_numbers_have_statistics_with_a_dictionary_or_without(tmp_path: Path) -> None:
    columns = _written(tmp_path / "a.parquet", [_rows(ROWS)])
    assert (columns["latency"].statistics.min, columns["latency"].statistics.max) == (0.0, 999 / 8)
    assert (columns["status"].statistics.min, columns["status"].statistics.max) == (200, 204)
    assert (columns["_line"].statistics.min, columns["_line"].statistics.max) == (0, ROWS - 1)
    assert not columns["raw"].is_stats_set


def test_ids_of_events_have_statistics_so_readers_skip_groups_without_any(tmp_path: Path) -> None:
    columns = _written(tmp_path / "a.parquet", [_rows(ROWS)])
    assert columns["_event_id"].statistics.null_count == ROWS


def _filtered(path: Path, group: int = 0) -> dict[str, int]:
    """The columns with Bloom filters, each with the bytes of its filter in a row group."""
    sql = "SELECT path_in_schema, bloom_filter_length FROM parquet_metadata(?) WHERE row_group_id = ?"
    with duckdb.connect() as connection:
        rows = connection.execute(f"{sql} AND bloom_filter_offset > 0", [str(path), group]).fetchall()
    return dict(rows)


def test_ids_have_bloom_filters_by_name_by_value_and_by_request(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    count = 1_000
    rows = pa.table(
        {
            "log_group": ["/g"] * count,
            "event_time": pa.array(range(count), pa.int64()),
            "message": [f"{number:032x}" for number in range(count)],
            "request_id": [f"r{number}" for number in range(count)],
            "userId": [f"u{number % 3}" for number in range(count)],
            "trail": [f"{number:08x}-1111-4222-8333-444455556666" for number in range(count)],
            "peer": [None if number % 2 else f"10.0.0.{number % 200}" for number in range(count)],
            "plan": ["free", "pro"] * (count // 2),
            "order": [f"no {number}" for number in range(count)],
            "day": [f"2026-11-{number % 28 + 1:02}" for number in range(count)],
            "status_id": range(count),
            "session": pa.nulls(count, pa.string()),
        }
    )
    with open_file(str(path), rows, find_by=["order", "gone"]) as writer:
        writer.write_table(rows)
    filtered = {"request_id", "userId", "trail", "peer", "order"}
    assert _filtered(path).keys() == (filtered if HAS_FILTERS else set())


def test_a_filter_is_as_large_as_the_values_of_its_row_group_need(tmp_path: Path) -> None:
    path, count = tmp_path / "a.parquet", 64_000
    rows = pa.table(
        {
            "log_group": ["/g"] * count,
            "event_time": pa.array(range(count), pa.int64()),
            "host": [f"h{number % 8}" for number in range(count)],
            "request_id": [f"r{number}" for number in range(count)],
        }
    )
    few = rows.slice(0, 1_000)
    with open_file(str(path), few, most_rows=count) as writer:
        writer.write_table(few)
        writer.write_table(rows)
    if not HAS_FILTERS:
        assert _filtered(path) == _filtered(path, 1) == {}
        return
    assert _filtered(path)["host"] < 100
    assert _filtered(path)["request_id"] < 2_000
    assert _filtered(path, 1)["host"] < 100
    assert _filtered(path, 1)["request_id"] > 30_000


def test_a_file_without_rows_has_all_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    RowWriter(str(path), SCHEMA, []).close()
    table = pq.read_table(path)
    assert (table.num_rows, table.schema) == (0, file_schema(SCHEMA))


def test_the_same_batches_make_the_same_bytes(tmp_path: Path) -> None:
    batches = [_rows(ROWS), _rows(10)]
    for name in ("a", "b"):
        _written(tmp_path / name, batches)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
