"""Full disks: which disk it is, how much space is left, and what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from athena_duckdb.errors import RefusedError

_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def full_disk_named(path: str) -> Iterator[None]:
    """Turns a full-disk error inside the block into one that names the disk of `path`.

    Raises:
        RefusedError: nothing more could be written; the block must write nowhere else.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise RefusedError(
            f"{path} can't be written ({os.strerror(error.errno)}): {_free(_mount_of(path))}; make room there, or name "
            "a folder on another disk, and run again."
        ) from error


def _mount_of(path: str) -> str:
    """Where the disk of a path is mounted. If the path does not exist, its nearest existing folder counts."""
    here = os.path.realpath(path)
    while not (os.path.exists(here) and os.path.ismount(here)) and here != os.path.dirname(here):
        here = os.path.dirname(here)
    return here


def _free(mount: str) -> str:
    disk = os.statvfs(mount)
    if disk.f_files and not disk.f_favail:
        return f"the disk at {mount} can hold no more files ({disk.f_files:,} inodes are in use)"
    free, size = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    return f"the disk at {mount} has {free / 1e6:,.1f} of {size / 1e6:,.1f} MB free"
