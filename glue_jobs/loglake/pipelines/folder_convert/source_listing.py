"""The objects below a prefix, with identities that don't depend on the folder or disk.

CreateExportTask names an object ``<prefix>/<taskId>/<stream>/000000.gz``, and no two tasks have the same id. So these
three parts identify the object in any folder: converting a part of the exports first and all of them later, or from
another disk, finds the same objects. Anything else is identified by its full path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from loglake.core.keys import WRITE_TEST
from loglake.core.ports.objects import SourceStore
from loglake.core.schema.bundle import RawObject
from loglake.errors import ConfigError

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_EXPORTED = re.compile(rf"(?:.*/)?(?P<identity>{_UUID}/(?P<stream>[^/]+)/(?P<part>\d{{6}}))(?:\.gz)?")
_PART = re.compile(r"\d{6}(?:\.gz)?")


@dataclass(frozen=True)
class Source:
    """The location of raw objects.

    Attributes:
        store: holds all that is below `root`.
        root: ``s3://bucket``, or a folder's absolute path.
        prefix: the start of the raw objects' keys; empty, or with a slash at its end.
    """

    store: SourceStore
    root: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"{self.root}/{self.prefix}".rstrip("/")


@dataclass(frozen=True)
class SourceObject:
    """A raw object with its `identity`.

    Attributes:
        problem: why it can't be read, if the listing of the source shows that already.
    """

    identity: str
    raw: RawObject
    problem: str = ""


def list_objects(source: Source) -> tuple[list[SourceObject], int]:
    """All raw objects of a source, in the order of their keys.

    CreateExportTask's permission test is left out. Of copies of one exported object the first readable one counts.

    Returns:
        The objects, and how many copies were passed over.

    Raises:
        ConfigError: there are no objects, or two copies of the same exported object differ in size.
        NotFoundError: there is no such bucket.
    """
    known: dict[str, SourceObject] = {}
    copies = 0
    for item in source.store.list(source.prefix):
        if item.key.endswith("/") or item.key.rsplit("/", 1)[-1] == WRITE_TEST:
            continue
        location = f"{source.root}/{item.key}"
        changed_ms = 0 if _EXPORTED.fullmatch(location) else item.changed_ms
        raw = RawObject(item.key, item.size_bytes, log_stream(source, item.key), changed_ms=changed_ms)
        found = SourceObject(identity(location), raw, item.problem)
        first = known.setdefault(found.identity, found)
        if first is found:
            continue
        copies += 1
        if first.problem:
            known[found.identity] = found
        elif first.raw.size_bytes != raw.size_bytes and not found.problem:
            raise ConfigError(
                f"{first.raw.key} and {raw.key} in {source.root} are the same part of the same export task, but differ "
                "in size: keep the whole one and take the other away."
            )
    if not known:
        raise ConfigError(
            f"{source} holds no exported objects: give the folder or prefix that CloudWatch Logs exported to, the one "
            f"that has {WRITE_TEST} in it."
        )
    return list(known.values()), copies


def identity(location: str) -> str:
    """An object's identity: ``<taskId>/<stream>/<part>`` if its path ends so, else the path itself."""
    match = _EXPORTED.fullmatch(location)
    return match["identity"] if match else location


def log_stream(source: Source, key: str) -> str:
    """The stream of an object's events, according to its key.

    For ``.../<stream>/000000.gz`` it is the folder, as CloudWatch exported it: with ``-`` for each ``/`` that the
    stream's name had. For any other object it is the path of its folder below the source, or else its own name.
    """
    folder, _, name = key[len(source.prefix) :].rpartition("/")
    if _PART.fullmatch(name):
        return f"{source.root}/{key}".rsplit("/", 2)[-2]
    return folder or name
