"""Lists a folder and everything below it, also what can't be read, with the system's errors as our own."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from loglake.core.disk_space import is_full, no_space
from loglake.core.local_files import not_a_file
from loglake.errors import AccessDeniedError, LoglakeError, NotFoundError, ServiceError, UnreadableError

MISSING = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
"""The system errors if no file exists at a path."""


@dataclass(frozen=True)
class Entry:
    """An entry of a folder.

    Attributes:
        key: its path below the folder.
        size_bytes: the size of a file; 0 for anything else.
        problem: why it is not a file; empty if it is one.
        error: the system's error when the entry was inspected or its folder listed.
        is_folder: whether it is a folder.
        is_gone: whether it has just vanished.
        changed_ms: when a file was last changed; 0 for anything else.
    """

    key: str
    path: str
    size_bytes: int = 0
    problem: str = ""
    error: OSError | None = None
    is_folder: bool = False
    is_gone: bool = False
    changed_ms: int = 0


def entries(
    folder: str, prefix: str, *, follow: bool, above: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[Entry]:
    """Every entry that is not a folder, and each folder that can't be read.

    If links are followed and form a circle, each is followed once. Entries that vanish meanwhile are left out; a
    missing folder has no entries.

    Args:
        folder: the folder's path.
        prefix: the prefix of the keys; empty, or with a slash at its end.
        follow: follow links; else they are entries that are not files.
        above: the parent folders.

    Raises:
        OSError: the folder itself can't be read.
    """
    try:
        status = os.stat(folder)
        me = (status.st_dev, status.st_ino)
        if me in above:
            return
        with os.scandir(folder) as listed:
            found = list(listed)
    except MISSING:
        return
    for each in found:
        entry = _entry(prefix + each.name, each, follow)
        if entry.is_folder:
            try:
                yield from entries(each.path, f"{prefix}{each.name}/", follow=follow, above=above | {me})
            except OSError as error:
                yield replace(entry, is_folder=False, error=error)
        elif not entry.is_gone:
            yield entry


def _entry(key: str, found: os.DirEntry[str], follow: bool) -> Entry:
    try:
        status = found.stat(follow_symlinks=follow)
    except FileNotFoundError:
        if os.path.islink(found.path):
            return Entry(key, found.path, problem=f"{found.path} is a link that leads nowhere")
        return Entry(key, found.path, is_gone=True)
    except OSError as error:
        return Entry(key, found.path, error=error)
    if stat.S_ISDIR(status.st_mode):
        return Entry(key, found.path, is_folder=True)
    problem = not_a_file(found.path, status)
    if problem:
        return Entry(key, found.path, problem=problem)
    return Entry(key, found.path, status.st_size, changed_ms=status.st_mtime_ns // 1_000_000)


_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_MORE = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""Errors about a limit of the process or the machine, not about a file."""


def trouble(path: str, verb: str, error: OSError) -> LoglakeError:
    """The error for a path that could not be read, written or deleted; `verb` says which.

    If a disk is full, it is the disk of `path`: the system names the copied file, which may be on another disk.
    """
    if isinstance(error, MISSING) and verb != "written":
        return NotFoundError(f"{path} does not exist", path)
    if is_full(error):
        return no_space(path, error, ", and run again")
    said = f"{error.filename or path} can't be {verb} ({error.strerror})"
    if error.errno in _REFUSED:
        return AccessDeniedError(f"{said}: check its permissions, and those of its folder.")
    kind = UnreadableError if verb == "read" and error.errno not in _NO_MORE else ServiceError
    return kind(f"{said}: check the path and its disk, and run again.")


@contextmanager
def reported(path: str, verb: str) -> Iterator[None]:
    """Converts system errors in the block to loglake's errors."""
    try:
        yield
    except OSError as error:
        raise trouble(path, verb, error) from error
