"""A table whose second file has a column that its first one lacks, as `loglake convert` writes it."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

AT = datetime(2026, 11, 20, 8, 30, tzinfo=timezone.utc)
KIND = pa.timestamp("ms", "UTC")


def write_later_schema(output: Path) -> Path:
    """Writes table ``app`` below a folder. The folder's name has characters that are special in globs and SQL."""
    first = pa.table({"event_time": pa.array([AT], KIND), "n": pa.array([1], pa.int64())})
    later = pa.table({"event_time": pa.array([AT], KIND), "n": pa.array([2], pa.int64()), "late": pa.array(["x"])})
    for day, table in (("2026-11-20", first), ("2026-11-21", later)):
        folder = output / "app" / f"dt={day}"
        folder.mkdir(parents=True)
        pq.write_table(table, folder / "part.parquet")
    journal = output / "_converted" / "app" / "000001.json"
    journal.parent.mkdir(parents=True)
    journal.write_text("{}")
    return output
