"""Damage in the catalog, which would make readers miss rows or fail, is reported and repaired."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.deployments.operated import deploy, loglake_on_lake
from support.lakes.verified import crawl, whole_lake

from gluelocal.crawl.entries import as_partition_input, as_table_input
from loglake.core.catalog_gaps import CatalogGap, Missing
from loglake.core.state_items import CATALOG_GAP

if TYPE_CHECKING:
    from support.worlds.worlds import World

pytestmark = pytest.mark.unit

WHERE = {"DatabaseName": "lake"}
OF_TABLE = {**WHERE, "TableName": "app_shop"}
DAYS = ["dt=2026-11-21", "dt=2026-11-22"]


@pytest.fixture
def world(catalog: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """A whole lake that was crawled."""
    world = whole_lake()
    crawl(world, catalog)
    world.control.delete(
        [item.key for item in world.control.list("requests/continue/")]
    )  # the crawl that was asked for
    deploy(monkeypatch, world, world.tasks, catalog)
    assert loglake_on_lake("verify").exit_code == 0
    return world


def retable(glue: Any, **descriptor: Any) -> None:
    entry = glue.get_table(**WHERE, Name="app_shop")["Table"]
    changed = {**entry["StorageDescriptor"], **descriptor}
    glue.update_table(**WHERE, TableInput={**as_table_input(entry), "StorageDescriptor": changed})


def repartition(glue: Any, **descriptor: Any) -> None:
    entry = glue.get_partition(**OF_TABLE, PartitionValues=["2026-11-21"])["Partition"]
    changed = {**as_partition_input(entry), "StorageDescriptor": {**entry["StorageDescriptor"], **descriptor}}
    glue.update_partition(**OF_TABLE, PartitionValueList=["2026-11-21"], PartitionInput=changed)


def foreign(glue: Any, location: str, day: str = "2031-01-01") -> None:
    stored = glue.get_partition(**OF_TABLE, PartitionValues=["2026-11-21"])["Partition"]["StorageDescriptor"]
    entry = {"Values": [day], "StorageDescriptor": {**stored, "Location": location}}
    glue.create_partition(**OF_TABLE, PartitionInput=entry)


def columns(glue: Any, **kinds: str | None) -> list[dict[str, str]]:
    """The table's columns, some with other types, or without those that are None."""
    stored = glue.get_table(**WHERE, Name="app_shop")["Table"]["StorageDescriptor"]["Columns"]
    changed = [{**each, "Type": kinds.get(each["Name"], each["Type"])} for each in stored]
    return [each for each in changed if each["Type"]]


