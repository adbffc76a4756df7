"""The kernels on Spark: one task per bundle, or per many small ones or landed objects.

Only these and results cross to the JVM.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Callable

from loglake.core.compaction.decision import Merge, MergedFile, MergeFailure
from loglake.core.disk_space import no_space
from loglake.core.landing.objects import ObjectScan, ScanFailure, batches
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleFailure, BundleResult, SchemaSample, TablePlan
from loglake.core.schema.sharing import BundleGroup, taken_apart
from loglake.errors import NoSpaceError, ServiceError, ThrottledError, TransientError
from loglake.kernels.stage.messages import Kind, OpenStore, Task, largest_first
from loglake.spark.context import tasks_at_once

if TYPE_CHECKING:
    from pyspark import SparkContext


Describe = Callable[[], "dict[str, str]"]

JOBS_PER_SLOT = 2
"""Concurrent Spark jobs per task slot: enough that no slot waits for the driver."""

JOBS = 256
"""More bundles than this share jobs, since each job costs time in the driver."""

SCAN_BYTES = 128 * 1024 * 1024
"""Compressed bytes of landed objects per scan task: small objects share tasks, since a task costs time too."""


class SparkConvertStage:
    """Scans landed objects, samples and converts bundles, merges files; implements `core.ports.ConvertStage`.

    Args:
        context: gives the context that runs the tasks, the same each time; it may wait until there is one.
        open_store: opens a bucket in a worker; it must be picklable.
        raw_bucket: where the raw objects are.
        lake_bucket: where files are staged, and where the quarantine is.
        workers: the most workers that Glue may give the job; None: it has all of them already.
        describe: reports a worker's environment; picklable. None: not reported.
        pandas: whether pyarrow should know pandas, as a transformation of the bundles may want.
        redact_key: of hashes. It goes to workers with the code, in memory: Spark writes tasks to a file here.

    Attributes:
        described: the answers of `describe` so far, each different one once.
        pandas: as above. A worker that has begun without pandas stays without, so it is set before the first task.
        redact_key: as above.
    """

    def __init__(
        self,
        context: Callable[[], SparkContext],
        open_store: OpenStore,
        raw_bucket: str,
        lake_bucket: str,
        workers: int | None = None,
        *,
        describe: Describe | None = None,
        pandas: bool = True,
        redact_key: bytes = b"",
    ) -> None:
        self._describe = describe
        self.pandas = pandas
        self.redact_key = redact_key
        self.described: list[dict[str, str]] = []
        self._context = context
        self._workers = workers
        self._open = partial(_opened, open_store, raw_bucket, lake_bucket)

    @property
    def tasks_at_once(self) -> int:
        """One for each core of the workers that may come."""
        return tasks_at_once(self._context(), self._workers)

    @property
    def _slots(self) -> int:
        return self.tasks_at_once * JOBS_PER_SLOT

    def scan(self, objects: Sequence[RawObject], *, redacts: bool = False) -> list[ObjectScan | ScanFailure]:
        """Scans each object whole, in one Spark job; answers in the order of the objects.

        Raises:
            ThrottledError, ServiceError: a store failed as often as Spark tries.
            TransientError: a task failed as often as Spark tries, for any other reason, such as that it was killed.
        """
        most = -(-len(objects) // self._slots)
        shares = batches(objects, most, SCAN_BYTES)
        return [
            scan
            for answer in self._run([Task(Kind.SCAN, share, redacts=redacts) for share in shares])
            for scan in answer
        ]

    def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
        """Takes a bounded sample of each bundle, in one Spark job; answers in the order of the bundles.

        Raises:
            TransientError: a task failed as often as Spark tries.
        """
        return self._run([Task(Kind.SAMPLE, bundle) for bundle in bundles])

    def convert(
        self,
        work: Sequence[tuple[Bundle, TablePlan]],
        on_result: Callable[[BundleResult | BundleFailure], None],
    ) -> None:
        """Converts bundles, the largest first, and hands over each result as soon as its task has ended.

        A DataFrame's `toLocalIterator` runs one partition after the other, and `collect` answers when the last one is
        done. So bundles are several concurrent Spark jobs: their tasks share the executors, Spark retries them one by
        one, and a window can be committed while others are being converted. A failed bundle does not stop the others.
        If bundles of one task may be why it failed, each is converted again alone.

        Raises:
            TransientError: a task failed as often as Spark tries; after all others are done.
        """
        groups = largest_first(work)
        jobs = [groups[start::JOBS] for start in range(min(JOBS, len(groups)))]
        faults: list[TransientError] = []
        while jobs:
            again: list[BundleGroup] = []
            with ThreadPoolExecutor(min(self._slots, len(jobs)), "convert") as pool:
                started = {pool.submit(self._run, [Task(Kind.CONVERT, each) for each in job]): job for job in jobs}
                for done in as_completed(started):
                    try:
                        answers = done.result()
                    except TransientError as error:
                        singles = taken_apart(started[done], error)
                        again += singles
                        faults += [] if singles else [error]
                        continue
                    for result in chain.from_iterable(answers):
                        on_result(result)
            jobs = [[single] for single in again]
        if faults:
            raise faults[0]

    def merge(self, work: Sequence[Merge]) -> list[list[MergedFile] | MergeFailure]:
        """Merges files, in one Spark job with one task each; answers in the order of the work.

        Raises:
            TransientError: a task failed as often as Spark tries.
        """
        return self._run([Task(Kind.MERGE, each) for each in work])

    def _run(self, tasks: Sequence[Task]) -> list[Any]:
        """One Spark job with one partition, and so one of Spark's tasks, per task; answers in their order.

        It uses an RDD, since there are no columns. For a DataFrame, Spark also starts its SQL engine and a second pool
        of Python workers: one makes the rows, the other runs `mapInArrow`. That costs a short job two seconds.
        """
        if not tasks:
            return []
        work = partial(_answers, self._open, self._describe, self.pandas, self.redact_key)
        try:
            collected = self._context().parallelize(tasks, len(tasks)).mapPartitions(work).collect()
        except Exception as error:  # py4j's and Spark's own errors, of many classes
            raise _translated(error, self._context()) from error
        for _, said in collected:
            if said and said not in self.described:
                self.described.append(said)
        return [answer for answer, _ in collected]


def _translated(error: Exception, context: SparkContext) -> TransientError:
    """The error of a task or of Spark itself, as loglake's."""
    python_part = str(error).split("\n\tat ")[0]  # without the JVM's stack after it
    said = python_part.strip().rsplit("\n", 1)[-1]
    kind = _kind(said)
    if kind is NoSpaceError:
        return NoSpaceError(said.partition(": ")[2])
    if os.strerror(errno.ENOSPC) in str(error):
        return spark_disk_full(context)
    return kind(f"Spark gave up on a task; run the job again. It said: {said}")


