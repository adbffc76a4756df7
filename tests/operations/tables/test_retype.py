"""Giving a column another type, and converting quarantined input again, on a deployment in memory."""

from __future__ import annotations

from typing import Any

import pytest
from support.fakes.fakes import START_MS
from support.worlds.ledger_rows import changed
from support.worlds.worlds import PAY, SHOP, World

from loglake.core.ledger.row import WindowState
from loglake.core.requests.requests import request_body
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.schema import ColumnType, InferredType, grow
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window
from loglake.errors import ConfigError, LedgerConflictError
from loglake.pipelines.object_lists import read_object_list
from loglake.pipelines.reconvert import check_raw, reopen
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.rerun_quarantined import plan_quarantined, rerun_quarantined, still_quarantined
from loglake_cli.operations.selection import Selection
from loglake_cli.operations.tables.retype import plan_retyping, retype_column
from loglake_cli.operations.tables.table_schemas import schemas_in

pytestmark = pytest.mark.unit


@pytest.fixture
def world() -> World:
    world = World()
    world.export()
    world.convert()
    return world


def deployment(world: World, catalog: Any) -> Deployment:
    return Deployment(world.ledger, world.control, world.raw, world.lake, catalog, "lake", world.clock)


def crawl(catalog: Any, world: World) -> None:
    """Writes the catalog entries that a crawler would write."""
    columns = [{"Name": name, "Type": kind} for name, kind in world.ledger.latest("app_shop").glue_types().items()]
    descriptor = {"Columns": columns, "Location": "s3://lake/tables/app_shop/"}
    keys = [{"Name": "dt", "Type": "string"}]
    table = {"Name": "app_shop", "StorageDescriptor": descriptor, "PartitionKeys": keys}
    catalog.create_table(DatabaseName="lake", TableInput=table)
    partition = {"Values": ["2026-11-21"], "StorageDescriptor": descriptor}
    catalog.create_partition(DatabaseName="lake", TableName="app_shop", PartitionInput=partition)


def test_a_column_gets_another_type_in_registry_catalog_and_every_file(world: World, catalog: Any) -> None:
    crawl(catalog, world)
    here, before = deployment(world, catalog), set(world.control.objects)
    retyping = plan_retyping(here, "app_shop", {"n": ColumnType.STRING})
    _, reopened = retype_column(here, retyping)

    assert [row.generation for row in reopened] == [2, 2]
    assert {row.state for row in reopened} == {WindowState.EXPORTED}
    woken = {key for key in set(world.control.objects) - before if key.startswith("requests/")}
    assert woken == set(here.woken)
    assert world.convert("jr_again").converted == 2
    assert world.rows("app_shop").column("n").to_pylist() == [str(n) for n in range(48)]
    assert schemas_in(here, "app_shop").differences() == []
    where = {"DatabaseName": "lake", "TableName": "app_shop"}
    partition = catalog.get_partition(**where, PartitionValues=["2026-11-21"])["Partition"]
    assert {"Name": "n", "Type": "string"} in partition["StorageDescriptor"]["Columns"]


def test_a_value_that_does_not_fit_the_new_type_is_rescued(world: World, catalog: Any) -> None:
    here = deployment(world, catalog)
    retype_column(here, plan_retyping(here, "app_shop", {"ok": ColumnType.BIGINT}))
    assert world.convert("jr_again").accounting.rescued_values == 48
    assert set(world.rows("app_shop").column("_rescued").to_pylist()) == {'{"ok":true}', '{"ok":false}'}


def test_a_call_that_broke_off_is_taken_up_again(world: World, catalog: Any) -> None:
    here = deployment(world, catalog)
    world.ledger.publish(plan_retyping(here, "app_shop", {"n": ColumnType.DOUBLE}).schema)
    again = plan_retyping(here, "app_shop", {"n": ColumnType.DOUBLE})
    assert len(retype_column(here, again)[1]) == 2
    world.convert("jr_again")
    with pytest.raises(ConfigError, match="n of app_shop is double already"):
        plan_retyping(here, "app_shop", {"n": ColumnType.DOUBLE})


def test_another_writers_version_is_not_taken_for_ours(world: World, catalog: Any) -> None:
    here = deployment(world, catalog)
    plan = plan_retyping(here, "app_shop", {"n": ColumnType.STRING})
    world.ledger.publish(grow(world.ledger.latest("app_shop"), {("late",): InferredType(ColumnType.STRING)}))
    with pytest.raises(LedgerConflictError):
        retype_column(here, plan)
    assert world.states() == {WindowState.CONVERTED}


def test_a_call_that_broke_off_before_the_catalog_is_taken_up_again(world: World, catalog: Any) -> None:
    crawl(catalog, world)
    here = deployment(world, catalog)
    plan = plan_retyping(here, "app_shop", {"n": ColumnType.STRING})
    world.ledger.publish(plan.schema)
    reopen(plan.windows.whole, here.ledger, here.control, here.clock)
    for convert_before in (False, True):
        if convert_before:
            world.convert("jr_again")
        again = plan_retyping(here, "app_shop", {"n": ColumnType.STRING})
        assert (again.published, again.windows.whole) == (True, ())
    retype_column(here, again)
    assert schemas_in(here, "app_shop").differences() == []
    assert len(here.woken) == 1
    with pytest.raises(ConfigError, match="is string already"):
        plan_retyping(here, "app_shop", {"n": ColumnType.STRING})


