"""Folders that only their owner can read: a kept run holds the text of logs."""

from __future__ import annotations

from pathlib import Path

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
