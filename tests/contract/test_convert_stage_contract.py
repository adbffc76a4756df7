"""One behaviour suite for both engines that run the kernels: Spark and a pool of processes."""

from __future__ import annotations

import gc
import gzip
import json
import pickle
import platform
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.fakes.bad_stores import BrokenStore, BuggyStore, BusyStore, FullStore
from support.fakes.fakes import MemoryLedger
from support.fakes.stores import FolderStore
from support.local.sparks import spark_of_tests

from loglake.aws.runtime import runtime
from loglake.core.compaction.decision import Merge, MergeFailure, MergeOutput, Slice
from loglake.core.keys import decision_name
from loglake.core.landing.objects import ScanFailure
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.contract import Contract, Mode
from loglake.core.schema.conversion import BundleFailure, BundleResult, SchemaSample, TablePlan
from loglake.core.schema.format_choice import choose_formats, fields_of
from loglake.core.schema.redaction import Redaction
from loglake.core.schema.schema import TableSchema, grow
from loglake.core.schema.sharing import groups_of
from loglake.core.units import MS_PER_HOUR, LogGroupName, format_instant, parse_instant
from loglake.core.windows import Window
from loglake.errors import NoSpaceError, ThrottledError, TransientError
from loglake.kernels.convert import convert_bundle
from loglake.kernels.parquet.merge import merge_files
from loglake.kernels.redact.hashes import hashed
from loglake.kernels.sample import sample_bundle
from loglake.kernels.scan import scan_object
from loglake.kernels.stage.messages import Kind, Task
from loglake.kernels.stage.shared import convert_together
from loglake.kernels.stage.tasks import keyed
from loglake.pipelines.schema_plan import plan_tables
from loglake.pool.convert_stage import pool_stage
from loglake.spark.convert_stage import SparkConvertStage

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from loglake.core.ports.convert_stage import ConvertStage

# PySpark leaves the sockets of collect() to the garbage collector.
pytestmark = [
    pytest.mark.contract,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

ENGINES = [
    pytest.param("pool"),
    pytest.param("spark", marks=pytest.mark.spark),
    pytest.param("spark, batches of 3, Los Angeles", marks=pytest.mark.spark),
]
MATTER_NOT = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": "3",
    "spark.sql.session.timeZone": "America/Los_Angeles",
}

OpenStage = Callable[..., "ConvertStage"]
"""Makes a stage of a class of stores."""

DAY = parse_instant("2026-11-21")
DECISION = decision_name(DAY, "a run")
SYSLOG = "<34>Nov 21 08:00:02 web1 sshd[100]: session opened"


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


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    with spark_of_tests("loglake-contract") as spark:
        yield spark


@pytest.fixture(params=ENGINES)
def open_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStage]:
    """A stage on the buckets ``raw`` and ``lake`` in the test's folder. Spark gets settings that must not matter."""
    with ExitStack() as closing:
        if request.param == "pool":
            yield lambda store=FolderStore, workers=1, redact_key=b"": closing.enter_context(
                pool_stage(partial(store, str(tmp_path)), "raw", "lake", workers, redact_key=redact_key)
            )
            return
        session: SparkSession = request.getfixturevalue("session")
        before = {name: session.conf.get(name) for name in MATTER_NOT}
        for name, value in MATTER_NOT.items() if "batches" in request.param else []:
            session.conf.set(name, value)
        yield lambda store=FolderStore, workers=1, redact_key=b"": SparkConvertStage(
            lambda: session.sparkContext, partial(store, str(tmp_path)), "raw", "lake", redact_key=redact_key
        )
        for name, earlier in before.items():
            session.conf.set(name, str(earlier))
        gc.collect()  # PySpark's sockets, while the filter for their warnings holds


