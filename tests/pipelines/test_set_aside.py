"""Rows are converted again although a later export failed: the failure stays, whatever stops the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy

import pytest
from support.fakes.steps import Call, CrashError, Sleeper, Steps, crash
from support.lakes.decisions import is_decided
from support.worlds.landed import landed_event, payload
from support.worlds.landing_world import HOUR, LandingWorld, exported_row
from support.worlds.landing_world import SHOP as LANDED_SHOP
from support.worlds.ledger_rows import again, changed
from support.worlds.settling import DAY, SHOP, SettlingWorld, event

from loglake.core.ledger.row import Current, LedgerRow, WindowState
from loglake.core.units import EpochMs
from loglake.pipelines.commit.decisions import newest_commit
from loglake.pipelines.object_lists import read_object_list
from loglake.pipelines.reconvert import Convertible, check_raw, look_for_current, reopen

pytestmark = pytest.mark.unit

FRESH = [event(number) for number in range(3)]
FEWER = FRESH[1:]


def refused_world() -> SettlingWorld:
    """A day is in the table, and another export of it failed because it has fewer events."""
    world = SettlingWorld()
    world.export(DAY, FRESH)
    world.convert()
    world.clock.sleep(60)
    world.export(DAY, FEWER)
    world.convert()
    assert (world.state(DAY), live(world).generation) == (WindowState.FAILED, 1)
    return world


def live(world: SettlingWorld) -> Current:
    """The rows in the table."""
    found = world.row(DAY).live
    assert found
    return found


def current(world: SettlingWorld) -> tuple[Convertible, ...]:
    return look_for_current([world.row(DAY)], world.control, world.raw, world.lake).whole


def convert_again(world: SettlingWorld, steps: Steps | None = None) -> None:
    """What `schema set` and `rerun --quarantined` do about the day."""
    control = steps.wrap(world.control) if steps else world.control
    ledger = steps.wrap(world.ledger) if steps else world.ledger
    reopen(current(world), ledger, control, world.clock)


def reopened_world() -> SettlingWorld:
    world = refused_world()
    convert_again(world)
    return world


def assert_as_before(world: SettlingWorld, before: LedgerRow) -> None:
    """The refused export is still reported, its list exists, and the rows belong to a new generation."""
    row = world.row(DAY)
    assert (row.state, row.attempt, row.failure) == (WindowState.FAILED, None, before.failure)
    assert read_object_list(world.control, row) == read_object_list(world.control, before)
    newest = newest_commit(world.lake, row)
    assert newest
    assert before.live
    assert before.generation < newest.generation == live(world).generation
    assert (live(world).exported_at_ms, world.visible()) == (before.live.exported_at_ms, Counter(FRESH))
    assert (world.staged(), len(list(world.lake.list("tables/")))) == ([], 1)


def steps_of(make: Callable[[], SettlingWorld], act: Callable[[SettlingWorld, Steps], object]) -> list[Call]:
    steps = Steps()
    act(make(), steps)
    return steps.points(least=2)


CONVERT = steps_of(reopened_world, SettlingWorld.convert)


@pytest.mark.parametrize("at", CONVERT, ids=str)
def test_a_converter_that_is_killed_leaves_the_rows_and_the_refused_export(at: int) -> None:
    before = refused_world().row(DAY)
    world = reopened_world()
    with suppress(CrashError):
        world.convert(Steps(at, crash))
    assert set(world.visible()) == set(FRESH)
    world.overtake()
    assert_as_before(world, before)


@pytest.mark.parametrize("at", CONVERT, ids=str)
def test_a_converter_that_wakes_up_late_brings_nothing_back(at: int) -> None:
    before = refused_world().row(DAY)
    world = reopened_world()
    sleeper = Sleeper(world.convert, at)
    world.overtake()
    done = world.row(DAY)
    reopen(_refused(world), world.ledger, world.control, world.clock, accept_fewer=True)
    assert world.overtake().failed == []
    accepted = world.row(DAY)
    sleeper.wake()
    assert (world.visible(), world.row(DAY), world.state(DAY)) == (Counter(FEWER), accepted, WindowState.CONVERTED)
    assert (done.state, done.reason) == (WindowState.FAILED, before.reason)


def _refused(world: SettlingWorld) -> tuple[Convertible, ...]:
    """The day as `rerun` finds it."""
    return check_raw([world.row(DAY)], world.control, world.raw).whole


@pytest.mark.parametrize("at", steps_of(refused_world, convert_again), ids=str)
def test_who_asks_for_it_may_be_killed_and_ask_again(at: int) -> None:
    world = refused_world()
    before = world.row(DAY)
    with suppress(CrashError):
        convert_again(world, Steps(at, crash))
    if world.state(DAY) is WindowState.FAILED:
        assert world.row(DAY) == before
        convert_again(world)
    world.convert()
    assert_as_before(world, before)


@pytest.mark.parametrize("at", CONVERT, ids=str)
def test_a_commit_that_broke_off_may_be_converted_again_under_the_next_generation(at: int) -> None:
    """As after another `schema set`."""
    world = reopened_world()
    before = refused_world().row(DAY)
    with suppress(CrashError):
        world.convert(Steps(at, crash))
    row = world.row(DAY)
    if row.state is WindowState.CONVERTING:  # its run gives it back, or its lease runs out
        world.ledger.stored[SHOP, DAY] = changed(row, state=WindowState.EXPORTED, owner="", version=row.version + 1)
    convert_again(world)
    world.convert()
    assert_as_before(world, before)


def test_a_commit_of_the_other_export_that_broke_off_is_what_is_converted_again() -> None:
    """It did not fail: its manifest exists, and its files are the window's, although one is lost."""
    world = refused_world()
    world.clock.sleep(60)
    world.export(DAY, [*FRESH, event(3)])
    with suppress(CrashError):
        world.convert(Steps(_step_after_the_manifest(world), crash))
    for key in world.staged():
        world.lake.delete([key])
    world.overtake()
    assert "neither staged nor in the lake" in world.row(DAY).reason
    convert_again(world)
    world.convert()
    assert (world.state(DAY), world.visible()) == (WindowState.CONVERTED, Counter([*FRESH, event(3)]))


def _step_after_the_manifest(world: SettlingWorld) -> int:
    """The step after which the manifest of the day's generation is there and nothing else happened."""
    for at in range(100):
        copy = deepcopy(world)
        with suppress(CrashError):
            copy.convert(Steps(at, crash))
        if is_decided(copy.lake, copy.row(DAY)):
            return at
    raise AssertionError("no manifest was written")


def test_what_is_landed_meanwhile_waits() -> None:
    """Its hour was exported, and the second export failed. Objects that already have a list wait for a retry."""
    world = LandingWorld()
    exported_row(world, WindowState.EXPORTED)
    world.run()
    row = changed(world.ledger.rows(LANDED_SHOP)[0], exported_at_ms=EpochMs(7))
    failed = again(row, world.clock.now_ms()).fail(EpochMs(0), "why")
    world.ledger.stored[LANDED_SHOP, HOUR] = failed
    found = look_for_current([failed], world.control, world.raw, world.lake)
    (opened,) = reopen(found.whole, world.ledger, world.control, world.clock)
    world.land("a", payload(LANDED_SHOP, [landed_event(n, HOUR.from_ms + n) for n in range(5)]))
    report = world.run()
    (after,) = world.ledger.rows(LANDED_SHOP)
    assert after.live
    assert (report.landing.waiting, report.converted, opened.generation) == (1, 1, after.live.generation)
    assert (after.state, after.reason, after.landed, len(world.rows())) == (WindowState.FAILED, "why", False, 1)
