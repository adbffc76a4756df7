"""Bytes that DuckDB reads of Parquet files, counted where it reads them."""

from __future__ import annotations

import os
import threading
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
        return _File(self, self._strip_protocol(path))


class _File:
    """An open file with a place for each thread: DuckDB's threads seek and read in the same one."""

    def __init__(self, files: _Files, path: str) -> None:
        self._files = files
        self._descriptor = os.open(path, os.O_RDONLY)
        self._places = threading.local()
        self._lock = threading.Lock()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: os.fstat(self._descriptor).st_size}[whence]
        self._places.at = start + offset
        return self.tell()

    def tell(self) -> int:
        return int(getattr(self._places, "at", 0))

    def read(self, size: int = -1) -> bytes:
        most = size if size >= 0 else os.fstat(self._descriptor).st_size
        found = os.pread(self._descriptor, most, self.tell())
        self._places.at = self.tell() + len(found)
        with self._lock:
            self._files.bytes_read += len(found)
        return found

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        """DuckDB closes not all files that it opened."""
        self.close()


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
