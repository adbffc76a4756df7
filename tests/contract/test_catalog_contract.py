"""One behaviour suite for all catalogs: in memory, and moto's Glue API, from here and from Python shell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from support.fakes.catalogs import MemoryCatalog
from support.gluelocal.catalog_entries import create_table

from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake.aws.catalog import GlueCatalog
from loglake.aws.system_clock import SystemClock
from loglake.config import CatalogConfig
from loglake.core.catalog_gaps import Missing
from loglake.core.ports.catalog import Catalog

if TYPE_CHECKING:
    from support.python_shell.shell import PythonShell

pytestmark = pytest.mark.contract

Put = Callable[[str, list[str], list[str]], None]
"""Puts a table with partitions and columns into the catalog, as a crawler would."""


@pytest.fixture(params=["memory", "glue", "shell"])
def world(request: pytest.FixtureRequest) -> Iterator[tuple[Catalog, Put]]:
    if request.param == "memory":
        memory = MemoryCatalog()

        def remember(table: str, partitions: list[str], columns: list[str]) -> None:
            memory.tables[table] = Missing(tuple(partitions), tuple(columns))

        yield memory, remember
        return
    with EmbeddedAws(SystemClock()) as aws:
        glue = aws.client("glue")
        glue.create_database(DatabaseInput={"Name": "logs"})
        targets = {"S3Targets": [{"Path": "s3://lake/tables/"}]}
        glue.create_crawler(Name="crawl-lake", Role="r", DatabaseName="logs", Targets=targets)

        def create(table: str, partitions: list[str], columns: list[str]) -> None:
            create_table(glue, table, dict.fromkeys(columns, "string"), partitions or ["dt=1"], made=partitions)

        names = ("lake", "logs", "crawl-lake")
        if request.param == "glue":
            yield GlueCatalog(glue, CatalogConfig(*names)), create
        else:  # the export job's
            shell: PythonShell = request.getfixturevalue("shell")
            yield shell.adapter(aws, "catalog", *names), create


def test_of_a_table_that_is_not_there_all_is_missing(world: tuple[Catalog, Put]) -> None:
    catalog, _ = world
    asked = Missing(("dt=2026-11-21",), ("n",))
    assert catalog.missing("app_shop", asked) == asked
    assert catalog.register("app_shop", asked) == asked


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
    assert not catalog.register("app_shop", asked)
    assert not catalog.missing("app_shop", asked)


def test_more_partitions_than_one_call_takes(world: tuple[Catalog, Put]) -> None:
    catalog, put = world
    names = [f"dt={number:05d}" for number in range(1100)]
    put("app_shop", names[1050:1060], ["n"])
    asked = Missing(tuple(names), ("n",))
    assert catalog.missing("app_shop", asked).partitions == (*names[:1050], *names[1060:])
    for _ in range(2):  # once more is the same
        assert not catalog.register("app_shop", asked)
        assert not catalog.missing("app_shop", asked)


def test_partitions_wait_until_the_table_has_their_columns(world: tuple[Catalog, Put]) -> None:
    catalog, put = world
    put("app_shop", ["dt=1"], ["n"])
    asked = Missing(("dt=1", "dt=2"), ("n", "m"))
    assert catalog.register("app_shop", asked) == Missing(("dt=2",), ("m",))
    assert catalog.missing("app_shop", Missing(("dt=2",))) == Missing(("dt=2",))


def test_partitions_are_taken_out(world: tuple[Catalog, Put]) -> None:
    catalog, put = world
    catalog.unregister("app_shop", ["dt=1"])  # there is no such table
    names = [f"dt={number:05d}" for number in range(60)]
    put("app_shop", names, ["n"])
    asked = Missing(tuple(names))
    for _ in range(2):  # once more is the same
        catalog.unregister("app_shop", [*names[:55], "dt=99999"])
        assert catalog.missing("app_shop", asked).partitions == tuple(names[:55])


def test_a_crawler_that_does_nothing_is_ready(world: tuple[Catalog, Put]) -> None:
    assert world[0].is_crawler_ready()
