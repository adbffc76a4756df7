from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import functions as F  # noqa: N812  (its usual name)

from loglake.errors import NotFoundError
from loglake.spark.frames import events_frame, table_frame

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# PySpark leaves the sockets of collect() to the garbage collector.
pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]


def _parquet(path: Path, columns: dict[str, list[object]]) -> None:
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table(columns), path)


def test_a_table_keeps_its_partition_keys_as_strings(spark: SparkSession, tmp_path: Path) -> None:
    _parquet(tmp_path / "t/dt=2026-11-21/hour=08/a.parquet", {"n": [1]})
    _parquet(tmp_path / "t/dt=2026-11-22/hour=09/b.parquet", {"n": [2], "added": ["x"]})
    frame = table_frame(spark, str(tmp_path / "t"))
    assert [(name, kind) for name, kind in frame.dtypes] == [
        ("n", "bigint"),
        ("added", "string"),
        ("dt", "string"),
        ("hour", "string"),
    ]
    rows = [tuple(row) for row in frame.orderBy("n").collect()]
    assert rows == [(1, None, "2026-11-21", "08"), (2, "x", "2026-11-22", "09")]


def test_exported_objects_as_a_frame(spark: SparkSession, tmp_path: Path) -> None:
    stream = tmp_path / "exports/task/web-a"
    stream.mkdir(parents=True)
    first, second = stream / "000000.gz", stream / "000001.gz"
    first.write_bytes(
        gzip.compress(
            b"no event\n"
            b'2026-11-21T08:30:00.123Z {"message": "json", "level": "warn"}\n'
            b"2026-11-21T08:30:00.124Z two\nlines\n"
        )
    )
    second.write_bytes(gzip.compress(b"2026-11-21T23:59:59.999Z [ERROR] late\n"))
    (tmp_path / "exports/aws-logs-write-test").write_bytes(b"Permission Check Successful")
    frame = events_frame(spark, str(tmp_path / "exports"))
    rows = frame.drop("event_time").collect()
    assert [tuple(row) for row in rows] == [
        ("web-a", "json", "WARN", '{"message": "json", "level": "warn"}', str(first), 2),
        ("web-a", "two\nlines", None, "two\nlines", str(first), 3),
        ("web-a", "[ERROR] late", "ERROR", "[ERROR] late", str(second), 1),
    ]
    millis = [row[0] for row in frame.select(F.unix_millis("event_time")).collect()]
    assert millis == [1795249800123, 1795249800124, 1795305599999]


def test_no_exported_objects(session: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no \.gz files"):
        events_frame(session, str(tmp_path))


def test_the_session_works_in_utc(session: SparkSession) -> None:
    (row,) = session.sql("SELECT DATE(TIMESTAMP_MILLIS(1795305599999)) AS day").collect()
    assert row.day == date(2026, 11, 21)
