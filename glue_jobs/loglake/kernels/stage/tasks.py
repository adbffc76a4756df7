"""The tasks of a worker: each takes a message, runs a kernel, and answers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from loglake.core.compaction.decision import Merge
from loglake.core.landing.objects import ScanFailure
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.errors import PermanentError, UnreadableObjectsError
from loglake.kernels.convert import convert_bundle
from loglake.kernels.parquet.merge import merge_files
from loglake.kernels.sample import sample_bundle
from loglake.kernels.scan import scan_or_failure
from loglake.kernels.stage.messages import Kind, Message, read_convert_item

if TYPE_CHECKING:
    from loglake.core.ports.objects import ObjectStore
    from loglake.kernels.parts import OpenParts


def answer(
    kind: str, item: Mapping[str, Any], raw: ObjectStore, lake: ObjectStore, open_parts: OpenParts | None = None
) -> Message:
    """Does one task.

    Args:
        kind: a `Kind`.
        item: the message that `messages` made.
        raw: the bucket of the raw objects.
        lake: the bucket of staged files and of quarantine.
        open_parts: begins the parts of a bundle that is converted; see `convert_bundle`.

    Returns:
        The answer, as `messages` reads it.

    Raises:
        TransientError: a store failed in a way that may pass.
    """
    task = partial(_convert, open_parts=open_parts) if kind == Kind.CONVERT else _TASKS[Kind(kind)]
    return answered(lambda: task(item, raw, lake))


def answered(work: Callable[[], Message]) -> Message:
    """The answer with a result. A permanent failure is an answer too, so that the task is not tried again."""
    try:
        return {"result": work()}
    except UnreadableObjectsError as error:
        return {"failed": str(error), "unread": error.objects}
    except PermanentError as error:
        return {"failed": f"{type(error).__name__}: {error}"}


def _scan(item: Mapping[str, Any], raw: ObjectStore, lake: ObjectStore) -> Message:
    scans = [scan_or_failure(RawObject.from_json(each), raw, lake) for each in item["objects"]]
    return {
        "scans": [
            {"failed": scan.reason} if isinstance(scan, ScanFailure) else {"scan": scan.to_json()} for scan in scans
        ]
    }


def _sample(item: Mapping[str, Any], raw: ObjectStore, _lake: ObjectStore) -> Message:
    return sample_bundle(Bundle.from_json(item), raw).to_json()


def _convert(
    item: Mapping[str, Any], raw: ObjectStore, lake: ObjectStore, open_parts: OpenParts | None = None
) -> Message:
    bundle, plan = read_convert_item(item)
    return convert_bundle(bundle, plan, raw, lake, open_parts=open_parts).to_json()


def _merge(item: Mapping[str, Any], _raw: ObjectStore, lake: ObjectStore) -> Message:
    made = merge_files(Merge.from_json(item), lake)
    return {"files": [[file.rows, file.size_bytes, file.sha256] for file in made]}


_TASKS: Mapping[Kind, Callable[[Mapping[str, Any], ObjectStore, ObjectStore], Message]] = {
    Kind.SCAN: _scan,
    Kind.SAMPLE: _sample,
    Kind.CONVERT: _convert,
    Kind.MERGE: _merge,
}
