"""Compaction: fewer files and the same rows, despite crashes, late wake-ups and commits in between."""

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
    PLACE,
    assert_same,
    compact,
    compact_blindly,
    compacted_world,
    files,
    live,
    old_world,
    stopping_points,
)
from support.worlds.settling import DAY, SettlingWorld, event, hour

from loglake.core.compaction.decision import Decision
from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.state_items import CHECK, values
from loglake.errors import AlreadyExistsError

if TYPE_CHECKING:
    from support.fakes.plain_stage import Event

pytestmark = pytest.mark.unit


def test_the_files_of_a_day_become_one() -> None:
    world = old_world()
    before = files(world)
    report = world.convert()
    assert_same(world, EVENTS)
    assert files(world) == [PLACE.file(1, 0)]
    done = report.compaction
    assert (done.partitions, done.files_before, done.files_after, done.rows) == (1, 4, 1, 4)
    assert (report.outcome, report.numbers["FilesCompacted"]) == (Outcome.OK, 4)
    decision = live(world)
    assert decision
    assert [part.key for part in decision.files[0].parts] == before == list(decision.supersedes)
    assert Decision.from_bytes(decision.to_bytes()) == decision


def test_a_table_is_checked_every_six_hours() -> None:
    world = old_world()
    world.ledger.forget(CHECK)
    assert world.convert().compaction.partitions == 0  # nothing of it was converted in this run: it is not noted
    assert values(world.ledger, CHECK) == {}
    world.export(hour(9), [event(9)])
    assert world.convert().compaction.partitions == 0
    for hours, partitions in ((5, 0), (2, 1), (7, 0)):
        world.clock.sleep(hours * 3600)
        assert world.convert().compaction.partitions == partitions
    assert_same(world, [*EVENTS, event(9)])


def test_a_compacted_day_stays_as_it_is() -> None:
    world = compacted_world()
    objects = dict(world.lake.objects)
    compact(world)
    assert world.lake.objects == objects


def test_what_comes_later_is_taken_in_too() -> None:
    world = compacted_world()
    world.export(hour(9), [event(9)])
    world.convert()
    compact(world)
    assert_same(world, [*EVENTS, event(9)])
    assert files(world) == [PLACE.file(2, 0)]


def test_a_killed_compaction_is_brought_to_its_end_or_swept() -> None:
    for at in stopping_points(compact, old_world):
        world = old_world()
        with pytest.raises(CrashError):
            world.convert(Steps(at, crash))
        world.overtake()
        assert_same(world, EVENTS)
        assert len(files(world)) == 1, at


def test_no_row_is_missing_while_files_become_one() -> None:
    for at in stopping_points(compact, old_world):
        world = old_world()
        seen: list[Counter[Event]] = []
        world.convert(Steps(at, lambda: seen.append(world.visible())))  # noqa: B023
        assert seen[0] >= Counter(EVENTS), at


@pytest.mark.parametrize("make", [old_world, compacted_world])
def test_a_window_that_is_converted_again_leaves_a_compaction(make: Callable[[], SettlingWorld]) -> None:
    world = make()
    world.export(hour(1), [event(1), LATE[1]])
    world.convert()
    assert_same(world, [*EVENTS, LATE[1]])
    compact(world)
    assert_same(world, [*EVENTS, LATE[1]])
    assert len(files(world)) == 1


def test_a_compaction_that_died_is_brought_to_its_end_by_the_next_one() -> None:
    alone = Steps()
    compact_blindly(old_world(), alone)
    for at in alone.points():
        world = old_world()
        with pytest.raises(CrashError):
            compact_blindly(world, Steps(at, crash))
        compact_blindly(world)
        assert world.visible() == Counter(EVENTS)
        compact(world)
        assert_same(world, EVENTS)


def test_what_a_silent_compaction_has_staged_is_removed_though_the_day_waits() -> None:
    alone = Steps()
    compact_blindly(old_world(), alone)
    swept = 0
    for at in alone.points():
        world = old_world()
        sleeper = Sleeper(lambda steps: compact_blindly(world, steps), at)  # noqa: B023
        swept += bool(world.staged())
        world.plan(hour(1))  # so that nothing of the day is compacted
        compact(world)
        assert world.staged() == []
        sleeper.wake()
        assert_same(world, EVENTS)
    assert swept > 1


def test_a_decision_whose_answer_was_lost_is_this_runs_own() -> None:
    """The store retries, and the second attempt finds the object of the first one."""
    world = old_world()
    put_new = world.lake.put_new

    def answer_lost(key: str, body: bytes) -> None:
        put_new(key, body)
        raise AlreadyExistsError(key)

    world.lake.put_new = answer_lost  # type: ignore[method-assign]
    assert world.convert().compaction.partitions == 1
    world.export(hour(1), [event(1), LATE[1]])
    world.convert()
    assert_same(world, [*EVENTS, LATE[1]])


def test_two_compactions_at_once_are_one() -> None:
    for at in stopping_points(compact, old_world):
        world = old_world()
        world.convert(Steps(at, lambda: compact(world)))  # noqa: B023
        world.clock.sleep(3600)
        compact(world)
        assert_same(world, EVENTS)
        assert len(files(world)) == 1, at


def test_rows_of_a_window_that_failed_stay_in_the_compacted_file() -> None:
    world = compacted_world()
    row = world.export(hour(1), [event(1), LATE[1]])
    world.raw.delete([f"{row.keys.export_prefix}/task/web/000000.gz"])
    world.convert()
    assert world.state(hour(1)) is WindowState.FAILED
    assert_same(world, EVENTS)


@pytest.mark.parametrize("days", [0, 14])
def test_what_may_get_late_events_is_left_alone(days: int) -> None:
    world = old_world()
    world.clock.time_ms = DAY.to_ms + days * 86_400_000
    compact(world)
    assert len(files(world)) == len(HOURS)


def test_what_is_under_way_is_waited_for() -> None:
    world = old_world()
    world.plan(hour(1))
    compact(world)
    assert len(files(world)) == len(HOURS)
    world.export(hour(1), [event(1)])
    compact(world)
    assert_same(world, EVENTS)
    assert len(files(world)) == 1


def test_a_file_that_no_commit_names_is_not_touched() -> None:
    world = old_world()
    row = world.row(hour(2))
    stray = row.keys.table_file("app_shop", PLACE.partition, 7)
    world.lake.put(stray, b"[]")
    report = world.convert()
    assert (report.compaction.partitions, files(world)) == (1, sorted([PLACE.file(1, 0), stray], key=str.encode))


def test_what_can_not_be_merged_stays_and_is_reported() -> None:
    world = old_world()
    world.lake.objects[files(world)[2]] = b"[]"
    before = files(world)
    report = world.convert()
    assert files(world) == before
    assert (report.outcome, len(report.compaction.refused)) == (Outcome.PARTIAL, 1)
    assert "tables/app_shop/dt=2026-11-21/: the files of" in report.compaction.refused[0]
    assert world.staged() == []
