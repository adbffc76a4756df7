"""The tasks of a worker: each runs a kernel and answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from loglake.core.compaction.decision import MergeFailure
from loglake.core.schema.bundle import Bundle
from loglake.errors import PermanentError
from loglake.kernels.convert import convert_bundle
from loglake.kernels.parquet.merge import merge_files
from loglake.kernels.sample import sample_bundle
from loglake.kernels.scan import scan_or_failure
from loglake.kernels.stage.failures import of_bundle, said
from loglake.kernels.stage.messages import Kind, Task
from loglake.kernels.stage.shared import convert_together

if TYPE_CHECKING:
    from loglake.core.ports.objects import ObjectStore
    from loglake.kernels.parts import OpenParts
    from loglake.kernels.readers.raw_objects import ReadableStore


def answer(
    task: Task,
    raw: ReadableStore,
    lake: ObjectStore,
    open_parts: OpenParts | None = None,
    *,
    redact_key: bytes = b"",
) -> Any:
    """Does one task.

    Args:
        task: what to do.
        raw: the bucket of the raw objects.
        lake: the bucket of staged files and of quarantine.
        open_parts: begins the parts of a bundle that is converted alone; see `convert_bundle`.
        redact_key: of hashes, which no task has.

    Returns:
        A scan or a failure for each raw object; the sample of a bundle, or its failure; a result or a failure for each
        bundle of a group; or the merged files, or their failure. A permanent failure is an answer too, so that the task
        is not tried again.

    Raises:
        TransientError: a store failed in a way that may pass.
    """
    if task.kind is Kind.SCAN:
        return [scan_or_failure(each, raw, lake, redacts=task.redacts) for each in task.item]
    if task.kind is Kind.MERGE:
        try:
            return merge_files(task.item, lake)
        except PermanentError as error:
            return MergeFailure(said(error))
    if task.kind is Kind.SAMPLE:
        sampled = keyed(task.item, redact_key)
        return of_bundle(sampled, lambda: sample_bundle(sampled, raw))
    first, *others = bundles = [keyed(bundle, redact_key) for bundle in task.item.bundles]
    if others:
        return convert_together(replace(task.item, bundles=tuple(bundles)), raw, lake)
    return [of_bundle(first, lambda: convert_bundle(first, task.item.plan, raw, lake, open_parts=open_parts))]


def keyed(bundle: Bundle, redact_key: bytes) -> Bundle:
    """The bundle with the key of hashes, which it loses whenever it is pickled."""
    return replace(bundle, redact=bundle.redact.keyed(redact_key))
