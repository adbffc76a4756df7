from __future__ import annotations

import gzip
import json
import platform
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyspark import cloudpickle
from support.fakes.fakes import MemoryLedger
from support.fakes.stores import FolderStore

from loglake.core.compaction.decision import Merge, MergeFailure, MergeOutput, Slice
from loglake.core.landing.objects import ScanFailure
from loglake.core.schema.conversion import Bundle, BundleFailure, BundleResult, RawObject, SchemaSample, TablePlan
from loglake.core.schema.format_choice import choose_formats, fields_of
from loglake.core.schema.schema import TableSchema, grow
from loglake.core.units import MS_PER_HOUR, LogGroupName, format_instant, parse_instant
from loglake.core.windows import Window
from loglake.errors import NoSpaceError, ThrottledError, TransientError
from loglake.kernels.convert import convert_bundle
from loglake.kernels.parquet.merge import merge_files
from loglake.kernels.sample import sample_bundle
from loglake.kernels.scan import scan_object
from loglake.pipelines.schema_plan import plan_tables
from loglake.spark.convert_stage import SparkConvertStage

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# PySpark leaves the sockets of collect() to the garbage collector.
pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # type: ignore[no-untyped-call]

DAY = parse_instant("2026-11-21")
SYSLOG = "<34>Nov 21 08:00:02 web1 sshd[100]: session opened"


class BrokenStore(FolderStore):
    """Loses the connection at one stream's objects."""

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        if "/unlucky/" in key:
            raise TransientError("broken connection")
        return super().read(key, chunk_bytes)


def _bundles(root: Path, count: int) -> list[Bundle]:
    store = FolderStore(root, "raw")
    bundles = []
    for number in range(count):
        lines = [
            f"{format_instant(DAY + (n * 977) % (24 * MS_PER_HOUR))} "
            f"{json.dumps({'n': n, 'who': {'id': number}, 'ms': n / 8})}\n"
            for n in range(50 * (number + 1))
        ]
        lines += [f"{format_instant(DAY)} {SYSLOG}\n", f"{format_instant(DAY)} two\nlines\n"]
        body = gzip.compress("".join(lines).encode())
        key = f"exports/g/w/g0/task/s-{number}/000000.gz"
        store.put(key, body)
        bundles.append(
            Bundle(
                table="t",
                log_group=LogGroupName("/g"),
                window=Window(DAY, parse_instant("2026-11-22")),
                generation=0,
                number=number,
                attempt="a",
                objects=(RawObject(key, len(body), f"s/{number}"),),
            )
        )
    return bundles


def _plan(samples: list[SchemaSample]) -> TablePlan:
    first, *others = formats = choose_formats(samples)
    assert formats == ("json", "syslog")
    return TablePlan(first, grow(TableSchema("t"), fields_of(samples, formats)), tuple(others))


def described() -> dict[str, str]:
    return {"python": platform.python_version()}


def test_spark_gives_what_the_kernels_give(spark: SparkSession, tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, 5)
    stage = SparkConvertStage(spark, partial(FolderStore, str(tmp_path)), "raw", "lake", describe=described)
    raw, expected_lake = FolderStore(tmp_path, "raw"), FolderStore(tmp_path, "expected")
    samples = stage.sample(bundles)
    assert samples == [sample_bundle(bundle, raw) for bundle in bundles]

    plan = _plan([schema_sample for schema_sample in samples if isinstance(schema_sample, SchemaSample)])
    results: list[BundleResult] = []
    threads = set()

    def on_result(result: BundleResult | BundleFailure) -> None:
        assert isinstance(result, BundleResult)
        threads.add(threading.current_thread())
        results.append(result)

    stage.convert([(bundle, plan) for bundle in bundles], on_result)
    assert threads == {threading.current_thread()}
    results.sort(key=lambda result: result.number)
    assert results == [convert_bundle(bundle, plan, raw, expected_lake) for bundle in bundles]
    assert stage.described == [{"python": platform.python_version()}]
    lake = FolderStore(tmp_path, "lake")
    keys = [info.key for info in lake.list("")]
    assert keys == [info.key for info in expected_lake.list("")]
    assert all(lake.get(key) == expected_lake.get(key) for key in keys)


