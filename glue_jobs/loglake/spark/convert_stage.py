"""The kernels on Spark: one task per bundle, or per many landed objects. Only these and results cross to the JVM."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any, Callable

from loglake.core.compaction.decision import Merge, MergedFile, MergeFailure
from loglake.core.landing.objects import ObjectScan, ScanFailure, batches
from loglake.core.schema.conversion import Bundle, BundleFailure, BundleResult, RawObject, SchemaSample, TablePlan
from loglake.core.schema.schema import TableSchema
from loglake.errors import (
    NoSpaceError,
    PermanentError,
    ServiceError,
    ThrottledError,
    TransientError,
    UnreadableObjectsError,
)
from loglake.spark.local_dirs import spark_disk_full
from loglake.spark.session import tasks_at_once

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from loglake.core.ports.objects import ObjectStore

OpenStore = Callable[[str], "ObjectStore"]
"""Opens a bucket by its name. It is pickled and called in the workers."""

Describe = Callable[[], "dict[str, str]"]

Work = Callable[["dict[str, Any]"], "dict[str, Any]"]

JOBS_PER_SLOT = 2
"""Concurrent Spark jobs per task slot: enough that no slot waits for the driver."""

JOBS = 256
"""More bundles than this share jobs, since each job costs time in the driver."""

SCAN_BYTES = 128 * 1024 * 1024
"""Compressed bytes of landed objects per scan task: small objects share tasks, since a task costs time too."""


class SparkConvertStage:
    """Scans landed objects, samples and converts bundles, merges files; implements `core.ports.ConvertStage`.

    Args:
        spark: the session.
        open_store: opens a bucket in a worker; it must be picklable.
        raw_bucket: where the raw objects are.
        lake_bucket: where files are staged, and where the quarantine is.
        workers: the most workers that Glue may give the session; None: it has all of them already.
        describe: reports a worker's environment; picklable. None: not reported.

    Attributes:
        described: the answers of `describe` so far, each different one once.
    """

    def __init__(
        self,
        spark: SparkSession,
        open_store: OpenStore,
        raw_bucket: str,
        lake_bucket: str,
        workers: int | None = None,
        *,
        describe: Describe | None = None,
    ) -> None:
        self._describe = describe
        self.described: list[dict[str, str]] = []
        self._spark = spark
        self._open_store = open_store
        self._raw_bucket = raw_bucket
        self._lake_bucket = lake_bucket
        self._slots = tasks_at_once(spark, workers) * JOBS_PER_SLOT

    def scan(self, objects: Sequence[RawObject]) -> list[ObjectScan | ScanFailure]:
        """Scans each object whole, in one Spark job; answers in the order of the objects.

        Raises:
            ThrottledError, ServiceError: a store failed as often as Spark tries.
            TransientError: a task failed as often as Spark tries, for any other reason, such as that it was killed.
        """
        if not objects:
            return []
        work = _ScanWork(self._open_store, self._raw_bucket, self._lake_bucket)
        most = -(-len(objects) // self._slots)
        shares = [[raw.to_json() for raw in share] for share in batches(objects, most, SCAN_BYTES)]
        answers = self._run(work, [{"objects": share} for share in shares])
        scans = [scan for answer in answers for scan in answer["result"]["scans"]]
        return [
            ScanFailure(raw, scan["failed"]) if "failed" in scan else ObjectScan.from_json(scan["scan"])
            for raw, scan in zip(objects, scans, strict=True)
        ]

    def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
        """Takes a bounded sample of each bundle, in one Spark job; answers in the order of the bundles.

        Raises:
            TransientError: a task failed as often as Spark tries.
        """
        if not bundles:
            return []
        work = _SampleWork(self._open_store, self._raw_bucket)
        answers = self._run(work, [bundle.to_json() for bundle in bundles])
        return [
            _failure(bundle, answer) or SchemaSample.from_json(answer["result"])
            for bundle, answer in zip(bundles, answers, strict=True)
        ]

    def convert(
        self,
        work: Sequence[tuple[Bundle, TablePlan]],
        on_result: Callable[[BundleResult | BundleFailure], None],
    ) -> None:
        """Converts bundles, the largest first, and hands over each result as soon as it is ready.

        A DataFrame's `toLocalIterator` runs one partition after the other, and `collect` answers when the last one is
        done. So bundles are several concurrent Spark jobs: their tasks share the executors, Spark retries them one by
        one, and a window can be committed while others are being converted. A failed bundle does not stop the others.

        Raises:
            TransientError: a task failed as often as Spark tries; after all others are done.
        """
        if not work:
            return
        largest_first = sorted(work, key=lambda item: -sum(raw.size_bytes for raw in item[0].objects))
        jobs = [largest_first[start::JOBS] for start in range(min(JOBS, len(largest_first)))]
        task = _ConvertWork(self._open_store, self._raw_bucket, self._lake_bucket)
        faults: list[TransientError] = []
        with ThreadPoolExecutor(min(self._slots, len(jobs)), "convert") as pool:
            started = {pool.submit(self._run, task, [_work_to_json(*item) for item in job]): job for job in jobs}
            for done in as_completed(started):
                try:
                    answers = done.result()
                except TransientError as error:
                    faults.append(error)
                    continue
                for (bundle, _), answer in zip(started[done], answers, strict=True):
                    on_result(_failure(bundle, answer) or BundleResult.from_json(answer["result"]))
        if faults:
            raise faults[0]

    def merge(self, work: Sequence[Merge]) -> list[list[MergedFile] | MergeFailure]:
        """Merges files, in one Spark job with one task each; answers in the order of the work.

        Raises:
            TransientError: a task failed as often as Spark tries.
        """
        if not work:
            return []
        answers = self._run(_MergeWork(self._open_store, self._lake_bucket), [each.to_json() for each in work])
        return [
            MergeFailure(answer["failed"])
            if "failed" in answer
            else [MergedFile(*file) for file in answer["result"]["files"]]
            for answer in answers
        ]

    def _run(self, work: Work, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """One Spark job with one partition, and so one task, per item; answers in the order of the items.

        It uses an RDD, since there are no columns. For a DataFrame, Spark also starts its SQL engine and a second pool
        of Python workers: one makes the rows, the other runs `mapInArrow`. That costs a short job two seconds.
        """
        try:
            texts = self._spark.sparkContext.parallelize([json.dumps(item) for item in items], len(items))
            collected = texts.mapPartitions(_Task(work, self._describe)).collect()
        except Exception as error:  # py4j's and Spark's own errors, of many classes
            raise _translated(error, self._spark) from error
        answers = [json.loads(answer) for answer in collected]
        for answer in answers:
            said = answer.pop("described", None)
            if said and said not in self.described:
                self.described.append(said)
        return answers


def _translated(error: Exception, spark: SparkSession) -> TransientError:
    """The error of a task or of Spark itself, as loglake's."""
    said = _last_line(error)
    kind = _kind(said)
    if kind is NoSpaceError:
        return NoSpaceError(said.partition(": ")[2])
    if os.strerror(errno.ENOSPC) in str(error):
        return spark_disk_full(spark.sparkContext)
    return kind(f"Spark gave up on a task; run the job again. It said: {said}")


