"""Writes folders of kept runs directly, so that SQL can be tested without a stack."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from athena_duckdb.catalog_file import CATALOG

_SERDE = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}


def write_kept(directory: Path, locations: dict[str, str]) -> Path:
    """Writes a catalog with these tables' Locations, and the columns ``n`` and ``text`` in each."""
    directory.mkdir(parents=True, exist_ok=True)
    types = [{"Name": "n", "Type": "bigint"}, {"Name": "text", "Type": "string"}]
    tables = [
        {
            "DatabaseName": "logs",
            "Name": name,
            "StorageDescriptor": {"Location": location, "Columns": types, "SerdeInfo": _SERDE},
        }
        for name, location in locations.items()
    ]
    catalog = {"databases": [{"Name": "logs"}], "tables": tables, "partitions": []}
    (directory / CATALOG).write_text(json.dumps(catalog))
    return directory


def write_parquet(file: Path, n: int = 1, text: str = "x") -> None:
    """Writes a file of one row, and its folders."""
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"n": [n], "text": [text]}), file)


def kept_app(directory: Path) -> Path:
    """A kept run with the table ``app`` of one row."""
    write_parquet(directory / "lake" / "tables" / "app" / "a.parquet")
    return write_kept(directory, {"app": "s3://lake/tables/app/"})


def tree_hash(*folders: Path) -> str:
    """A hash of the names and contents of everything in some folders."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            content = path.read_bytes() if path.is_file() else b""
            digest.update(repr((str(path), path.is_file(), content)).encode())
    return digest.hexdigest()
