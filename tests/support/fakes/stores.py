"""Object stores for tests, in memory and in folders, that implement `loglake.core.ports.objects.ObjectStore`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from loglake.core.cloud_types import ObjectInfo
from loglake.core.keys import LANDING
from loglake.errors import AlreadyExistsError, NotFoundError
from loglake_cli.folders import folder_store
from support.fakes.landing_queue import MemoryLandingQueue


class MemoryStore:
    """A bucket in memory.

    Attributes:
        objects: their contents, by key.
        landed: gets the events of what is put below ``landing/``.
        now_ms: the time for events and listings.
    """

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self.objects: dict[str, bytes] = {}
        self.landed = MemoryLandingQueue()
        self.now_ms = 0
        self._changed_ms: dict[str, int] = {}

    @property
    def bucket(self) -> str:
        return self._bucket

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        for key in sorted(self.objects, key=lambda name: name.encode("utf-8")):
            if key.startswith(prefix):
                yield ObjectInfo(key, len(self.objects[key]), changed_ms=self._changed_ms.get(key, 0))

    def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise _not_found(self._bucket, key)
        return self.objects[key]

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        body = self.get(key)
        return (body[start : start + chunk_bytes] for start in range(0, len(body), chunk_bytes))

    def read_part(self, key: str, offset: int, size: int) -> bytes:
        return self.get(key)[offset : offset + size]

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = bytes(body)
        self._changed_ms[key] = self.now_ms
        if key.startswith(LANDING):
            self.landed.add(key, len(body), self.now_ms)

    def put_new(self, key: str, body: bytes) -> None:
        if key in self.objects:
            raise AlreadyExistsError(f"s3://{self._bucket}/{key}")
        self.objects[key] = bytes(body)

    def put_file(self, key: str, path: str) -> None:
        self.put(key, Path(path).read_bytes())

    def copy(self, source_key: str, key: str) -> None:
        body = self.get(source_key)
        self.objects.setdefault(key, body)

    def exists(self, key: str) -> bool:
        return key in self.objects

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.objects.pop(key, None)


class FolderStore(folder_store.FolderStore):
    """A bucket as the folder ``root/bucket``."""

    def __init__(self, root: str | Path, bucket: str) -> None:
        super().__init__(Path(root) / bucket)


def _not_found(bucket: str, key: str) -> NotFoundError:
    uri = f"s3://{bucket}/{key}"
    return NotFoundError(f"{uri} does not exist", uri)
