"""A folder as an object store, so code that reads and writes S3 objects works on files too."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from loglake.core.cloud_types import ObjectInfo
from loglake.core.local_files import open_below, open_file
from loglake.errors import AlreadyExistsError, ConfigError, NotFoundError
from loglake_cli.folders.folder_listing import MISSING, Entry, entries, reported, trouble

PART = ".loglake-part-"
"""The name prefix of a file while it is being written: table readers ignore such files."""

_ATTEMPTS = 100
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


class FolderStore:
    """Implements `loglake.core.ports.objects.ObjectStore`: the file ``a/b`` below the folder is the object ``a/b``.

    Writes are atomic, even if a process is killed. A copy is a hard link, which takes no space. A file with its final
    name is never written to, so no link changes another's content. If the file system has no links, data is copied, and
    `put_new` is atomic only if the process isn't killed. A killed process may leave an object with the name prefix
    `PART` until somebody deletes it.

    The first object makes the folder; empty folders are removed. Links to files and folders are followed. It can be
    pickled, and several processes can use it at once.
    """

    _follows_links = True

    def __init__(self, folder: str | Path) -> None:
        self._folder = str(folder)

    @property
    def bucket(self) -> str:
        """The folder's name."""
        return os.path.basename(self._folder)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects under a prefix, in key order (UTF-8); all are held in memory.

        Raises:
            ConfigError: a name isn't UTF-8, so it can't be a key; or the prefix leads out of the folder.
            AccessDeniedError: a folder can't be read.
        """
        found = self.entries(prefix)
        for entry in found:
            if entry.error:
                raise trouble(entry.path, "read", entry.error) from entry.error
            if not is_utf8(entry.key):
                raise ConfigError(not_utf8(entry.path))
        for entry in found:
            yield ObjectInfo(entry.key, entry.size_bytes, changed_ms=entry.changed_ms)

    def entries(self, prefix: str) -> Sequence[Entry]:
        """As `list`, and also the entries below the prefix's folder that can't be read, in the same order."""
        start = prefix.rpartition("/")[0]
        if start:
            self._path(start)
        folder = os.path.join(self._folder, start)
        with reported(folder, "read"):
            listed = entries(folder, f"{start}/" if start else "", follow=self._follows_links)
            found = [each for each in listed if each.key.startswith(prefix)]
        return sorted(found, key=lambda entry: os.fsencode(entry.key))

    def get(self, key: str) -> bytes:
        """An object's content."""
        return b"".join(self.read(key, 1 << 20))

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """An object's content in chunks of at most `chunk_bytes`.

        Raises:
            UnreadableError: it is not a regular file, or its disk can't be read.
        """
        path = self._path(key)
        with reported(path, "read"), self._open(key) as content:
            while chunk := content.read(chunk_bytes):
                yield chunk

    def read_part(self, key: str, offset: int, size: int) -> bytes:
        """The bytes of an object's content from an offset on. Raises UnreadableError as `read` does."""
        path = self._path(key)
        with reported(path, "read"), self._open(key) as content:
            content.seek(offset)
            return content.read(size)

    def put(self, key: str, body: bytes) -> None:
        """Writes an object, and replaces an existing one."""
        with self._part(key) as (part, target):
            Path(part).write_bytes(body)
            os.replace(part, target)

    def put_new(self, key: str, body: bytes) -> None:
        """Writes an object if none exists."""
        with self._part(key) as (part, target):
            Path(part).write_bytes(body)
            try:
                try:
                    _link(part, target)
                except _NoLinksError:
                    with open(target, "xb") as new:
                        new.write(body)
            except FileExistsError:
                raise AlreadyExistsError(target) from None

    def put_file(self, key: str, path: str) -> None:
        """Writes a local file's content as an object."""
        with self._part(key) as (part, target):
            shutil.copyfile(path, part)
            os.replace(part, target)

    def copy(self, source_key: str, key: str) -> None:
        """Makes a link, or else a copy, if the target does not exist yet."""
        source = self._path(source_key)
        if not os.path.isfile(source):
            raise NotFoundError(f"{source} does not exist", source)
        with self._part(key) as (part, target), suppress(FileExistsError):
            try:
                _link(source, target)
            except FileNotFoundError:  # another process has just removed it
                raise NotFoundError(f"{source} does not exist", source) from None
            except _NoLinksError:
                shutil.copyfile(source, part)
                if not os.path.lexists(target):
                    os.replace(part, target)

    def exists(self, key: str) -> bool:
        """Whether an object exists at a key."""
        return os.path.isfile(self._path(key))

    def delete(self, keys: Iterable[str]) -> None:
        """Deletes objects, and folders that become empty; a missing object is not an error."""
        for key in keys:
            path = self._path(key)
            with reported(path, "deleted"), suppress(*MISSING):
                os.unlink(path)
                self._prune(os.path.dirname(path))

    def _open(self, key: str) -> BinaryIO:
        return open_file(self._path(key)) if self._follows_links else open_below(self._folder, key)

    def _path(self, key: str) -> str:
        if any(part in {"", ".", ".."} for part in key.split("/")) or "\0" in key:
            raise ConfigError(f"{key!r} can't be the path of a file in {self._folder}")
        return os.path.join(self._folder, key)

    def _prune(self, folder: str) -> None:
        """Removes a folder and the ones above it, up to the first that isn't empty; the store's own folder stays."""
        with suppress(OSError):
            while len(folder) > len(self._folder):
                os.rmdir(folder)
                folder = os.path.dirname(folder)

    @contextmanager
    def _part(self, key: str) -> Iterator[tuple[str, str]]:
        """Yields the temporary and the final path. The temporary file exists now, empty, and is gone at the end."""
        target = self._path(key)
        part = os.path.join(os.path.dirname(target), f"{PART}{uuid.uuid4().hex}")
        with reported(target, "written"):
            _begin(part)
            try:
                with reported(target, "written"):  # while the part exists: without it a full disk seems to have room
                    yield part, target
            finally:
                Path(part).unlink(missing_ok=True)
                self._prune(os.path.dirname(part))


def is_utf8(key: str) -> bool:
    """Whether a file's name can be a key: Python represents bytes that aren't UTF-8 as lone surrogates (PEP 383)."""
    return os.fsencode(key) == key.encode("utf-8", "replace")


def not_utf8(path: str) -> str:
    """The advice for a file with a name that can't be a key."""
    return f"the name of {os.fsencode(path)!r} is not UTF-8: rename it."


def _begin(path: str) -> None:
    """Makes an empty file, and its folder if it is missing. While the file exists, nobody removes the folder.

    Before that another process may remove it: each new folder above is empty for a moment, and is so again when its
    last object is deleted.
    """
    for attempt in range(_ATTEMPTS):
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "xb"):
                return
        except (FileNotFoundError, FileExistsError):
            if attempt == _ATTEMPTS - 1:
                raise


class _NoLinksError(Exception):
    """The file system has no hard links."""


def _link(source: str, target: str) -> None:
    """Gives a file a second name. Raises FileExistsError if the name is taken; of two rivals only one gets it."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        raise _NoLinksError from error


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
