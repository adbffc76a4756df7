"""A commit and a compaction of the same rows in any order: each event is one row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from support.fakes.steps import CrashError, Sleeper, Steps, crash
from support.worlds.compacting import (
    EVENTS,
    HOURS,
    LATE,
    assert_same,
    compact,
    compact_blindly,
    compacted_world,
    old_shared_world,
    old_world,
    stopping_points,
)
from support.worlds.copies import made_once
from support.worlds.settling import DAY, SettlingWorld, event, hour

from loglake.core.state_items import CHECK

if TYPE_CHECKING:
    from support.fakes.plain_stage import Event

pytestmark = pytest.mark.unit


@made_once
def leaving_world() -> SettlingWorld:
    """A window of a compacted day is exported again."""
    world = compacted_world()
    world.export(hour(1), [event(1), LATE[1]])
    return world


@made_once
def settling_world() -> SettlingWorld:
    """A compacted day is exported as one window."""
    world = compacted_world()
    world.export(DAY, [*EVENTS, *LATE])
    return world


@made_once
def leaving_shared_world() -> SettlingWorld:
    """A window is exported again that shares its file with others."""
    world = old_shared_world()
    world.export(hour(1), [event(1), LATE[1]])
    return world


@made_once
def settling_shared_world() -> SettlingWorld:
    """A day is exported as one window whose hours share a file."""
    world = old_shared_world()
    world.export(DAY, [*EVENTS, *LATE, event(4)])
    return world


CHANGES = {
    leaving_world: [*EVENTS, LATE[1]],
    settling_world: [*EVENTS, *LATE],
    leaving_shared_world: [*EVENTS, event(4), LATE[1]],
    settling_shared_world: [*EVENTS, *LATE, event(4)],
}


@pytest.mark.parametrize("make", CHANGES)
def test_a_killed_commit_takes_its_rows_out_in_the_end(make: Callable[[], SettlingWorld]) -> None:
    for at in stopping_points(SettlingWorld.convert, make):
        world = make()
        with pytest.raises(CrashError):
            world.convert(Steps(at, crash))
        world.overtake()
        assert_same(world, CHANGES[make])


@pytest.mark.parametrize("make", CHANGES)
def test_two_converters_take_rows_out_once(make: Callable[[], SettlingWorld]) -> None:
    for at in stopping_points(SettlingWorld.convert, make):
        world = make()
        world.convert(Steps(at, world.overtake))
        assert_same(world, CHANGES[make])


def again(world: SettlingWorld) -> None:
    world.export(hour(1), [event(1), LATE[1]])
    world.convert()


def settle(world: SettlingWorld) -> None:
    world.export(DAY, [*EVENTS, *LATE])
    world.convert()


def settle_shared(world: SettlingWorld) -> None:
    world.export(DAY, [*EVENTS, *LATE, event(4)])
    world.convert()


@pytest.mark.parametrize(
    ("make", "change", "events"),
    [
        (old_world, again, [*EVENTS, LATE[1]]),
        (old_world, settle, [*EVENTS, *LATE]),
        (old_shared_world, again, [*EVENTS, event(4), LATE[1]]),
        (old_shared_world, settle_shared, [*EVENTS, *LATE, event(4)]),
    ],
)
def test_a_compaction_that_is_overtaken_by_a_commit_brings_nothing_back(
    make: Callable[[], SettlingWorld], change: Callable[[SettlingWorld], None], events: list[Event]
) -> None:
    for at in stopping_points(compact, make):
        world = make()
        world.convert(Steps(at, lambda: change(world)))  # noqa: B023
        assert world.visible() == Counter(events), at
        world.clock.sleep(3600)
        compact(world)
        assert_same(world, events)


@made_once
def both_worlds() -> SettlingWorld:
    """A window is exported again, and the same run is due to check the table."""
    world = old_world()
    world.export(hour(1), [event(1), LATE[1]])
    return world


@pytest.mark.parametrize("make", [both_worlds, leaving_world, settling_world])
def test_a_commit_that_is_overtaken_by_a_compaction_takes_its_rows_out(make: Callable[[], SettlingWorld]) -> None:
    events = CHANGES.get(make, [*EVENTS, LATE[1]])
    for at in stopping_points(SettlingWorld.convert, make):
        world = make()
        world.convert(Steps(at, lambda: compact(world)))  # noqa: B023
        world.clock.sleep(3600)
        compact(world)
        assert_same(world, events)


@made_once
def exported_world() -> SettlingWorld:
    """The day is exported but not in the table yet."""
    world = SettlingWorld()
    world.clock.sleep(20 * 86_400)
    for number in HOURS:
        world.export(hour(number), [event(number)])
    return world


@made_once
def settling_old_world() -> SettlingWorld:
    world = old_world()
    world.export(DAY, [*EVENTS, *LATE])
    return world


BLIND = {exported_world: EVENTS, both_worlds: [*EVENTS, LATE[1]], settling_old_world: [*EVENTS, *LATE], **CHANGES}


@pytest.mark.parametrize("make", BLIND)
def test_a_compaction_that_knows_of_no_commit_may_come_at_any_moment(make: Callable[[], SettlingWorld]) -> None:
    for at in stopping_points(SettlingWorld.convert, make):
        world = make()
        world.convert(Steps(at, lambda: compact_blindly(world)))  # noqa: B023
        assert_same(world, BLIND[make])


@pytest.mark.parametrize("make", BLIND)
def test_a_compaction_may_come_after_a_commit_was_killed(make: Callable[[], SettlingWorld]) -> None:
    for at in stopping_points(SettlingWorld.convert, make):
        world = make()
        with pytest.raises(CrashError):
            world.convert(Steps(at, crash))
        compact_blindly(world)
        world.overtake()
        assert_same(world, BLIND[make])


@pytest.mark.parametrize("make", BLIND)
def test_a_compaction_may_sleep_until_a_commit_is_done(make: Callable[[], SettlingWorld]) -> None:
    alone = Steps()
    compact_blindly(old_world(), alone)
    for at in alone.points():
        world = make()
        sleeper = Sleeper(lambda steps: compact_blindly(world, steps), at)  # noqa: B023
        world.convert()
        sleeper.wake()
        assert world.visible() == Counter(BLIND[make])
        compact(world)
        assert_same(world, BLIND[make])


def test_a_compaction_may_sleep_through_a_commit_and_wake_up_during_it() -> None:
    """It stops at any of its calls, and continues at any call of the commit that replaces its rows."""
    tried = 0
    for at in stopping_points(compact, old_world):
        calls, then = Steps(), 0
        while then <= calls.calls:
            world = old_world()
            sleeper = Sleeper(lambda steps: compact(world, steps), at)  # noqa: B023
            world.ledger.forget(CHECK)
            world.export(hour(1), [event(1), LATE[1]])
            calls = Steps(then, sleeper.wake)
            world.convert(calls)
            sleeper.wake()
            world.overtake()
            assert world.visible() == Counter([*EVENTS, LATE[1]]), (at, then)
            compact(world)
            assert_same(world, [*EVENTS, LATE[1]])
            then += 3
            tried += 1
    assert tried > 100


@pytest.mark.parametrize("settled", [False, True])
def test_two_windows_may_leave_at_once(settled: bool) -> None:
    def other(world: SettlingWorld) -> None:
        """Another run takes a window out while this one is at another, or what the whole day takes the place of."""
        world.export(hour(2), [event(2), LATE[2]])
        world.convert()

    for at in stopping_points(SettlingWorld.convert, leaving_world):
        world = leaving_world()
        world.convert(Steps(at, lambda: other(world)))  # noqa: B023
        assert_same(world, [*EVENTS, LATE[1], LATE[2]])
        if settled:
            settle(world)
            assert_same(world, [*EVENTS, *LATE])
        compact(world)
        assert world.visible() == Counter([*EVENTS, *(LATE if settled else LATE[1:3])])


def test_windows_that_leave_together_leave_a_file_in_one_writing() -> None:
    world = compacted_world()
    for number in HOURS[:3]:
        world.export(hour(number), [event(number), LATE[number]])
    writes: list[str] = []
    put = world.lake.put
    world.lake.put = lambda key, body: (writes.append(key), put(key, body))[1]  # type: ignore[method-assign, func-returns-value]
    world.convert()
    merged = [key for key in writes if "_compacted" in key]
    assert len(merged) == 1
    assert_same(world, [*EVENTS, *LATE[:3]])
