"""Broken stores that workers of any engine can import."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING
from unittest.mock import patch

from loglake.errors import NoSpaceError, ThrottledError, TransientError
from loglake.pool.event_stream import received
from support.fakes.stores import FolderStore

if TYPE_CHECKING:
    from loglake.kernels.parts import SelectedEvents


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


def _first(root: str) -> bool:
    """Whether no process has asked before."""
    try:
        Path(root, "seen").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _is_helper() -> bool:
    return os.getpgrp() != os.getpid()  # a worker leads its group


def forgetful_helpers(root: str, bucket: str) -> FolderStore:
    """A store whose helpers are short of memory when they receive their second batch."""

    def first(source: IO[bytes]) -> Iterator[SelectedEvents]:
        yield next(received(source))
        raise MemoryError("malloc of 8 MB failed")

    if _is_helper():
        patch("loglake.pool.helper.received", first).start()
    return FolderStore(root, bucket)


def hungry_helpers(root: str, bucket: str) -> FolderStore:
    """A store whose helpers can't compress a block, as pyarrow reports it."""

    def write_table(*_: object, **__: object) -> None:
        raise OSError("ZSTD compression failed: Allocation error : not enough memory")

    if _is_helper():
        patch("pyarrow.parquet.ParquetWriter.write_table", write_table).start()
    return FolderStore(root, bucket)


def once_unopenable(root: str, bucket: str) -> FolderStore:
    """A store that the first helper can't open."""
    return unopenable(bucket) if _is_helper() and _first(root) else FolderStore(root, bucket)


def few_files(root: str, bucket: str) -> FolderStore:
    """A store whose first worker can open a few more files, which are too few to start helpers."""
    if bucket == "lake" and _first(root):
        highest = max(map(int, os.listdir("/proc/self/fd")))
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 4,) * 2)
    return FolderStore(root, bucket)


class SlowLake(FolderStore):
    """Takes for ever to stage a file, and writes another one when it starts."""

    def put_file(self, key: str, path: str) -> None:
        Path(self._folder).mkdir(exist_ok=True)
        Path(self._folder, f"staging-{os.getpid()}").touch()
        time.sleep(600)
