"""Converts the system's file errors to loglake's, with advice."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from loglake.core.disk_space import is_full, no_space
from loglake.errors import AccessDeniedError, LoglakeError, NotFoundError, ServiceError, UnreadableError
from loglake_cli.folders.folder_listing import MISSING

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
