"""Temporary folders that a later process removes if the one that made them was killed.

A process holds a lock on its folder, and the lock ends with the process, however that ends. Before a process makes its
first folder in a place, it removes those there that nobody on this host holds any more: hosts that share a file system
may not see each other's locks.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
import zlib
from contextlib import suppress
from functools import cache

_PREFIX = "gluelocal-tmp-"
_HOST = f"{zlib.crc32(os.uname().nodename.encode()):08x}"
"""The end of a folder's name. A sum, since a host's name may be long, or end as another does."""


class TemporaryFolder:
    """A folder that only this user may enter; it is gone with this object, or with the process.

    Args:
        kind: part of its name, for people who look at a full disk.
        parent: the folder to create it in; the system's temporary folder if None.

    Attributes:
        name: its path.
    """

    def __init__(self, kind: str, parent: str | None = None) -> None:
        place = parent or tempfile.gettempdir()
        _remove_left(place)
        self.name, lock = _made(place, kind)
        self._end = weakref.finalize(self, _remove, self.name, lock, os.getpid())

    def __enter__(self) -> str:
        """Its path."""
        return self.name

    def __exit__(self, *error: object) -> None:
        """Removes it."""
        self.cleanup()

    def cleanup(self) -> None:
        """Removes it; does nothing if it is gone."""
        self._end()


def _made(place: str, kind: str) -> tuple[str, int]:
    while True:
        name = tempfile.mkdtemp(prefix=f"{_PREFIX}{kind}-", suffix=f"-{_HOST}", dir=place)
        with suppress(FileNotFoundError):  # another process removed it before the lock
            lock = os.open(name, os.O_RDONLY)
            with suppress(OSError):  # a file system without locks: nobody can lock it, so nobody removes it
                fcntl.flock(lock, fcntl.LOCK_EX)
            if os.path.exists(name):
                return name, lock
            os.close(lock)


def _remove(name: str, lock: int, maker: int) -> None:
    if os.getpid() == maker:  # a forked process ends, too
        shutil.rmtree(name, ignore_errors=True)
        os.close(lock)


@cache
def _remove_left(place: str) -> None:
    with suppress(OSError):
        for entry in list(os.scandir(place)):
            if entry.name.startswith(_PREFIX) and entry.name.endswith(f"-{_HOST}"):
                _remove_unheld(entry.path)


def _remove_unheld(path: str) -> None:
    with suppress(OSError):  # it is held, or gone, or another user's
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(lock).st_uid == os.geteuid():
                shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(lock)
