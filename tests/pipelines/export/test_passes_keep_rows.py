"""A pass is compared with the rows in the table, also if it is requested or only part of the day is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.fakes.catalogs import MemoryCatalog
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, silent
from support.worlds.worlds import SHOP, World, shop_events

from loglake.config import ExportConfig
from loglake.core.cloud_types import ExportTask
from loglake.core.keys import REQUESTS
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.requests.requests import request_body
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs
from loglake.core.windows import Window
from loglake.pipelines.export.job import run_export
from loglake.pipelines.ports import ExportPorts

pytestmark = pytest.mark.unit

DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
TABLE = "app_shop"
PASSES = (48, 49, 62, 63, 80)
"""Hours at which passes of the day are due, an empty pass is retried, and the retry is done."""


class DayWorld(World):
    """One day of one log group with an event an hour. Runs of both jobs are given in hours of the day."""

    def __init__(self) -> None:
        super().__init__(
            datasets=load_datasets({"datasets": [{"log_groups": [SHOP], "ingest": "export", "start": "2026-11-21"}]})
        )
        self.has(range(24))

    def has(self, hours: range) -> None:
        """The events that CloudWatch still has: it dropped the rest, because retention was lower for a while."""
        events = shop_events(1)
        kept = [events[hour] for hour in hours]
        self.tasks.add_group(SHOP, {"web/1": kept}, created_ms=START_MS - 30 * MS_PER_DAY)

    def run_at(self, hour: float, request: tuple[str, bytes] = ("scheduled/now", b"")) -> None:
        self.clock.time_ms = START_MS + int(hour * MS_PER_HOUR) + 35 * MS_PER_MINUTE
        key, body = request
        self.control.put(f"{REQUESTS}{key}", body)
        ports = ExportPorts(
            self.ledger,
            MemoryCatalog(),
            self.control,
            self.clock,
            silent(self.clock),
            self.tasks,
            self.raw,
            FakeEventReader(self.tasks),
        )
        run_export(ports, self.datasets, ExportConfig("control", "raw", "t", "s3://x/y", f"jr_e{hour}", 2400, 5, 30))
        self.convert(f"jr_c{hour}")

    @property
    def day(self) -> LedgerRow:
        return self.ledger.stored[SHOP, DAY]

    @property
    def visible(self) -> int:
        return self.rows(TABLE).num_rows if any(self.lake.list(f"tables/{TABLE}/")) else 0


def failing_hour(world: DayWorld, hour: int) -> None:
    """Makes each export of one hour fail, however often it is tried."""
    describe, from_ms = world.tasks.describe, START_MS + hour * MS_PER_HOUR

    def reported(task_id: str) -> ExportTask:
        task, window = describe(task_id), world.tasks.tasks[task_id][3]
        alone = (window.from_ms, window.to_ms) == (from_ms, from_ms + MS_PER_HOUR)
        failed = alone and task.status == "COMPLETED"
        return replace(task, status="FAILED", message="internal error") if failed else task

    world.tasks.describe = reported  # type: ignore[method-assign]


@pytest.mark.parametrize("kept", [0, 5])
@pytest.mark.parametrize("unknown", ["nothing", "a failed hour", "an outage"])
def test_a_pass_never_brings_fewer_events_than_are_known_to_be_there(unknown: str, kept: int) -> None:
    world = DayWorld()
    if unknown == "a failed hour":
        failing_hour(world, 3)
    for hour in range(1, 23 if unknown == "an outage" else 25):
        world.run_at(hour)
    before = world.visible
    assert before == {"nothing": 24, "a failed hour": 23, "an outage": 22}[unknown]
    world.has(range(24 - kept, 24))
    for hour in PASSES:
        world.run_at(hour)
    assert (world.visible, world.day.state) == (before, WindowState.FAILED)
    assert (
        f"{before} of this time are in the table" in world.day.reason or f"{before} events of this" in world.day.reason
    )


def test_a_day_of_which_not_all_was_known_settles_with_all_that_there_is() -> None:
    world = DayWorld()
    failing_hour(world, 3)
    for hour in (*range(1, 23), *PASSES):
        world.run_at(hour)
    assert (world.visible, world.day.state) == (24, WindowState.CONVERTED)


@pytest.mark.parametrize("reexport", [False, True])
@pytest.mark.parametrize("hours", [range(1, 24), range(24, 24)], ids=["one fewer", "none"])
def test_asking_for_a_refused_pass_takes_rows_away_only_where_it_says_so(hours: range, reexport: bool) -> None:
    world = DayWorld()
    for hour in (*range(1, 25), 48):
        world.run_at(hour)
    assert (world.visible, world.day.state) == (24, WindowState.CONVERTED)
    world.has(hours)
    for hour in range(17 * 24, 18 * 24, 6):
        world.run_at(hour)
    assert (world.visible, world.day.state) == (24, WindowState.FAILED)
    world.run_at(19 * 24, ("requested/1.json", request_body([SHOP], DAY, reexport)))
    for hour in range(19 * 24 + 6, 20 * 24 + 6, 6):  # an empty export is retried
        world.run_at(hour)
    state = WindowState.CONVERTED if reexport else WindowState.FAILED
    assert (world.visible, world.day.state) == (len(hours) if reexport else 24, state)
