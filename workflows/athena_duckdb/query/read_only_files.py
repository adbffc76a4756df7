"""DuckDB's only file system: it has the tables' files and can't write."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from fsspec import AbstractFileSystem

SCHEME = "s3"
"""DuckDB sees the files by their object names, as Athena does."""


class DataFile(NamedTuple):
    """A file of a table, as long as a query runs.

    Attributes:
        name: such as ``s3://lake/tables/app/a.parquet``; a ``%`` of the key is written ``%25``.
        size_bytes: its size.
        modified_s: when it was last written, in seconds since 1970.
        read: returns the bytes from an offset on, at most as many as are asked for.
    """

    name: str
    size_bytes: int
    modified_s: float
    read: Callable[[int, int], bytes]


class ReadOnlyFiles(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Files by name, only for reading. `files` may grow."""

    protocol = SCHEME
    cachable = False  # fsspec would share one instance for equal arguments

    def __init__(self, files: Mapping[str, DataFile]) -> None:
        super().__init__()
        self._files = files
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
        return ReadOnlyFile(self._files[path], self._ranges)

    def glob(self, path: str, **_options: Any) -> list[str]:
        """The file with a name. Names are not patterns, so ``*``, ``?`` and ``[`` are ordinary characters."""
        return [path] if path in self._files else []

    def isfile(self, path: str) -> bool:
        """Whether the file exists."""
        return path in self._files

    def size(self, path: str) -> int:
        """The size of a file in bytes."""
        return self._files[path].size_bytes

    def modified(self, path: str) -> datetime:
        """When a file was last written."""
        return datetime.fromtimestamp(self._files[path].modified_s, tz=timezone.utc)


class ReadOnlyFile:
    """A file. Nothing is open between two reads, because DuckDB opens many files and reads few.

    Several threads may use it. Each has its own position, because another may come between `seek` and `read`.
    """

    def __init__(self, file: DataFile, ranges: list[tuple[str, int, int]]) -> None:
        """`ranges` gets the name, begin and end of each read."""
        self._file = file
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
        content = self._file.read(self.tell(), size)
        end = self.tell() + len(content)
        self._ranges.append((self._file.name, self.tell(), end))
        self.seek(end)
        return content

    def close(self) -> None:
        """Does nothing, because nothing is open between two reads."""
