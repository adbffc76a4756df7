"""Reads a contender's Parquet files: the number of rows, and a checksum of rows and types."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import duckdb

OWN = {"_source", "_line", "_event_id"}
"""Where a row comes from: loglake's alone, and not its content."""


def content(output: Path) -> dict[str, Any]:
    """Rows, files, bytes, and a checksum that does not depend on the order of rows or files."""
    files = sorted(path for path in output.rglob("*.parquet") if not path.name.startswith("."))
    names = ", ".join(f"'{path}'" for path in files)
    with duckdb.connect() as connection:
        connection.sql("SET TimeZone = 'UTC'")
        read = (
            f"read_parquet([{names}], hive_partitioning = true, hive_types = {{'dt': VARCHAR}}, union_by_name = true)"
        )
        described = connection.sql(f"DESCRIBE SELECT * FROM {read}").fetchall()
        types = sorted((str(row[0]), str(row[1])) for row in described if row[0] not in OWN)
        columns = ", ".join(f'"{name}"' for name, _ in types)
        query = f"SELECT count(*), sum(hash({columns})::HUGEINT) FROM {read}"
        rows, hashed = connection.sql(query).fetchall()[0]
    digest = hashlib.sha256(f"{types} {rows} {hashed}".encode()).hexdigest()
    return {
        "rows": rows,
        "files": len(files),
        "bytes_out": sum(path.stat().st_size for path in files),
        "columns": len(types),
        "checksum": digest[:16],
    }
