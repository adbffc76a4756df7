"""Local files, read without blocking: reading a FIFO would wait for a writer."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

from loglake.core.cloud_types import ObjectInfo
from loglake.errors import UnreadableError

_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def not_a_file(path: str, status: os.stat_result) -> str:
    """Why a path can't be read as a file; empty if it is a regular file."""
    if stat.S_ISREG(status.st_mode):
        return ""
    return f"{path} is {_KINDS.get(stat.S_IFMT(status.st_mode), 'something else')}, not a file"


def open_file(path: str) -> BinaryIO:
    """Opens a regular file to read it.

    Raises:
        UnreadableError: it is not a regular file.
        OSError: as `open` does.
    """
    content = open(path, "rb", opener=_at_once)  # noqa: SIM115  (closed below, or by the caller)
    problem = not_a_file(path, os.fstat(content.fileno()))
    if problem:
        content.close()
        raise UnreadableError(f"{problem}.")
    return content


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


class LocalFiles:
    """A `loglake.kernels.readers.raw_objects.ReadableStore` with paths for keys."""

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """A file's content in chunks of at most `chunk_bytes`; raises as `open_file` does."""
        with open_file(key) as source:
            while chunk := source.read(chunk_bytes):
                yield chunk


class LocalFolder:
    """A folder as a source of raw objects, with paths below it for keys: to list and to read.

    Args:
        root: its path.
    """

    def __init__(self, root: str) -> None:
        self._root = root

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All files below it with a key that begins so, in the order of their keys; hidden ones are none."""
        for key in sorted(self._keys()):
            if key.startswith(prefix):
                path = os.path.join(self._root, key)
                try:
                    status = os.stat(path)
                except OSError as error:
                    yield ObjectInfo(key, 0, f"{path} can't be read: {error.strerror}.")
                    continue
                problem = not_a_file(path, status)
                yield ObjectInfo(key, status.st_size, f"{problem}." if problem else "", status.st_mtime_ns // 1_000_000)

    def _keys(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self._root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                if not name.startswith("."):
                    yield os.path.relpath(os.path.join(folder, name), self._root).replace(os.sep, "/")

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """A file's content in chunks of at most `chunk_bytes`; raises as `open_file` does."""
        return LocalFiles().read(os.path.join(self._root, key), chunk_bytes)
