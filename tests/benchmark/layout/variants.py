"""The same rows in other layouts. pyarrow 23 writes no Bloom filters, so DuckDB writes these."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

_GROUP_ROWS = 120_000
"""About the 32 MB of text of loglake's row groups."""


def variants() -> dict[str, Callable[[Path, Path], None]]:
    """What writes a table's files in another layout, by its name."""
    return {
        "as loglake writes it": _copy,
        "the same, written again": _rewrite,
        "row groups of a quarter": lambda table, target: _rewrite(table, target, group_rows=_GROUP_ROWS // 4),
        "sorted by level, then time": lambda table, target: _rewrite(table, target, by=("level", "event_time")),
        "sorted by request_id": lambda table, target: _rewrite(table, target, by=("request_id",)),
        "by DuckDB": lambda table, target: _by_duckdb(table, target, ""),
        "by DuckDB, Bloom filters": lambda table, target: _by_duckdb(
            table, target, f", DICTIONARY_SIZE_LIMIT {_GROUP_ROWS}, BLOOM_FILTER_FALSE_POSITIVE_RATIO 0.01"
        ),
    }


def _copy(table: Path, target: Path) -> None:
    shutil.copytree(table, target)


def _rewrite(table: Path, target: Path, *, group_rows: int = _GROUP_ROWS, by: tuple[str, ...] = ()) -> None:
    for path in sorted(table.rglob("*.parquet")):
        rows: Any = pq.ParquetFile(path).read()
        if by:
            rows = rows.sort_by([(name, "ascending") for name in by])
        made = target / path.relative_to(table)
        made.parent.mkdir(parents=True, exist_ok=True)
        unique = {"message", "raw", "_rescued", "_event_id"}
        kept = [name for name in rows.schema.names if name not in unique]
        options: dict[str, Any] = {"compression": "zstd", "write_statistics": kept, "write_page_index": True}
        options["use_dictionary"] = _repeating(rows, kept)
        with pq.ParquetWriter(made, rows.schema, **options) as writer:
            writer.write_table(rows, row_group_size=group_rows)


def _repeating(rows: pa.Table, kept: list[str]) -> list[str]:
    sample: Any = rows.slice(0, 8192)
    return [name for name in kept if 2 * len(sample.column(name).unique()) <= len(sample)]


def _by_duckdb(table: Path, target: Path, more: str) -> None:
    for path in sorted(table.rglob("*.parquet")):
        made = target / path.relative_to(table)
        made.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as connection:
            connection.sql("SET TimeZone = 'UTC'; SET preserve_insertion_order = true; SET threads = 1")
            options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_GROUP_ROWS}{more}"
            source = f"SELECT * FROM read_parquet('{path}', hive_partitioning = false)"
            connection.execute(f"COPY ({source}) TO '{made}' ({options})")
