"""DuckDB's only file system: it has the tables' files and can't write."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from fsspec import AbstractFileSystem

SCHEME = "s3"
"""DuckDB sees the files by their object names, as Athena does."""


class ReadOnlyFiles(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Files by name, only for reading.

    Args:
        paths: the path of each file, by a name such as ``s3://lake/tables/app/a.parquet``.
    """

    protocol = SCHEME
    cachable = False  # fsspec would share one instance for equal arguments

    def __init__(self, paths: Mapping[str, str]) -> None:
        super().__init__()
        self._paths = paths
        self._stats: dict[str, os.stat_result] = {}
        self._ranges: list[tuple[str, int, int]] = []

    @property
    def bytes_read(self) -> int:
        """The bytes that were read from all files so far. Bytes that are read again count once."""
        total, last, reached = 0, "", 0
        for path, begin, end in sorted(self._ranges):
            reached = reached if path == last else 0
            total += max(0, end - max(begin, reached))
            last, reached = path, max(reached, end)
        return total

    def open(self, path: str, mode: str = "rb", **_options: Any) -> ReadOnlyFile:
        """Opens a file for reading only."""
        if mode != "rb":
            raise PermissionError(f"{path} is only read")
        return ReadOnlyFile(self._paths[path], self._ranges)

    def glob(self, path: str, **_options: Any) -> list[str]:
        """The file with a name. Names are not patterns, so ``*``, ``?`` and ``[`` are ordinary characters."""
        return [path] if path in self._paths else []

    def isfile(self, path: str) -> bool:
        """Whether the file exists."""
        return path in self._paths

    def size(self, path: str) -> int:
        """The size of a file in bytes."""
        return self._stat(path).st_size

    def modified(self, path: str) -> datetime:
        """When a file was last written."""
        return datetime.fromtimestamp(self._stat(path).st_mtime, tz=timezone.utc)

    def _stat(self, path: str) -> os.stat_result:
        """Asks the system once per file: a query's files don't change."""
        if path not in self._stats:
            self._stats[path] = os.stat(self._paths[path])
        return self._stats[path]


class ReadOnlyFile:
    """A file that is open only during a read, because DuckDB opens many files and reads few.

    Several threads may use it. Each has its own position, because another may come between `seek` and `read`.
    """

    def __init__(self, path: str, ranges: list[tuple[str, int, int]]) -> None:
        """`ranges` gets the path, begin and end of each read."""
        self._path = path
        self._ranges = ranges
        self._positions: dict[int, int] = {}

    def seek(self, offset: int, _whence: int = os.SEEK_SET) -> int:
        """Moves the position of this thread."""
        self._positions[threading.get_ident()] = offset
        return offset

    def tell(self) -> int:
        """The position of this thread."""
        return self._positions.get(threading.get_ident(), 0)

    def read(self, size: int) -> bytes:
        """The next bytes at this thread's position, at most as many as given."""
        file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            content = os.pread(file, size, self.tell())
        finally:
            os.close(file)
        end = self.tell() + len(content)
        self._ranges.append((self._path, self.tell(), end))
        self.seek(end)
        return content

    def close(self) -> None:
        """Does nothing, because the file is open only in `read`."""
