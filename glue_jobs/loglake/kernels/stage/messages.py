"""The messages to and from tasks: JSON-ready dicts, made from `Bundle` and other types, and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Callable

from loglake.core.compaction.decision import Merge, MergedFile, MergeFailure
from loglake.core.landing.objects import ObjectScan, ScanFailure
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleFailure, BundleResult, SchemaSample, TablePlan
from loglake.core.schema.schema import TableSchema

if TYPE_CHECKING:
    from loglake.core.ports.objects import ObjectStore

Message = dict[str, Any]

OpenStore = Callable[[str], "ObjectStore"]
"""Opens a bucket by its name. It is pickled, and called in the workers."""


class Kind(str, Enum):
    """What a task does."""

    SCAN = "scan"
    SAMPLE = "sample"
    CONVERT = "convert"
    MERGE = "merge"


def scan_item(objects: Sequence[RawObject]) -> Message:
    """Objects that one task scans."""
    return {"objects": [raw.to_json() for raw in objects]}


def scans(objects: Sequence[RawObject], answers: Sequence[Mapping[str, Any]]) -> list[ObjectScan | ScanFailure]:
    """The scans of these objects from their tasks' answers, in the objects' order."""
    found = [scan for answer in answers for scan in answer["result"]["scans"]]
    return [
        ScanFailure(raw, scan["failed"]) if "failed" in scan else ObjectScan.from_json(scan["scan"])
        for raw, scan in zip(objects, found, strict=True)
    ]


def sample_item(bundle: Bundle) -> Message:
    """A bundle that a task samples."""
    return bundle.to_json()


def sample(bundle: Bundle, answer: Mapping[str, Any]) -> SchemaSample | BundleFailure:
    """The sample of a bundle from its task's answer."""
    return _failure(bundle, answer) or SchemaSample.from_json(answer["result"])


def convert_item(bundle: Bundle, plan: TablePlan) -> Message:
    """A bundle that a task converts."""
    formats = {"format": plan.format, "also": list(plan.also)}
    return {"bundle": bundle.to_json(), **formats, "schema": plan.schema.to_json()}


def read_convert_item(item: Mapping[str, Any]) -> tuple[Bundle, TablePlan]:
    """The inverse of `convert_item`."""
    plan = TablePlan(item["format"], TableSchema.from_json(item["schema"]), tuple(item["also"]))
    return Bundle.from_json(item["bundle"]), plan


def parts_of(task: Message) -> int:
    """How many processes make the rows of a task's bundle; 1 for any other task."""
    return int(task.get("parts", 1))


def part_item(bundle: Bundle, plan: TablePlan, part: int) -> Message:
    """A part of a bundle: a helper makes its rows."""
    return {**convert_item(bundle, plan), "part": part}


def read_part_item(item: Mapping[str, Any]) -> tuple[Bundle, TablePlan, int]:
    """The inverse of `part_item`."""
    return *read_convert_item(item), int(item["part"])


def result(bundle: Bundle, answer: Mapping[str, Any]) -> BundleResult | BundleFailure:
    """The result of a bundle from its task's answer."""
    return _failure(bundle, answer) or BundleResult.from_json(answer["result"])


def merge_item(work: Merge) -> Message:
    """Files that a task merges."""
    return work.to_json()


def merged(answer: Mapping[str, Any]) -> list[MergedFile] | MergeFailure:
    """The merged files from a task's answer."""
    if "failed" in answer:
        return MergeFailure(answer["failed"])
    return [MergedFile(*file) for file in answer["result"]["files"]]


def largest_first(work: Sequence[tuple[Bundle, TablePlan]]) -> list[tuple[Bundle, TablePlan]]:
    """Bundles in the order to start them, the largest first, so that none ends long after the others."""
    return sorted(work, key=lambda item: -sum(raw.size_bytes for raw in item[0].objects))


def _failure(bundle: Bundle, answer: Mapping[str, Any]) -> BundleFailure | None:
    if "failed" not in answer:
        return None
    return BundleFailure(bundle.log_group, bundle.window, bundle.number, answer["failed"], answer.get("unread", {}))
