"""Local files, read without blocking: reading a FIFO would wait for a writer."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

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
    return f"{path} is {_KINDS.get(stat.S_IFMT(status.st_mode), 'something else')}, and no file"


def open_file(path: str) -> BinaryIO:
    """Opens a regular file to read it.

    Raises:
        UnreadableError: it is no regular file.
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
