"""Local files, read without blocking: reading a FIFO would wait for a writer."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import BinaryIO, Callable

from loglake.core.cloud_types import ObjectInfo
from loglake.errors import UnreadableError

_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a link",
}


def not_a_file(path: str, status: os.stat_result) -> str:
    """Why a path can't be read as a file; empty if it is a regular file."""
    if stat.S_ISREG(status.st_mode):
        return ""
    return f"{path} is {_KINDS.get(stat.S_IFMT(status.st_mode), 'something else')}, not a file"


def open_file(path: str, opener: Callable[[str, int], int] | None = None) -> BinaryIO:
    """Opens a regular file to read it.

    Args:
        path: its path.
        opener: opens the path; by default links are followed.

    Raises:
        UnreadableError: it is not a regular file.
        OSError: as `open` does.
    """
    content = open(path, "rb", opener=opener or _at_once)  # noqa: SIM115  (closed below, or by the caller)
    problem = not_a_file(path, os.fstat(content.fileno()))
    if problem:
        content.close()
        raise UnreadableError(f"{problem}.")
    return content


def open_below(folder: str, key: str) -> BinaryIO:
    """As `open_file`, if no part of the path below a folder is a link, whatever somebody puts there meanwhile."""

    def opened(_path: str, flags: int) -> int:
        *above, name = key.split("/")
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        for part in above:
            at = _inside(at, part, os.O_RDONLY | os.O_DIRECTORY)
        return _inside(at, name, flags)

    return open_file(os.path.join(folder, key), opened)


def _inside(folder: int, name: str, flags: int) -> int:
    """Opens an entry of an open folder that is no link, and closes the folder."""
    try:
        return os.open(name, flags | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=folder)
    finally:
        os.close(folder)


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
        """All files below it with a key that begins so, in the order of their keys; hidden ones are left out.

        A link is listed as something that can't be read.
        """
        for key in sorted(self._keys()):
            if key.startswith(prefix):
                path = os.path.join(self._root, key)
                try:
                    status = os.lstat(path)
                except OSError as error:
                    yield ObjectInfo(key, 0, f"{path} can't be read: {error.strerror}.")
                    continue
                problem = not_a_file(path, status)
                yield ObjectInfo(key, status.st_size, f"{problem}." if problem else "", status.st_mtime_ns // 1_000_000)

    def _keys(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self._root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in (*names, *(each for each in folders if os.path.islink(os.path.join(folder, each)))):
                if not name.startswith("."):
                    yield os.path.relpath(os.path.join(folder, name), self._root).replace(os.sep, "/")

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """A file's content in chunks of at most `chunk_bytes`; raises as `open_file` does."""
        with open_below(self._root, key) as source:
            while chunk := source.read(chunk_bytes):
                yield chunk
