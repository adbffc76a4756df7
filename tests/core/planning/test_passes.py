"""When a day gets its fresh, settled and final pass, and when not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.fakes.fakes import START_MS
from support.worlds.ledger_rows import changed, ledger_row
from support.worlds.planned_world import PlannedWorld, request_for

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import Attempt, LedgerRow, Queue, WindowState
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.candidate import Candidate, Way
from loglake.core.planning.coverage import coverage_of
from loglake.core.planning.passes import (
    Pass,
    came_in_since,
    final_after,
    needs_final,
    pass_at,
    pass_of,
)
from loglake.core.planning.replacing import events_at_least, events_before
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import WATERMARK, of_groups
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs, LogGroupName
from loglake.core.windows import Window, day_end

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")
DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
SETTLE_MS = MS_PER_DAY


def hours(start: int, end: int) -> Window:
    return Window(EpochMs(START_MS + start * MS_PER_HOUR), EpochMs(START_MS + end * MS_PER_HOUR))


class World(PlannedWorld):
    """A log group older than the day, exported each hour of the day."""

    def __init__(self, final_pass: str = "always", until: int = 24) -> None:
        entry = {"log_groups": ["/app/*"], "start": "2026-11-21", "final_pass": final_pass}
        super().__init__(datasets=load_datasets({"datasets": [entry]}))
        self.add_group(SHOP, START_MS - 30 * MS_PER_DAY)
        for hour in range(1, until + 1):
            self.at(hour)
            self.plan()
            self.finish_all()

    def at(self, hour: float) -> None:
        """The time at which an hour of the day is due: a bit more than half an hour after its end."""
        self.clock.time_ms = START_MS + int(hour * MS_PER_HOUR) + 35 * MS_PER_MINUTE

    def live(self) -> list[LedgerRow]:
        return [row for row in self.rows(SHOP) if row.state is not WindowState.SUPERSEDED]

    def of_day(self) -> list[tuple[Window, WindowState, int]]:
        """Live rows of the first day."""
        return [(row.window, row.state, row.generation) for row in self.live() if day_end(row.window) == DAY.to_ms]

    def next(self, window: Window = DAY) -> Candidate | None:
        """The window, if it would be exported now."""
        return next((each for each in self.plan().rows if each.window == window), None)

    def break_day(self) -> LedgerRow:
        """The day, whose export fails."""
        candidate = self.next()
        assert candidate
        return self.fail(self.begin(candidate))

    def settle(self) -> LedgerRow:
        """The day, once it has settled."""
        self.at(48)
        self.plan()
        self.finish_all()
        return self.ledger.stored[SHOP, DAY]


@pytest.fixture
def world() -> World:
    return World()


def test_the_pass_of_a_window_is_derived_from_when_it_was_exported() -> None:
    row = ledger_row(SHOP, hours(3, 4), "shop", WindowState.CONVERTED)
    ages = [(0, Pass.FRESH), (SETTLE_MS - 1, Pass.FRESH), (SETTLE_MS, Pass.SETTLED), (15 * MS_PER_DAY, Pass.FINAL)]
    for age_ms, expected in ages:
        at_ms = EpochMs(DAY.to_ms + age_ms)
        assert pass_at(at_ms, row.window, SETTLE_MS) is expected
        assert pass_of(changed(row, exported_at_ms=at_ms), SETTLE_MS) is expected
        failed = changed(row, state=WindowState.FAILED, failed_at_ms=at_ms)
        assert pass_of(failed, SETTLE_MS) is expected
        begun = failed.begin(Attempt(2, state=WindowState.EXPORTED, reconverts=True), at_ms)
        later = begun.advance(WindowState.CONVERTING, at_ms).fail(EpochMs(at_ms + 99 * MS_PER_DAY), "why")
        assert pass_of(later, SETTLE_MS) is expected  # the later failure is a reconversion of the earlier rows


def test_a_day_settles_as_one_window_that_takes_the_place_of_its_hours(world: World) -> None:
    assert [window for window, *_ in world.of_day()] == [hours(n, n + 1) for n in range(24)]
    world.at(47)
    assert world.next() is None
    world.at(48)
    wide = world.next()
    assert wide
    assert (wide.queue, wide.again) == (Queue.SETTLED, None)
    row = world.export(wide)
    assert len(world.rows(SHOP, WindowState.CONVERTED)) == 24  # they stay until it is converted
    assert world.next() is None
    world.convert(row)
    world.finish_all()
    assert world.of_day() == [(DAY, WindowState.CONVERTED, 1)]
    planned = world.plan()
    assert planned.rows == ()


def test_the_final_pass_is_the_next_generation_of_the_settled_day(world: World) -> None:
    world.settle()
    world.at(24 + 15 * 24)
    last = world.next()
    assert last
    assert (last.queue, last.again) == (Queue.FINAL, world.ledger.stored[SHOP, DAY])
    world.finish_all()
    world.at(25 + 15 * 24)
    world.plan()
    assert world.ledger.stored[SHOP, DAY].generation == 2
    assert pass_of(world.ledger.stored[SHOP, DAY], SETTLE_MS) is Pass.FINAL
    assert of_groups(world.ledger, WATERMARK)[SHOP].final_until_ms == DAY.to_ms


@pytest.mark.parametrize(("keeps", "due"), [(5, 2), (7, 4), (14, 11), (17, 14), (18, 15), (30, 15)])
def test_the_final_pass_comes_before_retention_drops_the_day(world: World, keeps: int, due: int) -> None:
    world.change(SHOP, retention_days=keeps)
    world.settle()
    world.at(23 + due * 24)
    assert world.next() is None
    world.at(24 + due * 24)
    last = world.next()
    assert last
    assert (last.queue, last.again) == (Queue.FINAL, world.ledger.stored[SHOP, DAY])
    world.finish_all()
    for hour in (25, 48, 72):
        world.at(hour + due * 24)
        world.plan()
        world.finish_all()
    assert world.ledger.stored[SHOP, DAY].generation == 2
    assert of_groups(world.ledger, WATERMARK)[SHOP].final_until_ms >= DAY.to_ms


def test_where_retention_leaves_no_time_for_a_final_pass_settling_is_the_final_one(world: World) -> None:
    world.change(SHOP, retention_days=4)
    assert pass_of(world.settle(), SETTLE_MS, final_after(4, SETTLE_MS)) is Pass.FINAL
    for day in (2, 3, 15):
        world.at(24 + day * 24)
        assert world.next() is None
    assert of_groups(world.ledger, WATERMARK)[SHOP].final_until_ms >= DAY.to_ms


def test_a_day_that_is_first_exported_late_enough_has_settled(world: World) -> None:
    world = World(until=0)
    world.at(50)
    (first, *_) = world.plan().rows
    assert (first.window, first.queue) == (DAY, Queue.CATCH_UP)
    world.finish_all()
    world.at(60)
    world.plan()
    world.finish_all()
    assert world.of_day() == [(DAY, WindowState.CONVERTED, 1)]


def test_after_an_outage_a_day_of_which_some_is_missing_is_exported_once(world: World) -> None:
    world = World(until=10)
    world.at(24 * 3)
    day = world.next()
    assert day
    assert day.queue is Queue.SETTLED
    world.finish_all()
    assert world.of_day() == [(DAY, WindowState.CONVERTED, 1)]


def test_failed_and_waiting_hours_settle_with_their_day() -> None:
    world = World(until=21)
    failed = world.ledger.stored[SHOP, hours(4, 5)]
    world.ledger.stored[SHOP, hours(4, 5)] = changed(failed, state=WindowState.FAILED)
    world.at(24)
    assert world.next(hours(21, 24))
    world.at(48)
    assert world.next(hours(21, 24)) is None
    world.finish_all()
    assert world.of_day() == [(DAY, WindowState.CONVERTED, 1)]


@pytest.mark.parametrize("state", [WindowState.EXPORTING, WindowState.EXPORTED, WindowState.CONVERTING])
def test_a_day_settles_once_nothing_of_it_is_under_way(world: World, state: WindowState) -> None:
    done = world.ledger.stored[SHOP, hours(4, 5)]
    world.ledger.stored[SHOP, hours(4, 5)] = changed(done, state=state)
    world.at(48)
    assert world.next() is None
    world.ledger.stored[SHOP, hours(4, 5)] = done
    assert world.next()


def test_what_was_landed_stays_and_the_rest_of_its_day_settles_around_it(world: World) -> None:
    done = world.ledger.stored[SHOP, hours(4, 5)]
    world.ledger.stored[SHOP, hours(4, 5)] = changed(done, landed=True)
    world.at(48)
    world.plan()
    world.finish_all()
    assert [window for window, *_ in world.of_day()] == [hours(0, 4), hours(4, 5), hours(5, 24)]


def test_what_was_there_before_the_group_was_made_again_stays(world: World) -> None:
    world.change(SHOP, created_ms=START_MS + 9 * MS_PER_HOUR + MS_PER_HOUR // 2)
    world.at(48)
    world.plan()
    world.finish_all()
    assert [window for window, *_ in world.of_day()] == [*(hours(n, n + 1) for n in range(8)), hours(8, 24)]


def test_a_group_that_keeps_too_little_does_not_settle(world: World) -> None:
    world.change(SHOP, retention_days=2)
    world.at(48)
    assert world.next() is None
    assert of_groups(world.ledger, WATERMARK)[SHOP].settled_until_ms > DAY.from_ms


def test_a_settled_window_that_fails_is_tried_again_at_the_final_pass_and_not_before(world: World) -> None:
    world.at(48)
    failed = world.break_day()
    world.at(60)
    assert world.next() is None
    assert of_groups(world.ledger, WATERMARK)[SHOP].settled_until_ms == DAY.from_ms
    world.at(24 + 15 * 24)
    last = world.next()
    assert last
    assert last.again == failed


def test_hours_inside_a_day_that_is_settling_are_not_opened_again(world: World) -> None:
    world.at(48)
    day = world.next()
    assert day
    row = world.export(day)
    planned = world.plan(request_for(SHOP, hours(3, 5), reexport=True))
    assert planned.rows == ()
    assert f"{DAY}: its export is under way" in planned.skipped[0]
    row = world.convert(row)
    world.plan()
    (opened,) = world.plan(request_for(SHOP, hours(3, 5), reexport=True)).rows
    assert (opened.window, opened.again, opened.queue) == (DAY, row, Queue.REQUESTED)
    assert of_groups(world.ledger, WATERMARK)[SHOP].settled_until_ms == DAY.from_ms  # until it is converted again


def test_a_failed_hour_inside_a_day_that_failed_to_settle_may_be_opened_again(world: World) -> None:
    hour = hours(4, 5)
    world.ledger.stored[SHOP, hour] = changed(world.ledger.stored[SHOP, hour], state=WindowState.FAILED)
    world.at(48)
    world.break_day()
    (opened,) = world.plan(request_for(SHOP, hour)).rows
    assert (opened.window, opened.again) == (hour, world.ledger.stored[SHOP, hour])
    world.fail(world.begin(opened))
    (whole,) = world.plan(request_for(SHOP, DAY)).rows
    assert whole.window == DAY


def test_an_hour_that_is_opened_inside_a_day_that_failed_leaves_the_watermark_before_the_day(world: World) -> None:
    """With a watermark inside the day, the next planning would only see its hours, and not the window around them."""
    hour = hours(5, 6)
    world.ledger.stored[SHOP, hour] = changed(world.ledger.stored[SHOP, hour], state=WindowState.FAILED)
    for at in (48, 24 + 15 * 24):  # the settled and the final pass
        world.at(at)
        world.break_day()
        world.finish_all()
    world.plan()
    assert of_groups(world.ledger, WATERMARK)[SHOP].settled_until_ms > DAY.from_ms
    world.plan(request_for(SHOP, hour))
    assert of_groups(world.ledger, WATERMARK)[SHOP].settled_until_ms == DAY.from_ms
    for at in (16, 17, 18):
        world.finish_all()
        world.at(24 + at * 24)
        world.plan()
    assert (DAY, WindowState.FAILED, 2) in world.of_day()
    assert (hour, WindowState.CONVERTED, 2) in world.of_day()
    assert hours(5, 24) not in [row.window for row in world.rows(SHOP)]
    assert of_groups(world.ledger, WATERMARK)[SHOP].settled_until_ms > DAY.to_ms


def settled(events: int = 5, before: int | None = 5) -> LedgerRow:
    row = ledger_row(SHOP, DAY, "shop", WindowState.CONVERTED, accounting=Accounting(events, events))
    return changed(row, exported_at_ms=EpochMs(DAY.to_ms + SETTLE_MS), events_before=before)


def test_a_final_pass_is_skipped_where_nothing_came_in_since() -> None:
    asked: list[tuple[int, int]] = []

    def came_in(answers: list[int | None]) -> bool:
        def answer(log_group: LogGroupName, from_ms: EpochMs, to_ms: EpochMs) -> int | None:
            asked.append((from_ms, to_ms))
            return answers.pop(0)

        return came_in_since([settled()], answer)

    since, until = DAY.to_ms + SETTLE_MS - 12 * MS_PER_HOUR, DAY.to_ms + 15 * MS_PER_DAY
    assert not came_in([0])
    assert came_in([3])
    assert asked == [(since, until)] * 2
    assert not came_in([None, 7])  # earlier datapoints but none since: no event came
    assert came_in([None, None])  # nobody knows
    assert asked[-1] == (until - 59 * MS_PER_DAY, until)


def test_cloudwatch_is_asked_about_one_day_when_its_turn_has_come() -> None:
    world = World()
    world.settle()
    for number in range(1, 4):
        window = Window(EpochMs(DAY.from_ms + number * MS_PER_DAY), EpochMs(DAY.to_ms + number * MS_PER_DAY))
        exported_ms = EpochMs(window.to_ms + SETTLE_MS)
        world.ledger.add(changed(settled(), window=window, key_prefix="", exported_at_ms=exported_ms))
    world.at(24 + 25 * 24)
    windows = world.read().windows
    assert windows.waiting()[Queue.FINAL].hours == 3 * 24  # the second day has fresh hours
    assert not world.tasks.asked_incoming
    world.tasks.incoming = {SHOP: {START_MS - MS_PER_DAY: 1, START_MS + 19 * MS_PER_DAY - MS_PER_HOUR: 1}}
    # The later event is too late for all days but the last.
    taken = iter(lambda: windows.take(Way.TASK, world.clock.now_ms()), None)
    final = [each for each in taken if each and each.queue is Queue.FINAL]
    assert [each.window.from_ms for each in final] == [DAY.from_ms + 3 * MS_PER_DAY]


def test_what_the_dataset_says_of_the_final_pass() -> None:
    def needs(row: LedgerRow, final_pass: str) -> bool | None:
        return needs_final([row], final_pass)

    assert needs(settled(5, 5), "always") is None  # CloudWatch is asked
    assert needs(settled(5, 5), "never") is False
    assert needs(settled(5, 5), "when_late") is False
    assert needs(settled(6, 5), "when_late") is None
    assert needs(settled(5, None), "when_late") is None
    assert needs(changed(settled(), state=WindowState.FAILED), "when_late") is True
    assert needs(changed(settled(), state=WindowState.FAILED), "never") is False
    held = settled(6), Accounting(7, 5, out_of_window=2)
    assert needs(changed(held[0], accounting=held[1]), "when_late") is False


def test_the_events_of_the_hours_are_noted_for_the_final_pass() -> None:
    world = World("when_late")
    for hour in range(24):
        row = world.ledger.stored[SHOP, hours(hour, hour + 1)]
        world.ledger.stored[SHOP, row.window] = changed(row, accounting=Accounting(2, 2))
    day = world.settle()
    assert day.live
    assert day.live.events_before == 48
    world.ledger.stored[SHOP, DAY] = changed(day, accounting=Accounting(48, 48))
    world.at(24 + 15 * 24)
    assert world.next() is None
    assert of_groups(world.ledger, WATERMARK)[SHOP].final_until_ms == DAY.to_ms


def test_a_settled_pass_that_failed_leaves_the_count_of_the_hours_to_the_last_one() -> None:
    world = World("always")
    for hour in range(24):
        row = world.ledger.stored[SHOP, hours(hour, hour + 1)]
        world.ledger.stored[SHOP, row.window] = changed(row, accounting=Accounting(2, 2))
    world.at(48)
    failed = world.break_day()
    world.at(24 + 15 * 24)
    last = world.next()
    assert last
    assert last.again == failed
    assert events_before(last.begun(EpochMs(7)), world.ledger.rows_inside(SHOP, DAY)) == 48


def test_planning_reads_from_its_watermark_on(world: World) -> None:
    world.settle()
    world.at(49)
    world.plan()
    watermark = of_groups(world.ledger, WATERMARK)[SHOP]
    assert watermark == Watermark(START_MS, DAY.to_ms, START_MS)
    read: list[tuple[int, int | None]] = []
    rows_between = world.ledger.rows_between

    def spy(log_group: LogGroupName, since_ms: EpochMs, until_ms: EpochMs | None = None) -> list[LedgerRow]:
        read.append((since_ms, until_ms))
        return rows_between(log_group, since_ms, until_ms)

    world.ledger.rows_between = spy  # type: ignore[method-assign]
    world.read()
    assert read == [(DAY.to_ms, None)]
    world.at(24 + 15 * 24)
    world.read()
    assert read[1:] == [(START_MS, DAY.to_ms), (DAY.to_ms, None)]


def test_events_are_compared_unless_a_person_accepts_fewer_or_the_rows_are_the_same() -> None:
    row = again(settled(5))
    assert events_before(row, []) == 5
    assert events_before(row, [], decided=7) == 7  # a commit that was decided, and did not end
    assert events_before(again(settled(5), accepts_fewer=True), []) is None
    assert events_before(changed(row, reconverts=True), []) is None
    assert events_before(changed(row, landed=True), []) is None
    new = ledger_row(SHOP, DAY, "shop")
    assert events_before(new, []) is None
    assert events_before(new, [counted(hours(0, 1), 3), changed(counted(hours(1, 2), 4), landed=True)]) == 3


def again(row: LedgerRow, *, accepts_fewer: bool = False) -> LedgerRow:
    """A row that is exported once more."""
    candidate = Candidate(row.log_group, row.window, Queue.FINAL, row.table, again=row, accepts_fewer=accepts_fewer)
    return candidate.begun(EpochMs(7))


def counted(window: Window, rows: int) -> LedgerRow:
    return ledger_row(SHOP, window, "app", WindowState.CONVERTED, accounting=Accounting(rows, rows))


@pytest.mark.parametrize(
    ("rows", "least"),
    [
        ([counted(DAY, 5)], 5),
        ([counted(DAY, 5), counted(hours(0, 1), 5)], 5),  # committed, and those in it are about to be superseded
        ([ledger_row(SHOP, DAY, "app"), counted(hours(0, 1), 2), counted(hours(3, 4), 4)], 6),
        # A half day in it was committed over its hours.
        (
            [
                ledger_row(SHOP, DAY, "app"),
                counted(hours(0, 12), 7),
                counted(hours(0, 1), 2),
                counted(hours(12, 13), 4),
            ],
            11,
        ),
        ([ledger_row(SHOP, DAY, "app"), ledger_row(SHOP, hours(0, 1), "app", WindowState.FAILED)], None),
        ([ledger_row(SHOP, DAY, "app", WindowState.FAILED)], None),
        ([replace(ledger_row(SHOP, DAY, "app", WindowState.FAILED), current=counted(DAY, 9).live)], 9),
        ([ledger_row(SHOP, DAY, "app", WindowState.FAILED), counted(hours(0, 1), 0)], 0),
        ([again(counted(DAY, 9))], 9),
    ],
)
def test_what_is_in_the_table_is_counted_once(rows: list[LedgerRow], least: int | None) -> None:
    (covering,) = coverage_of(rows)
    assert events_at_least(covering) == least
