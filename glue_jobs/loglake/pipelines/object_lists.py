"""The lists of windows' raw objects, in the control bucket: one per generation, never written over.

A window that is empty, or was read into one object, has no list: the row says as much.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from loglake.core.keys import WindowKeys
from loglake.core.ledger.row import LedgerRow, Version
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import RawObject, objects_digest
from loglake.core.units import LogGroupName
from loglake.core.unreadable import entries, texts
from loglake.errors import AlreadyExistsError, DamagedListError


def object_list_body(log_group: LogGroupName, task_id: str, objects: Sequence[RawObject]) -> bytes:
    """A list as it is stored: JSON, readable. It says the log group, which its key does not."""
    listed = {"log_group": log_group, "task_id": task_id, "objects": [raw.to_json() for raw in objects]}
    return json.dumps(listed, indent=1).encode()


def listed_group(body: bytes) -> LogGroupName | None:
    """The log group that a stored list names; None if it can't be read, or an older loglake wrote it."""
    try:
        return LogGroupName(texts([json.loads(body)["log_group"]])[0])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def parse_object_list(body: bytes) -> tuple[str, list[RawObject]] | None:
    """The export task and the raw objects of a stored list; None if it can't be read."""
    try:
        data = json.loads(body)
        objects = [RawObject.from_json(item) for item in entries(data["objects"])]
        return texts([data.get("task_id", "")])[0], objects
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def read_object_list(control: ObjectStore, row: LedgerRow, version: Version | None = None) -> list[RawObject]:
    """The recorded raw objects of a window: of its newest version, or of another one.

    Raises:
        NotFoundError: there is no list.
        DamagedListError: it differs from the one that the ledger noted.
    """
    version = version or row.newest
    keys = row.keys_at(version.generation)
    objects = _as_read(keys, version.task_id, version.objects, version.size_bytes)
    if version.digest == objects_digest(objects):
        return objects
    key = keys.object_list
    body = control.get(key)
    stored = parse_object_list(body)
    if stored is None:
        raise DamagedListError(key, _described(version.objects, version.size_bytes), "nothing that can be read")
    objects = stored[1]
    if version.digest and objects_digest(objects) != version.digest:
        found = _described(len(objects), sum(raw.size_bytes for raw in objects))
        noted = _described(version.objects, version.size_bytes)
        raise DamagedListError(key, noted, found if found != noted else f"{found}, which are others")
    return objects


def _as_read(keys: WindowKeys, read_id: str, objects: int, size_bytes: int) -> list[RawObject]:
    """The list of a version, if it is empty or was read into one object: a read names its objects itself."""
    return [RawObject(f"{keys.export_prefix}/{read_id}/000000.gz", size_bytes, "")] if objects == 1 else []


def _described(objects: int, size_bytes: int) -> str:
    return f"{objects:,} object{'' if objects == 1 else 's'} of {size_bytes:,} bytes"


def put_next_list(control: ObjectStore, keys: WindowKeys, objects: Sequence[RawObject], task_id: str = "") -> int:
    """Writes a list under the next generation after `keys` that has none yet, and returns that generation.

    A list is never written over: another run may be about to name it in the row, and would then lose its objects. What
    the row will say has no list.
    """
    body = object_list_body(keys.log_group, task_id, objects)
    generation = keys.generation + 1
    size_bytes = sum(raw.size_bytes for raw in objects)
    if objects == _as_read(replace(keys, generation=generation), task_id, len(objects), size_bytes):
        return generation
    while True:
        try:
            control.put_new(replace(keys, generation=generation).object_list, body)
        except AlreadyExistsError:
            generation += 1
        else:
            return generation
