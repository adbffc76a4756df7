"""A settled day replaces its fresh hours once, despite crashes, late wake-ups and other converters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.fakes.steps import Call, CrashError, Sleeper, Steps, crash
from support.lakes.decisions import decision_of, is_decided, part_of, tables_of, through_json
from support.worlds.claiming import claim
from support.worlds.committers import SCHEMA, committer_of
from support.worlds.copies import made_once
from support.worlds.ledger_rows import changed, ledger_row
from support.worlds.settling import DAY, LEASE_S, SHOP, SettlingWorld, event, hour

from loglake.core.ledger.manifest import Replaced
from loglake.core.ledger.row import Queue, WindowState
from loglake.core.run.outcome import EXPORT, Outcome, QueueWaiting, RunNote
from loglake.core.state_items import RUN
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window
from loglake.errors import ThrottledError, TransientError, WindowBusyError
from loglake.pipelines.commit.leases import Leases

if TYPE_CHECKING:
    from support.fakes.plain_stage import Event

pytestmark = pytest.mark.unit

HOURS = [0, 1, 2]
FRESH = [event(number) for number in HOURS]
SETTLED = [*FRESH, event(1, "late"), event(5, "later")]
LAST = [*SETTLED, event(2, "last of all")]


@made_once
def fresh_world() -> SettlingWorld:
    """Three hours of a day are in the table."""
    world = SettlingWorld()
    for number in HOURS:
        world.export(hour(number), [event(number)])
    world.convert()
    return world


@made_once
def settling_world() -> SettlingWorld:
    """Three hours of a day are in the table, and the day is exported as one window."""
    world = fresh_world()
    world.export(DAY, SETTLED)
    return world


def stopping_points(make: Callable[[], SettlingWorld], least: int = 20) -> list[Call]:
    """Each call of one run of the job in a world."""
    steps = Steps()
    make().convert(steps)
    return steps.points(least + 1)


def assert_settled(world: SettlingWorld, events: list[Event], generation: int = 1) -> None:
    assert world.visible() == Counter(events)
    day = world.row(DAY)
    assert (day.state, day.generation, day.newest.generation) == (WindowState.CONVERTED, generation, generation)
    assert {world.state(hour(number)) for number in HOURS} == {WindowState.SUPERSEDED}
    assert world.staged() == []


def test_a_day_takes_the_place_of_its_hours() -> None:
    world = settling_world()
    report = world.convert()
    assert (report.converted, report.outcome) == (1, Outcome.OK)
    assert_settled(world, SETTLED)
    manifest = part_of(world.lake, world.row(DAY))
    assert manifest.replaces == tuple(Replaced(hour(number), 1) for number in HOURS)
    assert len(manifest.supersedes) == len(HOURS)
    assert through_json(manifest) == manifest


def test_a_day_that_is_exported_again_reads_no_manifest_of_an_hour() -> None:
    world = settling_world()
    world.convert()
    hours = [decision_of(world.row(hour(number))) for number in HOURS]
    world.lake.delete(hours)
    world.export(DAY, LAST)
    world.convert()
    assert_settled(world, LAST, generation=2)
    assert not any(world.lake.exists(key) for key in hours)


def test_an_hour_that_failed_is_replaced_with_the_rows_of_before() -> None:
    world = fresh_world()
    row = world.export(hour(1), [event(1, "again")])
    world.raw.delete([f"{row.keys.export_prefix}/task/web/000000.gz"])
    world.convert()
    assert world.state(hour(1)) is WindowState.FAILED
    assert world.visible() == Counter(FRESH)
    world.export(DAY, SETTLED)
    world.convert()
    assert_settled(world, SETTLED)


def test_no_row_is_missing_at_any_time() -> None:
    world = settling_world()
    for at in stopping_points(settling_world):
        world = settling_world()
        seen: list[Counter[Event]] = []
        world.convert(Steps(at, lambda: seen.append(world.visible())))  # noqa: B023
        assert seen[0] >= Counter(FRESH), at


def test_a_killed_commit_is_rolled_forward_to_the_same_lake() -> None:
    undisturbed = settling_world()
    undisturbed.convert()
    tables = tables_of(undisturbed.lake)
    for at in stopping_points(settling_world):
        world = settling_world()
        with pytest.raises(CrashError):
            world.convert(Steps(at, crash))
        world.overtake()
        assert_settled(world, SETTLED)
        assert tables_of(world.lake) == tables, at


def test_a_decided_day_that_was_given_back_does_not_wait_for_the_other_passes_of_the_night() -> None:
    """Until it is rolled forward, its events are in the table twice: its own rows, and those of its hours."""
    world = settling_world()
    world.ledger.stored[SHOP, DAY] = replace(world.row(DAY), queue=Queue.SETTLED)
    delete = world.lake.delete

    def fail(keys: Iterable[str]) -> None:
        wanted = list(keys)
        if any(key.startswith("tables/") for key in wanted):
            raise ThrottledError("slow down")
        delete(wanted)

    world.lake.delete = fail  # type: ignore[method-assign]
    with pytest.raises(ThrottledError):
        world.convert()
    assert world.state(DAY) is WindowState.EXPORTED
    assert world.visible() == Counter([*FRESH, *SETTLED])
    world.lake.delete = delete  # type: ignore[method-assign]
    left = {Queue.SETTLED.value: QueueWaiting(1, 1, 24)}
    world.ledger.put(RUN, EXPORT, RunNote.of(EXPORT, Outcome.OK, world.clock.now_ms(), waiting=left))
    world.clock.sleep(LEASE_S)
    world.convert()
    assert_settled(world, SETTLED)


def overtaken(make: Callable[[], SettlingWorld], act: Callable[[SettlingWorld], object]) -> list[SettlingWorld]:
    """Worlds with a converter that stops before each of its calls, is overtaken, and continues."""
    worlds = []
    for at in stopping_points(make):
        world = make()
        world.convert(Steps(at, lambda: act(world)))  # noqa: B023
        worlds.append(world)
    return worlds


def test_two_converters_of_a_day_give_it_once() -> None:
    for world in overtaken(settling_world, SettlingWorld.overtake):
        assert_settled(world, SETTLED)


def test_a_converter_of_an_hour_that_is_overtaken_by_its_day_changes_nothing() -> None:
    def make() -> SettlingWorld:
        world = fresh_world()
        world.export(hour(1), [event(1), event(1, "again")])
        return world

    def settle(world: SettlingWorld) -> None:
        world.overtake()
        world.export(DAY, SETTLED)
        world.convert()
        assert_settled(world, SETTLED)

    for world in overtaken(make, settle):
        assert_settled(world, SETTLED)


def test_a_converter_of_a_day_that_is_overtaken_by_its_final_pass_changes_nothing() -> None:
    def final_pass(world: SettlingWorld) -> None:
        world.overtake()
        world.export(DAY, LAST)
        world.convert()
        assert_settled(world, LAST, generation=2)

    for world in overtaken(settling_world, final_pass):
        assert_settled(world, LAST, generation=2)


def test_a_converter_that_is_fenced_off_between_two_generations_leaves_no_file() -> None:
    """The next generation is exported before the silent converter's generation is finished."""

    def skip_ahead(world: SettlingWorld) -> None:
        if world.state(DAY) is not WindowState.CONVERTED:
            world.next_generation(DAY, LAST)
            world.convert()

    for world in overtaken(settling_world, skip_ahead):
        generation = world.row(DAY).generation
        assert_settled(world, LAST if generation > 1 else SETTLED, generation)