def _last_line(error: Exception) -> str:
    """The line of a Python traceback with the error, without the JVM's stack after it."""
    python_part = str(error).split("\n\tat ")[0]
    return python_part.strip().rsplit("\n", 1)[-1]


def _kind(said: str) -> type[TransientError]:
    """The error that a worker ended with, if it came from a store."""
    name = said.split(":", 1)[0].rsplit(".", 1)[-1]
    return next(
        (kind for kind in (NoSpaceError, ThrottledError, ServiceError) if kind.__name__ == name), TransientError
    )


def _failure(bundle: Bundle, answer: dict[str, Any]) -> BundleFailure | None:
    if "failed" not in answer:
        return None
    return BundleFailure(bundle.log_group, bundle.window, bundle.number, answer["failed"], answer.get("unread", {}))


def _work_to_json(bundle: Bundle, plan: TablePlan) -> dict[str, Any]:
    formats = {"format": plan.format, "also": list(plan.also)}
    return {"bundle": bundle.to_json(), **formats, "schema": plan.schema.to_json()}


class _Task:
    """What runs in a worker for a partition: JSON in, JSON out."""

    def __init__(self, work: Work, describe: Describe | None) -> None:
        self._work = work
        self._describe = describe

    def __call__(self, texts: Iterable[str]) -> Iterator[str]:
        described = {"described": self._describe()} if self._describe else {}
        for text in texts:
            yield json.dumps({**self._answer(json.loads(text)), **described})

    def _answer(self, item: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"result": self._work(item)}
        except UnreadableObjectsError as error:
            return {"failed": str(error), "unread": error.objects}
        except PermanentError as error:  # retrying changes nothing, so Spark must not
            return {"failed": _reason(error)}


