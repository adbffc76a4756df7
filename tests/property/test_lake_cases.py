"""Random batches through Spark, the convert run and the crawler, read back by pyarrow, DuckDB and the local Athena.

A lake of 20 cases, each a table of its own; one case in fifty of ``--cases N``, in lakes of 20, where that is more::

    pytest tests/property/test_lake_cases.py --cases 5000
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F  # noqa: N812  (its usual name)
from support.fakes.stores import FolderStore
from support.gluelocal.crawled import Lake
from support.local.sparks import spark_of_tests

from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.kept.keep import export_stack
from loglake.aws.system_clock import SystemClock
from loglake.core.keys import group_slug
from loglake.core.ports.convert_stage import ConvertStage
from loglake.spark import read_logs
from loglake.spark.convert_stage import SparkConvertStage
from property.cases import Case
from property.crawled import CrawledLake, athena_rows, check_files, duckdb_rows
from property.generator import clean_case, wild_case
from property.lake_runs import LakeRun
from property.tables import typed_share

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SMALL = ("3", "America/Los_Angeles")
LARGE = ("100000", "UTC")
"""Rows of an Arrow batch, and the session's time zone: neither must matter."""

Factory = pytest.TempPathFactory

# PySpark leaves the sockets of collect() to the garbage collector.
pytestmark = [
    pytest.mark.spark,
    pytest.mark.local,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

CLEAN = 5
"""Every fifth case is a clean one."""


def _cases(seeds: range) -> list[Case]:
    return [clean_case(seed) if number % CLEAN == 0 else wild_case(seed) for number, seed in enumerate(seeds)]


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    with spark_of_tests("loglake-property") as spark:
        yield spark


@pytest.fixture(autouse=True)
def _no_garbage_for_others() -> Iterator[None]:
    """Collects PySpark's sockets while the filter for their warnings holds."""
    yield
    gc.collect()


@dataclass(frozen=True)
class Made:
    """The lake, once all batches are in it. `kept` is what the local Athena reads."""

    run: LakeRun
    root: Path
    crawled: CrawledLake
    kept: Path


@pytest.fixture(scope="module")
def made(session: SparkSession, request: pytest.FixtureRequest, tmp_path_factory: Factory) -> Iterator[Made]:
    """Each batch is converted with small Arrow batches and another time zone, compared with its events, and crawled."""
    root = tmp_path_factory.mktemp("lake")
    _configure(session, *SMALL)
    run = LakeRun(root, _cases(request.param), partial(_spark_stage, session))
    with EmbeddedAws(SystemClock()) as aws:
        crawled = CrawledLake(Lake(aws.client("s3"), aws.client("glue")), run.lake)
        for number in range(run.batches):
            run.convert(number)
            run.check_batch(number)
            crawled.crawl()
        export_stack(aws, root / "kept")
        yield Made(run, root, crawled, root / "kept")


def _configure(session: SparkSession, arrow_batch: str, time_zone: str) -> None:
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", arrow_batch)
    session.conf.set("spark.sql.session.timeZone", time_zone)


def _spark_stage(session: SparkSession, root: Path) -> ConvertStage:
    return SparkConvertStage(lambda: session.sparkContext, partial(FolderStore, str(root)), "raw", "lake")


def test_every_value_comes_back(made: Made, lake_case: int) -> None:
    table = made.run.tables[lake_case]
    columns, keys = made.crawled.history[table.name][-1], made.crawled.keys(table.name)
    made.run.check_all(table, dict(athena_rows(made.kept, table.name, columns, keys)))
    made.run.check_all(table, dict(duckdb_rows(made.root / "lake/tables" / table.name, columns, keys)))


def test_every_file_is_readable_under_the_catalogs_schema(made: Made) -> None:
    for table in made.run.tables:
        folder, columns = made.root / "lake", made.crawled.history[table.name][-1]
        rows = check_files(folder, table.name, columns, made.crawled.partitions(table.name))
        assert rows == table.accounting.rows_out


def test_no_type_in_the_catalog_ever_changes(made: Made) -> None:
    for table in made.run.tables:
        history = made.crawled.history[table.name]
        for before, after in zip(history, history[1:], strict=False):
            assert before.items() <= after.items()
            assert list(after)[: len(before)] == list(before)
        parsed = {column.name: column.kind for column in table.columns[-1]}
        assert parsed.items() <= history[-1].items()


def test_clean_data_is_all_in_typed_columns(made: Made) -> None:
    for table in made.run.tables[::CLEAN]:
        assert (table.accounting.quarantined, table.accounting.rescued_values) == (0, 0)
        assert typed_share(table.case, table.in_columns) >= 0.99


def test_arrow_batch_size_and_time_zone_never_change_the_output(
    made: Made, session: SparkSession, tmp_path: Path
) -> None:
    _configure(session, *LARGE)
    other = LakeRun(tmp_path, [table.case for table in made.run.tables], partial(_spark_stage, session))
    for number in range(other.batches):
        other.convert(number)
    for prefix in ("tables/", "quarantine/"):
        keys = [info.key for info in made.run.lake.list(prefix)]
        assert keys == [info.key for info in other.lake.list(prefix)]
        assert all(made.run.lake.get(key) == other.lake.get(key) for key in keys)


def test_frames_of_events_do_not_depend_on_them_either(made: Made, session: SparkSession) -> None:
    table = made.run.tables[1]
    folder = made.root / "raw" / "exports" / group_slug(table.log_group)
    frames = []
    for conf in (SMALL, LARGE):
        _configure(session, *conf)
        frame = read_logs(session, str(folder)).withColumn("event_time", F.unix_millis("event_time"))
        frames.append([tuple(row) for row in frame.collect()])
    assert frames[0] == frames[1]
    events = [event for batch in table.case.batches for file in batch.files for event in file.events]
    raw = frame.columns.index("raw")
    found = [(row[0], row[raw]) for row in frames[0]]
    assert sorted(found) == sorted((event.ms, event.text) for event in events)
