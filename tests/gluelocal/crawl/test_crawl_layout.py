"""Which folders become tables and partitions in a crawl."""

from __future__ import annotations

from typing import Any

import pytest
from support.gluelocal.crawled import LAKE, Lake

from gluelocal.crawl.crawler import CrawlResult

pytestmark = pytest.mark.local

COMBINE = {"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}


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

    assert lake.crawl().changes["partitions_created"] == 130
    assert len(lake.partitions("app")) == 130


def test_files_that_are_no_parquet_are_ignored_and_reported(lake: Lake) -> None:
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
    assert "5 files are not Parquet" in result.warnings[0]


def test_a_target_without_partition_folders(lake: Lake) -> None:
    lake.put("tables/app/x.parquet", {"a": [1]})
    lake.put("tables/web/sub/x.parquet", {"b": [1]})
    lake.put("tables/top.parquet", {"c": [1]})
    lake.crawl(None)

    assert lake.names() == ["app", "tables", "web"]
    assert [key["Name"] for key in lake.table("web")["PartitionKeys"]] == ["partition_0"]


def test_files_at_different_depths_are_reported(lake: Lake) -> None:
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
