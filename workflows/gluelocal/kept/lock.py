"""Keeps other users out of a kept run, which holds the text of logs; and a second run, which would replace it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from athena_duckdb.errors import ConfigError

PRIVATE = 0o700


def make_private(folder: Path) -> None:
    """Makes a folder, and missing ones above it, for the owner alone; an existing folder becomes private.

    Raises:
        OSError: the folder can't be made, or belongs to another user.
    """
    for each in reversed((folder, *folder.parents)):
        if not each.exists():
            each.mkdir(mode=PRIVATE, exist_ok=True)
    folder.chmod(PRIVATE)


@contextmanager
def keep_lock(directory: Path) -> Iterator[None]:
    """Locks a folder for this run, by a lock on a file beside it. The lock ends with the process, even if it is killed.

    Raises:
        ConfigError: another run holds it, or the file can't be written.
    """
    path = directory.parent / f".{directory.name}.lock"
    held = _lock(directory, path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(held)


def is_in_use(directory: Path) -> bool:
    """Whether a run holds the lock of a folder now."""
    try:
        with (directory.parent / f".{directory.name}.lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _lock(directory: Path, path: Path) -> int:
    while True:
        try:
            if not path.parent.exists():
                make_private(path.parent)
            opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise ConfigError(f"{path} can't be written ({error.strerror}): name another folder.") from error
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(opened, 20, 0).decode("ascii", "replace").strip()
            os.close(opened)
            who = f" (process {holder})" if holder else ""
            raise ConfigError(
                f"{directory} is in use by another run{who}: wait for its end, or name another folder."
            ) from error
        if _is_at(opened, path):
            os.ftruncate(opened, 0)
            os.pwrite(opened, f"{os.getpid()}\n".encode(), 0)
            return opened
        os.close(opened)  # the run that held it removed the file between the two calls


def _is_at(opened: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(opened), path.stat())
    except FileNotFoundError:
        return False
