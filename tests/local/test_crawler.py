"""Crawls of Parquet by pyarrow and DuckDB, against S3 and Glue of the embedded AWS."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_jobs.core.units import to_ms
from glue_jobs.errors import ConfigError
from workflows.local.crawler import CrawlResult, crawl

pytestmark = pytest.mark.local

NOW = to_ms(datetime(2026, 11, 21, 8, 30, tzinfo=timezone.utc))
LAKE = "lake"
CONFIGURATION: dict[str, Any] = {
    "Version": 1.0,
    "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas", "TableLevelConfiguration": 3},
    "CrawlerOutput": {
        "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
        "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
    },
    "CreatePartitionIndex": True,
}

COMBINE = {"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}


def properties(configuration: dict[str, Any] | None = CONFIGURATION, **changes: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "Name": "crawl-lake",
        "Role": "arn:aws:iam::123456789012:role/crawler",
        "DatabaseName": "logs",
        "Targets": {"S3Targets": [{"Path": f"s3://{LAKE}/tables/"}]},
        "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    }
    if configuration is not None:
        defaults["Configuration"] = json.dumps(configuration)
    return {**defaults, **changes}


class Lake:
    """Puts files and crawls."""

    def __init__(self, s3: Any, glue: Any) -> None:
        self.s3 = s3
        self.glue = glue
        s3.create_bucket(Bucket=LAKE)

    def put(self, key: str, columns: dict[str, Any]) -> int:
        """Writes a Parquet file by pyarrow; returns its size."""
        sink = io.BytesIO()
        pq.write_table(pa.table(columns), sink)
        self.s3.put_object(Bucket=LAKE, Key=key, Body=sink.getvalue())
        return len(sink.getvalue())

    def crawl(self, configuration: dict[str, Any] | None = CONFIGURATION, **changes: Any) -> CrawlResult:
        return crawl(properties(configuration, **changes), self.s3, self.glue, NOW)

    def table(self, name: str) -> Any:
        return self.glue.get_table(DatabaseName="logs", Name=name)["Table"]

    def columns(self, name: str) -> dict[str, str]:
        return {c["Name"]: c["Type"] for c in self.table(name)["StorageDescriptor"]["Columns"]}

    def partitions(self, name: str) -> dict[tuple[str, ...], Any]:
        pages = self.glue.get_paginator("get_partitions").paginate(DatabaseName="logs", TableName=name)
        return {tuple(p["Values"]): p for page in pages for p in page["Partitions"]}

    def names(self) -> list[str]:
        try:
            return sorted(t["Name"] for t in self.glue.get_tables(DatabaseName="logs")["TableList"])
        except self.glue.exceptions.EntityNotFoundException:
            return []


@pytest.fixture
def lake(s3: Any, glue: Any) -> Lake:
    return Lake(s3, glue)


def test_writes_a_table_as_a_real_crawler_does(lake: Lake) -> None:
    size = lake.put("tables/app/dt=2026-11-20/a.parquet", {"event_time": [1, 2], "message": ["x", "y"]})
    size += lake.put("tables/app/dt=2026-11-21/b.parquet", {"event_time": [3], "message": ["z"]})
    result = lake.crawl()

    assert result == CrawlResult(tables=("app",), tables_created=1, partitions_created=2)
    table = lake.table("app")
    descriptor = table["StorageDescriptor"]
    told = {
        "CRAWL_RUN_ID": table["Parameters"]["CRAWL_RUN_ID"],
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": "crawl-lake",
        "averageRecordSize": str(size // 3),
        "classification": "parquet",
        "compressionType": "none",
        "objectCount": "2",
        "recordCount": "3",
        "sizeKey": str(size),
        "typeOfData": "file",
    }
    assert table["Parameters"] == {**told, "partition_filtering.enabled": "true"}
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert table["PartitionKeys"] == [{"Name": "dt", "Type": "string"}]
    assert descriptor == {
        "Columns": [{"Name": "event_time", "Type": "bigint"}, {"Name": "message", "Type": "string"}],
        "Location": "s3://lake/tables/app/",
        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "Compressed": False,
        "NumberOfBuckets": -1,
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            "Parameters": {"serialization.format": "1"},
        },
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": told,
        "StoredAsSubDirectories": False,
    }
    partition = lake.partitions("app")[("2026-11-21",)]
    assert partition["StorageDescriptor"]["Location"] == "s3://lake/tables/app/dt=2026-11-21/"
    assert partition["StorageDescriptor"]["Columns"] == descriptor["Columns"]
    assert partition["Parameters"]["recordCount"] == "1"


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


def test_new_columns_are_added_at_the_end_and_reach_old_partitions(lake: Lake) -> None:
    lake.put("tables/app/dt=1/a.parquet", {"b": [1], "a": ["x"]})
    lake.crawl()
    lake.put("tables/app/dt=0/a.parquet", {"z": [1.0], "a": ["x"]})
    result = lake.crawl()

    assert list(lake.columns("app").items()) == [("b", "bigint"), ("a", "string"), ("z", "double")]
    assert (result.tables_updated, result.partitions_created, result.partitions_updated) == (1, 1, 1)
    for partition in lake.partitions("app").values():
        assert [c["Name"] for c in partition["StorageDescriptor"]["Columns"]] == ["b", "a", "z"]


def test_merging_never_removes_or_retypes(lake: Lake) -> None:
    lake.put("tables/app/x.parquet", {"a": pa.array([1], pa.int32()), "b": ["x"]})
    lake.crawl()
    lake.put("tables/app/x.parquet", {"a": pa.array([1], pa.int64()), "c": ["x"]})
    lake.crawl()

    assert lake.columns("app") == {"a": "int", "b": "string", "c": "string"}


def test_updating_without_merging_removes_and_retypes(lake: Lake) -> None:
    level_only = {"Version": 1.0, "Grouping": {"TableLevelConfiguration": 3}}
    lake.put("tables/app/dt=1/x.parquet", {"a": pa.array([1], pa.int32()), "b": ["x"]})
    lake.crawl(level_only)
    lake.put("tables/app/dt=1/x.parquet", {"a": pa.array([1], pa.int64())})
    lake.put("tables/app/dt=2/x.parquet", {"a": pa.array([1], pa.int64()), "c": [True]})
    lake.crawl(level_only)

    assert lake.columns("app") == {"a": "bigint", "c": "boolean"}
    own = {v: [c["Name"] for c in p["StorageDescriptor"]["Columns"]] for v, p in lake.partitions("app").items()}
    assert own == {("1",): ["a"], ("2",): ["a", "c"]}


def test_log_changes_nothing_but_adds_tables_and_partitions(lake: Lake) -> None:
    log = {"SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}}
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.crawl(**log)
    lake.put("tables/app/dt=2/x.parquet", {"a": [1], "b": [1]})
    lake.put("tables/web/dt=2/x.parquet", {"a": [1]})
    result = lake.crawl(**log)

    assert lake.columns("app") == {"a": "bigint"}
    assert (result.tables_created, result.tables_updated, result.partitions_created) == (1, 0, 2)
    assert len(lake.partitions("app")) == 2


def test_a_second_crawl_of_the_same_files_writes_nothing(lake: Lake) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1], "n": pa.array([{"x": 1}])})
    lake.crawl()

    assert lake.crawl() == CrawlResult(tables=("app",))


def test_parameters_that_others_set_stay(lake: Lake) -> None:
    lake.put("tables/app/x.parquet", {"a": [1]})
    lake.crawl()
    table = lake.table("app")
    kept = {name: table[name] for name in ("Name", "StorageDescriptor", "PartitionKeys", "TableType")}
    lake.glue.update_table(
        DatabaseName="logs", TableInput={**kept, "Parameters": {**table["Parameters"], "owner.team": "core"}}
    )
    lake.put("tables/app/y.parquet", {"a": [1], "b": [2]})
    lake.crawl()

    assert lake.table("app")["Parameters"]["owner.team"] == "core"
    assert lake.table("app")["Parameters"]["objectCount"] == "2"


def test_types_that_clash_become_strings_and_are_told(lake: Lake) -> None:
    lake.put("tables/app/1.parquet", {"a": [1], "n": [1]})
    lake.put("tables/app/2.parquet", {"a": ["x"], "n": [1.5]})
    result = lake.crawl()

    assert lake.columns("app") == {"a": "string", "n": "double"}
    assert result.warnings == ("s3://lake/tables/app/: files disagree about the type of a: Athena can't read it",)


def test_a_partition_key_that_is_a_column_too_is_told(lake: Lake) -> None:
    lake.put("tables/app/dt=1/1.parquet", {"dt": ["1"], "a": [1]})

    assert lake.crawl().warnings == (
        "s3://lake/tables/app/: dt is a column and a partition key: Athena refuses the table",
    )


@pytest.mark.parametrize(
    ("keys", "partition_keys", "values"),
    [
        (["dt=2026-11-20/hour=08/x"], ["dt", "hour"], {("2026-11-20", "08")}),
        (["2026/11/x", "2026/12/x"], ["partition_0", "partition_1"], {("2026", "11"), ("2026", "12")}),
        (["Day=1/eu/x", "Day=1/us/x"], ["day", "partition_1"], {("1", "eu"), ("1", "us")}),
        (["a=1/x", "b=1/x"], ["partition_0"], {("a=1",), ("b=1",)}),
        (["dt=a=b/x"], ["dt"], {("a=b",)}),
    ],
)
def test_partition_keys(lake: Lake, keys: list[str], partition_keys: list[str], values: set[tuple[str, ...]]) -> None:
    for key in keys:
        lake.put(f"tables/app/{key}.parquet", {"a": [1]})
    lake.crawl()

    assert [key["Name"] for key in lake.table("app")["PartitionKeys"]] == partition_keys
    assert set(lake.partitions("app")) == values


def test_many_partitions_go_in_batches(lake: Lake) -> None:
    for number in range(130):
        lake.put(f"tables/app/dt={number:03d}/x.parquet", {"a": [number]})

    assert lake.crawl().partitions_created == 130
    assert len(lake.partitions("app")) == 130


def test_large_tables_are_sampled_by_folder_and_counts_are_estimated(lake: Lake) -> None:
    for number in range(201):
        lake.put(f"tables/app/dt={number % 3}/{number:03d}.parquet", {"a": [number], "late": [1]})
    lake.crawl()

    assert lake.columns("app") == {"a": "bigint", "late": "bigint"}
    assert lake.table("app")["Parameters"]["objectCount"] == "201"
    assert lake.table("app")["Parameters"]["recordCount"] == "201"


def test_files_that_are_no_parquet_are_ignored_and_told(lake: Lake) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    for key, body in [
        ("tables/app/dt=1/notes.txt", b"hello"),
        ("tables/app/dt=2/broken.parquet", b"PAR1 not really \x10\0\0\0PAR1"),
        ("tables/app/dt=3/short.parquet", b"PAR1"),
        ("tables/other/x.json", b'{"a": 1}'),
        ("tables/above.parquet", b"x"),
        ("tables/app/dt=1/_SUCCESS", b""),
        ("tables/app/dt=4/", b""),
    ]:
        lake.s3.put_object(Bucket=LAKE, Key=key, Body=body)
    result = lake.crawl()

    assert lake.names() == ["app"]
    assert set(lake.partitions("app")) == {("1",)}
    assert lake.table("app")["Parameters"]["objectCount"] == "1"
    assert result.files_ignored == 5
    assert "5 files are no Parquet" in result.warnings[0]


def test_long_footers_are_read_whole(lake: Lake) -> None:
    lake.put("tables/wide/x.parquet", {f"column_{number:04d}": [number] for number in range(900)})
    lake.crawl()

    assert len(lake.columns("wide")) == 900


def test_a_footer_that_claims_more_than_the_file_is_no_parquet(lake: Lake) -> None:
    lake.s3.put_object(Bucket=LAKE, Key="tables/app/x", Body=b"PAR1" * 5 + b"\xff\xff\xff\x7fPAR1")

    assert lake.crawl().files_ignored == 1


def test_a_target_without_partition_folders(lake: Lake) -> None:
    lake.put("tables/app/x.parquet", {"a": [1]})
    lake.put("tables/web/sub/x.parquet", {"b": [1]})
    lake.put("tables/top.parquet", {"c": [1]})
    lake.crawl(None)

    assert lake.names() == ["app", "tables", "web"]
    assert [key["Name"] for key in lake.table("web")["PartitionKeys"]] == ["partition_0"]


def test_files_at_different_depths_are_told(lake: Lake) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.put("tables/app/dt=2/hour=1/x.parquet", {"a": [1]})
    result = lake.crawl()

    assert set(lake.partitions("app")) == {("1",), ("2",)}
    assert lake.partitions("app")[("2",)]["StorageDescriptor"]["Location"] == "s3://lake/tables/app/dt=2/"
    assert "different depths" in result.warnings[0]


def test_an_empty_target_succeeds_with_nothing(lake: Lake) -> None:
    assert lake.crawl() == CrawlResult()
    assert lake.names() == []


def test_nothing_outside_the_include_path_or_excluded_is_crawled(lake: Lake) -> None:
    for key in (
        "tables/app/x",
        "tables2/no/x",
        "staging/no/x",
        "tables/app/tmp/a/x",
        "tables/_old/x",
        "tables/app/y.bak",
    ):
        lake.put(f"{key}.parquet", {"a": [1]})
    target = {"Path": f"s3://{LAKE}/tables", "Exclusions": ["**/tmp/**", "_old/**", "*/*.bak.{parquet,orc}"]}
    lake.crawl(Targets={"S3Targets": [target]})

    assert lake.names() == ["app"]
    assert lake.table("app")["Parameters"]["objectCount"] == "1"


def test_the_table_level_counts_the_bucket(lake: Lake) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.crawl({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 2}})

    assert lake.names() == ["tables"]
    assert [key["Name"] for key in lake.table("tables")["PartitionKeys"]] == ["partition_0", "dt"]


@pytest.mark.parametrize(
    ("configuration", "second", "tables"),
    [
        (None, {"a": [1], "b": ["x"]}, ["tables"]),
        (None, {"c": [1], "d": ["x"]}, ["app", "web"]),
        ({"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}, {"c": [1]}, ["tables"]),
        (
            {"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}},
            {"a": ["x"]},
            ["app", "web"],
        ),
    ],
    ids=["alike", "different", "combined", "not compatible"],
)
def test_without_a_table_level_folders_are_tables_by_their_schemas(
    lake: Lake, configuration: dict[str, Any] | None, second: dict[str, Any], tables: list[str]
) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1], "b": ["x"]})
    lake.put("tables/web/dt=1/x.parquet", second)
    lake.crawl(configuration)

    assert lake.names() == tables


def test_names_are_cleaned_prefixed_and_kept_apart(lake: Lake) -> None:
    lake.put("tables/My-App.v2/x.parquet", {"a": [1]})
    lake.put("tables/my_app_v2/x.parquet", {"a": [1]})
    result = lake.crawl(TablePrefix="Raw_")

    assert result.tables[0] == "raw_my_app_v2"
    assert result.tables[1].startswith("raw_my_app_v2_")
    assert len(result.tables[1]) == len("raw_my_app_v2_") + 32
    assert lake.crawl(TablePrefix="Raw_").tables == result.tables


@pytest.mark.parametrize(
    ("behavior", "names", "partitions", "marked"),
    [
        ("LOG", ["app", "web"], 2, False),
        ("DELETE_FROM_DATABASE", ["app"], 1, False),
        ("DEPRECATE_IN_DATABASE", ["app", "web"], 2, True),
    ],
)
def test_what_is_gone(lake: Lake, behavior: str, names: list[str], partitions: int, marked: bool) -> None:
    policy = {"SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": behavior}}
    for key in ("app/dt=1", "app/dt=2", "web/dt=1"):
        lake.put(f"tables/{key}/x.parquet", {"a": [1]})
    lake.crawl(**policy)
    for key in ("app/dt=2", "web/dt=1"):
        lake.s3.delete_object(Bucket=LAKE, Key=f"tables/{key}/x.parquet")
    lake.crawl(**policy)

    assert lake.names() == names
    assert len(lake.partitions("app")) == partitions
    if marked:
        assert lake.table("web")["Parameters"]["DEPRECATED_BY_CRAWLER"] == str(NOW)
        assert "DEPRECATED_BY_CRAWLER" in lake.partitions("app")[("2",)]["Parameters"]
        lake.put("tables/web/dt=1/x.parquet", {"a": [1]})
        lake.crawl(**policy)
        assert "DEPRECATED_BY_CRAWLER" not in lake.table("web")["Parameters"]


def test_a_table_that_can_not_be_updated_in_place_is_deprecated(lake: Lake) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.crawl()
    lake.s3.delete_object(Bucket=LAKE, Key="tables/app/dt=1/x.parquet")
    lake.put("tables/app/dt=1/hour=2/x.parquet", {"a": [1]})
    result = lake.crawl()

    assert (result.tables_created, result.tables_deprecated) == (1, 1)
    assert "DEPRECATED_BY_CRAWLER" in lake.table("app")["Parameters"]
    assert lake.crawl().tables == result.tables


def test_tables_of_others_are_left_alone(lake: Lake) -> None:
    lake.glue.create_database(DatabaseInput={"Name": "logs"})
    lake.glue.create_table(DatabaseName="logs", TableInput={"Name": "by_hand"})
    lake.put("tables/app/x.parquet", {"a": [1]})
    lake.crawl(SchemaChangePolicy={"DeleteBehavior": "DELETE_FROM_DATABASE"})

    assert lake.names() == ["app", "by_hand"]


@pytest.mark.parametrize(
    ("configuration", "changes", "sentence"),
    [
        ({"Grouping": {"Level": 3}}, {}, "Configuration.Grouping.Level is not supported"),
        ({"Grouping": {"TableLevelConfiguration": 0}}, {}, "must be a positive number"),
        ({"Grouping": {"TableGroupingPolicy": "Combine"}}, {}, "must be CombineCompatibleSchemas, not 'Combine'"),
        ({"Grouping": 3}, {}, "Configuration.Grouping must be a JSON object"),
        (None, {"Configuration": "{"}, "Configuration must be a JSON string"),
        (None, {"DatabaseName": ""}, "DatabaseName is missing"),
        (None, {"Targets": {}}, "S3Targets is missing or empty"),
        (None, {"Targets": {"S3Targets": [{}]}}, "an S3 target has no Path"),
        (None, {"Targets": {"JdbcTargets": [{"Path": "x"}]}}, "Targets.JdbcTargets is not supported"),
        (None, {"SchemaChangePolicy": {"UpdateBehavior": "X"}}, "UpdateBehavior must be UPDATE_IN_DATABASE or LOG"),
        (None, {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}}, "must be CRAWL_EVERYTHING"),
        (None, {"Targets": {"S3Targets": [{"Path": "lake/tables"}]}}, "is not an S3 URI"),
    ],
)
def test_wrong_properties_are_named(
    lake: Lake, configuration: dict[str, Any] | None, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        lake.crawl(configuration, **changes)
