"""If a log group moves to another table, its old windows stay in the old table."""

from __future__ import annotations

from typing import Any

import pytest
from support.fakes.fakes import START_MS
from support.worlds.worlds import PAY, SHOP, World, shop_events

from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.schema import ColumnType
from loglake.core.units import EpochMs

pytestmark = pytest.mark.unit

ALL = {"log_groups": ["/app/*"], "table": "apps", "ingest": "export"}
BY_HOUR = {"log_groups": [SHOP], "table": "shop_by_hour", "partition_by": "hour", "ingest": "export"}


def datasets(*entries: dict[str, Any]) -> Datasets:
    return load_datasets({"datasets": list(entries)})


@pytest.fixture
def world() -> World:
    return World(datasets=datasets(ALL))


def folders(world: World, table: str) -> set[str]:
    """The partitions of a table, without the names of files."""
    return {item.key.split("/", 2)[2].rsplit("/", 1)[0] for item in world.lake.list(f"tables/{table}/")}


def test_a_window_that_waited_for_its_converter_stays_in_its_table(world: World) -> None:
    world.export(PAY)
    world.convert()
    world.export(SHOP)
    world.datasets = datasets(BY_HOUR, ALL)
    assert world.convert("jr_d").outcome is Outcome.OK
    assert world.rows("apps").num_rows == 50
    assert folders(world, "apps") == {"dt=2026-11-21", "dt=2026-11-22"}
    assert folders(world, "shop_by_hour") == set()


def test_a_window_that_is_exported_again_stays_in_its_table(world: World) -> None:
    world.export(SHOP)
    world.convert()
    world.datasets = datasets(BY_HOUR, ALL)
    world.tasks.add_group(SHOP, {"web/1": [*shop_events(), (START_MS + 7, '{"n": 99}')]}, created_ms=EpochMs(START_MS))
    world.export(SHOP, reexport=True)
    assert world.convert("jr_d").outcome is Outcome.OK
    assert {row.state for row in world.ledger.rows(SHOP)} == {WindowState.CONVERTED}
    assert world.rows("apps").num_rows == 49
    assert folders(world, "apps") == {"dt=2026-11-21", "dt=2026-11-22"}


def test_a_table_that_is_not_there_yet_becomes_what_the_dataset_that_names_it_says(world: World) -> None:
    world.export()
    world.datasets = datasets({**BY_HOUR, "types": {"n": "string"}}, {**ALL, "types": {"n": "double"}})
    assert world.convert().outcome is Outcome.OK
    schema = world.ledger.latest("apps")
    assert (schema.partition_by, schema.by_path()["n",].type) == ("day", ColumnType.DOUBLE)
    assert world.rows("apps").num_rows == 50


def test_a_table_that_no_dataset_names_begins_as_the_log_groups_own_says(world: World) -> None:
    world.export(SHOP)
    world.datasets = datasets({**BY_HOUR, "types": {"n": "string"}})
    assert world.convert().outcome is Outcome.OK
    schema = world.ledger.latest("apps")
    assert (schema.partition_by, schema.by_path()["n",].type) == ("hour", ColumnType.STRING)


def test_a_table_of_hours_is_one_when_no_dataset_has_its_log_group_any_more(world: World) -> None:
    world.datasets = datasets({**ALL, "partition_by": "hour"})
    world.export(PAY)
    world.convert()
    world.export(SHOP)
    world.datasets = datasets({"log_groups": ["/nothing"]})
    assert world.convert("jr_d").outcome is Outcome.OK
    assert world.rows("apps").num_rows == 50
    assert all("/hour=" in folder for folder in folders(world, "apps"))


def test_events_are_read_as_the_log_groups_dataset_says_now(world: World) -> None:
    world.tasks.add_group(PAY, {"pay": [(START_MS + 5, "paid 12"), (START_MS + 6, "paid 7")]})
    world.export(PAY)
    pattern = r"^paid (?P<amount>\d+)$"
    world.datasets = datasets({"log_groups": [PAY], "table": "pay", "format": "regex", "pattern": pattern}, ALL)
    assert world.convert().outcome is Outcome.OK
    assert world.rows("apps").column("amount").to_pylist() == [12, 7]
