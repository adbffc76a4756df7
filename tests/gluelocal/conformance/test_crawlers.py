"""Crawlers on Parquet"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import boto3
import pyarrow as pa
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from support.gluelocal.conformance import rule
from support.gluelocal.crawled import LAKE, NOW, Lake, crawler_properties
from support.gluelocal.glue_accounts import crawler, job, trigger, workflow

from athena_duckdb.errors import ConfigError
from gluelocal.crawl.crawler import crawl
from gluelocal.crawl.parquet_footer import read_footer
from gluelocal.crawl.schema import glue_type

pytestmark = pytest.mark.local

API = "Glue API, "
GUIDE = "Glue developer guide, "
SEEN = "Seen in real catalogs"
MERGE = {"CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}}


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    """An empty lake bucket and catalog, in this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield Lake(boto3.client("s3", region_name="us-east-1"), boto3.client("glue", region_name="us-east-1"))


def policy(update: str = "UPDATE_IN_DATABASE", delete: str = "LOG") -> dict[str, Any]:
    return {"SchemaChangePolicy": {"UpdateBehavior": update, "DeleteBehavior": delete}}


def target(**changes: Any) -> dict[str, Any]:
    return {"Targets": {"S3Targets": [{"Path": f"s3://{LAKE}/tables/", **changes}]}}


@rule(
    "A table is named after its folder, in lower case and [a-z0-9_].",
    GUIDE + "How crawlers work; seen in real catalogs",
)
def test_names(lake: Lake) -> None:
    lake.put("tables/Web-Shop.v1/x.parquet", {"a": [1]})
    assert lake.crawl().tables == ("web_shop_v1",)


@rule(
    "A folder key=value is a partition key of that name, of the type string.",
    GUIDE + "Setting crawler configuration options",
)
def test_partition_keys(lake: Lake) -> None:
    lake.put("tables/app/dt=2026-11-24/hour=07/x.parquet", {"a": [1]})
    lake.crawl()
    assert lake.table("app")["PartitionKeys"] == [{"Name": "dt", "Type": "string"}, {"Name": "hour", "Type": "string"}]
    assert list(lake.partitions("app")) == [("2026-11-24", "07")]


@rule("TablePrefix is put before the names of the tables.", API + "Crawler, TablePrefix")
def test_table_prefix(lake: Lake) -> None:
    lake.put("tables/app/x.parquet", {"a": [1]})
    assert lake.crawl(TablePrefix="Raw_").tables == ("raw_app",)


@rule(
    "The Data Catalog keeps names of databases and tables in lower case.",
    API + "TableInput, Name; DatabaseInput, Name",
    differs="Kept as they are given, except those that a crawler or a template gives: write them in lower case.",
)
def test_names_of_the_catalog(lake: Lake) -> None:
    lake.glue.create_database(DatabaseInput={"Name": "mine"})
    lake.glue.create_table(DatabaseName="mine", TableInput={"Name": "Orders"})
    assert [table["Name"] for table in lake.glue.get_tables(DatabaseName="mine")["TableList"]] == ["Orders"]


@rule("Any other folder level is partition_0, partition_1, ….", GUIDE + "How crawlers work")
def test_other_folders(lake: Lake) -> None:
    lake.put("tables/app/red/1/x.parquet", {"a": [1]})
    lake.crawl()
    assert [key["Name"] for key in lake.table("app")["PartitionKeys"]] == ["partition_0", "partition_1"]


@rule(
    "TableLevelConfiguration says which folder is a table; what lies above it is in none.",
    GUIDE + "Specifying the table location",
)
def test_table_level(lake: Lake) -> None:
    for key in ("shop/orders/x", "shop/items/x"):
        lake.put(f"tables/{key}.parquet", {"a": [1]})
    lake.put("tables/stray.parquet", {"a": [1]})
    result = lake.crawl({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 4}})
    assert sorted(result.tables) == ["items", "orders"]
    assert result.files_ignored == 1


@rule(
    "The top level folder is level 1; whether the bucket counts is not said.",
    GUIDE + "Specifying the table location",
    differs="The bucket is level 1, as in published configurations. loglake doctor looks at what a real crawler made.",
)
def test_the_bucket_counts(lake: Lake) -> None:
    lake.put("tables/app/x.parquet", {"a": [1]})
    assert lake.crawl({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 3}}).tables == ("app",)