def _reason(error: PermanentError) -> str:
    return f"{type(error).__name__}: {error}"


class _ScanWork:
    def __init__(self, open_store: OpenStore, raw_bucket: str, lake_bucket: str) -> None:
        self._open_store = open_store
        self._raw_bucket = raw_bucket
        self._lake_bucket = lake_bucket

    def __call__(self, item: dict[str, Any]) -> dict[str, Any]:
        raw, lake = self._open_store(self._raw_bucket), self._open_store(self._lake_bucket)
        return {"scans": [self._scan_one(RawObject.from_json(each), raw, lake) for each in item["objects"]]}

    def _scan_one(self, each: RawObject, raw: ObjectStore, lake: ObjectStore) -> dict[str, Any]:
        from loglake.kernels.scan import scan_or_failure  # noqa: PLC0415  (in the worker only)

        scan = scan_or_failure(each, raw, lake)
        return {"failed": scan.reason} if isinstance(scan, ScanFailure) else {"scan": scan.to_json()}


class _SampleWork:
    def __init__(self, open_store: OpenStore, raw_bucket: str) -> None:
        self._open_store = open_store
        self._raw_bucket = raw_bucket

    def __call__(self, item: dict[str, Any]) -> dict[str, Any]:
        from loglake.kernels.sample import sample_bundle  # noqa: PLC0415  (in the worker only)

        return sample_bundle(Bundle.from_json(item), self._open_store(self._raw_bucket)).to_json()


class _ConvertWork:
    def __init__(self, open_store: OpenStore, raw_bucket: str, lake_bucket: str) -> None:
        self._open_store = open_store
        self._raw_bucket = raw_bucket
        self._lake_bucket = lake_bucket

    def __call__(self, item: dict[str, Any]) -> dict[str, Any]:
        from loglake.kernels.convert import convert_bundle  # noqa: PLC0415  (in the worker only)

        plan = TablePlan(item["format"], TableSchema.from_json(item["schema"]), tuple(item["also"]))
        raw, lake = self._open_store(self._raw_bucket), self._open_store(self._lake_bucket)
        return convert_bundle(Bundle.from_json(item["bundle"]), plan, raw, lake).to_json()


class _MergeWork:
    def __init__(self, open_store: OpenStore, lake_bucket: str) -> None:
        self._open_store = open_store
        self._lake_bucket = lake_bucket

    def __call__(self, item: dict[str, Any]) -> dict[str, Any]:
        from loglake.kernels.parquet.merge import merge_files  # noqa: PLC0415  (in the worker only)

        made = merge_files(Merge.from_json(item), self._open_store(self._lake_bucket))
        return {"files": [[file.rows, file.size_bytes, file.sha256] for file in made]}
