"""Types and schemas of Parquet files that pyarrow and DuckDB write."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from support.gluelocal.crawled import LAKE, Lake

pytestmark = pytest.mark.local


def test_maps_every_type(lake: Lake) -> None:
    lake.put(
        "tables/types/x.parquet",
        {
            "i8": pa.array([1], pa.int8()),
            "i16": pa.array([1], pa.int16()),
            "i32": pa.array([1], pa.int32()),
            "i64": pa.array([1], pa.int64()),
            "u8": pa.array([1], pa.uint8()),
            "u16": pa.array([1], pa.uint16()),
            "u32": pa.array([1], pa.uint32()),
            "u64": pa.array([1], pa.uint64()),
            "f32": pa.array([1], pa.float32()),
            "f64": pa.array([1], pa.float64()),
            "truth": [True],
            "text": ["x"],
            "large": pa.array(["x"], pa.large_string()),
            "coded": pa.array(["x"]).dictionary_encode(),
            "day": [date(2026, 1, 1)],
            "naive": pa.array([1], pa.timestamp("us")),
            "zoned": pa.array([1], pa.timestamp("ms", "UTC")),
            "blob": [b"x"],
            "fixed": pa.array([b"xy"], pa.binary(2)),
            "money": pa.array([Decimal("1.23")], pa.decimal128(20, 2)),
            "clock": pa.array([1], pa.time32("ms")),
            "fine_clock": pa.array([1], pa.time64("us")),
            "nothing": pa.array([None], pa.null()),
            "list": pa.array([[1]], pa.list_(pa.int32())),
            "nested": pa.array([[{"A": 1, "b": [("k", [1.0])]}]], pa.list_(
                pa.struct([("A", pa.int64()), ("b", pa.map_(pa.string(), pa.list_(pa.float64())))])
            )),
            "UserId": [7],
        },
    )  # fmt: skip
    lake.crawl()

    assert lake.columns("types") == {
        "i8": "tinyint",
        "i16": "smallint",
        "i32": "int",
        "i64": "bigint",
        "u8": "smallint",
        "u16": "int",
        "u32": "bigint",
        "u64": "bigint",
        "f32": "float",
        "f64": "double",
        "truth": "boolean",
        "text": "string",
        "large": "string",
        "coded": "string",
        "day": "date",
        "naive": "timestamp",
        "zoned": "timestamp",
        "blob": "binary",
        "fixed": "binary",
        "money": "decimal(20,2)",
        "clock": "int",
        "fine_clock": "bigint",
        "nothing": "int",
        "list": "array<int>",
        "nested": "array<struct<a:bigint,b:map<string,array<double>>>>",
        "userid": "bigint",
    }
    assert lake.table("types")["PartitionKeys"] == []


def test_files_by_duckdb(lake: Lake, tmp_path: Path) -> None:
    sql = """SELECT 1::TINYINT t, 1::UINTEGER u, 1.5::DECIMAL(10,3) m, TIMESTAMP '2026-01-01 00:00:00' ts,
        TIMESTAMPTZ '2026-01-01 00:00:00+00' tz, DATE '2026-01-01' d, 'x' s, [1, 2] l, {'a': 1, 'b': 'x'} st,
        MAP {'k': 1::BIGINT} mp, 'x'::BLOB bl, TIME '12:00:00' clock, uuid() id"""
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({sql}) TO '{tmp_path / 'x.parquet'}' (FORMAT parquet)")
    lake.s3.upload_file(str(tmp_path / "x.parquet"), LAKE, "tables/duck/dt=1/x.parquet")
    lake.crawl()

    assert lake.columns("duck") == {
        "t": "tinyint",
        "u": "bigint",
        "m": "decimal(10,3)",
        "ts": "timestamp",
        "tz": "timestamp",
        "d": "date",
        "s": "string",
        "l": "array<int>",
        "st": "struct<a:int,b:string>",
        "mp": "map<string,bigint>",
        "bl": "binary",
        "clock": "bigint",
        "id": "binary",
    }


def test_types_that_clash_become_strings_and_are_reported(lake: Lake) -> None:
    lake.put("tables/app/1.parquet", {"a": [1], "n": [1]})
    lake.put("tables/app/2.parquet", {"a": ["x"], "n": [1.5]})
    result = lake.crawl()

    assert lake.columns("app") == {"a": "string", "n": "double"}
    assert result.warnings == ("s3://lake/tables/app/: files disagree about the type of a: Athena can't read it",)


def test_long_footers_are_read_whole(lake: Lake) -> None:
    lake.put("tables/wide/x.parquet", {f"column_{number:04d}": [number] for number in range(900)})
    lake.crawl()

    assert len(lake.columns("wide")) == 900


def test_a_footer_that_claims_more_than_the_file_is_no_parquet(lake: Lake) -> None:
    lake.s3.put_object(Bucket=LAKE, Key="tables/app/x", Body=b"PAR1" * 5 + b"\xff\xff\xff\x7fPAR1")

    assert lake.crawl().files_ignored == 1


def test_counts_are_estimated_from_a_sample_of_each_folder(lake: Lake) -> None:
    for number in range(201):
        lake.put(f"tables/app/dt={number % 3}/{number:03d}.parquet", {"a": [number], "late": [1]})
    lake.crawl(Targets={"S3Targets": [{"Path": f"s3://{LAKE}/tables/", "SampleSize": 2}]})

    assert lake.columns("app") == {"a": "bigint", "late": "bigint"}
    assert lake.table("app")["Parameters"]["objectCount"] == "201"
    assert lake.table("app")["Parameters"]["recordCount"] == "201"
