"""A prefix of a bucket as a store of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from loglake.core.cloud_types import ObjectInfo
from loglake.core.ports.objects import ObjectStore


class PrefixStore:
    """Implements `core.ports.ObjectStore` on the keys of another store that begin with a prefix.

    Keys are relative to the prefix, in arguments and results.

    Args:
        store: the whole store.
        prefix: what comes before each key, with a slash at its end.
    """

    def __init__(self, store: ObjectStore, prefix: str) -> None:
        self._store = store
        self._prefix = prefix

    @property
    def bucket(self) -> str:
        """The name of the whole bucket."""
        return self._store.bucket

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects under a prefix, in the order of their keys."""
        for item in self._store.list(self._prefix + prefix):
            yield replace(item, key=item.key[len(self._prefix) :])

    def get(self, key: str) -> bytes:
        """An object's content."""
        return self._store.get(self._prefix + key)

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """An object's content in chunks of at most `chunk_bytes`."""
        return self._store.read(self._prefix + key, chunk_bytes)

    def read_part(self, key: str, offset: int, size: int) -> bytes:
        """The bytes of an object's content from an offset on."""
        return self._store.read_part(self._prefix + key, offset, size)

    def put(self, key: str, body: bytes) -> None:
        """Writes an object, replacing what is there."""
        self._store.put(self._prefix + key, body)

    def put_new(self, key: str, body: bytes) -> None:
        """Writes an object if the key is free."""
        self._store.put_new(self._prefix + key, body)

    def put_file(self, key: str, path: str) -> None:
        """Writes a local file's content as an object."""
        self._store.put_file(self._prefix + key, path)

    def copy(self, source_key: str, key: str) -> None:
        """Copies below the prefix if the target does not exist yet."""
        self._store.copy(self._prefix + source_key, self._prefix + key)

    def exists(self, key: str) -> bool:
        """Whether there is an object at a key."""
        return self._store.exists(self._prefix + key)

    def delete(self, keys: Iterable[str]) -> None:
        """Deletes objects; a missing one is not an error."""
        self._store.delete(self._prefix + key for key in keys)