def woken_during(
    make: Callable[[], SettlingWorld], overtake: Callable[[SettlingWorld], object]
) -> Iterator[SettlingWorld]:
    """Worlds with one converter that falls asleep at each of its calls, and wakes up at each call of the next one."""
    for at in stopping_points(make, least=10):
        calls = Steps()
        then = 0
        while then <= calls.calls:
            world = make()
            sleeper = Sleeper(world.convert, at)
            if not world.ledger.in_states(WindowState.CONVERTING):
                sleeper.wake()  # it has no window yet, or no longer
                break
            overtake(world)
            calls = Steps(then, sleeper.wake)
            with suppress(WindowBusyError):
                world.convert(calls)
            sleeper.wake()
            world.overtake()
            yield world
            then += 1


def test_a_converter_that_wakes_up_during_the_commit_of_the_next_generation_leaves_no_file() -> None:
    def make() -> SettlingWorld:
        world = SettlingWorld()
        world.export(hour(0), [event(0)])
        return world

    for world in woken_during(make, lambda world: world.next_generation(hour(0), [event(0), event(0, "late")])):
        row = world.row(hour(0))
        assert (row.state, row.generation, world.staged()) == (WindowState.CONVERTED, 2, [])
        assert world.visible() == Counter([event(0), event(0, "late")])