def test_workers_have_the_key_of_hashes_and_messages_to_them_do_not(open_stage: OpenStage, tmp_path: Path) -> None:
    key = b"the key of hashes, in memory only"
    rules = Redaction.from_json([{"field": "who.id", "action": "hash"}])
    (bundle,) = (replace(each, redact=rules.keyed(key)) for each in _bundles(tmp_path, 1))
    assert key not in pickle.dumps(Task(Kind.SAMPLE, bundle))
    stage = open_stage(redact_key=key)
    (sample,) = stage.sample([bundle])
    assert isinstance(sample, SchemaSample)
    results: list[BundleResult | BundleFailure] = []
    stage.convert([(bundle, _plan([sample]))], results.append)
    (result,) = results
    assert isinstance(result, BundleResult)
    assert result.accounting.redacted == {"who_id": 50}
    (staged,) = result.files
    rows = pq.read_table(tmp_path / "lake" / staged.staged_key).column("who_id").to_pylist()
    assert {*rows} == {hashed("who_id", "0", key), None}


def test_an_engine_gives_what_the_kernels_give(open_stage: OpenStage, tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, 5)
    stage = open_stage(workers=2)
    raw, expected_lake = FolderStore(tmp_path, "raw"), FolderStore(tmp_path, "expected")
    samples = stage.sample(bundles)
    assert samples == [sample_bundle(bundle, raw) for bundle in bundles]

    plan = _plan([schema_sample for schema_sample in samples if isinstance(schema_sample, SchemaSample)])
    columns = tuple(column for column in plan.schema.columns if column.name != "ms")
    plan = replace(plan, schema=replace(plan.schema, columns=columns))
    modes = dict(enumerate((Mode.FREEZE, Mode.DISCARD_ROW)))
    bundles = [replace(each, contract=Contract(modes.get(each.number, Mode.EVOLVE))) for each in bundles]
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
    assert [result.accounting.violations for result in results] == [50, 100, 0, 0, 0]
    assert [result.accounting.quarantined for result in results] == [0, 100, 0, 0, 0]
    lake = FolderStore(tmp_path, "lake")
    keys = [info.key for info in lake.list("")]
    assert keys == [info.key for info in expected_lake.list("")]
    assert all(lake.get(key) == expected_lake.get(key) for key in keys)


def test_small_bundles_of_a_decision_are_converted_together(open_stage: OpenStage, tmp_path: Path) -> None:
    key = b"the key of hashes"
    rules = Redaction.from_json([{"field": "who.id", "action": "hash"}])
    bundles = [replace(each, key_prefix="g/w", attempt=DECISION, redact=rules) for each in _bundles(tmp_path, 4)]
    raw, expected_lake = FolderStore(tmp_path, "raw"), FolderStore(tmp_path, "expected")
    raw.delete([bundles[1].objects[0].key])
    plan = _plan([sample_bundle(keyed(bundles[0], key), raw)])
    results: list[BundleResult | BundleFailure] = []
    open_stage(redact_key=key).convert([(bundle, plan) for bundle in reversed(bundles)], results.append)
    (group,) = groups_of([(keyed(bundle, key), plan) for bundle in bundles])
    assert results == convert_together(group, raw, expected_lake)
    assert [type(each) for each in results] == [*[BundleResult] * 3, BundleFailure]
    lake = FolderStore(tmp_path, "lake")
    (info,) = lake.list("")
    assert lake.get(info.key) == expected_lake.get(info.key)


def test_files_are_merged_as_the_kernel_does(open_stage: OpenStage, tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, 4)
    raw, lake = FolderStore(tmp_path, "raw"), FolderStore(tmp_path, "lake")
    schema_sample = sample_bundle(bundles[0], raw)
    plan = _plan([schema_sample])
    files = [staged for bundle in bundles for staged in convert_bundle(bundle, plan, raw, lake).files]
    slices = [Slice(staged.staged_key, 0, staged.rows, staged.rows) for staged in files]
    stage = open_stage()
    work = [Merge(plan.schema, (MergeOutput("staging/one", tuple(slices)),))]
    gone = Merge(plan.schema, (MergeOutput("staging/two", (Slice("tables/gone", 0, 1, 1),)),))
    made, failure = stage.merge([*work, gone])
    staged = lake.get("staging/one")
    assert made == merge_files(work[0], lake)
    assert staged == lake.get("staging/one")
    assert isinstance(made, list)
    assert [file.rows for file in made] == [sum(staged.rows for staged in files)]
    assert isinstance(failure, MergeFailure)
    assert "tables/gone does not exist" in failure.reason
    assert stage.merge([]) == []