def _kind(said: str) -> type[TransientError]:
    """The error that a worker ended with, if it came from a store."""
    name = said.split(":", 1)[0].rsplit(".", 1)[-1]
    return next(
        (kind for kind in (NoSpaceError, ThrottledError, ServiceError) if kind.__name__ == name), TransientError
    )


def _answers(
    opened: Callable[[], tuple[ObjectStore, ObjectStore]],
    describe: Describe | None,
    pandas: bool,
    redact_key: bytes,
    tasks: Iterable[Task],
) -> Iterator[tuple[Any, dict[str, str]]]:
    """What runs in a worker for a partition."""
    if not pandas:
        from loglake.kernels.stage.without_pandas import leave_out_pandas  # noqa: PLC0415  (in the worker only)

        leave_out_pandas()
    from loglake.kernels.stage.tasks import answer  # noqa: PLC0415  (likewise)

    described = describe() if describe else {}
    for task in tasks:
        yield answer(task, *opened(), redact_key=redact_key), described


def _opened(open_store: OpenStore, raw_bucket: str, lake_bucket: str) -> tuple[ObjectStore, ObjectStore]:
    return open_store(raw_bucket), open_store(lake_bucket)


_FULL = OSError(errno.ENOSPC, "")
_ADVICE = ", or set SPARK_LOCAL_DIRS to a folder on another disk, and run again"


def spark_disk_full(context: SparkContext) -> NoSpaceError:
    """The error for a full disk of Spark; on a cluster it may be a worker's disk, which can't be checked here."""
    if not str(context.master).startswith("local"):
        return NoSpaceError("The disk of a Spark worker, or of the driver, is full: take larger workers.")
    return no_space(str(context._temp_dir), _FULL, _ADVICE)
