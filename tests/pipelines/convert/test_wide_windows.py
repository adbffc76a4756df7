"""History comes in windows of a calendar month, and lies in the same partitions as days do."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS
from support.worlds.worlds import SHOP, World, shop_events

from loglake.core.keys import REQUESTS
from loglake.core.ledger.row import WindowState
from loglake.core.requests.requests import request_body
from loglake.core.run.outcome import Outcome
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

ALL = Window(START_MS, EpochMs(START_MS + 60 * MS_PER_DAY))  # from the 21st of November


def history(partition_by: str = "day") -> World:
    """Sixty days of a log group, of which a person has some in the table when they ask for all."""
    entry = {"log_groups": ["/app/*"], "partition_by": partition_by}
    world = World(datasets=load_datasets({"datasets": [entry]}))
    world.tasks.add_group(SHOP, {"web/1": shop_events(days=60, per_day=3)})
    world.clock.time_ms = EpochMs(START_MS + 90 * MS_PER_DAY)
    for number, asked in enumerate(
        [Window(EpochMs(START_MS + 15 * MS_PER_DAY), EpochMs(START_MS + 16 * MS_PER_DAY)), ALL]
    ):
        world.control.put(f"{REQUESTS}requested/{number}", request_body([SHOP], asked))
        assert world.run_export(f"jr_e{number}").outcome is Outcome.OK
        assert world.convert(f"jr_c{number}").outcome is Outcome.OK
    return world


def test_a_month_is_one_window_with_a_partition_for_each_day() -> None:
    world = history()
    first, second, third, fourth, fifth = sorted(row.window for row in world.ledger.stored.values())
    days = [(window.to_ms - window.from_ms) // MS_PER_DAY for window in (first, second, third, fourth, fifth)]
    assert days == [10, 5, 1, 25, 19]  # to the end of November, around the day that was there, to that of December
    assert world.states() == {WindowState.CONVERTED}
    assert set(world.rows("app_shop")["n"].to_pylist()) == set(range(180))
    assert world.rows("app_shop").num_rows == 180
    partitions = {item.key.split("/")[2] for item in world.lake.list("tables/app_shop/")}
    assert len(partitions) == 60


def test_a_table_with_partitions_by_the_hour_gets_windows_of_a_day() -> None:
    world = history("hour")
    assert len(world.ledger.stored) == 60
    assert set(world.rows("app_shop")["n"].to_pylist()) == set(range(180))
    assert world.rows("app_shop").num_rows == 180


def test_what_is_not_final_yet_keeps_its_days() -> None:
    world = World()
    world.tasks.add_group(SHOP, {"web/1": shop_events(days=60, per_day=3)})
    world.clock.time_ms = EpochMs(START_MS + 60 * MS_PER_DAY)
    world.control.put(f"{REQUESTS}requested/1", request_body([SHOP], ALL))
    world.run_export()
    windows = [row.window.to_ms - row.window.from_ms for row in world.ledger.stored.values()]
    assert sorted(windows)[-2:] == [10 * MS_PER_DAY, 31 * MS_PER_DAY]
    assert sum(length <= MS_PER_DAY for length in windows) == 15
    assert sum(windows) >= 59 * MS_PER_DAY
