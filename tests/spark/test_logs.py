"""Logs as a DataFrame and as a Spark data source: the rows that a table would have."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pyarrow as pa
import pyspark
import pytest
from pyspark.sql import functions as F  # noqa: N812  (its usual name)
from support.worlds.landed import landed_event, payload

import loglake.spark
from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake.aws.system_clock import SystemClock
from loglake.errors import ConfigError, NotFoundError, UnreadableError
from loglake.kernels.arrow import pc
from loglake.kernels.readers.events import Origin
from loglake.kernels.readers.raw_objects import OriginEvents, Origins
from loglake.spark import read_logs
from loglake.spark.logs import register
from loglake_cli.testing.events import EventsFactory
from loglake_cli.testing.spark import quiet_session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# PySpark leaves the sockets of collect() to the garbage collector.
pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]
needs_spark_4 = pytest.mark.skipif(pyspark.__version__.startswith("3."), reason="Spark 4 has data sources in Python")

TASK = "8d5a1d0c-6f0e-4b39-9c55-2f9d3b5f7a10"
HOUR_MS = 1_795_248_000_000  # 2026-11-21T08:00:00Z


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports of one log group, a payload of two others, and a plain log file."""
    root = tmp_path_factory.mktemp("logs")
    stream = root / f"exports/{TASK}/web-a"
    stream.mkdir(parents=True)
    (root / "exports/aws-logs-write-test").write_bytes(b"Permission Check Successful")
    lines = [
        b"no event\n",
        b'2026-11-21T08:30:00.123Z {"message": "json", "level": "warn", "user": {"id": 7}}\n',
        b"2026-11-21T08:30:00.124Z two\nlines\n",
    ]
    (stream / "000000.gz").write_bytes(gzip.compress(b"".join(lines)))
    (stream / "000001.gz").write_bytes(gzip.compress(b'2026-11-21T23:59:59.999Z {"user": {"id": "x"}}\n'))
    landing = root / "landing"
    landing.mkdir()
    for number, group in enumerate(("/app/pay", "/app/shop")):
        events = [landed_event(10 * number + each, HOUR_MS + each, f"{group} {each}") for each in range(3)]
        (landing / f"part-{number}").write_bytes(payload(group, events))
    return root


def rows(frame: DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame.select(*columns).collect()]


def test_events_are_the_rows_of_a_table(spark: SparkSession, logs: Path) -> None:
    frame = read_logs(spark, str(logs / "exports"), log_group="/app/web")
    assert [(name, kind) for name, kind in frame.dtypes] == [
        ("event_time", "timestamp"),
        ("log_time", "timestamp"),
        *((name, "string") for name in ("log_account", "log_group", "log_stream")),
        *((name, "string") for name in ("message", "level", "raw", "user_id", "_rescued")),
        ("_source", "string"),
        ("_line", "bigint"),
        ("_event_id", "string"),
    ]
    assert rows(frame, "log_group", "log_stream", "message", "level", "user_id", "_source", "_line") == [
        ("/app/web", "web-a", "json", "WARN", "7", f"{TASK}/web-a/000000.gz", 2),
        ("/app/web", "web-a", "two\nlines", None, None, f"{TASK}/web-a/000000.gz", 3),
        ("/app/web", "web-a", None, None, "x", f"{TASK}/web-a/000001.gz", 1),
    ]
    assert rows(frame, F.unix_millis("event_time")) == [(1795249800123,), (1795249800124,), (1795305599999,)]  # type: ignore[arg-type]


def test_types_that_are_named_and_a_transformation(session: SparkSession, logs: Path) -> None:
    def clean(batch: pa.RecordBatch) -> pa.RecordBatch:
        batch = batch.filter(pc.is_null(batch["_rescued"]))
        return batch.set_column(batch.schema.get_field_index("team"), "team", pc.utf8_upper(batch["log_group"]))

    types = {"user.id": "bigint", "team": "string"}
    frame = read_logs(session, str(logs / "exports"), format="json", types=types, transform=clean)
    assert rows(frame, "user_id", "team") == [(7, "EXPORTS"), (None, "EXPORTS")]