@rule(
    "CombineCompatibleSchemas makes one table of folders whose schemas can be merged.",
    GUIDE + "Creating a single schema for each Amazon S3 include path",
)
def test_grouping(lake: Lake) -> None:
    lake.put("tables/red/x.parquet", {"a": [1]})
    lake.put("tables/blue/x.parquet", {"b": ["x"]})
    one = {"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}
    assert lake.crawl(one).tables == ("tables",)
    assert sorted(lake.columns("tables")) == ["a", "b"]


@rule(
    "Without a grouping policy folders whose schemas aren't alike are tables of their own.",
    GUIDE + "How does a crawler determine when to create partitions?",
)
def test_no_grouping(lake: Lake) -> None:
    lake.put("tables/red/x.parquet", {"a": [1]})
    lake.put("tables/blue/x.parquet", {"b": ["x"]})
    assert sorted(lake.crawl({"Version": 1.0}).tables) == ["blue", "red"]


@rule(
    "Exclusions are globs relative to the include path; * stays in a folder, ** doesn't.",
    GUIDE + "Include and exclude patterns",
)
def test_exclusions(lake: Lake) -> None:
    for key in ("app/x", "app/dt=1/x", "tmp/a/b/x", "web/x"):
        lake.put(f"tables/{key}.parquet", {"a": [1]})
    lake.crawl(**target(Exclusions=["tmp/**", "web/*", "app/*.parquet"]))
    assert lake.names() == ["app"]
    assert list(lake.partitions("app")) == [("1",)]


@rule(
    "Whether a crawler reads objects whose names begin with _ or . is not documented.",
    GUIDE + "Include and exclude patterns",
    differs="It does. Athena doesn't: exclude them, so that the table's columns are those that can be read.",
)
def test_hidden_objects(lake: Lake) -> None:
    lake.put("tables/app/x.parquet", {"a": [1]})
    for name in ("_y", ".y"):
        lake.put(f"tables/app/{name}.parquet", {name[:1].replace(".", "dot"): [1]})
    lake.crawl()
    assert sorted(lake.columns("app")) == ["_", "a", "dot"]


@rule("An include path s3://bucket/data does not include s3://bucket/data2.", GUIDE + "Include and exclude patterns")
def test_include_paths(lake: Lake) -> None:
    lake.put("tables/app/x.parquet", {"a": [1]})
    lake.put("tables2/web/x.parquet", {"a": [1]})
    lake.crawl(**target(Path=f"s3://{LAKE}/tables"))
    assert lake.names() == ["app"]


@rule("SampleSize limits the files that are read in each folder; they are picked at random.", API + "S3Target")
def test_sample_size(lake: Lake) -> None:
    lake.put("tables/app/dt=1/1.parquet", {"a": [1]})
    for number in range(9):
        lake.put(f"tables/app/dt=2/{number}.parquet", {f"b{number}": [1]})
    lake.crawl(**target(SampleSize=1))
    first = lake.columns("app")
    lake.crawl(**target(SampleSize=9))
    assert (len(first), set(first) - set(lake.columns("app"))) == (2, set())
    assert "b8" not in first  # the newest one is not preferred
    assert len(lake.columns("app")) == 10


@rule("UPDATE_IN_DATABASE adds, removes and retypes columns.", API + "SchemaChangePolicy, UpdateBehavior")
def test_update_in_database(lake: Lake) -> None:
    lake.put("tables/app/x.parquet", {"a": pa.array([1], pa.int32()), "b": ["x"]})
    lake.crawl({"Version": 1.0}, **policy())
    lake.put("tables/app/x.parquet", {"a": pa.array([1], pa.int64()), "c": ["x"]})
    lake.crawl({"Version": 1.0}, **policy())
    assert lake.columns("app") == {"a": "bigint", "c": "string"}


@rule(
    "LOG changes no table; new tables and partitions are made all the same.",
    API + "SchemaChangePolicy, UpdateBehavior",
)
def test_log(lake: Lake) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.crawl(**policy("LOG"))
    lake.put("tables/app/dt=2/x.parquet", {"a": [1], "b": [1]})
    lake.put("tables/web/dt=1/x.parquet", {"a": [1]})
    lake.crawl(**policy("LOG"))
    assert list(lake.columns("app")) == ["a"]
    assert (lake.names(), len(lake.partitions("app"))) == (["app", "web"], 2)


@rule(
    "DeleteBehavior: LOG keeps what is gone, DELETE_FROM_DATABASE deletes it, DEPRECATE_IN_DATABASE marks it.",
    API + "SchemaChangePolicy, DeleteBehavior",
)
@pytest.mark.parametrize(
    ("behavior", "names", "marked"),
    [("LOG", ["web"], False), ("DELETE_FROM_DATABASE", [], False), ("DEPRECATE_IN_DATABASE", ["web"], True)],
)
def test_delete_behavior(lake: Lake, behavior: str, names: list[str], marked: bool) -> None:
    lake.put("tables/web/x.parquet", {"a": [1]})
    lake.crawl(**policy(delete=behavior))
    lake.s3.delete_object(Bucket=LAKE, Key="tables/web/x.parquet")
    lake.crawl(**policy(delete=behavior))
    assert lake.names() == names
    assert [("DEPRECATED_BY_CRAWLER" in lake.table(name)["Parameters"]) for name in names] == [marked] * len(names)


@rule("DeleteBehavior does the same to the partitions of a table.", API + "SchemaChangePolicy, DeleteBehavior")
@pytest.mark.parametrize(
    ("behavior", "values", "marked"),
    [("LOG", ["1", "2"], []), ("DELETE_FROM_DATABASE", ["1"], []), ("DEPRECATE_IN_DATABASE", ["1", "2"], ["2"])],
)
def test_deleted_partitions(lake: Lake, behavior: str, values: list[str], marked: list[str]) -> None:
    for value in ("1", "2"):
        lake.put(f"tables/app/dt={value}/x.parquet", {"a": [1]})
    lake.crawl(**policy(delete=behavior))
    lake.s3.delete_object(Bucket=LAKE, Key="tables/app/dt=2/x.parquet")
    lake.crawl(**policy(delete=behavior))
    found = {value: "DEPRECATED_BY_CRAWLER" in one["Parameters"] for (value,), one in lake.partitions("app").items()}
    assert sorted(found) == values
    assert [value for value, is_marked in found.items() if is_marked] == marked


@rule(
    "UpdateBehavior is UPDATE_IN_DATABASE and DeleteBehavior DEPRECATE_IN_DATABASE where they aren't given.",
    API + "SchemaChangePolicy",
)
def test_default_policy(lake: Lake) -> None:
    lake.put("tables/app/x.parquet", {"a": [1]})
    lake.put("tables/web/x.parquet", {"a": [1]})
    lake.crawl({"Version": 1.0, **_level()}, SchemaChangePolicy={})
    lake.put("tables/app/x.parquet", {"b": [1]})
    lake.s3.delete_object(Bucket=LAKE, Key="tables/web/x.parquet")
    lake.crawl({"Version": 1.0, **_level()}, SchemaChangePolicy={})
    assert list(lake.columns("app")) == ["b"]
    assert "DEPRECATED_BY_CRAWLER" in lake.table("web")["Parameters"]


@rule("MergeNewColumns only adds columns.", GUIDE + "Adding new columns to an existing table")
def test_merge_new_columns(lake: Lake) -> None:
    lake.put("tables/app/x.parquet", {"a": pa.array([1], pa.int32()), "b": ["x"]})
    lake.crawl({"Version": 1.0, **MERGE})
    lake.put("tables/app/x.parquet", {"a": pa.array([1], pa.int64()), "c": ["x"]})
    lake.crawl({"Version": 1.0, **MERGE})
    assert lake.columns("app") == {"a": "int", "b": "string", "c": "string"}


@rule(
    "A table that can't be updated in place is deprecated, and another one made.",
    GUIDE + "Setting crawler configuration options",
)
def test_incompatible(lake: Lake) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.crawl()
    lake.s3.delete_object(Bucket=LAKE, Key="tables/app/dt=1/x.parquet")
    lake.put("tables/app/dt=1/hour=2/x.parquet", {"a": [1]})
    assert lake.crawl().changes["tables_created"] == 1
    assert "DEPRECATED_BY_CRAWLER" in lake.table("app")["Parameters"]


@rule(
    "InheritFromTable: partitions have the columns of their table; without it, their own.",
    GUIDE + "Preventing a crawler from changing an existing schema",
)
@pytest.mark.parametrize(("partitions", "columns"), [({"AddOrUpdateBehavior": "InheritFromTable"}, 2), ({}, 1)])
def test_inherit(lake: Lake, partitions: dict[str, Any], columns: int) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.put("tables/app/dt=2/x.parquet", {"a": [1], "b": [1]})
    lake.crawl({"Version": 1.0, **_level(), "CrawlerOutput": {"Partitions": partitions}})
    assert len(lake.partitions("app")[("1",)]["StorageDescriptor"]["Columns"]) == columns


@rule(
    "CreatePartitionIndex makes an index of the partitions, which Athena uses.",
    GUIDE + "Creating partition indexes",
    differs="The table says partition_filtering.enabled, and there is no index: it changes no answer.",
)
@pytest.mark.parametrize("wanted", [True, False])
def test_partition_index(lake: Lake, *, wanted: bool) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.crawl({"Version": 1.0, **_level(), "CreatePartitionIndex": wanted})
    assert (lake.table("app")["Parameters"].get("partition_filtering.enabled") == "true") is wanted
    indexes = lake.glue.get_partition_indexes(DatabaseName="logs", TableName="app")["PartitionIndexDescriptorList"]
    assert indexes == []


@rule(
    "CRAWL_NEW_FOLDERS_ONLY works with LOG and LOG, whatever the policy says, and misses changed partitions.",
    GUIDE + "Incremental crawls for adding new partitions",
)
def test_new_folders_only(lake: Lake) -> None:
    new_only = {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}, **policy(delete="DELETE_FROM_DATABASE")}
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.crawl(**new_only)
    before = lake.partitions("app")[("1",)]
    lake.put("tables/app/dt=1/x.parquet", {"a": [1, 2], "b": [1, 2]})
    lake.put("tables/app/dt=2/x.parquet", {"a": [1]})
    lake.crawl(**new_only)
    assert list(lake.columns("app")) == ["a"]
    assert lake.partitions("app")[("1",)] == before
    assert len(lake.partitions("app")) == 2


