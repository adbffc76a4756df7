"""Late events become rows, each once: both jobs, hour by hour, on a clock that tests move."""

from __future__ import annotations

import pytest
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, FakeExportTasks, silent
from support.worlds.worlds import SHOP, World

from loglake.config import ExportConfig
from loglake.core.ledger.row import WindowState
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs
from loglake.core.windows import Window
from loglake.pipelines.export.job import ExportReport, run_export
from loglake.pipelines.ports import ExportPorts

pytestmark = pytest.mark.unit

DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))


def event(number: int, hour: float) -> tuple[int, str]:
    return START_MS + int(hour * MS_PER_HOUR), f'{{"n": {number}}}'


@pytest.fixture
def world() -> World:
    entry = {"log_groups": ["/app/*"], "start": "2026-11-21", "ingest": "export"}
    world = World(datasets=load_datasets({"datasets": [entry]}))
    world.clock.time_ms = START_MS
    world.tasks = FakeExportTasks(world.raw, clock=world.clock)
    created = {"created_ms": EpochMs(START_MS - MS_PER_DAY)}
    world.tasks.add_group(SHOP, {"web": [event(0, 0.5), event(1, 1.5), event(2, 5.5)]}, **created)
    return world


def hour(world: World, number: int) -> ExportReport:
    """Runs the schedule's request so many hours after the start of the day."""
    world.clock.time_ms = START_MS + number * MS_PER_HOUR + 35 * MS_PER_MINUTE
    world.control.put(f"requests/scheduled/{number}", b"")
    ports = ExportPorts(
        world.ledger,
        world.catalog,
        world.control,
        world.clock,
        silent(world.clock),
        world.tasks,
        world.raw,
        FakeEventReader(world.tasks),
    )
    report = run_export(ports, world.datasets, ExportConfig("control", "raw", "t", "s3://x/y", "jr_e", 3000, 5, 30))
    world.convert(f"jr_{number}")
    return report


def numbers(world: World) -> list[int]:
    return sorted(int(row["n"]) for row in world.rows("app_shop").to_pylist())


def live(world: World) -> list[Window]:
    return [row.window for row in world.ledger.rows(SHOP) if row.state is not WindowState.SUPERSEDED]


def test_late_events_are_rows_once_their_day_has_settled_and_after_its_final_pass(world: World) -> None:
    world.tasks.add_late(SHOP, {"web": [event(3, 1.6)]}, late_s=11 * 3600)
    world.tasks.add_late(SHOP, {"web": [event(4, 3.5)]}, late_s=9 * 86400)
    for number in range(1, 48):
        hour(world, number)
    assert numbers(world) == [0, 1, 2]
    hour(world, 48)
    assert numbers(world) == [0, 1, 2, 3]
    assert DAY in live(world)
    assert len([window for window in live(world) if window.to_ms <= DAY.to_ms]) == 1
    for day in range(3, 17):
        hour(world, 24 * day)
    assert numbers(world) == [0, 1, 2, 3, 4]
    (settled,) = [row for row in world.ledger.rows(SHOP) if row.window == DAY]
    assert (settled.state, settled.generation) == (WindowState.CONVERTED, 2)
    assert list(world.lake.list("staging/")) == []
    keys = [item.key for item in world.lake.list("tables/app_shop/dt=2026-11-21/")]
    assert len(keys) == 1


def test_an_outage_is_caught_up_with_a_task_for_each_day(world: World) -> None:
    for number in range(1, 5):
        hour(world, number)
    before = world.tasks.created
    report = hour(world, 24 * 4 + 3)
    assert (report.exported, report.remaining, report.waiting) == (5, 0, {})
    assert world.tasks.created == before + 5
    assert numbers(world) == [0, 1, 2]
    assert [window.to_ms - window.from_ms for window in live(world)] == [MS_PER_DAY] * 4 + [3 * MS_PER_HOUR]
