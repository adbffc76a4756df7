"""Hand-written object stores: one in memory, one in a folder. Both obey `glue_jobs.core.ports.ObjectStore`."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from glue_jobs.core.ports import ObjectInfo
from glue_jobs.errors import AlreadyExistsError, NotFoundError


class MemoryStore:
    """A bucket in memory."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self.objects: dict[str, bytes] = {}

    @property
    def bucket(self) -> str:
        return self._bucket

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        for key in sorted(self.objects, key=lambda name: name.encode("utf-8")):
            if key.startswith(prefix):
                yield ObjectInfo(key, len(self.objects[key]))

    def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise _not_found(self._bucket, key)
        return self.objects[key]

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        body = self.get(key)
        return (body[start : start + chunk_bytes] for start in range(0, len(body), chunk_bytes))

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = bytes(body)

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


class FolderStore:
    """A bucket as the folder ``root/bucket``. Writes appear whole or not at all; safe between processes."""

    def __init__(self, root: str | Path, bucket: str) -> None:
        self._bucket = bucket
        self._folder = Path(root) / bucket
        self._folder.mkdir(parents=True, exist_ok=True)

    @property
    def bucket(self) -> str:
        return self._bucket

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        found = [path for path in self._folder.rglob("*") if path.is_file() and not path.name.startswith(".part-")]
        named = sorted(((path.relative_to(self._folder).as_posix(), path) for path in found), key=_utf8)
        for key, path in named:
            if key.startswith(prefix):
                yield ObjectInfo(key, path.stat().st_size)

    def get(self, key: str) -> bytes:
        try:
            return (self._folder / key).read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            raise _not_found(self._bucket, key) from None

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        try:
            stream = (self._folder / key).open("rb")
        except (FileNotFoundError, IsADirectoryError):
            raise _not_found(self._bucket, key) from None
        return _chunks(stream, chunk_bytes)

    def put(self, key: str, body: bytes) -> None:
        part = self._part(key)
        part.write_bytes(body)
        part.replace(self._folder / key)

    def put_new(self, key: str, body: bytes) -> None:
        part = self._part(key)
        part.write_bytes(body)
        try:
            self._link(part, key)
        except FileExistsError:
            raise AlreadyExistsError(f"s3://{self._bucket}/{key}") from None

    def put_file(self, key: str, path: str) -> None:
        part = self._part(key)
        shutil.copyfile(path, part)
        part.replace(self._folder / key)

    def copy(self, source_key: str, key: str) -> None:
        part = self._part(key)
        try:
            shutil.copyfile(self._folder / source_key, part)
        except (FileNotFoundError, IsADirectoryError):
            raise _not_found(self._bucket, source_key) from None
        try:
            self._link(part, key)
        except FileExistsError:
            return

    def exists(self, key: str) -> bool:
        return (self._folder / key).is_file()

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            (self._folder / key).unlink(missing_ok=True)

    def _part(self, key: str) -> Path:
        target = self._folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.parent / f".part-{uuid.uuid4().hex}"

    def _link(self, part: Path, key: str) -> None:
        """Gives a part its name where nobody has it: a hard link fails on an existing target, atomically."""
        try:
            os.link(part, self._folder / key)
        finally:
            part.unlink()


def _utf8(item: tuple[str, Path]) -> bytes:
    return item[0].encode("utf-8")


def _chunks(stream: object, chunk_bytes: int) -> Iterator[bytes]:
    with stream as source:  # type: ignore[attr-defined]  # a file object; typeshed's BufferedReader is not public here
        while chunk := source.read(chunk_bytes):
            yield chunk


def _not_found(bucket: str, key: str) -> NotFoundError:
    uri = f"s3://{bucket}/{key}"
    return NotFoundError(f"{uri} does not exist", uri)