def test_landed_objects_are_scanned_as_the_kernel_does(open_stage: OpenStage, tmp_path: Path) -> None:
    raw, expected_lake = FolderStore(tmp_path, "raw"), FolderStore(tmp_path, "expected")
    objects = []
    for n in range(20):
        lines = f"no timestamp {n}\n" + "".join(f"{format_instant(DAY + n * MS_PER_HOUR)} line\n" for _ in range(n))
        raw.put(f"landing/log_group=%2Fg/{n:02d}", gzip.compress(lines.encode()))
        objects.append(RawObject(f"landing/log_group=%2Fg/{n:02d}", 1, ""))
    gone = RawObject("landing/gone", 1, "")
    stage = open_stage()
    *scans, failure = stage.scan([*objects, gone])
    assert scans == [scan_object(each, raw, expected_lake) for each in objects]
    assert isinstance(failure, ScanFailure)
    assert (failure.raw, "landing/gone does not exist" in failure.reason) == (gone, True)
    lake = FolderStore(tmp_path, "lake")
    keys = [info.key for info in lake.list("quarantine/_landing/")]
    assert len(keys) == 20
    assert keys == [info.key for info in expected_lake.list("")]
    assert all(lake.get(key) == expected_lake.get(key) for key in keys)


def test_a_scan_that_could_not_be_done_may_be_tried_again(open_stage: OpenStage, tmp_path: Path) -> None:
    stage = open_stage(BrokenStore)
    with pytest.raises(TransientError, match=r"run the job again|A task failed: TransientError: broken connection"):
        stage.scan([RawObject("landing/unlucky/x", 1, "")])


def test_a_scan_reports_a_stores_fault_from_that_of_a_lost_task(open_stage: OpenStage, tmp_path: Path) -> None:
    stage = open_stage(BusyStore)
    with pytest.raises(ThrottledError, match="slow down"):
        stage.scan([RawObject("landing/x", 1, "")])


def test_nothing_to_do(open_stage: OpenStage, tmp_path: Path) -> None:
    stage = open_stage()
    assert stage.sample([]) == []
    assert stage.scan([]) == []
    stage.convert([], lambda _: pytest.fail("there was nothing to do"))


def test_a_bundle_that_fails_does_not_stop_the_others(open_stage: OpenStage, tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, 4)
    FolderStore(tmp_path, "raw").delete([bundles[1].objects[0].key])
    stage = open_stage(workers=2)
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


def test_what_could_not_be_done_may_be_tried_again(open_stage: OpenStage, tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, 1)
    unlucky = RawObject("exports/g/w/g0/task/unlucky/000000.gz", 1, "unlucky")
    failing = Bundle(**{**vars(bundles[0]), "number": 1, "objects": (unlucky,)})
    stage = open_stage(BrokenStore)
    done: list[int] = []
    plan = TablePlan("text", TableSchema("t"))
    with pytest.raises(TransientError, match=r"run the job again|A task failed: TransientError: broken connection"):
        stage.convert([(failing, plan), (bundles[0], plan)], lambda result: done.append(result.number))
    assert done == [0]


def test_what_stops_a_task_of_many_bundles_leaves_the_others(open_stage: OpenStage, tmp_path: Path) -> None:
    bundles = [replace(each, key_prefix="g/w", attempt=DECISION) for each in _bundles(tmp_path, 3)]
    unlucky = RawObject("exports/g/w/g0/task/unlucky/000000.gz", 1, "unlucky")
    bundles[1] = replace(bundles[1], objects=(unlucky,))
    done: dict[int, BundleResult | BundleFailure] = {}
    plan = TablePlan("text", TableSchema("t"))
    with pytest.raises(TransientError, match="broken connection"):
        open_stage(BrokenStore).convert(
            [(each, plan) for each in bundles], lambda each: done.update({each.number: each})
        )
    assert sorted(done) == [0, 2]
    assert not any(file.within for each in done.values() if isinstance(each, BundleResult) for file in each.files)


