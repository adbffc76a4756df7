"""The files of the tables as the only file system that DuckDB has, and one that can't write."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from fsspec import AbstractFileSystem

SCHEME = "s3"
"""DuckDB sees the files under the names that their objects have, as Athena does."""


class ReadOnlyFiles(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Files by name, which can be read. There is nothing else in it.

    Args:
        paths: by name, such as ``s3://lake/tables/app/a.parquet``, where the file is.
    """

    protocol = SCHEME
    cachable = False  # fsspec would keep one for all who give the same arguments

    def __init__(self, paths: Mapping[str, str]) -> None:
        super().__init__()
        self._paths = paths
        self._stats: dict[str, os.stat_result] = {}
        self._read = ReadCount()

    @property
    def bytes_read(self) -> int:
        """How much was read of all files, so far."""
        return self._read.size_bytes

    def open(self, path: str, mode: str = "rb", **_options: Any) -> ReadOnlyFile:
        """A file, to be read and for nothing else."""
        if mode != "rb":
            raise PermissionError(f"{path} is only read")
        return ReadOnlyFile(self._paths[path], self._read)

    def glob(self, path: str, **_options: Any) -> list[str]:
        """The file of a name. Names are no patterns, so that ``*``, ``?`` and ``[`` in them mean themselves."""
        return [path] if path in self._paths else []

    def isfile(self, path: str) -> bool:
        """Whether there is such a file."""
        return path in self._paths

    def size(self, path: str) -> int:
        """Bytes of a file."""
        return self._stat(path).st_size

    def modified(self, path: str) -> datetime:
        """When a file was written last."""
        return datetime.fromtimestamp(self._stat(path).st_mtime, tz=timezone.utc)

    def _stat(self, path: str) -> os.stat_result:
        """Asked for once: the files of a query stay as they are."""
        if path not in self._stats:
            self._stats[path] = os.stat(self._paths[path])
        return self._stats[path]


class ReadCount:
    """How much was read, by any thread. What is read again counts once."""

    def __init__(self) -> None:
        self._ranges: list[tuple[str, int, int]] = []

    def add(self, path: str, begin: int, size: int) -> None:
        """Notes what was read."""
        self._ranges.append((path, begin, begin + size))

    @property
    def size_bytes(self) -> int:
        """Bytes of all files that were read at least once."""
        total, last, reached = 0, "", 0
        for path, begin, end in sorted(self._ranges):
            reached = reached if path == last else 0
            total += max(0, end - max(begin, reached))
            last, reached = path, max(reached, end)
        return total


class ReadOnlyFile:
    """A file that DuckDB has opened, and that is really open only while it is read: DuckDB opens many and reads few.

    Several threads may use it. Each has a position of its own, since another one may come between `seek` and `read`.
    """

    def __init__(self, path: str, count: ReadCount) -> None:
        self._path = path
        self._count = count
        self._positions: dict[int, int] = {}

    def seek(self, offset: int, _whence: int = os.SEEK_SET) -> int:
        """Moves the position of this thread."""
        self._positions[threading.get_ident()] = offset
        return offset

    def tell(self) -> int:
        """The position of this thread."""
        return self._positions.get(threading.get_ident(), 0)

    def read(self, size: int) -> bytes:
        """At most so many bytes from the position of this thread on."""
        file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            content = os.pread(file, size, self.tell())
        finally:
            os.close(file)
        self._count.add(self._path, self.tell(), len(content))
        self.seek(self.tell() + len(content))
        return content

    def close(self) -> None:
        """Does nothing: the file is open only in `read`."""
