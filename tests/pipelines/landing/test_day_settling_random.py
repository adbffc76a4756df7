"""Random histories of landing, settling, crashes and overtaking give the rows of an undisturbed run."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.fakes.fakes import START_MS
from support.fakes.mortal import CrashError, mortal
from support.worlds.copies import made_once
from support.worlds.landed import LandedEvent, landed_event, payload
from support.worlds.landing_world import LEASE_S, SHOP, LandingWorld, as_rows

from loglake.core.keys import COMMITS, TABLES
from loglake.core.ledger.row import SUPERSEDED_MS, WindowState
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR
from loglake.core.windows import merge

pytestmark = pytest.mark.unit

HOURS = 5
SETTLED_MS = START_MS + 2 * MS_PER_DAY
NUMBERS = st.lists(st.integers(0, 3 * HOURS - 1), min_size=1, max_size=5)
"""Events by number: a number is an event, whatever objects it comes in; its hour follows from it."""
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("land"), NUMBERS),
        st.tuples(st.just("run"), st.just(())),
        st.tuples(st.just("crash"), st.integers(0, 40)),
        st.tuples(st.just("settle"), st.just(())),
        st.tuples(st.just("rest"), st.just(())),
    ),
    min_size=4,
    max_size=14,
)

SENT_AGAIN: list[tuple[str, object]] = [
    ("run", ()), ("land", [0]), ("rest", ()), ("rest", ()), ("land", [8]), ("crash", 3),
    ("rest", ()), ("land", [3]), ("rest", ()), ("crash", 9),
]  # fmt: skip
"""The look of a run that dies sends later objects again while the first object's message waits."""

TAKEN_IN_LATE: list[tuple[str, object]] = [("run", ()), ("land", [0]), *6 * [("rest", ()), ("crash", 4)]]
"""Each run dies for longer than the queue keeps a message."""


def numbered(number: int) -> LandedEvent:
    return landed_event(number, START_MS + (number % HOURS) * MS_PER_HOUR + number)


def run(world: LandingWorld) -> None:
    world.run()
    world.clock.sleep(LEASE_S)


def crash(world: LandingWorld, survived: int) -> None:
    world.runs += 1
    with suppress(CrashError):
        mortal(world, survived).run()
    world.clock.sleep(LEASE_S)


def check(world: LandingWorld, numbers: Iterable[int]) -> None:
    assert world.rows() == as_rows(SHOP, {numbered(number) for number in numbers})
    rows = [row for row in world.ledger.rows(SHOP) if row.state is not WindowState.SUPERSEDED]
    assert {row.state for row in rows} <= {WindowState.CONVERTED}
    assert sum(row.accounting.rows_out for row in rows if row.accounting) == len(world.rows())
    windows = [row.window for row in rows]
    assert sum(w.to_ms - w.from_ms for w in windows) == sum(w.to_ms - w.from_ms for w in merge(windows))
    assert windows == merge(windows)  # all neighbours have become one
    assert list(world.lake.list("staging/")) == []
    assert len(list(world.lake.list(TABLES))) <= len(windows)  # fewer if they are so old that they were compacted


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
@example(SENT_AGAIN)
@example(TAKEN_IN_LATE)
def test_any_history_ends_with_the_rows_of_an_undisturbed_run(steps: list[tuple[str, object]]) -> None:
    world = LandingWorld()
    landed: set[int] = set()
    for place, (what, value) in enumerate(steps):
        if what == "land":
            numbers = value if isinstance(value, list) else []
            landed.update(numbers)
            world.land(f"{place:02d}", payload(SHOP, [numbered(number) for number in numbers]))
        elif what == "run":
            run(world)
        elif what == "crash":
            crash(world, value if isinstance(value, int) else 0)
        elif what == "rest":  # until what was replaced has expired
            world.clock.sleep(SUPERSEDED_MS / 1000)
        else:
            world.clock.time_ms = max(world.clock.time_ms, SETTLED_MS)
            run(world)
    world.clock.time_ms = max(world.clock.time_ms, SETTLED_MS)
    for _ in range(5):
        run(world)
    check(world, landed)


@made_once
def landed_world() -> LandingWorld:
    """The events of four hours are in the table, each landed twice."""
    world = LandingWorld()
    for number in range(4):
        world.land(str(number), payload(SHOP, [numbered(number), numbered((number + 1) % 4)]))
    world.run()
    return world


@made_once
def shorter_world() -> LandingWorld:
    """The events of four hours are in the table, the inner ones landed twice."""
    world = LandingWorld()
    for number in range(3):
        world.land(str(number), payload(SHOP, [numbered(number), numbered(number + 1)]))
    world.run()
    return world


def test_a_crash_at_any_change_while_a_day_settles_is_made_good() -> None:
    """The run that settles the day and takes in a late object dies at each change, and so may the one after it."""
    survived = points = 0
    while True:
        world = landed_world()
        before = set(world.rows())
        world.clock.time_ms = SETTLED_MS
        world.land("late", payload(SHOP, [numbered(5), numbered(6), numbered(9)]))
        dying = mortal(world, survived)
        world.runs += 1
        try:
            dying.run()
        except CrashError:
            points += 1
        else:
            break
        world.clock.sleep(LEASE_S)
        assert set(world.rows()) >= before  # a query never misses a row
        crash(world, 2 * survived // 3)
        for _ in range(3):
            run(world)
        check(world, [0, 1, 2, 3, 5, 6, 9])
        survived += 1
    assert points > 30


def test_a_run_that_died_at_any_change_is_made_good_once_the_rows_that_it_replaced_have_expired() -> None:
    survived, expired = 0, 0
    while True:
        world = landed_world()
        world.clock.time_ms = SETTLED_MS
        try:
            mortal(world, survived).run()
        except CrashError:
            survived += 1
        else:
            break
        world.clock.sleep(SUPERSEDED_MS / 1000)
        expired += len(world.ledger.rows(SHOP)) < len(world.ledger.stored)
        for _ in range(3):
            run(world)
        check(world, range(4))
    assert expired > 5


def test_hours_whose_decision_is_gone_stay_as_they_are() -> None:
    """Nobody knows their files any more: with those of the day, their events would be there twice."""
    world = landed_world()
    rows, states = world.rows(), {row.state for row in world.ledger.rows(SHOP)}
    world.lake.delete([item.key for item in world.lake.list(COMMITS)])
    world.clock.time_ms = SETTLED_MS
    (reason,) = world.run().failed
    assert "and no longer does: they stay as they are" in reason
    assert world.rows() == rows
    assert {row.state for row in world.ledger.rows(SHOP) if row.live} == states


def test_a_run_that_another_one_overtakes_at_any_change_does_no_harm() -> None:
    """It stops before a change for longer than its lease, while another run settles the day, and then goes on."""
    survived = points = 0
    while True:
        world = shorter_world()
        world.clock.time_ms = SETTLED_MS
        world.land("late", payload(SHOP, [numbered(5), numbered(6)]))
        overtaken: list[bool] = []

        def overtake(world: LandingWorld = world, overtaken: list[bool] = overtaken) -> None:
            overtaken.append(True)
            world.clock.sleep(LEASE_S)
            run(world)
            world.land("later", payload(SHOP, [numbered(7)]))
            run(world)

        slow = mortal(world, survived, overtake)
        slow.runs += 100
        slow.run()
        if not overtaken:
            break
        points += 1
        for _ in range(4):
            run(world)
        check(world, [0, 1, 2, 3, 5, 6, 7])
        survived += 1
    assert points > 20