@rule("CRAWL_EVENT_MODE crawls what a queue of S3 events names.", API + "RecrawlPolicy", differs="Refused.")
def test_event_mode(lake: Lake) -> None:
    with pytest.raises(ConfigError, match="RecrawlBehavior must be CRAWL_EVERYTHING or CRAWL_NEW_FOLDERS_ONLY"):
        lake.crawl(RecrawlPolicy={"RecrawlBehavior": "CRAWL_EVENT_MODE"})


@rule("A crawl reads no object again that hasn't changed, by its ETag.", "A rule of this runtime, not of AWS")
def test_unchanged_objects(lake: Lake) -> None:
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})
    lake.put("tables/app/dt=2/x.parquet", {"a": [1]})
    read: list[str] = []
    lake.s3.meta.events.register("before-call.s3.GetObject", lambda params, **_: read.append(params["url_path"]))
    footer_of = lru_cache(None)(read_footer)

    def look() -> list[str]:
        read.clear()
        crawl(crawler_properties(), lake.s3, lake.glue, NOW, footer_of)
        return sorted(read)

    assert len(look()) == 2
    assert look() == []
    lake.put("tables/app/dt=2/x.parquet", {"a": [1], "b": [2]})
    assert ["dt%3D2" in path for path in look()] == [True]
    assert list(lake.columns("app")) == ["a", "b"]


