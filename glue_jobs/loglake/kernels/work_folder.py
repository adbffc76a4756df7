"""The local files of a task, in a temporary folder; an error names the disk if they don't fit."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from loglake.core.disk_space import ELSEWHERE, full_disk_named
from loglake.core.temporary import TemporaryFolder
from loglake.errors import NoSpaceError


@contextmanager
def work_folder(parent: str | None) -> Iterator[str]:
    """A folder for files until they are staged.

    Args:
        parent: the folder to create it in; the system's temporary folder if None.

    Raises:
        NoSpaceError: its disk is full. Stores report their own full disks themselves.
    """
    try:
        place = parent or tempfile.gettempdir()
    except FileNotFoundError as error:  # Python has tried to write to each of them
        raise NoSpaceError(f"{error.strerror}: make room in one of these{ELSEWHERE}.") from error
    with (
        full_disk_named(place, ELSEWHERE),
        TemporaryFolder("work", place) as folder,
        full_disk_named(folder, ELSEWHERE),  # while its files are there: without them there seems to be room
    ):
        yield folder
