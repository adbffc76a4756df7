"""Fresh windows widen while the export slot can't keep up, up to a day."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS
from support.worlds.ledger_rows import changed
from support.worlds.planned_world import CrashError, PlannedWorld, request_for

from loglake.core.ledger.row import LedgerRow, Queue, WindowState
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


def at(world: PlannedWorld, hour: int) -> None:
    world.clock.time_ms = START_MS + hour * MS_PER_HOUR + 35 * MS_PER_MINUTE
    world.plan()


def waiting(world: PlannedWorld) -> list[Window]:
    return [row.window for row in world.rows(SHOP, WindowState.PLANNED)]


def test_what_still_waits_is_joined_with_the_next_hour(world: PlannedWorld) -> None:
    for hour in range(1, 8):
        at(world, hour)
        assert waiting(world) == [hours(0, hour)]
    assert len(world.rows(SHOP, WindowState.SUPERSEDED)) == 6
    world.finish_all()
    at(world, 8)
    assert waiting(world) == [hours(7, 8)]


def test_a_window_is_no_longer_than_a_day(world: PlannedWorld) -> None:
    for hour in range(1, 75):
        at(world, hour)
    assert waiting(world) == [hours(0, 24), hours(24, 48), hours(48, 72), hours(72, 74)]
    # It is overdue, but the older window comes first.
    assert {row.queue for row in world.rows(SHOP, WindowState.PLANNED)} == {Queue.FRESH}


def test_a_window_that_can_not_be_read_is_neither_planned_again_nor_replaced(world: PlannedWorld) -> None:
    at(world, 1)
    (row,) = world.rows(SHOP, WindowState.PLANNED)
    world.ledger.stored[SHOP, row.window] = changed(row, state=WindowState.UNREADABLE)
    for hour in range(2, 75):
        at(world, hour)
    assert [row.window for row in world.ledger.rows(SHOP) if row.window.from_ms < hours(0, 1).to_ms] == [hours(0, 1)]
    assert waiting(world) == [hours(1, 24), hours(24, 48), hours(48, 72), hours(72, 74)]


@pytest.mark.parametrize("tried", ["started", "attempted", "empty_retry"])
def test_what_was_begun_keeps_its_window(world: PlannedWorld, tried: str) -> None:
    at(world, 1)
    (row,) = world.rows(SHOP)
    row = world.change_row(row, WindowState.EXPORTING, tries=0 if tried == "empty_retry" else 1)
    if tried != "started":
        world.change_row(row, WindowState.PLANNED, empty_retry=tried == "empty_retry")
    at(world, 2)
    assert [row.window for row in world.rows(SHOP)] == [hours(0, 1), hours(1, 2)]


def test_what_a_person_requested_stays_in_that_queue(world: PlannedWorld) -> None:
    world.clock.time_ms = START_MS + 3 * MS_PER_HOUR
    world.plan(request_for(SHOP, hours(0, 2)))
    at(world, 3)
    (row,) = world.rows(SHOP, WindowState.PLANNED)
    assert (row.window, row.queue) == (hours(0, 3), Queue.REQUESTED)


def test_a_killed_planning_is_finished_by_the_next(world: PlannedWorld) -> None:
    at(world, 1)
    world.ledger.writes_left = 1  # the wider window exists, and the narrow one is not marked yet
    with pytest.raises(CrashError):
        at(world, 2)
    world.ledger.writes_left = None
    assert waiting(world) == [hours(0, 1), hours(0, 2)]
    assert [row.window for row in world.waiting()] == [hours(0, 2)]
    world.plan()
    assert waiting(world) == [hours(0, 2)]


def test_a_narrow_window_that_was_begun_meanwhile_is_left_to_the_commit(world: PlannedWorld) -> None:
    at(world, 1)
    (narrow,) = world.rows(SHOP)
    replace_row = world.ledger.replace
    begun: list[LedgerRow] = []

    def begin_first(row: object) -> None:
        if not begun:
            begun.append(narrow.advance(WindowState.EXPORTING, EpochMs(0)))
            replace_row(begun[0])
        replace_row(row)  # type: ignore[arg-type]

    world.ledger.replace = begin_first  # type: ignore[method-assign]
    at(world, 2)
    assert [(row.window, row.state) for row in world.rows(SHOP)] == [
        (hours(0, 1), WindowState.EXPORTING),
        (hours(0, 2), WindowState.PLANNED),
    ]