def test_files_are_merged_as_the_kernel_does(spark: SparkSession, tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, 4)
    raw, lake = FolderStore(tmp_path, "raw"), FolderStore(tmp_path, "lake")
    schema_sample = sample_bundle(bundles[0], raw)
    plan = _plan([schema_sample])
    files = [staged for bundle in bundles for staged in convert_bundle(bundle, plan, raw, lake).files]
    slices = [Slice(staged.staged_key, 0, staged.rows, staged.rows) for staged in files]
    stage = SparkConvertStage(spark, partial(FolderStore, str(tmp_path)), "raw", "lake")
    work = [Merge(plan.schema, (MergeOutput("staging/one", tuple(slices)),))]
    gone = Merge(plan.schema, (MergeOutput("staging/two", (Slice("tables/gone", 0, 1, 1),)),))
    made, failure = stage.merge([*work, gone])
    staged_by_spark = lake.get("staging/one")
    assert made == merge_files(work[0], lake)
    assert staged_by_spark == lake.get("staging/one")
    assert isinstance(made, list)
    assert [file.rows for file in made] == [sum(staged.rows for staged in files)]
    assert isinstance(failure, MergeFailure)
    assert "tables/gone does not exist" in failure.reason
    assert stage.merge([]) == []


def test_landed_objects_are_scaned_as_the_kernel_does(spark: SparkSession, tmp_path: Path) -> None:
    raw, expected_lake = FolderStore(tmp_path, "raw"), FolderStore(tmp_path, "expected")
    objects = []
    for n in range(20):
        lines = f"no timestamp {n}\n" + "".join(f"{format_instant(DAY + n * MS_PER_HOUR)} line\n" for _ in range(n))
        raw.put(f"landing/log_group=%2Fg/{n:02d}", gzip.compress(lines.encode()))
        objects.append(RawObject(f"landing/log_group=%2Fg/{n:02d}", 1, ""))
    gone = RawObject("landing/gone", 1, "")
    stage = SparkConvertStage(spark, partial(FolderStore, str(tmp_path)), "raw", "lake")
    *scans, failure = stage.scan([*objects, gone])
    assert scans == [scan_object(each, raw, expected_lake) for each in objects]
    assert isinstance(failure, ScanFailure)
    assert (failure.raw, "landing/gone does not exist" in failure.reason) == (gone, True)
    lake = FolderStore(tmp_path, "lake")
    keys = [info.key for info in lake.list("quarantine/_landing/")]
    assert len(keys) == 20
    assert keys == [info.key for info in expected_lake.list("")]
    assert all(lake.get(key) == expected_lake.get(key) for key in keys)


def test_a_scan_that_spark_could_not_get_done_may_be_tried_again(session: SparkSession, tmp_path: Path) -> None:
    stage = SparkConvertStage(session, partial(BrokenStore, str(tmp_path)), "raw", "lake")
    with pytest.raises(TransientError, match="run the job again"):
        stage.scan([RawObject("landing/unlucky/x", 1, "")])


class BusyStore(FolderStore):
    """Is throttled."""

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        raise ThrottledError("slow down")


def test_a_scan_reports_a_stores_fault_from_that_of_a_lost_task(session: SparkSession, tmp_path: Path) -> None:
    stage = SparkConvertStage(session, partial(BusyStore, str(tmp_path)), "raw", "lake")
    with pytest.raises(ThrottledError, match="slow down"):
        stage.scan([RawObject("landing/x", 1, "")])


def test_nothing_to_do(session: SparkSession, tmp_path: Path) -> None:
    stage = SparkConvertStage(session, partial(FolderStore, str(tmp_path)), "raw", "lake")
    assert stage.sample([]) == []
    assert stage.scan([]) == []
    stage.convert([], lambda _: pytest.fail("there was nothing to do"))