def test_a_converter_of_an_hour_that_wakes_up_during_the_commit_of_its_day_leaves_no_file() -> None:
    """The hour failed meanwhile, before its converter had written a manifest or after."""

    def make() -> SettlingWorld:
        world = SettlingWorld()
        world.export(hour(0), [event(0)])
        return world

    def settle(world: SettlingWorld) -> None:
        world.raw.delete([item.key for item in world.raw.list("exports/")])
        world.overtake()
        world.export(DAY, [event(0), event(5)])

    states = Counter[WindowState]()
    for world in woken_during(make, settle):
        states[world.state(hour(0))] += 1
        assert world.visible() == Counter([event(0), event(5)])
        assert (world.state(DAY), world.staged()) == (WindowState.CONVERTED, [])
    assert states.keys() == {WindowState.SUPERSEDED}


def test_a_window_that_failed_meanwhile_gets_no_rows_of_a_converter_that_wakes_up() -> None:
    def fail(world: SettlingWorld) -> None:
        key = f"{world.row(DAY).keys.export_prefix}/task/web/000000.gz"
        body = world.raw.get(key)
        world.raw.delete([key])
        world.overtake()
        world.raw.put(key, body)

    failed = 0
    for world in overtaken(settling_world, fail):
        if world.state(DAY) is WindowState.FAILED:
            failed += 1
            assert world.visible() == Counter(FRESH)
            world.reopen(DAY)
            world.convert()
            assert_settled(world, SETTLED, generation=2)
        else:
            assert_settled(world, SETTLED)
    assert failed > 5


def test_an_hour_that_a_person_opens_again_meanwhile_is_done_first() -> None:
    def reopen(world: SettlingWorld) -> None:
        if world.state(hour(1)) is WindowState.CONVERTED:
            world.reopen(hour(1))

    decided = 0
    for at in stopping_points(settling_world):
        world = settling_world()
        try:
            world.convert(Steps(at, lambda: reopen(world)))  # noqa: B023
        except WindowBusyError:
            assert world.state(DAY) is WindowState.EXPORTED
            assert world.visible() >= Counter(FRESH)
            # An earlier manifest is not applied while the hour is under way.
            decided += is_decided(world.lake, world.row(DAY)) and world.visible() == Counter(FRESH)
        world.convert()
        assert_settled(world, SETTLED)
    assert decided


def test_a_day_is_left_alone_while_an_hour_of_it_is_exported_again() -> None:
    world = settling_world()
    world._save(world.plan(hour(1)), WindowState.EXPORTING, task_id="task")
    report = world.convert()
    assert (report.converted, report.remaining, report.outcome) == (0, 1, Outcome.PARTIAL)
    assert world.state(DAY) is WindowState.EXPORTED
    assert world.visible() == Counter(FRESH)


def test_a_commit_says_which_window_it_waits_for() -> None:
    world = settling_world()
    world._save(world.plan(hour(1)), WindowState.EXPORTING, task_id="task")
    leases = Leases(world.ledger, world.clock, "a", 60)
    row = claim(leases, changed(world.row(DAY), accepts_fewer=True))
    assert row
    said = r"/app/shop \[2026-11-21T01:00:00.*\) is EXPORTING, and \[2026-11-21T00.*\) is about to replace it"
    with pytest.raises(WindowBusyError, match=said):
        committer_of(world.lake, leases, "a").commit(row, [], SCHEMA)
    assert issubclass(WindowBusyError, TransientError)
    assert not world.lake.exists(decision_of(row))


def test_landed_rows_are_not_replaced() -> None:
    world = settling_world()
    key = (SHOP, hour(1))
    world.ledger.stored[key] = world.ledger.stored[key].supersede(EpochMs(0), DAY)
    landed = ledger_row(SHOP, hour(4), "app_shop", WindowState.CONVERTED, landed=True)
    world.ledger.stored[SHOP, hour(4)] = landed
    report = world.convert()
    assert world.state(DAY) is WindowState.FAILED
    assert ") lies in it and has landed objects" in report.failed[0]
    assert world.visible() == Counter(FRESH)


def test_the_events_of_a_neighbour_belong_to_the_wider_window_alone() -> None:
    world = settling_world()
    after = Window(DAY.to_ms, EpochMs(DAY.to_ms + MS_PER_DAY))
    tomorrow = (DAY.to_ms + 1, "tomorrow")
    world.export(after, [event(1), event(20), tomorrow])
    world.convert()
    assert world.visible() == Counter([*SETTLED, tomorrow])
