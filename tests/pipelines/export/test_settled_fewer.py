"""If a settled or final pass has fewer events than the table, it fails and the rows stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from support.fakes.steps import Call, CrashError, Steps, crash
from support.lakes.decisions import is_decided
from support.worlds.ledger_rows import again, changed, ledger_row
from support.worlds.settling import DAY, SHOP, SettlingWorld, event, hour

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import Queue, WindowState
from loglake.core.planning.replacing import events_before
from loglake.core.run.outcome import Outcome

pytestmark = pytest.mark.unit

HOURS = [0, 1, 2]
FRESH = [event(number) for number in HOURS]
FEWER = FRESH[1:]


def passing_world(
    events: list[tuple[int, str]], queue: Queue = Queue.SETTLED, *, accepts_fewer: bool = False
) -> SettlingWorld:
    """Three hours with an event each are in the table, and a pass of their day is exported."""
    world = SettlingWorld()
    for number in HOURS:
        world.export(hour(number), [event(number)])
    world.convert()
    world.export(DAY, events)
    world.ledger.stored[SHOP, DAY] = changed(world.row(DAY), queue=queue, accepts_fewer=accepts_fewer)
    return world


def assert_refused(world: SettlingWorld) -> None:
    assert world.visible() == Counter(FRESH)
    assert world.state(DAY) is WindowState.FAILED
    assert world.row(DAY).reason == (
        "the export has 2 events, and 3 of this time are in the table: its rows stay. CloudWatch Logs may have dropped "
        "some, for example while retention was lower. If fewer are right, take them with `loglake accept "
        "'/app/shop'`."
    )
    assert {world.state(hour(number)) for number in HOURS} == {WindowState.CONVERTED}


@pytest.mark.parametrize("queue", [Queue.SETTLED, Queue.FINAL])
def test_a_pass_with_fewer_events_than_the_table_fails_and_the_rows_stay(queue: Queue) -> None:
    world = passing_world(FEWER, queue)
    report = world.convert()
    assert (report.converted, len(report.failed), report.outcome) == (0, 1, Outcome.PARTIAL)
    assert_refused(world)


@pytest.mark.parametrize(
    ("events", "accepts_fewer"),
    [
        (FRESH, False),
        ([*FRESH, event(9, "late")], False),
        (FEWER, True),  # as a person asked for it
    ],
)
def test_a_pass_with_as_many_events_takes_their_place(events: list[tuple[int, str]], accepts_fewer: bool) -> None:
    world = passing_world(events, accepts_fewer=accepts_fewer)
    assert world.convert().outcome is Outcome.OK
    assert world.visible() == Counter(events)
    assert world.state(DAY) is WindowState.CONVERTED


def stopping_points(make: Callable[[], SettlingWorld]) -> list[Call]:
    steps = Steps()
    make().convert(steps)
    return steps.points(least=11)


@pytest.mark.parametrize("at", stopping_points(lambda: passing_world(FEWER)), ids=str)
def test_a_converter_that_is_killed_leaves_the_rows_too(at: int) -> None:
    world = passing_world(FEWER)
    with suppress(CrashError):
        world.convert(Steps(at, crash))
    assert world.visible() == Counter(FRESH)
    world.overtake()
    assert_refused(world)


@pytest.mark.parametrize("at", stopping_points(lambda: passing_world(FEWER, accepts_fewer=True)), ids=str)
def test_what_a_manifest_has_decided_is_carried_out_whatever_the_row_says(at: int) -> None:
    """For example, a person accepts fewer events, and somebody plans the pass again from the state before that."""
    world = passing_world(FEWER, accepts_fewer=True)
    with suppress(CrashError):
        world.convert(Steps(at, crash))
    decided = is_decided(world.lake, world.row(DAY))
    if world.state(DAY) is not WindowState.CONVERTED:
        world.ledger.stored[SHOP, DAY] = changed(world.row(DAY), accepts_fewer=False)
    world.overtake()
    if decided:
        assert (world.visible(), world.state(DAY)) == (Counter(FEWER), WindowState.CONVERTED)
    else:
        assert_refused(world)


def test_the_same_export_is_converted_again_whatever_was_there_before_it() -> None:
    """As after `schema set`: the table has this version's rows."""
    world = passing_world(FEWER, accepts_fewer=True)
    world.convert()
    world.ledger.stored[SHOP, DAY] = changed(world.row(DAY), accounting=Accounting(3, 3), events_before=3)
    world.reopen(DAY)
    assert world.convert().outcome is Outcome.OK
    day = world.row(DAY).live
    assert day
    assert (world.visible(), day.generation, day.events_before) == (Counter(FEWER), 2, 3)


def test_another_export_of_the_same_window_is_not() -> None:
    world = passing_world(FRESH)
    world.convert()
    world.clock.sleep(60)
    world.export(DAY, FEWER)
    world.ledger.stored[SHOP, DAY] = replace(world.row(DAY), queue=Queue.FINAL)
    world.convert()
    assert (world.state(DAY), world.visible()) == (WindowState.FAILED, Counter(FRESH))


@pytest.mark.parametrize(
    ("counts", "held"),
    [
        (Accounting(events_in=3, rows_out=3), 3),
        (Accounting(events_in=3, rows_out=2, quarantined=1), 3),  # it is not lost
        (Accounting(events_in=4, rows_out=2, out_of_window=2), 2),  # these are another window's
    ],
)
def test_what_a_version_holds_is_what_the_next_one_is_compared_with(counts: Accounting, held: int) -> None:
    done = ledger_row(SHOP, DAY, "app_shop", WindowState.CONVERTED, accounting=counts)
    assert counts.held == held
    assert events_before(again(done, 7), []) == held