def test_a_window_whose_commit_broke_off_is_converted_again_too(catalog: Any) -> None:
    world = World()
    world.export(SHOP)
    world.convert()
    row = world.ledger.rows(SHOP)[0]
    waiting = changed(row, state=WindowState.EXPORTED, version=row.version + 1)
    world.ledger.stored[row.log_group, row.window] = waiting  # its manifest is written, its copies may be missing
    here = deployment(world, catalog)
    _, reopened = retype_column(here, plan_retyping(here, "app_shop", {"n": ColumnType.STRING}))
    assert [each.generation for each in reopened] == [2, 2]
    world.convert("jr_again")
    assert world.rows("app_shop").column("n").to_pylist() == [str(n) for n in range(48)]


def test_a_window_that_failed_with_older_rows_in_the_table_is_converted_again_too(world: World, catalog: Any) -> None:
    first, _ = world.ledger.rows(SHOP)
    reopened = reopen(check_raw([first], world.control, world.raw).whole, world.ledger, world.control, world.clock)
    now = world.clock.now_ms()
    failed = reopened[0].advance(WindowState.CONVERTING, now).fail(now, "why")
    world.ledger.stored[first.log_group, first.window] = failed
    here = deployment(world, catalog)
    plan = plan_retyping(here, "app_shop", {"n": ColumnType.STRING})
    assert [window.row.state for window in plan.windows.whole] == [WindowState.FAILED, WindowState.CONVERTED]
    retype_column(here, plan)
    world.convert("jr_again")
    assert world.rows("app_shop").column("n").to_pylist() == [str(n) for n in range(48)]


def test_windows_without_their_raw_objects_are_named(world: World, catalog: Any) -> None:
    here = deployment(world, catalog)
    first, second = world.ledger.rows(SHOP)
    (gone,) = [raw.key for raw in read_object_list(world.control, first)]
    world.raw.delete([gone])
    windows = plan_retyping(here, "app_shop", {"n": ColumnType.STRING}).windows
    assert [window.row for window in windows.whole] == [second]
    assert windows.gone == ((first, gone),)
    world.control.delete([second.keys.object_list])
    windows = plan_retyping(here, "app_shop", {"n": ColumnType.STRING}).windows
    assert windows.gone == ((first, gone), (second, second.keys.object_list))


@pytest.mark.parametrize(
    ("table", "column", "said"),
    [
        ("other", "n", "no table other"),
        ("app_shop", "raw", "no column raw of its own"),
        ("app_shop", "x", "no column x"),
    ],
)
def test_what_is_not_there_is_said(world: World, catalog: Any, table: str, column: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        plan_retyping(deployment(world, catalog), table, {column: ColumnType.STRING})


def test_a_converter_at_work_is_not_disturbed(world: World, catalog: Any) -> None:
    row = world.ledger.rows(SHOP)[0]
    world.ledger.stored[row.log_group, row.window] = changed(row, state=WindowState.CONVERTING)
    with pytest.raises(ConfigError, match="a converter is at work"):
        plan_retyping(deployment(world, catalog), "app_shop", {"n": ColumnType.STRING})


def test_quarantined_input_becomes_rows_once_its_cause_is_gone(catalog: Any) -> None:
    world = World()
    world.export()
    row = world.ledger.rows(PAY)[0]
    (damaged,) = [item.key for item in world.raw.list(row.keys.export_prefix) if "write-test" not in item.key]
    whole = world.raw.get(damaged)
    world.raw.put(damaged, whole[:-12])
    world.convert()
    assert [item.key for item in world.lake.list("quarantine/")]
    here = deployment(world, catalog)

    plan = plan_quarantined(here, Selection(table="app_pay"))
    assert (plan.entries, len(plan.windows.whole), plan_quarantined(here, Selection(table="app_shop")).entries) == (
        1,
        1,
        0,
    )
    reported = f"{PAY} {row.window}: 1 entries are still in quarantine"
    assert still_quarantined(plan, world.ledger.all_rows(), []) == [reported]
    world.raw.put(damaged, whole)  # for example, copied again from its source
    assert [(row.log_group, row.generation) for row in rerun_quarantined(here, plan)] == [(PAY, 2)]
    world.convert("jr_again")

    assert world.rows("app_pay").column("raw").to_pylist() == ["plain text\n  and more", "ERROR broke"]
    assert [item.key for item in world.lake.list("quarantine/")] == []
    assert plan_quarantined(here).entries == 0
    assert still_quarantined(plan, world.ledger.all_rows(), []) == []


def test_without_quarantined_input_nothing_is_done_again(world: World, catalog: Any) -> None:
    here = deployment(world, catalog)
    assert rerun_quarantined(here, plan_quarantined(here)) == []
    assert here.woken == []


@pytest.mark.parametrize("schema", ["discard_row", {"columns": {"n": "discard_row"}}])
def test_a_window_of_which_every_event_was_discarded_is_converted_again(
    world: World, catalog: Any, schema: Any
) -> None:
    day = Window(EpochMs(START_MS - MS_PER_DAY), START_MS)
    world.datasets = load_datasets({"datasets": [{"log_groups": ["/app/*"], "schema": schema}]})
    world.tasks.add_group(SHOP, {"web/2": [(day.from_ms, '{"n": "many"}')]}, created_ms=day.from_ms)
    world.control.put("requests/requested/2", request_body([SHOP], day))
    world.run_export("jr_e2")
    assert world.convert("jr_d").accounting.quarantined == 1
    here = deployment(world, catalog)
    _, reopened = retype_column(here, plan_retyping(here, "app_shop", {"n": ColumnType.STRING}))
    assert day in [row.window for row in reopened]
    world.convert("jr_again")
    assert "many" in world.rows("app_shop").column("n").to_pylist()
