"""When a day settles, its landed hours become one window, and later objects go to that window."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.fakes.fakes import START_MS, MemoryLedger
from support.worlds.landed import payload
from support.worlds.landed_hours import SETTLED_MS, at, land_hours, live, settle, span
from support.worlds.landing_world import SHOP, LandingWorld, as_rows, exported_row
from support.worlds.ledger_rows import changed, ledger_row
from support.worlds.settling import hour

from loglake.core.landing.objects import LandedState
from loglake.core.landing.settling import LandedDays, joined, stretches, to_settle
from loglake.core.ledger.row import Attempt, LedgerRow, WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.schema.bundle import RawObject
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import LANDED_DAYS, LEASE, LEASES, of_groups
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window
from loglake.pipelines.object_lists import object_list_body, put_next_list, read_object_list
from loglake.pipelines.reconvert import check_raw, reopen

pytestmark = pytest.mark.unit

DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))


@pytest.fixture
def world() -> LandingWorld:
    return LandingWorld()


def files(world: LandingWorld) -> int:
    return len(list(world.lake.list("tables/")))


def test_a_day_becomes_one_window_after_a_while(world: LandingWorld) -> None:
    events = land_hours(world, *range(24))
    assert (len(live(world)), files(world)) == (24, 1)  # which the hours share
    world.clock.time_ms = SETTLED_MS - 1
    world.run()
    assert len(live(world)) == 24
    settle(world)
    assert (live(world), files(world)) == ([DAY], 1)
    assert world.rows() == as_rows(SHOP, events)
    before = world.ledger.rows(SHOP)
    assert world.run().converted == 0
    assert world.ledger.rows(SHOP) == before
    assert of_groups(world.ledger, LANDED_DAYS)[SHOP].days == ()


def test_neighbours_become_one_and_an_hour_without_events_stays_free(world: LandingWorld) -> None:
    events = land_hours(world, 0, 1, 2, 5, 7, 8)
    settle(world)
    assert live(world) == [span(0, 3), hour(5), span(7, 9)]
    assert world.rows() == as_rows(SHOP, events)


def test_what_lands_for_a_settled_hour_extends_the_window(world: LandingWorld) -> None:
    events = land_hours(world, 0, 1, 2)
    settle(world)
    late = [at(1, 50), at(2, 51), at(4, 52)]
    world.land("late", payload(SHOP, [*late, at(0)]))
    report = world.run()
    assert (report.outcome, report.accounting.duplicates > 0) == (Outcome.OK, True)
    assert live(world) == [span(0, 3), hour(4)]
    assert world.rows() == as_rows(SHOP, [*events, *late])
    row = world.ledger.stored[SHOP, span(0, 3)]
    assert row.generation == 2
    noted = {raw.key: raw.events for raw in read_object_list(world.control, row)}
    assert noted["landing/late"] == 3


def test_an_hour_that_came_late_joins_its_neighbours(world: LandingWorld) -> None:
    events = land_hours(world, 0, 1, 3, 4)
    settle(world)
    assert live(world) == [span(0, 2), span(3, 5)]
    world.land("late", payload(SHOP, [at(2)]))
    world.run()
    world.run()
    assert (live(world), files(world)) == ([span(0, 5)], 1)
    assert world.rows() == as_rows(SHOP, [*events, at(2)])


def test_an_object_that_is_landed_while_its_day_settles_is_in_the_day(world: LandingWorld) -> None:
    events = land_hours(world, 0, 1)
    world.clock.time_ms = SETTLED_MS

    def land_more(_: object) -> None:
        world.land("late", payload(SHOP, [at(1, 60)]))

    world.run(world.stage(land_more))
    assert live(world) == [span(0, 2)]
    assert world.rows() == as_rows(SHOP, [*events, at(1, 60)])


def test_an_object_of_an_hour_that_another_run_has_extended_meanwhile_is_not_lost(world: LandingWorld) -> None:
    """That run had read the ledger before the window of the day was there."""
    events = land_hours(world, 0, 1)
    world.clock.time_ms = SETTLED_MS
    done: list[bool] = []

    def extend_hour(_: object) -> None:
        if done:
            return
        done.append(True)
        more = world.land("late", payload(SHOP, [at(1, 60)]))
        row = world.ledger.stored[SHOP, hour(1)]
        objects = [*read_object_list(world.control, row), RawObject(more, 10, "", 1)]
        generation = put_next_list(world.control, row.keys, objects)
        attempt = Attempt(generation, objects=len(objects), landed=True, state=WindowState.EXPORTED)
        world.ledger.replace(row.begin(attempt, world.clock.now_ms()))

    report = world.run(world.stage(extend_hour))
    assert (report.outcome, report.failed, report.remaining) == (Outcome.OK, [], 0)
    assert live(world) == [span(0, 2)]
    assert world.rows() == as_rows(SHOP, [*events, at(1, 60)])


def test_hours_that_were_exported_too_stand_aside(world: LandingWorld) -> None:
    exported_row(world, WindowState.EXPORTED)
    events = land_hours(world, 0, 1, 2)
    settle(world)
    assert live(world) == [hour(0), span(1, 3)]
    assert world.rows() == sorted([*as_rows(SHOP, events), (SHOP, "web", START_MS + 1_800_000, "exported")])


def test_an_hour_whose_raw_objects_are_gone_stays_and_is_reported_once(world: LandingWorld) -> None:
    events = [at(number) for number in range(5)]
    for number in range(5):
        world.land(str(number), payload(SHOP, [at(number)]))
    world.run()
    world.raw.delete(["landing/2"])
    world.clock.time_ms = SETTLED_MS
    report = world.run()
    assert report.outcome is Outcome.PARTIAL
    assert "landing/2 is gone" in report.settling.stays[0]
    assert live(world) == [span(0, 2), hour(2), span(3, 5)]
    assert world.rows() == as_rows(SHOP, events)
    assert world.run().outcome is Outcome.OK


def test_an_object_that_lost_events_fails_the_day_and_the_rows_stay(world: LandingWorld) -> None:
    events = [at(0), at(1), at(1, 1)]
    world.land("00", payload(SHOP, events[:1]))
    world.land("01", payload(SHOP, events[1:]))
    world.run()
    whole = world.raw.get("landing/01")
    world.raw.objects["landing/01"] = payload(SHOP, [at(1)])  # no event says so, and no look
    known = world.ledger.landed["landing/01"]
    world.ledger.landed["landing/01"] = replace(known, size_bytes=len(world.raw.get("landing/01")))
    world.clock.time_ms = SETTLED_MS
    report = world.run()
    assert len(report.failed) == 1
    assert world.rows() == as_rows(SHOP, events)
    assert [world.ledger.stored[SHOP, hour(n)].state for n in (0, 1)] == [WindowState.CONVERTED] * 2
    # What lands meanwhile goes to its hour, and joins the day once a person has repaired it.
    world.land("more", payload(SHOP, [at(0, 70)]))
    assert world.run().failed == []
    assert world.rows() == as_rows(SHOP, [*events, at(0, 70)])
    world.raw.put("landing/01", whole)
    row = world.ledger.stored[SHOP, span(0, 2)]
    reopen(check_raw([row], world.control, world.raw).whole, world.ledger, world.control, world.clock)
    world.run()
    assert live(world) == [span(0, 2)]
    assert world.rows() == as_rows(SHOP, [*events, at(0, 70)])


def test_tables_by_hour_keep_their_hours(world: LandingWorld) -> None:
    entry = {"log_groups": ["/app/*"], "ingest": "landing", "partition_by": "hour"}
    world.datasets = load_datasets({"datasets": [entry]})
    land_hours(world, 0, 1)
    settle(world)
    assert live(world) == [hour(0), hour(1)]
    assert of_groups(world.ledger, LANDED_DAYS)[SHOP].days == ()


def test_a_day_whose_hours_are_under_way_is_left_to_the_next_run(world: LandingWorld) -> None:
    land_hours(world, 0, 1)
    row = world.ledger.stored[SHOP, hour(1)]
    world.ledger.stored[SHOP, hour(1)] = changed(row, state=WindowState.CONVERTING, owner="other")
    world.ledger.put(LEASES, LEASE, {"other": EpochMs(SETTLED_MS + 10**9)})
    world.clock.time_ms = SETTLED_MS
    world.run()
    assert of_groups(world.ledger, LANDED_DAYS)[SHOP].days == (START_MS,)
    world.ledger.stored[SHOP, hour(1)] = row
    world.run()
    assert live(world) == [span(0, 2)]


def test_replaying_an_object_of_a_settled_day_converts_the_day_again(world: LandingWorld) -> None:
    events = land_hours(world, 0, 1)
    settle(world)
    known = world.ledger.landed["landing/app/shop/00"]
    world.ledger.put_landed_object(replace(known, state=LandedState.REQUESTED_AGAIN))
    assert world.run().converted == 1
    assert world.ledger.stored[SHOP, span(0, 2)].generation == 2
    assert world.rows() == as_rows(SHOP, events)


def test_a_run_so_late_that_its_window_was_replaced_meanwhile_commits_nothing(world: LandingWorld) -> None:
    """It had read the list of hours before another run settled the day."""
    events = land_hours(world, 0, 1, 2)
    settle(world)
    objects = joined(read_object_list(world.control, world.ledger.stored[SHOP, hour(n)]) for n in (0, 1))
    late = row_of(span(0, 2), "app_shop", state=WindowState.EXPORTED, includes=((hour(0).from_ms, hour(0).to_ms, 1),))
    world.control.put(late.keys.object_list, object_list_body(late.log_group, "", objects))
    assert world.ledger.add(late)
    (failed,) = world.run().failed
    assert "has replaced it, and has all of its rows" in failed
    assert world.rows() == as_rows(SHOP, events)


def test_what_a_killed_run_has_decided_is_what_its_day_becomes(world: LandingWorld) -> None:
    events = land_hours(world, 0, 1, 2)
    note = of_groups(world.ledger, LANDED_DAYS)[SHOP]
    world.ledger.put(LANDED_DAYS, SHOP, note.plan([span(0, 2)]))
    settle(world)
    assert live(world) == [span(0, 2), hour(2)]
    assert world.rows() == as_rows(SHOP, events)


def test_a_run_settles_as_many_days_as_are_due(world: LandingWorld) -> None:
    days = tuple(EpochMs(START_MS - number * MS_PER_DAY) for number in range(250, 0, -1))
    world.ledger.put(LANDED_DAYS, SHOP, LandedDays(SHOP, days))
    assert world.run().settling.left == 0
    assert of_groups(world.ledger, LANDED_DAYS)[SHOP].days == ()


def test_days_that_a_run_has_no_time_for_settle_in_the_next_one(world: LandingWorld) -> None:
    class SlowLedger(MemoryLedger):
        def add(self, row: LedgerRow) -> bool:
            world.clock.sleep(400)
            return super().add(row)

    events = land_hours(world, 0, 1, 24, 25)
    slow = SlowLedger()
    vars(slow).update(vars(world.ledger))
    world.ledger = slow
    world.clock.time_ms = SETTLED_MS + MS_PER_DAY
    assert world.run(deadline_s=600).settling.left == 1
    assert live(world) == [span(0, 2), hour(24), hour(25)]
    assert world.run(deadline_s=600).settling.left == 0
    assert live(world) == [span(0, 2), span(24, 26)]
    assert world.rows() == as_rows(SHOP, events)


def row_of(window: Window, table: str = "t", size: int = 10, **fields: object) -> LedgerRow:
    row = ledger_row(SHOP, window, table, WindowState.CONVERTED, landed=True, size_bytes=size)
    return changed(row, **fields)


def test_stretches_end_at_gaps_other_tables_and_a_size() -> None:
    rows = [row_of(hour(n), "other" if n == 3 else "t") for n in (0, 1, 3, 4, 5, 6, 7)]
    objects = {row.window: [RawObject(str(number // 2), 40, "")] for number, row in enumerate(rows)}
    assert stretches(rows, objects, 1000) == [span(0, 2), span(4, 8)]
    assert stretches(rows, objects, 80) == [span(0, 2), span(4, 7)]
    assert stretches(rows, {hour(0): objects[hour(0)]}, 1000) == []


def test_windows_inside_a_wider_one_stand_aside() -> None:
    rows = [row_of(hour(0)), row_of(hour(1)), row_of(span(0, 2), state=WindowState.FAILED), row_of(hour(2))]
    assert to_settle(rows, DAY) == [rows[3]]
    assert to_settle([row_of(hour(1), task_id="task"), row_of(hour(0), size=2**30)], DAY) == []


def test_lists_of_windows_without_a_common_instant_add_up() -> None:
    first, second = [RawObject("a", 1, "", 2), RawObject("b", 1, "", 3)], [RawObject("a", 1, "", 5)]
    assert joined([first, second]) == [RawObject("a", 1, "", 7), RawObject("b", 1, "", 3)]
    have = [RawObject("a", 1, "", 9), RawObject("b", 1, "", 1), RawObject("c", 1, "", 1)]
    assert [raw.events for raw in joined([first, second], have)] == [9, 3, 1]


def test_a_note_knows_what_is_due() -> None:
    note = LandedDays(SHOP).plus(START_MS)
    assert note.plus(START_MS) is note
    assert note.due(SETTLED_MS - 1, MS_PER_DAY) == ()
    assert note.due(SETTLED_MS, MS_PER_DAY) == (START_MS,)
    assert note.plan([DAY]).settled(START_MS) == LandedDays(SHOP)
