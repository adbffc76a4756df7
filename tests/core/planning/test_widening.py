"""Fresh windows widen while the export slot can't keep up, up to a day."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS
from support.worlds.ledger_rows import changed
from support.worlds.planned_world import SCHEDULED, PlannedWorld, request_for

from loglake.core.ledger.row import Queue, WindowState
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs, LogGroupName
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")


def hours(start: int, end: int) -> Window:
    return Window(EpochMs(START_MS + start * MS_PER_HOUR), EpochMs(START_MS + end * MS_PER_HOUR))


@pytest.fixture
def world() -> PlannedWorld:
    entry = {"log_groups": ["/app/*"], "start": "2026-11-21"}
    world = PlannedWorld(datasets=load_datasets({"datasets": [entry]}))
    world.add_group(SHOP, START_MS - 30 * MS_PER_DAY)
    return world


def at(world: PlannedWorld, hour: int) -> list[tuple[Window, Queue]]:
    """What would be exported half an hour after an hour's end."""
    world.clock.time_ms = START_MS + hour * MS_PER_HOUR + 35 * MS_PER_MINUTE
    return [(each.window, each.queue) for each in world.plan().rows]


def fresh(*windows: Window) -> list[tuple[Window, Queue]]:
    return [(window, Queue.FRESH) for window in windows]


def test_what_still_waits_is_joined_with_the_next_hour(world: PlannedWorld) -> None:
    for hour in range(1, 8):
        assert at(world, hour) == fresh(hours(0, hour))
    world.finish_all()
    assert at(world, 8) == fresh(hours(7, 8))


def test_a_window_is_no_longer_than_a_day(world: PlannedWorld) -> None:
    overdue, *rest = at(world, 74)
    assert overdue == (hours(0, 24), Queue.CATCH_UP)
    assert rest == [(hours(24, 48), Queue.CATCH_UP), *fresh(hours(48, 72), hours(72, 74))]


def test_a_window_that_can_not_be_read_is_neither_exported_again_nor_replaced(world: PlannedWorld) -> None:
    at(world, 1)
    world.finish_all()
    (row,) = world.rows(SHOP)
    world.ledger.stored[SHOP, row.window] = changed(row, state=WindowState.UNREADABLE)
    for hour in range(2, 75):
        windows = [window for window, _ in at(world, hour)]
    assert windows == [hours(1, 24), hours(24, 48), hours(48, 72), hours(72, 74)]


@pytest.mark.parametrize("empty", [True, False, None])
def test_what_was_begun_keeps_its_window(world: PlannedWorld, empty: bool | None) -> None:
    at(world, 1)
    row = world.begin(world.plan().rows[0])
    if empty is not None:
        now_ms = world.clock.now_ms()
        world.ledger.replace(row.fail(now_ms, "it failed", EpochMs(now_ms + MS_PER_HOUR), empty=empty))
    expected = fresh(hours(1, 2)) if empty is None else fresh(hours(0, 1), hours(1, 2))
    assert at(world, 2) == expected


def test_what_a_person_requested_stays_in_that_queue(world: PlannedWorld) -> None:
    world.clock.time_ms = START_MS + 3 * MS_PER_HOUR + 35 * MS_PER_MINUTE
    rows = world.plan(request_for(SHOP, hours(0, 2)), SCHEDULED).rows
    assert [(row.window, row.queue) for row in rows] == [
        (hours(0, 2), Queue.REQUESTED),
        (hours(2, 3), Queue.FRESH),
    ]
