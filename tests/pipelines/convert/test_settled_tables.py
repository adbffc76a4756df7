"""A settled day in real files: its rows are in the table once, in the partition of its hours."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS
from support.worlds.ledger_rows import ledger_row
from support.worlds.settling import DAY, hour
from support.worlds.worlds import SHOP, World, shop_events

from loglake.core.ledger.row import WindowState
from loglake.core.schema.bundle import RawObject
from loglake.core.units import MS_PER_HOUR
from loglake.core.windows import Window
from loglake.pipelines.object_lists import object_list_body

pytestmark = pytest.mark.unit


def export(world: World, window: Window) -> None:
    """Brings a window to EXPORTED, with the events that CloudWatch has by now."""
    row = ledger_row(SHOP, window, "app_shop", WindowState.EXPORTED, task_id="task", objects=1)
    world.tasks._write("task", SHOP, window, row.keys.export_prefix)
    listed = world.raw.list(f"{row.keys.export_prefix}/task/")
    objects = [RawObject(item.key, item.size_bytes, "web/1") for item in listed]
    world.control.put(row.keys.object_list, object_list_body(row.log_group, "task", objects))
    assert world.ledger.add(row)


def numbers(world: World) -> list[int]:
    return sorted(int(str(number)) for number in world.rows("app_shop").column("n").to_pylist())


def test_rows_of_a_settled_day_replace_those_of_its_hours() -> None:
    world = World()
    events = shop_events(days=1)
    world.tasks.add_group(SHOP, {"web/1": events})
    for number in range(24):
        export(world, hour(number))
    world.convert()
    assert numbers(world) == list(range(24))

    late = (START_MS + 7 * MS_PER_HOUR, '{"n": 99, "user": {"name": "late"}}')
    world.tasks.add_group(SHOP, {"web/1": [*events, late]})
    export(world, DAY)
    report = world.convert("jr_settled")
    assert (report.converted, report.accounting.rows_out) == (1, 25)
    assert numbers(world) == [*range(24), 99]
    assert "late" in world.rows("app_shop").column("user_name").to_pylist()
    (file,) = world.lake.list("tables/")
    assert file.key.startswith("tables/app_shop/dt=2026-11-21/")
    assert list(world.lake.list("staging/")) == []
    states = [row.state for row in world.ledger.rows(SHOP)]
    assert (states.count(WindowState.SUPERSEDED), states.count(WindowState.CONVERTED)) == (24, 1)
