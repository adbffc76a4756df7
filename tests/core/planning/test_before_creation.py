"""Time before a log group's creation may have events. No task exports a range that ends then; it can be read."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS
from support.worlds.planned_world import PlannedWorld, request_for

from loglake.core.ledger.row import LedgerRow, Queue, WindowState
from loglake.core.planning.candidate import Way
from loglake.core.planning.coverage import coverage_of
from loglake.core.planning.derive import PlanRules
from loglake.core.planning.passes import Pass, final_after, pass_of
from loglake.core.state_items import WATERMARK, of_groups
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs, LogGroupName
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")


def hours(start: int, end: int) -> Window:
    return Window(EpochMs(START_MS + start * MS_PER_HOUR), EpochMs(START_MS + end * MS_PER_HOUR))


CREATED = hours(-10, 0).from_ms
HELD = hours(-11, 0)  # the hours around the creation, which a person asked for
BEFORE = hours(-24 * 15, -11)  # events that may exist from the time before


@pytest.fixture
def world() -> PlannedWorld:
    """A log group with exported hours around its creation, without a request of a schedule."""
    world = PlannedWorld()
    world.add_group(SHOP, CREATED)
    world.clock.time_ms += 95 * MS_PER_MINUTE
    world.plan(request_for(SHOP, HELD))
    world.finish_all()
    return world


def live(world: PlannedWorld) -> list[LedgerRow]:
    return [covering.row for covering in coverage_of(world.rows(SHOP))]


def pass_days(world: PlannedWorld, days: int) -> list[str]:
    """Lets some days pass with 4 runs each; returns the messages."""
    reported: list[str] = []
    for _ in range(4 * days):
        reported += world.plan().skipped
        world.finish_all()
        world.clock.time_ms += MS_PER_DAY // 4
    return reported


def test_without_reading_what_ends_before_the_creation_fails_and_is_passed(world: PlannedWorld) -> None:
    """A person asked for the hours around the creation first, and CloudWatch exports nothing that ends before it."""
    assert [row.window for row in world.plan().rows] == [BEFORE, hours(0, 1)]
    assert pass_days(world, 20) == []
    first, second = live(world)[:2]
    assert (first.window, first.is_trouble, first.reason) == (BEFORE, True, "refused")
    assert (second.window, second.state, pass_of(second, MS_PER_DAY)) == (HELD, WindowState.CONVERTED, Pass.FINAL)
    assert of_groups(world.ledger, WATERMARK)[SHOP].final_until_ms >= HELD.to_ms


def test_what_ends_before_the_creation_is_read_in_one_window_up_to_its_day() -> None:
    world = PlannedWorld(rules=PlanRules())
    world.add_group(SHOP, CREATED)
    world.clock.time_ms += 95 * MS_PER_MINUTE
    world.plan(request_for(SHOP, HELD))
    world.finish_all()
    midnight = hours(-24, 0).from_ms
    planned = world.plan()
    assert [(row.window, row.ways) for row in planned.rows] == [
        (Window(BEFORE.from_ms, midnight), (Way.READ,)),
        (Window(midnight, HELD.from_ms), (Way.READ,)),
        (hours(0, 1), (Way.READ,)),
    ]
    assert planned.skipped == ()
    early = hours(-24 * 20, -24 * 15)
    (note,) = world.plan(request_for(SHOP, early)).notes
    assert "more than 14 days old" in note


def test_without_reading_it_waits_for_the_hour_of_the_creation() -> None:
    world = PlannedWorld()
    world.add_group(SHOP, START_MS - MS_PER_MINUTE)
    assert world.plan().rows == ()
    assert pass_days(world, 1) == []
    first = live(world)[0].window
    assert (first.from_ms, first.to_ms) == (hours(-24 * 15, 0).from_ms, START_MS)


def test_a_request_for_it_is_reported_if_it_can_not_be_read(world: PlannedWorld) -> None:
    planned = world.plan(request_for(SHOP, hours(-20, -11)))
    (reported,) = planned.skipped
    assert reported.startswith(f"{SHOP}: {hours(-20, -11)}: the log group was made later, at 2026-")
    assert "set ingest: auto" in reported
    assert (planned.notes, planned.rows) == ((), ())


def test_a_request_for_time_without_any_event_is_a_note_and_covers_nothing(world: PlannedWorld) -> None:
    before = world.rows(SHOP)
    planned = world.plan(request_for(SHOP, hours(-24 * 30, -24 * 20)))
    assert (planned.skipped, planned.rows, world.rows(SHOP)) == ((), (), before)
    (noted,) = planned.notes
    assert noted.startswith(f"{SHOP}: {hours(-24 * 30, -24 * 20)}: nothing to export: the log group was made at 2026-")


def young(retention_days: int, created_minutes: int = 0) -> PlannedWorld:
    """A log group that was created at 4 o'clock, at the end of the next hour."""
    world = PlannedWorld()
    created_ms = START_MS + 4 * MS_PER_HOUR + created_minutes * MS_PER_MINUTE
    world.add_group(SHOP, created_ms, retention_days=retention_days)
    world.clock.time_ms = created_ms + 95 * MS_PER_MINUTE
    return world


