"""One behaviour suite for every catalog: in memory, and the Glue API as moto keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import boto3
import pytest
from moto import mock_aws
from support.fakes.catalogs import MemoryCatalog

from loglake.aws.catalog import GlueCatalog
from loglake.config import ConvertConfig
from loglake.core.catalog_gaps import Missing
from loglake.core.ports.catalog import Catalog

pytestmark = pytest.mark.contract

Put = Callable[[str, list[str], list[str]], None]
"""Puts a table with partitions and columns into the catalog."""


@pytest.fixture(params=["memory", "glue"])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Catalog, Put]]:
    if request.param == "memory":
        memory = MemoryCatalog()

        def remember(table: str, partitions: list[str], columns: list[str]) -> None:
            memory.tables[table] = Missing(tuple(partitions), tuple(columns))

        yield memory, remember
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        glue = boto3.client("glue", region_name="eu-central-1")
        glue.create_database(DatabaseInput={"Name": "lake"})

        def create(table: str, partitions: list[str], columns: list[str]) -> None:
            keys = [part.split("=")[0] for part in partitions[0].split("/")] if partitions else []
            glue.create_table(
                DatabaseName="lake",
                TableInput={
                    "Name": table,
                    "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
                    "StorageDescriptor": {"Columns": [{"Name": name, "Type": "string"} for name in columns]},
                },
            )
            for name in partitions:
                values = [part.split("=")[1] for part in name.split("/")]
                glue.create_partition(DatabaseName="lake", TableName=table, PartitionInput={"Values": values})

        config = ConvertConfig("c", "r", "t", "s3://x/y", "jr_1", 60, "lake", "convert", 60, 0.01, database="lake")
        yield GlueCatalog(glue, config), create


def test_of_a_table_that_is_not_there_all_is_missing(world: tuple[Catalog, Put]) -> None:
    catalog, _ = world
    asked = Missing(("dt=2026-11-21",), ("n",))
    assert catalog.missing("app_shop", asked) == asked


def test_what_a_table_has_is_not_missing(world: tuple[Catalog, Put]) -> None:
    catalog, put = world
    put("app_shop", ["dt=2026-11-21", "dt=2026-11-23"], ["event_time", "n"])
    asked = Missing(("dt=2026-11-20", "dt=2026-11-21", "dt=2026-11-22", "dt=2026-11-23"), ("m", "n"))
    assert catalog.missing("app_shop", asked) == Missing(("dt=2026-11-20", "dt=2026-11-22"), ("m",))
    assert not catalog.missing("app_shop", Missing((), ("n",)))
    assert not catalog.missing("app_shop", Missing(("dt=2026-11-21",)))


def test_hours_are_distinguished_by_their_day(world: tuple[Catalog, Put]) -> None:
    catalog, put = world
    put("app_shop", ["dt=2026-11-21/hour=08", "dt=2026-11-22/hour=09"], [])
    asked = Missing(("dt=2026-11-21/hour=08", "dt=2026-11-21/hour=09", "dt=2026-11-22/hour=08"))
    assert catalog.missing("app_shop", asked).partitions == asked.partitions[1:]


def test_more_partitions_than_one_call_takes(world: tuple[Catalog, Put]) -> None:
    catalog, put = world
    names = [f"dt={number:05d}" for number in range(1100)]
    put("app_shop", names[1050:1060], [])
    missing = catalog.missing("app_shop", Missing(tuple(names))).partitions
    assert missing == (*names[:1050], *names[1060:])
