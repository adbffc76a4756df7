"""A read-only folder of objects; an unreadable object doesn't stop others from being read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from loglake.core.cloud_types import ObjectInfo
from loglake_cli.folders.folder_listing import Entry, trouble
from loglake_cli.folders.folder_store import FolderStore, is_utf8, not_utf8


class SourceFolder(FolderStore):
    """A `FolderStore` that lists unreadable entries with the reason (`ObjectInfo.problem`).

    A link is such an entry: whoever can write logs must not choose what else is read.
    """

    _follows_links = False

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects under a prefix, in key order, including the ones that can't be read.

        Raises:
            AccessDeniedError: the prefix's own folder can't be read.
            UnreadableError: the same, if its disk is broken.
        """
        for entry in self.entries(prefix):
            key = entry.key.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            yield ObjectInfo(key, entry.size_bytes, _problem(entry), entry.changed_ms)


class SourceFile(SourceFolder):
    """One file, as an object of its folder: it has the same key there."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.parent)
        self._name = path.name

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """The file, if its name has the prefix."""
        return (item for item in super().list(prefix or self._name) if item.key == self._name)


def _problem(entry: Entry) -> str:
    if entry.error:
        return str(trouble(entry.path, "read", entry.error))
    if not is_utf8(entry.key):
        return not_utf8(entry.path)
    return f"{entry.problem}." if entry.problem else ""
