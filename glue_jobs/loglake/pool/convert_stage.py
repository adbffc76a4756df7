"""The kernels on a pool: one bundle, or some small ones or landed objects, one task."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from loglake.core.bisect import bisect
from loglake.core.landing.objects import batches
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.bundling import parts_of
from loglake.core.schema.conversion import BundleFailure, BundleResult, SchemaSample, TablePlan
from loglake.core.schema.sharing import BundleGroup, taken_apart
from loglake.errors import NoSpaceError, ServiceError, ThrottledError, TransientError
from loglake.kernels.stage.messages import Kind, OpenStore, Task, largest_first
from loglake.pool.pool import Pool
from loglake.pool.process import Fault, Given, WorkerDiedError

if TYPE_CHECKING:
    from loglake.core.compaction.decision import Merge, MergedFile, MergeFailure
    from loglake.core.landing.objects import ObjectScan, ScanFailure

_SCAN_BYTES = 32 * 1024 * 1024
_SCAN_SHARES = 4
"""Landed objects share tasks, up to so many bytes, and so that each worker has about so many tasks."""


def cores() -> int:
    """How many processes can run at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def pool_stage(
    open_store: OpenStore,
    raw_bucket: str,
    lake_bucket: str,
    workers: int | None = None,
    *,
    pandas: bool = True,
    redact_key: bytes = b"",
    on_read: Callable[[int], None] = lambda size_bytes: None,
) -> Iterator[PoolConvertStage]:
    """A stage on processes of its own, which are gone at the end.

    They are started when there is work. If this process dies, they end by themselves. Any script can use it, and a
    notebook too: the workers import nothing of either.

    Args:
        open_store: opens a bucket, in a worker; a function that pickle can name, or a picklable object.
        raw_bucket: where the raw objects are.
        lake_bucket: where files are staged, and where the quarantine is.
        workers: the most processes; None: one for each core.
        pandas: whether pyarrow should know pandas, as a transformation of the bundles may want.
        redact_key: of hashes, for datasets that have some.
        on_read: called with the bytes of raw objects that a worker has read since, while it converts.
    """
    size = workers or cores()
    pool = Pool(Given(open_store, raw_bucket, lake_bucket, pandas, redact_key), size, on_read)
    try:
        yield PoolConvertStage(pool, size)
        pool.end()
    finally:
        pool.kill()


