from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loglake.core.schema.schema import ColumnType, InferredType, TableSchema, grow
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
