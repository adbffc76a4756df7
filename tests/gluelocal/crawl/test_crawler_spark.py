"""A crawl of Spark's output, with partition folders, _SUCCESS and checksum files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from support.fakes.interrupts import interrupts_kept

from gluelocal.crawl.crawler import crawl

pytestmark = pytest.mark.spark

SQL = """SELECT CAST(id AS TINYINT) tiny, CAST(id AS SMALLINT) small, CAST(id AS INT) plain, id big,
  CAST(1.5 AS FLOAT) f, CAST(1.5 AS DOUBLE) d, CAST('12.34' AS DECIMAL(8,2)) m, CAST('12.34' AS DECIMAL(30,10)) wide,
  TRUE b, 'x' s, CAST('x' AS BINARY) bin, DATE'2026-01-01' day, TIMESTAMP'2026-01-01 00:00:00' ts,
  TIMESTAMP_NTZ'2026-01-01 00:00:00' ntz, ARRAY(1, 2) arr, MAP('k', 1L) mp,
  NAMED_STRUCT('Id', 1, 'tags', ARRAY(NAMED_STRUCT('k', 'v'))) st, '2026-11-21' dt, id % 2 hour
FROM range(4)"""


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    with interrupts_kept():
        session = (
            SparkSession.builder.master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.session.timeZone", "UTC")
            .getOrCreate()
        )
    yield session
    session.stop()


@pytest.mark.parametrize("timestamps", ["INT96", "TIMESTAMP_MICROS"])
def test_files_by_spark(spark: SparkSession, s3: Any, glue: Any, tmp_path: Path, timestamps: str) -> None:
    spark.conf.set("spark.sql.parquet.outputTimestampType", timestamps)
    spark.sql(SQL).write.partitionBy("dt", "hour").parquet(str(tmp_path / "app"))
    s3.create_bucket(Bucket="lake")
    for file in (tmp_path / "app").rglob("*"):
        if file.is_file():
            s3.upload_file(str(file), "lake", f"tables/{file.relative_to(tmp_path)}")
    properties = {
        "Name": "crawl-lake",
        "DatabaseName": "logs",
        "Targets": {"S3Targets": [{"Path": "s3://lake/tables/", "Exclusions": ["**.crc"]}]},
        "Configuration": json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 3}}),
    }
    result = crawl(properties, s3, glue, 0)

    assert result.tables == ("app",)
    assert result.files_ignored == 0
    table = glue.get_table(DatabaseName="logs", Name="app")["Table"]
    assert {c["Name"]: c["Type"] for c in table["StorageDescriptor"]["Columns"]} == {
        "tiny": "tinyint",
        "small": "smallint",
        "plain": "int",
        "big": "bigint",
        "f": "float",
        "d": "double",
        "m": "decimal(8,2)",
        "wide": "decimal(30,10)",
        "b": "boolean",
        "s": "string",
        "bin": "binary",
        "day": "date",
        "ts": "timestamp",
        "ntz": "timestamp",
        "arr": "array<int>",
        "mp": "map<string,bigint>",
        "st": "struct<id:int,tags:array<struct<k:string>>>",
    }
    assert table["PartitionKeys"] == [{"Name": "dt", "Type": "string"}, {"Name": "hour", "Type": "string"}]
    assert table["Parameters"]["recordCount"] == "4"
    partitions = glue.get_partitions(DatabaseName="logs", TableName="app")["Partitions"]
    assert sorted(p["Values"] for p in partitions) == [["2026-11-21", "0"], ["2026-11-21", "1"]]
