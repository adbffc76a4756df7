"""A settled or last pass never takes away more events than it brings: it fails, and the rows stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from support.fakes.steps import Call, CrashError, Steps, crash
from support.worlds.settling import DAY, SHOP, SettlingWorld, event, hour

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import LedgerRow, Line, WindowState
from loglake.core.outcome import Outcome
from loglake.core.planning.passes import events_of, takes_rows_away
from loglake.core.units import EpochMs

pytestmark = pytest.mark.unit

HOURS = [0, 1, 2]
FRESH = [event(number) for number in HOURS]
FEWER = FRESH[1:]


def passing_world(events: list[tuple[int, str]], before: int | None, line: Line = Line.SETTLED) -> SettlingWorld:
    """Three hours with an event each are in the table, and a pass over their day is exported."""
    world = SettlingWorld()
    for number in HOURS:
        world.export(hour(number), [event(number)])
    world.convert()
    world.export(DAY, events)
    world.ledger.stored[SHOP, DAY] = replace(world.row(DAY), line=line, events_before=before)
    return world


def assert_refused(world: SettlingWorld) -> None:
    assert world.visible() == Counter(FRESH)
    assert world.state(DAY) is WindowState.FAILED
    assert world.row(DAY).reason == (
        "the export has 2 events, and 3 of this time are in the table: its rows stay. CloudWatch Logs may have dropped "
        "some, such as where retention was lowered for a while. If fewer are right, take them with `loglake accept "
        "'/app/shop'`."
    )
    assert {world.state(hour(number)) for number in HOURS} == {WindowState.CONVERTED}


@pytest.mark.parametrize("line", [Line.SETTLED, Line.LAST])
def test_a_pass_with_fewer_events_than_the_table_fails_and_the_rows_stay(line: Line) -> None:
    world = passing_world(FEWER, events_of_hours(), line)
    report = world.convert()
    assert (report.converted, len(report.failed), report.outcome) == (0, 1, Outcome.PARTIAL)
    assert_refused(world)


def events_of_hours() -> int | None:
    """As the planner counts them."""
    world = SettlingWorld()
    for number in HOURS:
        world.export(hour(number), [event(number)])
    world.convert()
    return events_of(world.ledger.rows(SHOP))


@pytest.mark.parametrize(
    ("events", "before"),
    [
        (FRESH, 3),
        ([*FRESH, event(9, "late")], 3),
        (FEWER, None),  # as a person asked for it, or as it was planned before events were counted
        (FEWER, 2),
    ],
)
def test_a_pass_with_as_many_events_takes_their_place(events: list[tuple[int, str]], before: int | None) -> None:
    world = passing_world(events, before)
    assert world.convert().outcome is Outcome.OK
    assert world.visible() == Counter(events)
    assert world.state(DAY) is WindowState.CONVERTED


def stopping_points(make: Callable[[], SettlingWorld]) -> list[Call]:
    steps = Steps()
    make().convert(steps)
    return steps.points(least=11)


@pytest.mark.parametrize("at", stopping_points(lambda: passing_world(FEWER, 3)), ids=str)
def test_a_converter_that_is_killed_leaves_the_rows_too(at: int) -> None:
    world = passing_world(FEWER, 3)
    with suppress(CrashError):
        world.convert(Steps(at, crash))
    assert world.visible() == Counter(FRESH)
    world.overtake()
    assert_refused(world)


@pytest.mark.parametrize("at", stopping_points(lambda: passing_world(FEWER, None)), ids=str)
def test_what_a_manifest_has_decided_is_carried_out_whatever_the_row_says(at: int) -> None:
    """Such as where a person accepted fewer events, and somebody planned the pass again from what was there before."""
    world = passing_world(FEWER, None)
    with suppress(CrashError):
        world.convert(Steps(at, crash))
    decided = world.lake.exists(world.row(DAY).keys.manifest)
    if world.state(DAY) is not WindowState.CONVERTED:
        world.ledger.stored[SHOP, DAY] = replace(world.row(DAY), events_before=3)
    world.overtake()
    if decided:
        assert (world.visible(), world.state(DAY)) == (Counter(FEWER), WindowState.CONVERTED)
    else:
        assert_refused(world)


def test_the_same_export_is_converted_again_whatever_was_there_before_it() -> None:
    """As where a column was retyped: its rows are what is in the table."""
    world = passing_world(FEWER, None)
    world.convert()
    world.ledger.stored[SHOP, DAY] = replace(world.row(DAY), events_before=3)
    world.reopen(DAY)
    assert world.convert().outcome is Outcome.OK
    assert (world.visible(), world.row(DAY).standing) == (Counter(FEWER), 2)


def test_another_export_of_the_same_window_is_not() -> None:
    world = passing_world(FRESH, 3)
    world.convert()
    world.clock.sleep(60)
    world.export(DAY, FEWER)
    world.ledger.stored[SHOP, DAY] = replace(world.row(DAY), line=Line.LAST, events_before=3)
    world.convert()
    assert (world.state(DAY), world.visible()) == (WindowState.FAILED, Counter(FRESH))


@pytest.mark.parametrize(
    ("counts", "taken"),
    [
        (Accounting(events_in=3, rows_out=3), False),
        (Accounting(events_in=3, rows_out=2, quarantined=1), False),  # it is not lost
        (Accounting(events_in=4, rows_out=2, out_of_window=2), True),  # these are another window's
        (Accounting(events_in=2, rows_out=2), True),
    ],
)
def test_events_are_counted_as_when_a_pass_is_planned(counts: Accounting, taken: bool) -> None:
    row = LedgerRow(SHOP, DAY, "app_shop", events_before=3, exported_at_ms=EpochMs(7))
    assert takes_rows_away(row, counts) is taken
    held = events_of([replace(row, state=WindowState.CONVERTED, accounting=counts)])
    assert held is not None
    assert (held < 3) is taken