CASES: dict[str, tuple[Callable[[Any], object], list[tuple[str, str]]]] = {
    "partition missing": (
        lambda glue: glue.delete_partition(**OF_TABLE, PartitionValues=["2026-11-22"]),
        [("catalog-partitions-gone", "app_shop")],
    ),
    "partition with another Location": (
        lambda glue: repartition(glue, Location="s3://lake/tables/app_shop/dt=2020-01-01/"),
        [("catalog-partition-location", f"app_shop/{DAYS[0]}")],
    ),
    "partition with another type": (
        lambda glue: repartition(glue, Columns=columns(glue, n="string")),
        [("catalog-partition-types", f"app_shop/{DAYS[0]}")],
    ),
    "partition of another value on the same files": (
        lambda glue: foreign(glue, "s3://lake/tables/app_shop/dt=2026-11-21/"),
        [("catalog-partition-foreign", "app_shop/dt=2031-01-01")],
    ),
    "partition on all files of another table": (
        lambda glue: foreign(glue, "s3a://lake/tables/app_pay"),
        [("catalog-partition-foreign", "app_shop/dt=2031-01-01")],
    ),
    "table with another Location": (
        lambda glue: retable(glue, Location="s3://lake/tables/app_shopping/"),
        [("catalog-table-location", "app_shop")],
    ),
    "column missing": (
        lambda glue: retable(glue, Columns=columns(glue, user_id=None)),
        [("catalog-columns-gone", "app_shop")],
    ),
    "column with another type": (
        lambda glue: retable(glue, Columns=columns(glue, n="string")),
        [
            ("catalog-column-types", "app_shop"),
            ("catalog-partition-types", f"app_shop/{DAYS[0]}"),
            ("catalog-partition-types", f"app_shop/{DAYS[1]}"),
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_damage_is_named_alone_and_corrected(name: str, world: World, catalog: Any) -> None:
    make, expected = CASES[name]
    make(catalog)
    assert named() == expected
    done = loglake_on_lake("rerun", "--damaged", "--table", "app_shop")
    assert (done.exit_code, done.stdout.splitlines()[1:]) == (0, ["corrected in the catalog: app_shop"])
    assert named() == []
    assert list(world.control.list("requests/continue/")) == []  # no run is needed for it


def test_a_dropped_table_is_named_and_needs_a_crawl(world: World, catalog: Any) -> None:
    catalog.delete_table(**WHERE, Name="app_shop")
    assert named() == [("catalog-table-gone", "app_shop")]
    assert loglake_on_lake("rerun", "--damaged").exit_code == 0
    assert len(list(world.control.list("requests/continue/"))) == 1


@pytest.mark.parametrize("location", ["s3://lake/tables/app_shop/dt=2031-01-01/", "s3://elsewhere/dt=2031-01-01/"])
def test_a_partition_that_reads_no_file_twice_is_left(location: str, world: World, catalog: Any) -> None:
    foreign(catalog, location)
    assert named() == []


@pytest.mark.parametrize(
    "location", ["s3://lake/tables/app_shop", "s3://lake/tables/app_shop/dt=2026-11-21/", "s3://lake/"]
)
def test_a_second_table_on_the_same_files_is_named(location: str, world: World, catalog: Any) -> None:
    catalog.create_table(**WHERE, TableInput={"Name": "copy", "StorageDescriptor": {"Location": location}})
    catalog.create_table(**WHERE, TableInput={"Name": "elsewhere", "StorageDescriptor": {"Location": "s3://lakes/"}})
    catalog.create_table(**WHERE, TableInput={"Name": "view", "ViewOriginalText": "SELECT 1"})
    done = loglake_on_lake("verify", "app_shop")
    delete = "aws glue delete-table --database-name DATABASE --name copy"
    fix = f"To repair this: delete its entry in the catalog, unless somebody needs it: {delete}"
    assert fix in done.stdout.splitlines()
    assert {name for _, name in named()} == {"copy"}
    done = loglake_on_lake("rerun", "--damaged", "--table", "app_shop")
    assert (done.exit_code, done.stderr.count(delete)) == (1, 1)


def test_a_lost_version_of_a_schema_is_named(world: World) -> None:
    (schema,) = world.ledger.schemas["app_shop"]
    world.ledger.schemas["app_shop"] = [replace(schema, version=3)]
    assert named() == [
        ("schema-version-gone", "table#app_shop schema#000001"),
        ("schema-version-gone", "table#app_shop schema#000002"),
    ]
    world.ledger.schemas["app_shop"] = []
    assert named() == [("schema-version-gone", "table#app_shop schema#000001")]
    assert "point-in-time recovery" in loglake_on_lake("verify").stdout


def test_what_waits_for_its_crawl_is_no_damage(world: World, catalog: Any) -> None:
    catalog.delete_table(**WHERE, Name="app_shop")
    gap = CatalogGap("app_shop", Missing(tuple(DAYS), ("n",)))
    world.ledger.put(CATALOG_GAP, "app_shop", gap)
    assert named() == []
    world.ledger.put(CATALOG_GAP, "app_shop", gap.give_up())
    assert named() == [("catalog-table-gone", "app_shop")]


def test_to_a_kept_local_run_no_crawl_comes_by_itself(
    world: World, catalog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.delete_table(**WHERE, Name="app_shop")
    world.ledger.put(CATALOG_GAP, "app_shop", CatalogGap("app_shop", Missing(tuple(DAYS), ("n",))))
    deploy(monkeypatch, world, None, catalog)
    assert named() == [("catalog-table-gone", "app_shop")]


def named() -> list[tuple[str, str]]:
    damage = json.loads(loglake_on_lake("verify", "--json").stdout)["damage"]
    return [(each["kind"], each["key"]) for each in damage]
