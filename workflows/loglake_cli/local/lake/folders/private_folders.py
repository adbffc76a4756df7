"""Folders that are for their owner alone: what a run keeps is the text of logs."""

from __future__ import annotations

from pathlib import Path

PRIVATE = 0o700


def make_private(folder: Path) -> None:
    """Makes a folder, and those above it that are not there, for the owner alone; one that is there becomes so.

    Raises:
        OSError: it can't be made, or belongs to another user.
    """
    for each in reversed((folder, *folder.parents)):
        if not each.exists():
            each.mkdir(mode=PRIVATE, exist_ok=True)
    folder.chmod(PRIVATE)