def test_a_stores_fault_does_not_take_a_task_of_many_bundles_apart(open_stage: OpenStage, tmp_path: Path) -> None:
    bundles = [replace(each, key_prefix="g/w", attempt=DECISION) for each in _bundles(tmp_path, 2)]
    with pytest.raises(ThrottledError, match="slow down"):
        open_stage(BusyStore).convert(
            [(each, TablePlan("text", TableSchema("t"))) for each in bundles], lambda _: pytest.fail("no result")
        )


def test_a_bundle_that_no_sample_can_be_taken_of_is_found_among_others(open_stage: OpenStage, tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, 3)
    unlucky = RawObject("exports/g/w/g0/task/unlucky/000000.gz", 1, "unlucky")
    bundles[1] = replace(bundles[1], objects=(unlucky,))
    stage = open_stage(BrokenStore)
    plans, (failure,) = plan_tables(stage, MemoryLedger(), bundles)
    assert plans["t"].formats == ("json", "syslog")
    assert failure.number == 1
    assert "each check of it alone crashed: " in failure.reason


def test_a_full_disk_is_named(open_stage: OpenStage, tmp_path: Path) -> None:
    (bundle,) = _bundles(tmp_path, 1)
    stage = open_stage(FullStore)
    with pytest.raises(NoSpaceError, match=r"^/lake can't be written: make room there, and run again\.$"):
        stage.convert([(bundle, TablePlan("text", TableSchema("t")))], lambda result: None)


def test_a_bug_is_no_lost_task_and_stops_no_other(open_stage: OpenStage, tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, 2)
    plan = TablePlan("text", TableSchema("t"))
    with pytest.raises(TransientError, match=r"RuntimeError: .* is odd"):
        open_stage(BuggyStore).convert([(bundle, plan) for bundle in bundles], lambda result: pytest.fail("no result"))


def test_what_a_caller_raises_comes_out(open_stage: OpenStage, tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, 2)
    stage = open_stage()
    plan = TablePlan("text", TableSchema("t"))

    def refuse(result: BundleResult | BundleFailure) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stage.convert([(bundle, plan) for bundle in bundles], refuse)


@pytest.mark.spark
def test_spark_says_what_its_workers_run_on_and_whose_disk_is_full(
    session: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bundle,) = _bundles(tmp_path, 1)
    spark, store = (lambda: session.sparkContext), partial(FolderStore, str(tmp_path))
    stage = SparkConvertStage(spark, store, "raw", "lake", describe=dict)
    stage.sample([bundle])
    assert stage.described == []
    stage = SparkConvertStage(spark, store, "raw", "lake", describe=runtime)
    stage.sample([bundle, bundle])
    assert [each["python"] for each in stage.described] == [platform.python_version()]

    def full(*_: object) -> None:
        raise RuntimeError("java.io.IOException: No space left on device\n\tat java.base/sun.nio.ch")

    monkeypatch.setattr(session.sparkContext, "parallelize", full)
    folder = str(session.sparkContext._temp_dir)
    with pytest.raises(NoSpaceError, match=rf"^{folder} can't be written .* or set SPARK_LOCAL_DIRS to a folder on"):
        stage.convert([(bundle, TablePlan("text", TableSchema("t")))], lambda result: None)


@pytest.mark.spark
def test_sparks_workers_import_pandas_only_if_a_transformation_may_want_it(
    session: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bundle,) = _bundles(tmp_path, 1)
    found: dict[bool, dict[str, str]] = {}

    def after_an_array() -> dict[str, str]:
        pa.array([1])  # pandas is imported when the first one is made
        return {"pandas": str("pandas" in sys.modules)}

    for pandas in (True, False):
        # Spark 4 uses workers again for tasks of the same environment.
        monkeypatch.setitem(session.sparkContext.environment, "LOGLAKE_PANDAS", str(pandas))
        stage = SparkConvertStage(
            lambda: session.sparkContext,
            partial(FolderStore, str(tmp_path)),
            "raw",
            "lake",
            describe=after_an_array,
            pandas=pandas,
        )
        stage.sample([bundle])
        found[pandas] = stage.described[-1]
    assert found == {True: {"pandas": "True"}, False: {"pandas": "False"}}
