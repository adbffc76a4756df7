"""Broken stores that workers of any engine can import."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from loglake.errors import NoSpaceError, ThrottledError, TransientError
from support.fakes.stores import FolderStore


class BrokenStore(FolderStore):
    """Loses the connection when it reads one stream's objects."""

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        if "/unlucky/" in key:
            raise TransientError("broken connection")
        return super().read(key, chunk_bytes)


class BusyStore(FolderStore):
    """Is always throttled."""

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        raise ThrottledError("slow down")


class FullStore(FolderStore):
    """A lake on a full disk."""

    def put_file(self, key: str, path: str) -> None:
        raise NoSpaceError("/lake can't be written: make room there, and run again.", "/lake")


class DeadlyStore(FolderStore):
    """Kills the process that reads certain objects: always, or once."""

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        if "/deadly" in key:
            os.kill(os.getpid(), signal.SIGKILL)
        if "/hungry" in key:
            raise MemoryError("malloc of 1 TB failed")
        if "/unsteady" in key:
            seen = Path(self._folder) / "seen"
            if not seen.exists():
                seen.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return super().read(key, chunk_bytes)


class BuggyStore(FolderStore):
    """Raises an error that no store should raise."""

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        raise RuntimeError(f"{chunk_bytes} is odd")


def unopenable(bucket: str) -> FolderStore:
    """A store that no worker can open."""
    raise RuntimeError(f"no bucket {bucket} for me")


class SlowStore(FolderStore):
    """Takes for ever to read certain objects, and writes a file when it starts."""

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        if "/slow" in key:
            (Path(self._folder) / f"reading-{key.rpartition('/')[2]}").touch()
            time.sleep(600)
        return super().read(key, chunk_bytes)


class DeadlyLake(FolderStore):
    """Kills the first process that stages a file."""

    def put_file(self, key: str, path: str) -> None:
        if not Path(self._folder, "seen").exists():
            Path(self._folder).mkdir(exist_ok=True)
            Path(self._folder, "seen").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        super().put_file(key, path)


class SlowLake(FolderStore):
    """Takes for ever to stage a file, and writes another one when it starts."""

    def put_file(self, key: str, path: str) -> None:
        Path(self._folder).mkdir(exist_ok=True)
        Path(self._folder, f"staging-{os.getpid()}").touch()
        time.sleep(600)