def test_what_cant_be_read_is_refused_at_once(session: SparkSession, logs: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no folder /nowhere: name one with exports or log files"):
        read_logs(session, "/nowhere")
    with pytest.raises(ConfigError, match="holds no exported objects"):
        read_logs(session, str(tmp_path))
    with pytest.raises(ConfigError, match="format: 'xml' is not known"):
        read_logs(session, str(logs), format="xml")
    with pytest.raises(ConfigError, match="types: n: 'int' must be one of boolean, bigint"):
        read_logs(session, str(logs), types={"n": "int"})
    (tmp_path / "gone.log").symlink_to(tmp_path / "nothing")
    with pytest.raises(UnreadableError, match=r"gone\.log is a link, not a file\."):
        read_logs(session, str(tmp_path))
    with pytest.raises(AttributeError, match="has no attribute 'read_log'"):
        loglake.spark.read_log  # noqa: B018  # type: ignore[attr-defined]


def test_log_files_and_hidden_ones(session: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("2026-11-21 10:00:00 ERROR late\n")
    (tmp_path / ".hidden").write_text("x")
    frame = read_logs(session, str(tmp_path), timezone="Europe/Berlin")
    assert rows(frame, "log_stream", "level", F.unix_millis("event_time")) == [("app.log", "ERROR", 1795251600000)]  # type: ignore[arg-type]


@pytest.fixture
def bucket(logs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The same objects in S3; tasks run in processes that started before, so they get the address with the request."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the credentials that an earlier test had
    with EmbeddedAws(SystemClock()) as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="raw")
        for path in logs.rglob("*"):
            if path.is_file():
                s3.put_object(Bucket="raw", Key=path.relative_to(logs).as_posix(), Body=path.read_bytes())
        yield "s3://raw"


@needs_spark_4
def test_the_data_source_reads_the_same_by_sql_and_uses_filters(session: SparkSession, logs: Path) -> None:
    register(session)
    path = str(logs / "landing")
    session.sql(f"CREATE OR REPLACE TEMPORARY VIEW landed USING cloudwatch_logs OPTIONS (path '{path}', tasks '2')")
    everything = rows(session.sql("SELECT log_group, raw, _event_id FROM landed ORDER BY ALL"), "*")
    assert everything == sorted(rows(read_logs(session, path), "log_group", "raw", "_event_id"))
    assert len(everything) == 6
    frame = session.read.format("cloudwatch_logs").load(path)
    second = datetime.fromtimestamp((HOUR_MS + 1) / 1000, timezone.utc)
    for condition, expected in (
        ((F.col("event_time") >= second) & F.col("log_group").isin("/app/shop", "/none"), 2),
        ((F.col("event_time") <= second) & (F.col("log_group") != "/app/pay") & F.col("raw").contains("0"), 1),
    ):
        assert frame.filter(condition).count() == expected, condition


@needs_spark_4
def test_what_filters_leave_out_is_not_decoded() -> None:
    from pyspark.sql import datasource  # noqa: PLC0415  (Spark 4 alone has them)

    from loglake.spark.logs_source import CloudWatchLogsReader  # noqa: PLC0415

    group, time, second = ("log_group",), ("event_time",), datetime(1970, 1, 1, 0, 0, 0, 2000, timezone.utc)
    for name, attribute, value, expected in (
        ("EqualTo", group, "/a", "xy"),
        ("In", group, ("/b", "/c"), "z"),
        ("StringStartsWith", group, "/", "xyz"),
        ("EqualTo", time, second, "y"),
        ("GreaterThan", time, second, "z"),
        ("GreaterThanOrEqual", time, second, "yz"),
        ("LessThan", time, second, "x"),
        ("LessThanOrEqual", time, second, "xy"),
        ("LessThan", time, "no time", "xyz"),
        ("EqualTo", ("raw",), "x", "xyz"),
    ):
        given = [getattr(datasource, name)(attribute, value), datasource.IsNotNull(time)]
        fake = _Reader()
        reader = CloudWatchLogsReader(fake)  # type: ignore[arg-type]
        assert list(reader.pushFilters(list(given))) == given  # Spark looks once more
        list(reader.read(*reader.partitions()))
        assert "".join(fake.asked) == expected, (name, attribute)


class _Reader:
    """Three events each of two log groups; it notes the events that are asked for."""

    bundles = 1

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, _number: int, wanted: Any) -> Iterator[pa.RecordBatch]:
        origins = Origins()
        for group in ("/a", "/b"):
            origins.number(Origin("k", group, "s"))
        columns: list[Any] = [pa.array([1, 2, 3]), pa.array([0, 0, 1], pa.int32()), pa.array(["x", "y", "z"])]
        events = pa.RecordBatch.from_arrays(columns, names=["event_time", "origin", "raw"])
        self.asked += wanted(OriginEvents(events, ()), origins)["raw"].to_pylist()
        return iter(())


@needs_spark_4
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"file": "x"}, "cloudwatch_logs has no option file: it takes path"),
        ({}, "cloudwatch_logs needs the option path"),
    ],
)
def test_options_of_the_data_source(session: SparkSession, options: dict[str, str], said: str) -> None:
    register(session)
    with pytest.raises(Exception, match=said):
        session.read.format("cloudwatch_logs").options(**options).load()


def test_spark_3_has_no_data_source(session: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyspark, "__version__", "3.5.6")
    with pytest.raises(
        ConfigError, match=r"Spark 3\.5\.6 has no data sources in Python: use loglake\.spark\.read_logs"
    ):
        register(session)


def test_a_bucket_is_read(bucket: str, logs: Path) -> None:
    """Uses a task's own code, because the workers of the shared Spark started before the bucket existed."""
    from loglake.spark.logs_reader import open_logs  # noqa: PLC0415

    reader = open_logs(f"{bucket}/landing", 2)
    batches = [batch for number in range(reader.bundles) for batch in reader.read(number, lambda item, _: item.batch)]
    found = sorted(row["raw"] for batch in batches for row in batch.to_pylist())
    assert found == sorted(f"{group} {each}" for group in ("/app/pay", "/app/shop") for each in range(3))
    with pytest.raises(NotFoundError):
        open_logs("s3://nothing/here", 2)


def test_the_session_of_the_plugin_is_the_one_that_runs(session: SparkSession) -> None:
    """The session stays, and a test's rows become a DataFrame in it."""
    with quiet_session() as spark:
        events = EventsFactory(None)([{"n": 1, "share": 0.5}, "text"]).frame(spark)
    assert rows(events, "n", "share", "message", "level") == [
        (1, 0.5, None, None),
        (None, None, "text", None),
    ]
    assert spark is session
