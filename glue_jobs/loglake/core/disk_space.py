"""Full disks: which disk it is, how much space is left, and what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from loglake.errors import NoSpaceError

ELSEWHERE = ", or set TMPDIR to a folder on another disk, and run again"
"""Advice for files that are temporary."""

_FULL = {errno.ENOSPC, errno.EDQUOT}


def is_full(error: OSError) -> bool:
    """Whether an error says that a disk or a quota is full."""
    return error.errno in _FULL


def no_space(path: str, error: OSError, advice: str) -> NoSpaceError:
    """The error for a path that could not be written.

    Args:
        path: what was written; it may be gone by now.
        error: the system's error, which often names another path, or none.
        advice: what to do, after "make room there".
    """
    mount = mount_of(path)
    said = os.strerror(error.errno or errno.ENOSPC)
    return NoSpaceError(f"{path} can't be written ({said}): {_free(mount)}; make room there{advice}.", mount)


@contextmanager
def full_disk_named(path: str, advice: str) -> Iterator[None]:
    """Turns a full-disk error inside the block into one that names the disk of `path`.

    Raises:
        NoSpaceError: nothing more could be written; the block must write nowhere else.
    """
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise no_space(path, error, advice) from error


def mount_of(path: str) -> str:
    """Where the disk of a path is mounted. If the path does not exist, its nearest existing folder counts."""
    here = os.path.realpath(path)
    while not (os.path.exists(here) and os.path.ismount(here)) and here != os.path.dirname(here):
        here = os.path.dirname(here)
    return here


def _free(mount: str) -> str:
    try:
        disk = os.statvfs(mount)
    except OSError as error:
        return f"the disk at {mount} can't be looked at ({error.strerror})"
    if disk.f_files and not disk.f_favail:
        return f"the disk at {mount} can hold no more files ({disk.f_files:,} inodes are in use)"
    free, size = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    return f"the disk at {mount} has {free / 1e6:,.1f} of {size / 1e6:,.1f} MB free"
