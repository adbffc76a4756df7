"""The entries that a crawl writes into the Data Catalog, and what the next crawl changes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from support.gluelocal.crawled import LAKE, NOW, Lake

from athena_duckdb.errors import ConfigError
from gluelocal.crawl.crawler import CrawlResult

pytestmark = pytest.mark.local


def test_writes_a_table_as_a_real_crawler_does(lake: Lake) -> None:
    size = lake.put("tables/app/dt=2026-11-20/a.parquet", {"event_time": [1, 2], "message": ["x", "y"]})
    size += lake.put("tables/app/dt=2026-11-21/b.parquet", {"event_time": [3], "message": ["z"]})
    result = lake.crawl()

    assert result == CrawlResult(tables=("app",), changes=Counter(tables_created=1, partitions_created=2))
    assert lake.looked == [(1, 2), (2, 2)]
    table = lake.table("app")
    descriptor = table["StorageDescriptor"]
    reported = {
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
    assert table["Parameters"] == {**reported, "partition_filtering.enabled": "true"}
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
        "Parameters": reported,
        "StoredAsSubDirectories": False,
    }
    partition = lake.partitions("app")[("2026-11-21",)]
    assert partition["StorageDescriptor"]["Location"] == "s3://lake/tables/app/dt=2026-11-21/"
    assert partition["StorageDescriptor"]["Columns"] == descriptor["Columns"]
    assert partition["Parameters"]["recordCount"] == "1"


def test_new_columns_are_added_at_the_end_and_reach_old_partitions(lake: Lake) -> None:
    lake.put("tables/app/dt=1/a.parquet", {"b": [1], "a": ["x"]})
    lake.crawl()
    lake.put("tables/app/dt=0/a.parquet", {"z": [1.0], "a": ["x"]})
    result = lake.crawl()

    assert list(lake.columns("app").items()) == [("b", "bigint"), ("a", "string"), ("z", "double")]
    assert (
        result.changes["tables_updated"],
        result.changes["partitions_created"],
        result.changes["partitions_updated"],
    ) == (1, 1, 1)
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
    assert (
        result.changes["tables_created"],
        result.changes["tables_updated"],
        result.changes["partitions_created"],
    ) == (1, 0, 2)
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


def test_a_partition_key_that_is_a_column_too_is_reported(lake: Lake) -> None:
    lake.put("tables/app/dt=1/1.parquet", {"dt": ["1"], "a": [1]})

    assert lake.crawl().warnings == (
        "s3://lake/tables/app/: dt is a column and a partition key: Athena refuses the table",
    )


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

    assert (result.changes["tables_created"], result.changes["tables_deprecated"]) == (1, 1)
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
        (None, {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}}, "must be CRAWL_EVERYTHING or"),
        (None, {"Targets": {"S3Targets": [{"Path": "lake/tables"}]}}, "is not an S3 URI"),
    ],
)
def test_wrong_properties_are_named(
    lake: Lake, configuration: dict[str, Any] | None, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        lake.crawl(configuration, **changes)
