from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loglake.spark.frames import table_frame

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


def test_the_session_works_in_utc(session: SparkSession) -> None:
    (row,) = session.sql("SELECT DATE(TIMESTAMP_MILLIS(1795305599999)) AS day").collect()
    assert row.day == date(2026, 11, 21)
