"""The scripts that Glue starts, run in this process with the arguments of the templates."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from support.gluelocal.ambient import point_at

from gluelocal.executor.jobs.arguments import script_arguments
from loglake.aws.system_clock import SystemClock
from loglake.core.ledger.row import WindowState
from loglake.core.schema.datasets import Datasets
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window
from loglake.entrypoints import convert_logs, export_logs
from loglake.errors import ConfigError
from loglake_cli.local.stack import LocalStack, StackSettings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# PySpark leaves the sockets of collect() to the garbage collector.
pytestmark = [
    pytest.mark.spark,
    pytest.mark.local,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

SHOP = LogGroupName("/app/shop")
MIDNIGHT = parse_instant("2026-11-21")
DAY = Window(MIDNIGHT, EpochMs(MIDNIGHT + MS_PER_DAY))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A deployment with a log group of three events."""
    with LocalStack(Datasets.for_groups([SHOP]), StackSettings(tmp_path_factory.mktemp("jobs")), SystemClock()) as made:
        events = [(MIDNIGHT + n, f'{{"level":"info","n":{n}}}') for n in range(3)]
        made.aws.log_store.load(SHOP, "web", events, SystemClock().now_ms())
        yield made


@pytest.fixture
def stack(deployed: LocalStack, session: SparkSession, monkeypatch: pytest.MonkeyPatch) -> LocalStack:
    """The deployment as AWS for this process and for Spark's workers."""
    point_at(deployed.aws, monkeypatch)
    for name, value in deployed.aws.environment().items():
        monkeypatch.setitem(session.sparkContext.environment, name, value)
    return deployed


def call(stack: LocalStack, job_name: str, monkeypatch: pytest.MonkeyPatch, without: str = "") -> None:
    """Starts a job's script as Glue would, perhaps without one of its arguments."""
    job = stack.model.jobs[job_name]
    given = {name: value for name, value in job.default_arguments.items() if name != without}
    monkeypatch.setattr(sys, "argv", ["script.py", *script_arguments(job, "jr_1", given)])
    monkeypatch.setenv("LOGLAKE_POLL_SECONDS", "0.1")
    (export_logs if job_name.endswith("export-logs") else convert_logs).main()


def test_what_one_script_exports_the_other_converts(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.put_request([SHOP], DAY)
    call(stack, "loglake-export-logs", monkeypatch)
    (row,) = stack.ledger.rows(SHOP)
    assert (row.state, row.newest.objects) == (WindowState.EXPORTED, 1)

    call(stack, "loglake-convert-logs", monkeypatch)
    (row,) = stack.ledger.rows(SHOP)
    assert row.state is WindowState.CONVERTED
    s3, lake = stack.client("s3"), stack.outputs["LakeBucket"]
    (item,) = s3.list_objects_v2(Bucket=lake, Prefix="tables/app_shop/dt=2026-11-21/")["Contents"]
    table = pq.read_table(io.BytesIO(s3.get_object(Bucket=lake, Key=item["Key"])["Body"].read()))
    assert table.column("n").to_pylist() == [0, 1, 2]


@pytest.mark.parametrize("job_name", ["loglake-export-logs", "loglake-convert-logs"])
def test_a_missing_argument_is_named_and_nothing_is_done(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch, job_name: str
) -> None:
    key, before = stack.put_request([SHOP], DAY), stack.ledger.rows(SHOP)
    with pytest.raises(ConfigError, match="--raw_bucket is missing"):
        call(stack, job_name, monkeypatch, without="--raw_bucket")
    assert stack.ledger.rows(SHOP) == before
    assert stack.client("s3").head_object(Bucket=stack.outputs["ControlBucket"], Key=key)