def test_a_bundle_that_fails_does_not_stop_the_others(session: SparkSession, tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, 4)
    FolderStore(tmp_path, "raw").delete([bundles[1].objects[0].key])
    stage = SparkConvertStage(session, partial(FolderStore, str(tmp_path)), "raw", "lake")
    done: list[int] = []
    plan = TablePlan("text", TableSchema("t"))
    failures: list[BundleFailure] = []

    def take(result: BundleResult | BundleFailure) -> None:
        if isinstance(result, BundleFailure):
            failures.append(result)
        else:
            done.append(result.number)

    stage.convert([(bundle, plan) for bundle in bundles], take)
    assert sorted(done) == [0, 2, 3]
    assert [(failure.log_group, failure.number) for failure in failures] == [(bundles[1].log_group, 1)]
    assert "s-1/000000.gz does not exist" in failures[0].reason
    assert list(failures[0].unread) == [bundles[1].objects[0].key]
    assert stage.sample(bundles)[1] == SchemaSample("t", {}, {})


def test_what_spark_could_not_get_done_may_be_tried_again(session: SparkSession, tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, 1)
    unlucky = RawObject("exports/g/w/g0/task/unlucky/000000.gz", 1, "unlucky")
    failing = Bundle(**{**vars(bundles[0]), "number": 1, "objects": (unlucky,)})
    stage = SparkConvertStage(session, partial(BrokenStore, str(tmp_path)), "raw", "lake")
    done: list[int] = []
    plan = TablePlan("text", TableSchema("t"))
    with pytest.raises(TransientError, match="run the job again"):
        stage.convert([(failing, plan), (bundles[0], plan)], lambda result: done.append(result.number))
    assert done == [0]


def test_a_bundle_that_no_sample_can_be_taken_of_is_found_among_others(session: SparkSession, tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, 3)
    unlucky = RawObject("exports/g/w/g0/task/unlucky/000000.gz", 1, "unlucky")
    bundles[1] = replace(bundles[1], objects=(unlucky,))
    stage = SparkConvertStage(session, partial(BrokenStore, str(tmp_path)), "raw", "lake")
    plans, (failure,) = plan_tables(stage, MemoryLedger(), bundles)
    assert plans["t"].formats == ("json", "syslog")
    assert failure.number == 1
    assert "each check of it alone crashed: Spark gave up on a task" in failure.reason


def test_more_bundles_than_jobs_share_jobs(
    session: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loglake.spark.convert_stage.JOBS", 2)
    bundles = _bundles(tmp_path, 5)
    stage = SparkConvertStage(session, partial(FolderStore, str(tmp_path)), "raw", "lake")
    done: list[int] = []
    plan = TablePlan("text", TableSchema("t"))
    stage.convert([(bundle, plan) for bundle in bundles], lambda result: done.append(result.number))
    assert sorted(done) == [0, 1, 2, 3, 4]


class FullStore(FolderStore):
    """A lake whose disk is full."""

    def put_file(self, key: str, path: str) -> None:
        raise NoSpaceError("/lake can't be written: make room there, and run again.", "/lake")


def test_a_full_disk_is_named_and_spark_is_not_blamed(
    session: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bundle,) = _bundles(tmp_path, 1)
    work = [(bundle, TablePlan("text", TableSchema("t")))]
    stage = SparkConvertStage(session, partial(FullStore, str(tmp_path)), "raw", "lake")
    with pytest.raises(NoSpaceError, match=r"^/lake can't be written: make room there, and run again\.$"):
        stage.convert(work, lambda result: None)

    def full(*_: object) -> None:
        raise RuntimeError("java.io.IOException: No space left on device\n\tat java.base/sun.nio.ch")

    monkeypatch.setattr(session.sparkContext, "parallelize", full)
    folder = str(session.sparkContext._temp_dir)
    with pytest.raises(NoSpaceError, match=rf"^{folder} can't be written .* or set SPARK_LOCAL_DIRS to a folder on"):
        stage.convert(work, lambda result: None)