def pass_hours(world: PlannedWorld, hours: int) -> None:
    for _ in range(hours):
        world.plan()
        world.finish_all()
        world.finish_all()
        world.clock.time_ms += MS_PER_HOUR


@pytest.mark.parametrize("created_minutes", [0, 59])
@pytest.mark.parametrize("retention_days", [3, 7, 14, 30, 31])
def test_hours_after_the_one_of_the_creation_settle_whatever_retention_drops(
    retention_days: int, created_minutes: int
) -> None:
    world = young(retention_days, created_minutes)
    pass_hours(world, 18 * 24)
    first, rest = live(world)[:2]
    assert (first.window.to_ms, rest.window.from_ms) == (hours(4, 5).to_ms,) * 2
    assert first.window.from_ms < hours(0, 1).from_ms
    if retention_days > 4:  # otherwise nothing settles
        assert rest.window == hours(5, 24)
        assert pass_of(rest, MS_PER_DAY, final_after(retention_days, MS_PER_DAY)) is Pass.FINAL
    assert of_groups(world.ledger, WATERMARK)[SHOP].settled_until_ms > hours(0, 24).to_ms


def test_time_before_the_creation_and_the_rest_of_its_day_have_their_passes_apart() -> None:
    world = PlannedWorld()
    world.add_group(SHOP, START_MS + 4 * MS_PER_HOUR)
    world.clock.time_ms += 6 * MS_PER_HOUR
    pass_hours(world, 18 * 24)
    assert [row.window for row in live(world)[:2]] == [
        Window(hours(-24 * 14, 0).from_ms, hours(0, 5).to_ms),
        hours(5, 24),
    ]
    assert {pass_of(row, MS_PER_DAY) for row in live(world)[:2]} == {Pass.FINAL}


@pytest.mark.parametrize("hour", [0, 22])
def test_where_the_creation_is_in_the_last_hour_that_is_planned_nothing_is_cut(hour: int) -> None:
    world = PlannedWorld()
    world.add_group(SHOP, hours(hour, hour + 1).from_ms, retention_days=14)
    world.clock.time_ms = START_MS + hour * MS_PER_HOUR + 95 * MS_PER_MINUTE
    assert [row.window.to_ms for row in world.plan().rows] == [hours(hour, hour + 1).to_ms]


def test_while_the_slot_is_full_hours_widen_beside_the_time_before_the_creation() -> None:
    world = young(14)
    world.clock.time_ms += 3 * MS_PER_HOUR
    windows = [row.window for row in world.plan().rows]
    assert [windows[0].to_ms, *windows[1:]] == [hours(4, 5).to_ms, hours(5, 8)]


def test_a_request_is_cut_in_the_same_way() -> None:
    world = young(14)
    world.clock.time_ms += 6 * MS_PER_HOUR
    planned = world.plan(request_for(SHOP, hours(-48, 10)))
    assert [(row.window, row.queue) for row in planned.rows] == [
        (hours(-48, 5), Queue.REQUESTED),
        (hours(5, 10), Queue.REQUESTED),
    ]


def test_where_the_time_before_the_creation_failed_it_is_exported_once_its_day_settles() -> None:
    world = young(14)
    (row,) = world.plan().rows
    world.fail(world.begin(row))
    pass_hours(world, 3 * 24)
    assert [(each.window, each.state) for each in live(world)[:2]] == [
        (row.window, WindowState.CONVERTED),
        (hours(5, 24), WindowState.CONVERTED),
    ]
