"""The same rows in other layouts, written again by pyarrow."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_GROUP_ROWS = 120_000
"""About the 32 MB of text of loglake's row groups."""

_IDS = ("request_id", "trace_id")


def variants() -> dict[str, Callable[[Path, Path], None]]:
    """What writes a table's files in another layout, by its name."""
    return {
        "as loglake writes it": _copy,
        "without Bloom filters": partial(_rewrite, has_filters=False),
        "row groups of a quarter": partial(_rewrite, group_rows=_GROUP_ROWS // 4),
        "sorted by level, then time": partial(_rewrite, by=("level", "event_time")),
        "sorted by request_id": partial(_rewrite, by=("request_id",)),
    }


def _copy(table: Path, target: Path) -> None:
    shutil.copytree(table, target)


def _rewrite(
    table: Path, target: Path, *, group_rows: int = _GROUP_ROWS, by: tuple[str, ...] = (), has_filters: bool = True
) -> None:
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
        if has_filters:
            options["bloom_filter_options"] = {name: {"ndv": group_rows, "fpp": 0.01} for name in _IDS}
        with pq.ParquetWriter(made, rows.schema, **options) as writer:
            writer.write_table(rows, row_group_size=group_rows)


def _repeating(rows: pa.Table, kept: list[str]) -> list[str]:
    sample: Any = rows.slice(0, 8192)
    return [name for name in kept if 2 * len(sample.column(name).unique()) <= len(sample)]