@rule(
    "A table and its storage descriptor carry a crawler's parameters: CRAWL_RUN_ID, recordCount, ….",
    SEEN,
)
def test_parameters(lake: Lake) -> None:
    size = lake.put("tables/app/x.parquet", {"a": [1, 2]})
    lake.crawl()
    reported = lake.table("app")["StorageDescriptor"]["Parameters"]
    assert reported.items() <= lake.table("app")["Parameters"].items()
    assert uuid.UUID(reported["CRAWL_RUN_ID"])
    assert {name: value for name, value in reported.items() if name != "CRAWL_RUN_ID"} == {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": "crawl-lake",
        "averageRecordSize": str(size // 2),
        "classification": "parquet",
        "compressionType": "none",
        "objectCount": "1",
        "recordCount": "2",
        "sizeKey": str(size),
        "typeOfData": "file",
    }


@rule("A Parquet table is an EXTERNAL_TABLE with Hive's Parquet classes, and -1 buckets.", SEEN)
def test_formats(lake: Lake) -> None:
    lake.put("tables/app/x.parquet", {"a": [1]})
    lake.crawl()
    table = lake.table("app")
    descriptor = table["StorageDescriptor"]
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert descriptor["NumberOfBuckets"] == -1
    assert descriptor["InputFormat"].endswith(".MapredParquetInputFormat")
    assert descriptor["OutputFormat"].endswith(".MapredParquetOutputFormat")
    assert descriptor["SerdeInfo"]["SerializationLibrary"].endswith(".ParquetHiveSerDe")
    assert descriptor["SerdeInfo"]["Parameters"] == {"serialization.format": "1"}


@rule(
    "int8 is tinyint, int16 and uint8 smallint, int32 and uint16 int, int64 and uint32 bigint, and so on.",
    SEEN,
)
def test_types() -> None:
    expected: dict[pa.DataType, str] = {
        pa.int8(): "tinyint",
        pa.int16(): "smallint",
        pa.uint8(): "smallint",
        pa.int32(): "int",
        pa.uint16(): "int",
        pa.int64(): "bigint",
        pa.uint32(): "bigint",
        pa.float32(): "float",
        pa.float64(): "double",
        pa.bool_(): "boolean",
        pa.string(): "string",
        pa.date32(): "date",
        pa.timestamp("ms"): "timestamp",
        pa.binary(): "binary",
        pa.decimal128(10, 2): "decimal(10,2)",
        pa.list_(pa.int32()): "array<int>",
        pa.struct([pa.field("x", pa.int64())]): "struct<x:bigint>",
        pa.map_(pa.string(), pa.int32()): "map<string,int>",
    }
    assert {arrow: glue_type(arrow) for arrow in expected} == expected


@rule(
    "Files of other formats than Parquet are classified, too: JSON, CSV, ….",
    GUIDE + "Built-in classifiers",
    differs="They are in no table, and the crawl reports how many there are.",
)
def test_other_formats(lake: Lake) -> None:
    lake.put("tables/app/x.parquet", {"a": [1]})
    lake.s3.put_object(Bucket=LAKE, Key="tables/csv/x.csv", Body=b"a,b\n1,2\n")
    result = lake.crawl()
    assert (result.tables, result.files_ignored) == (("app",), 1)


@rule(
    "Crawlers also crawl JDBC, DynamoDB, Delta, Iceberg, Hudi and the catalog, with classifiers of one's own.",
    API + "CrawlerTargets",
    differs="Refused: only S3 targets.",
)
def test_other_targets(lake: Lake) -> None:
    with pytest.raises(ConfigError, match=r"Targets\.JdbcTargets is not supported"):
        lake.crawl(Targets={"JdbcTargets": [{"Path": "db/%"}]})


CRAWLING = {**workflow(), **job("a"), **crawler("crawl-x"), **trigger("first", "ON_DEMAND", "crawl-x")}


def crawler_of(account: Any) -> Any:
    return account.glue.get_crawler(Name="crawl-x")["Crawler"]


@rule("A crawler that is running can't be started: CrawlerRunningException.", API + "StartCrawler")
def test_running(deployed: Any) -> None:
    account = deployed(CRAWLING)
    account.glue.start_crawler(Name="crawl-x")
    with pytest.raises(ClientError) as caught:
        account.glue.start_crawler(Name="crawl-x")
    assert caught.value.response["Error"]["Code"] == "CrawlerRunningException"


@rule(
    "How a workflow's node ends if its crawler is running already is not documented.",
    API + "StartCrawler",
    differs="The node is FAILED, with CrawlerRunningException as its error.",
)
def test_a_node_whose_crawler_is_running(deployed: Any) -> None:
    account = deployed(CRAWLING)
    account.glue.start_crawler(Name="crawl-x")
    account.start()
    assert account.states() == {"crawl-x": "FAILED"}
    (node,) = [node for node in account.run()["Graph"]["Nodes"] if node["Type"] == "CRAWLER"]
    assert node["CrawlerDetails"]["Crawls"][0]["ErrorMessage"].startswith("CrawlerRunningException")


@rule(
    "A Crawler is READY or RUNNING, its LastCrawl SUCCEEDED or FAILED, its history COMPLETED or FAILED.",
    API + "Crawler; LastCrawlInfo; CrawlerHistory",
)
@pytest.mark.parametrize(
    ("error", "last", "history"), [("", "SUCCEEDED", "COMPLETED"), ("no luck", "FAILED", "FAILED")]
)
def test_states(deployed: Any, error: str, last: str, history: str) -> None:
    account = deployed(CRAWLING)
    assert crawler_of(account)["State"] == "READY"
    account.start()
    account.clock.advance(7)
    assert (crawler_of(account)["State"], crawler_of(account)["CrawlElapsedTime"]) == ("RUNNING", 7000)
    assert account.glue.list_crawls(CrawlerName="crawl-x")["Crawls"][0]["State"] == "RUNNING"
    account.end_crawl("crawl-x", error)
    reported = crawler_of(account)
    assert (reported["State"], reported["LastCrawl"]["Status"]) == ("READY", last)
    assert reported["LastCrawl"].get("ErrorMessage", "") == (f"RuntimeError: {error}" if error else "")
    assert account.glue.list_crawls(CrawlerName="crawl-x")["Crawls"][0]["State"] == history
    assert account.glue.get_crawlers()["Crawlers"] == [reported]


@rule(
    "The history of a crawl says its DPUHour once it has ended.",
    API + "CrawlerHistory",
    differs="They are two DPU for as long as it took: how many AWS takes is not documented.",
)
@pytest.mark.parametrize("seconds", [900, 0.25])
def test_what_a_crawl_used(deployed: Any, seconds: float) -> None:
    account = deployed(CRAWLING)
    account.start()
    assert "DPUHour" not in account.glue.list_crawls(CrawlerName="crawl-x")["Crawls"][0]
    account.clock.advance(seconds)
    account.end_crawl("crawl-x")
    assert account.glue.list_crawls(CrawlerName="crawl-x")["Crawls"][0]["DPUHour"] == pytest.approx(seconds / 1800)


@rule("StopCrawler: STOPPING, then READY; the crawl is CANCELLED, in the history STOPPED.", API + "StopCrawler")
def test_stopping(deployed: Any) -> None:
    account = deployed(CRAWLING)
    with pytest.raises(account.glue.exceptions.CrawlerNotRunningException):
        account.glue.stop_crawler(Name="crawl-x")
    account.start()
    account.glue.stop_crawler(Name="crawl-x")
    assert crawler_of(account)["State"] == "STOPPING"
    with pytest.raises(account.glue.exceptions.CrawlerStoppingException):
        account.glue.stop_crawler(Name="crawl-x")
    account.runtime.poll()
    account.end_crawl("crawl-x")
    assert (crawler_of(account)["State"], crawler_of(account)["LastCrawl"]["Status"]) == ("READY", "CANCELLED")
    assert account.glue.list_crawls(CrawlerName="crawl-x")["Crawls"][0]["State"] == "STOPPED"


@rule("A crawler's Schedule starts it; while it runs it isn't started again.", API + "Crawler, Schedule; StartCrawler")
def test_crawler_schedules(deployed: Any) -> None:
    timed = crawler("crawl-x", Schedule={"ScheduleExpression": "cron(* * * * ? *)"})
    account = deployed(CRAWLING, timed)
    account.later(59)
    assert crawler_of(account)["State"] == "READY"
    account.later(1)
    assert crawler_of(account)["State"] == "RUNNING"
    account.later(3600)
    account.end_crawl("crawl-x")
    assert len(account.glue.list_crawls(CrawlerName="crawl-x")["Crawls"]) == 1
    account.glue.update_crawler(Name="crawl-x", Schedule="cron(0 0 * * ? *)")
    account.later(3600)
    assert len(account.glue.list_crawls(CrawlerName="crawl-x")["Crawls"]) == 1
    assert crawler_of(account)["Schedule"]["ScheduleExpression"] == "cron(0 0 * * ? *)"


def _level() -> dict[str, Any]:
    return {"Grouping": {"TableLevelConfiguration": 3}}