class PoolConvertStage:
    """Scans landed objects, samples and converts bundles, merges files; implements `core.ports.ConvertStage`.

    A task is tried again, alone, if its worker died: memory may have been short for several at once. If that one dies
    too, the objects are found that kill it, by bisecting; they alone are not sampled, or converted.

    Args:
        pool: does the tasks.
        tasks_at_once: as many as it has processes.
    """

    def __init__(self, pool: Pool, tasks_at_once: int) -> None:
        self.tasks_at_once = tasks_at_once
        self._pool = pool

    def start(self, tasks: int) -> None:
        """Starts workers for so many tasks, which import while this process does other things."""
        self._pool.start(tasks)

    def scan(self, objects: Sequence[RawObject], *, redacts: bool = False) -> list[ObjectScan | ScanFailure]:
        """Looks at all of each object; answers in their order.

        Raises:
            ThrottledError, ServiceError: a store failed.
            TransientError: a task failed for any other reason, such as that its worker died twice.
        """
        most = -(-len(objects) // (self.tasks_at_once * _SCAN_SHARES))
        tasks = [Task(Kind.SCAN, share, redacts=redacts) for share in batches(objects, most or 1, _SCAN_BYTES)]
        return [scan for answer in self._all(tasks) for scan in answer]

    def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
        """Looks at a bounded sample of each bundle; answers in their order.

        An object that kills its worker is passed over, as one that can't be read: converting finds it again.

        Raises:
            TransientError: a task failed for another reason.
        """
        sampling = partial(Task, Kind.SAMPLE)
        answers: dict[int, Any] = {}
        for place in self._run(list(map(sampling, bundles)), answers.__setitem__):
            answer, deadly = self._alone(bundles[place], sampling)
            answers[place] = self._one(sampling(_without(bundles[place], deadly))) if deadly else answer
        return [_checked(answers[place]) for place in range(len(bundles))]

    def convert(
        self,
        work: Sequence[tuple[Bundle, TablePlan]],
        on_result: Callable[[BundleResult | BundleFailure], None],
    ) -> None:
        """Converts bundles, the largest first, and hands over each result as soon as its task has ended.

        If cores would have nothing to do while others work on the last bundles, the largest bundles are split: several
        processes make their rows. If one of these dies, the bundle is converted again by one process.

        A bundle that fails does not stop the others. One with objects that kill its worker is a failure that names
        these objects. If bundles of one task may be why it failed, each is converted again alone.

        Raises:
            TransientError: a task failed for another reason; after all others are done.
        """
        again: list[BundleGroup] = []
        faults: list[TransientError] = []

        def take(group: BundleGroup, answer: Any) -> None:
            try:
                results = _checked(answer)
            except TransientError as error:
                singles = taken_apart([group], error)
                again.extend(singles)
                faults.extend([] if singles else [error])
                return
            for result in results:
                on_result(result)

        def convert_all(groups: Sequence[BundleGroup]) -> list[BundleGroup]:
            """Returns those whose workers died."""
            tasks = self._convert_tasks(groups)
            return [groups[place] for place in self._run(tasks, lambda place, answer: take(groups[place], answer))]

        died = convert_all(largest_first(work))
        again += [single for group in died if len(group.bundles) > 1 for single in group.singles()]
        for single in [*(group for group in died if len(group.bundles) == 1), *convert_all(again)]:
            (bundle,) = single.bundles
            try:
                answer, deadly = self._alone(bundle, partial(_convert_task, plan=single.plan))
            except WorkerDiedError as death:
                faults.append(death)
                continue
            if deadly:
                why = next(iter(deadly.values()))
                answer = [BundleFailure(bundle.log_group, bundle.window, bundle.number, why, deadly)]
            take(single, answer)
        if faults:
            raise faults[0]

    def _convert_tasks(self, groups: Sequence[BundleGroup]) -> list[Task]:
        may_split = [len(group.bundles) == 1 and group.bundles[0].may_split for group in groups]
        parts = parts_of([group.size_bytes for group in groups], may_split, self.tasks_at_once)
        return [Task(Kind.CONVERT, each, count) for each, count in zip(groups, parts, strict=True)]

    def merge(self, work: Sequence[Merge]) -> list[list[MergedFile] | MergeFailure]:
        """Makes files of others; answers in the order of the work.

        Raises:
            TransientError: a task failed.
        """
        return self._all([Task(Kind.MERGE, each) for each in work])

    def _run(self, tasks: Sequence[Task], take: Callable[[int, Any], None]) -> list[int]:
        """Has tasks done, and answers taken. Returns the places of those that have none, since their workers died."""
        died: list[int] = []

        def on_end(place: int, answer: Any) -> None:
            if isinstance(answer, WorkerDiedError):
                died.append(place)
            else:
                take(place, answer)

        self._pool.run(tasks, on_end)
        return died

    def _all(self, tasks: Sequence[Task]) -> list[Any]:
        """The answers to tasks that are not about a bundle, in their order."""
        answers: dict[int, Any] = {}
        for place in self._run(tasks, answers.__setitem__):
            answers[place] = self._one(tasks[place])
        return [_checked(answers[place]) for place in range(len(tasks))]

    def _one(self, task: Task) -> Any:
        """The answer to a task, while no other runs. Raises WorkerDiedError."""
        ends: list[Any] = []
        self._pool.run([task], lambda _, end: ends.append(end))
        (end,) = ends
        if isinstance(end, WorkerDiedError):
            raise end
        return end

    def _alone(self, bundle: Bundle, task: Callable[[Bundle], Task]) -> tuple[Any, dict[str, str]]:
        """Does a bundle's task while no other runs; if its worker dies, finds out for which objects.

        Returns:
            The answer, or for each deadly object by its key, why its bundle can't be converted with it.

        Raises:
            WorkerDiedError: the worker died of all objects together, and of none alone.
        """
        deadly: dict[str, str] = {}
        answers: list[Any] = []
        deaths: list[WorkerDiedError] = []

        def check(objects: Sequence[RawObject]) -> list[None]:
            try:
                answers.append(self._one(task(replace(bundle, objects=tuple(objects)))))
            except WorkerDiedError as death:
                deaths.append(death)
                raise
            return [None] * len(objects)

        def alone(raw: RawObject, error: TransientError) -> None:
            deadly[raw.key] = f"{raw.key} can't be converted: {error}."

        bisect(check, bundle.objects, alone, lambda: True)
        if deaths and not deadly:
            raise deaths[0]
        return answers[0] if answers else None, deadly


def _without(bundle: Bundle, keys: Mapping[str, str]) -> Bundle:
    return replace(bundle, objects=tuple(raw for raw in bundle.objects if raw.key not in keys))


def _convert_task(bundle: Bundle, plan: TablePlan) -> Task:
    return Task(Kind.CONVERT, BundleGroup((bundle,), plan))


def _checked(answer: Any) -> Any:
    """The answer, unless it says that the task failed.

    Raises:
        ThrottledError, ServiceError, TransientError: it does.
    """
    if not isinstance(answer, Fault):
        return answer
    if answer.kind == NoSpaceError.__name__:
        raise NoSpaceError(answer.said, answer.mount)
    kind = _KINDS.get(answer.kind, TransientError)
    raise kind(f"A task failed: {answer.kind}: {answer.said}")


_KINDS: Mapping[str, type[TransientError]] = {kind.__name__: kind for kind in (ThrottledError, ServiceError)}
