"""A new watermark starts before all unfinished work."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.fakes.fakes import START_MS
from support.worlds.planned_world import PlannedWorld, request_for

from loglake.core.ledger.row import WindowState
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.passes import Pass, pass_of
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import WATERMARK, of_groups
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, format_instant
from loglake.core.windows import Window, subtract

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")


def starting(day: int) -> Datasets:
    """A dataset that starts some days after the test's first day."""
    return load_datasets(
        {"datasets": [{"log_groups": ["/app/*"], "start": format_instant(START_MS + day * MS_PER_DAY)}]}
    )


def final_after_a_month(world: PlannedWorld, window: Window) -> bool:
    """Whether a window is completely inside final windows after a quiet month."""
    for _ in range(60):
        world.clock.time_ms += MS_PER_DAY // 2
        world.plan()
        world.finish_all()
    rows = [row for row in world.rows(SHOP, WindowState.CONVERTED) if pass_of(row, MS_PER_DAY) is Pass.FINAL]
    return subtract(window, [row.window for row in rows]) == []


@pytest.mark.parametrize("first", ["request", "schedule"])
def test_what_a_request_brought_in_of_the_time_before_the_start_settles(first: str) -> None:
    world = PlannedWorld(datasets=starting(5))
    world.add_group(SHOP, START_MS)
    day = Window(EpochMs(START_MS + 4 * MS_PER_DAY), EpochMs(START_MS + 5 * MS_PER_DAY))
    long_ago = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))  # it settled with its export
    world.clock.time_ms = day.to_ms + 2 * MS_PER_HOUR
    if first == "schedule":
        world.plan()
    world.plan(request_for(SHOP, long_ago), request_for(SHOP, day, number=2))
    world.finish_all()
    assert final_after_a_month(world, day)
    assert final_after_a_month(world, long_ago)


def test_what_had_its_final_pass_before_the_first_schedule_holds_no_watermark() -> None:
    world = PlannedWorld(datasets=starting(30))
    world.add_group(SHOP, START_MS)
    day = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
    start_ms = EpochMs(START_MS + 30 * MS_PER_DAY)
    world.clock.time_ms = start_ms + 2 * MS_PER_HOUR
    world.plan(request_for(SHOP, day))
    world.finish_all()
    world.plan()
    assert of_groups(world.ledger, WATERMARK)[SHOP] == replace(Watermark.at(day.to_ms), start_ms=start_ms)
    assert final_after_a_month(world, Window(start_ms, EpochMs(start_ms + 10 * MS_PER_DAY)))
    assert of_groups(world.ledger, WATERMARK)[SHOP].final_until_ms > start_ms + 10 * MS_PER_DAY


@pytest.mark.parametrize("starts", [[1], [2, 1], [1, 0]])
def test_what_is_fresh_when_a_start_moves_settles_all_the_same(starts: list[int]) -> None:
    world = PlannedWorld(datasets=starting(0))
    world.add_group(SHOP, START_MS)
    day = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
    world.clock.time_ms = day.to_ms + MS_PER_HOUR
    world.plan()
    world.finish_all()
    for start in starts:
        world.datasets = starting(start)
        world.plan()
    assert final_after_a_month(world, day)
