"""How much work is submitted at once: enough for all workers that may come, not only those that are there."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from loglake.core.landing.objects import ScanFailure
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleFailure, TablePlan
from loglake.core.schema.schema import TableSchema
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.kernels.stage.messages import Kind, Task
from loglake.spark.convert_stage import JOBS_PER_SLOT, SparkConvertStage

pytestmark = pytest.mark.unit

WITHIN_S = 60


class FakeSpark:
    """A context. Each job waits until as many are under way as are expected; then its bundles fail.

    Attributes:
        partitions: how many tasks each job had.
        most: how many jobs were under way at once.
    """

    def __init__(self, master: str, there: int, expected: int = 1) -> None:
        self.master = master
        self.defaultParallelism = there
        self.partitions: list[int] = []
        self.most = 0
        self._lock, self._under_way = threading.Lock(), 0
        self._all_under_way = threading.Barrier(expected)

    def parallelize(self, tasks: Sequence[Task], partitions: int) -> FakeRdd:
        assert len(tasks) == partitions
        self.partitions.append(partitions)
        return FakeRdd(tasks, self)

    def run(self) -> None:
        """Runs a job."""
        with self._lock:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        self._all_under_way.wait(WITHIN_S)
        with self._lock:
            self._under_way -= 1


class FakeRdd:
    def __init__(self, tasks: Sequence[Task], spark: FakeSpark) -> None:
        self._tasks = tasks
        self._spark = spark

    def mapPartitions(self, _task: Any) -> FakeRdd:  # noqa: N802
        return self

    def collect(self) -> list[tuple[Any, dict[str, str]]]:
        self._spark.run()
        return [(_answer(task), {}) for task in self._tasks]


def _answer(task: Task) -> Any:
    if task.kind is Kind.SCAN:
        return [ScanFailure(raw, "no worker") for raw in task.item]
    return [BundleFailure(each.log_group, each.window, each.number, "no worker") for each in task.item.bundles]


def stage(context: Any, workers: int | None) -> SparkConvertStage:
    return SparkConvertStage(lambda: context, pytest.fail, "raw", "lake", workers)


def work(count: int) -> list[tuple[Bundle, TablePlan]]:
    window = Window(EpochMs(0), EpochMs(1))
    plan = TablePlan("json", TableSchema("t"))
    return [
        (Bundle("t", LogGroupName("/g"), window, 0, number, "a", (RawObject(str(number), 1, "s"),)), plan)
        for number in range(count)
    ]


CASES = [
    ("jes", 2, 5, 16),  # Glue with one worker so far: four more tasks for each that may come
    ("jes", 2, 2, 4),
    ("local-cluster[1,1,1024]", 2, 3, 8),
    ("local[*]", 3, 5, 3),  # this machine's cores are all that there is
    ("jes", 6, None, 6),
]


@pytest.mark.parametrize(("master", "there", "workers", "tasks"), CASES)
def test_bundles_are_under_way_for_every_worker_that_may_come(
    master: str, there: int, workers: int | None, tasks: int
) -> None:
    under_way = tasks * JOBS_PER_SLOT
    results: list[Any] = []
    spark = FakeSpark(master, there, under_way)
    stage(spark, workers).convert(work(3 * under_way), results.append)
    assert spark.most == under_way
    assert len(results) == 3 * under_way
    assert {type(result) for result in results} == {BundleFailure}


def test_landed_objects_are_shared_among_every_worker_that_may_come() -> None:
    spark = FakeSpark("jes", 2)
    objects = [RawObject(str(n), 1, "") for n in range(320)]
    assert [failure.raw for failure in stage(spark, 5).scan(objects)] == objects
    assert spark.partitions == [32]


def test_a_run_waits_for_spark_only_when_it_has_something_for_it() -> None:
    made: list[FakeSpark] = []

    def started() -> Any:
        made.append(FakeSpark("jes", 2))
        return made[-1]

    waiting = SparkConvertStage(started, pytest.fail, "raw", "lake", 2)
    assert (waiting.sample([]), waiting.merge([]), made) == ([], [], [])
    waiting.convert(work(1), lambda _: None)
    assert made[-1].partitions == [1]


def test_more_bundles_than_jobs_share_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loglake.spark.convert_stage.JOBS", 2)
    spark = FakeSpark("local[*]", 2)
    results: list[Any] = []
    stage(spark, None).convert(work(5), results.append)
    assert sorted(spark.partitions) == [2, 3]
    assert sorted(result.number for result in results) == [0, 1, 2, 3, 4]
