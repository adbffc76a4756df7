"""Bytes that DuckDB reads of Parquet files, counted where it reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from fsspec.implementations.local import LocalFileSystem

_PROTOCOL = "counted"


class _Files(LocalFileSystem):  # type: ignore[misc]  # fsspec is not typed
    """Local files that count what is read of them."""

    protocol = _PROTOCOL
    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self.bytes_read = 0

    def _open(self, path: str, mode: str = "rb", **_: Any) -> _File:
        return _File(self, self._strip_protocol(path), mode)


class _File:
    def __init__(self, files: _Files, path: str, mode: str) -> None:
        self._files = files
        self._file = open(path, mode)  # noqa: SIM115  (DuckDB closes it)

    def read(self, size: int = -1) -> bytes:
        found: bytes = self._file.read(size)
        self._files.bytes_read += len(found)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def bytes_read(table: Path, query: str) -> tuple[int, int]:
    """Bytes that a query reads, and the rows of its answer; ``{table}`` in the query stands for the table."""
    files = _Files()
    read = (
        f"read_parquet('{_PROTOCOL}://{table}/*/*.parquet', hive_partitioning = true, hive_types = {{'dt': VARCHAR}})"
    )
    with duckdb.connect() as connection:
        connection.register_filesystem(files)
        connection.sql("SET TimeZone = 'UTC'; SET enable_external_file_cache = false")
        rows = connection.sql(query.replace("{table}", read)).fetchall()
    return files.bytes_read, len(rows)
