"""One S3 bucket, for the pipelines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from loglake.core.cloud_types import ObjectInfo


class SourceStore(Protocol):
    """What raw objects are read from."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects under a prefix, in the order of their keys (UTF-8)."""

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """An object's content in chunks of at most `chunk_bytes`, never whole in memory."""


class FileStore(Protocol):
    """What finished files are put into and read from."""

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """As `SourceStore.read`."""

    def put_file(self, key: str, path: str) -> None:
        """Writes a local file's content as an object, never whole in memory."""


class ObjectStore(SourceStore, FileStore, Protocol):
    """One S3 bucket. Every call may raise TransientError, AccessDeniedError or NotFoundError (no such bucket)."""

    @property
    def bucket(self) -> str:
        """The bucket's name."""

    def get(self, key: str) -> bytes:
        """An object's content. Raises NotFoundError if there is none."""

    def read_part(self, key: str, offset: int, size: int) -> bytes:
        """The bytes of an object's content from an offset on; fewer at its end. Nothing else is transferred."""

    def put(self, key: str, body: bytes) -> None:
        """Writes an object, replacing what is there."""

    def put_new(self, key: str, body: bytes) -> None:
        """Writes an object with ``If-None-Match: *``. Raises AlreadyExistsError if the key is taken."""

    def copy(self, source_key: str, key: str) -> None:
        """Copies inside the bucket if the target does not exist yet; if it does, changes nothing.

        Raises NotFoundError if the source is gone, also if the target exists.
        """

    def exists(self, key: str) -> bool:
        """Whether there is an object at a key."""

    def delete(self, keys: Iterable[str]) -> None:
        """Deletes objects; a missing one is not an error."""
