"""Commits of windows that share files: all rows of a file are committed together, and each is replaced alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from support.fakes.steps import CrashError, Steps, crash
from support.worlds.copies import made_once
from support.worlds.settling import SHOP, SettlingWorld, event, hour

from loglake.core.compaction.keys import decision_of_shared, is_compacted
from loglake.core.keys import decision_key, shared_staging
from loglake.core.ledger.row import WindowState
from loglake.errors import LoglakeError, PermanentError, ServiceError, ThrottledError, TransientError
from loglake.pipelines.compaction.row_deletion import RowDeletion

pytestmark = pytest.mark.unit

TWO = [event(0), event(0, "second")]


@made_once
def sharing_world() -> SettlingWorld:
    """Two hours that share a file."""
    world = SettlingWorld(shares=True)
    world.export(hour(0), TWO)
    world.export(hour(1), [event(1)])
    world.convert()
    assert [bool(decision_of_shared(key)) for key in files(world)] == [True]
    assert [row.live.table_files for row in world.ledger.rows(SHOP) if row.live] == [1, 0]
    return world


def files(world: SettlingWorld) -> list[str]:
    return [item.key for item in world.lake.list("tables/")]


def test_the_copy_of_a_shared_file_is_one_request() -> None:
    world, steps = SettlingWorld(shares=True), Steps()
    for number in range(12):
        world.export(hour(number), [event(number)])
    world.convert(steps)
    assert world.visible() == Counter(event(number) for number in range(12))
    assert steps.names.count("lake.copy") == 1


def test_a_shared_file_that_can_not_be_copied_is_not_tried_for_each_window() -> None:
    world, steps = SettlingWorld(shares=True), Steps()
    for number in range(12):
        world.export(hour(number), [event(number)])
    copy, tried = world.lake.copy, list[str]()

    def fail(key: str, _to: str) -> None:
        tried.append(key)
        raise ThrottledError("slow down")

    world.lake.copy = fail  # type: ignore[assignment, method-assign]
    with pytest.raises(ThrottledError):
        world.convert()
    assert len(tried) == 1
    world.lake.copy = copy  # type: ignore[method-assign]
    assert world.convert(steps).rolled_forward == 12
    assert steps.names.count("lake.copy") == 1
    assert world.visible() == Counter(event(number) for number in range(12))
    assert world.staged() == []


def test_windows_that_share_a_file_with_one_that_fails_are_converted_again_in_the_same_run() -> None:
    world = sharing_world()
    world.export(hour(0), TWO[:1])  # fewer events than it has
    world.export(hour(1), [event(1), event(1, "late")])
    report = world.convert()
    assert (world.state(hour(0)), world.state(hour(1))) == (WindowState.FAILED, WindowState.CONVERTED)
    assert (len(report.failed), report.converted) == (1, 1)
    assert world.visible() == Counter([*TWO, event(1), event(1, "late")])
    assert world.staged() == []


@pytest.mark.parametrize("shares", [False, True])
def test_a_window_that_must_not_be_committed_leaves_nothing_in_staging(shares: bool) -> None:
    world = SettlingWorld(shares=shares)
    world.export(hour(0), TWO)
    world.convert()
    world.export(hour(0), TWO[:1])
    world.export(hour(1), [event(1)])
    world.convert()
    assert (world.state(hour(0)), world.state(hour(1))) == (WindowState.FAILED, WindowState.CONVERTED)
    assert world.visible() == Counter([*TWO, event(1)])
    assert world.staged() == []


def test_what_stays_of_a_shared_file_is_compacted() -> None:
    world, steps = leaving_world(), Steps()
    world.convert(steps)
    assert world.visible() == Counter([*TWO, event(1), event(1, "late")])
    assert sorted(map(is_compacted, files(world))) == [False, True]
    assert steps.names.count("lake.copy") == 2  # the hour's own file, and what stays


def test_without_the_decision_nobody_knows_what_else_a_shared_file_has() -> None:
    """A commit that replaces some of its rows was killed, and meanwhile somebody deleted the decision."""
    steps, changed = Steps(), [*TWO, event(1), event(1, "late")]
    leaving_world().convert(steps)
    world = leaving_world()
    with pytest.raises(CrashError):
        world.convert(Steps(steps.names.index("lake.copy"), crash))
    key = decision_key("app_shop", world.row(hour(0)).decisions[0])
    body = world.lake.objects.pop(key)
    with pytest.raises(TransientError, match=r"is gone or can.t be read: they stay as they are"):
        world.overtake()
    assert world.visible() == Counter([*changed, event(1)])  # nothing is lost until it is repaired
    world.lake.objects[key] = body
    world.overtake()
    assert world.visible() == Counter(changed)
    assert world.staged() == []


@made_once
def three_world() -> SettlingWorld:
    """Three hours are exported."""
    world = SettlingWorld(shares=True)
    for number in range(3):
        world.export(hour(number), [event(number)])
    return world


THREE = [event(0), event(0, "late"), event(1), event(2)]


def test_a_decision_is_completed_by_several_runs_and_for_none_of_a_later_generation() -> None:
    """The file may still be staged when the first window has its next generation: nobody copies it after that."""
    steps = Steps()
    three_world().convert(steps)
    for at in steps.points(least=21):
        world = three_world()
        with pytest.raises(CrashError):
            world.convert(Steps(at, crash))
        world.next_generation(hour(0), THREE[:2])
        others = {name: row for name, row in world.ledger.stored.items() if row.window != hour(0)}
        for name in others:  # the first run does not see them
            del world.ledger.stored[name]
        world.overtake()
        for name, row in others.items():
            world.ledger.stored[name] = row
        world.overtake()
        assert world.visible() == Counter(THREE), at
        assert world.staged() == []


def test_two_runs_take_rows_out_of_a_shared_file_at_once() -> None:
    def make() -> SettlingWorld:
        world = three_world()
        world.convert()
        world.export(hour(0), THREE[:2])
        return world

    def other() -> None:
        world.export(hour(1), [event(1), event(1, "late")])
        world.convert(deadline_s=30)  # too short to wait for the lease of the first one

    steps = Steps()
    make().convert(steps)
    for at in steps.points(least=21):
        world = make()
        world.convert(Steps(at, other))
        assert world.visible() == Counter([*THREE, event(1, "late")]), at
        assert world.staged() == []


def test_what_is_staged_after_a_file_has_left_the_table_stays_out() -> None:
    """Such as by a task that was given up as lost, and tried again, long before it ends."""
    world = three_world()
    world.convert()
    (key,) = files(world)
    staged = shared_staging("app_shop", decision_of_shared(key)) + key
    late = world.lake.get(key)
    for number in range(2):
        world.export(hour(number), [event(number), event(number, "late")])
        world.convert()
        assert world.visible() == Counter([*THREE, *(event(1, "late") for _ in range(number))])
        assert world.staged() == []
        world.lake.put(staged, late)
    world.export(hour(2), [event(2), event(2, "late")])
    world.convert()
    assert world.visible() == Counter([*THREE, event(1, "late"), event(2, "late")])
    assert world.staged() == []


@made_once
def many_world() -> SettlingWorld:
    """Twelve hours share a file, and eight of them are exported again."""
    world = SettlingWorld(shares=True)
    for number in range(12):
        world.export(hour(number), [event(number)])
    world.convert()
    for number in range(8):
        world.export(hour(number), [event(number), event(number, "late")])
    return world


MANY = [*(event(number) for number in range(12)), *(event(number, "late") for number in range(8))]


def decided(world: SettlingWorld) -> int:
    """How often the files of the partition were written again."""
    return sum(item.key.endswith(".json") for item in world.lake.list("commits/_compacted/"))


def failing(world: SettlingWorld, error: LoglakeError, times: int) -> list[str]:
    """Has the next decisions about the partition fail; returns the keys of those."""
    put_new, failed = world.lake.put_new, list[str]()

    def put(key: str, body: bytes) -> None:
        if "_compacted" in key and len(failed) < times:
            failed.append(key)
            raise error
        put_new(key, body)

    world.lake.put_new = put  # type: ignore[method-assign]
    return failed


def test_a_store_that_fails_once_does_not_have_a_file_written_again_for_each_window() -> None:
    world = many_world()
    failing(world, ThrottledError("slow down"), 1)
    report = world.convert()
    assert (report.converted, decided(world)) == (8, 1)
    assert world.visible() == Counter(MANY)
    assert world.staged() == []


def test_a_store_that_fails_again_leaves_the_windows_to_the_next_run() -> None:
    world = many_world()
    put_new = world.lake.put_new
    failed = failing(world, ServiceError("503"), 99)
    with pytest.raises(ServiceError):
        world.convert()
    assert len(failed) == 2
    world.lake.put_new = put_new  # type: ignore[method-assign]
    assert (world.convert().rolled_forward, decided(world)) == (8, 1)
    assert world.visible() == Counter(MANY)
    assert world.staged() == []


def test_an_error_of_one_window_is_found_by_halves() -> None:
    """The file of the first hour can't be removed, so that one waits, and the others are written in a few steps."""
    world = many_world()
    remove = RowDeletion.remove
    first = world.row(hour(0)).keys_at(1).path.replace("/", ".")
    tried: list[int] = []

    def refuse(deletion: RowDeletion, keys: Iterable[str]) -> None:
        keys = list(keys)
        tried.append(len(keys))
        if any(first in key for key in keys):
            raise PermanentError("not this one")
        remove(deletion, keys)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RowDeletion, "remove", refuse)
        with pytest.raises(TransientError, match="not this one"):
            world.convert()
    assert tried == [8, 4, 2, 1, 1, 1, 2, 4]
    assert decided(world) == 3
    world.convert()
    assert world.visible() == Counter(MANY)
    assert world.staged() == []


@made_once
def leaving_world() -> SettlingWorld:
    """One of the hours is exported again, with one event more."""
    world = sharing_world()
    world.export(hour(1), [event(1), event(1, "late")])
    return world
