"""Windows of one table are decided together: all of them become rows, or none does, whatever stops a converter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.steps import CrashError, Sleeper, Steps, crash
from support.worlds.copies import made_once
from support.worlds.ledger_rows import ledger_row
from support.worlds.settling import DAY, SettlingWorld, event, hour

from loglake.core.keys import COMMITS
from loglake.core.ledger.manifest import Batch
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.units import LogGroupName
from loglake.errors import AccessDeniedError, LoglakeError, NotFoundError, ThrottledError, TransientError
from loglake.pipelines.commit.leases import BATCH_BYTES, BATCH_WINDOWS, Leases

if TYPE_CHECKING:
    from support.fakes.plain_stage import Event

pytestmark = pytest.mark.unit

GROUPS = [LogGroupName(f"/app/{number}") for number in range(2)]
HOURS = range(4)
"""Eight windows in all: they are worked on one after the other, so each call is a point to stop at."""


EVENTS = Counter(event(number, group) for group in GROUPS for number in HOURS)


@made_once
def exported_world() -> SettlingWorld:
    """Hours of several log groups of one table wait for a converter."""
    world = SettlingWorld()
    for group in GROUPS:
        for number in HOURS:
            world.export(hour(number), [event(number, group)], group=group)
    return world


@made_once
def settling_world() -> SettlingWorld:
    """These hours are in the table, and their days are about to replace them."""
    world = exported_world()
    world.convert()
    for group in GROUPS:
        world.export(DAY, [event(number, group) for number in HOURS], group=group)
    return world


def batches(world: SettlingWorld) -> list[Batch]:
    """All decisions about windows."""
    return [Batch.from_bytes(world.lake.get(item.key)) for item in world.lake.list(COMMITS)]


def assert_whole(world: SettlingWorld, events: Counter[Event] = EVENTS) -> None:
    """Each event is a row once; nothing is left in staging; and each file is named by the decision that its row has."""
    assert world.visible() == events
    assert world.staged() == []
    rows = world.ledger.all_rows()
    assert {row.state for row in rows} <= {WindowState.CONVERTED, WindowState.SUPERSEDED}
    live = {row.name: row.decisions for row in rows if row.live}
    parts = [part for batch in batches(world) for part in batch.windows if live.get(part.name) == (batch.name,)]
    named = [staged.final_key for part in parts for staged in part.files]
    assert sorted(named) == [item.key for item in world.lake.list("tables/")]


def test_windows_of_a_run_have_one_decision() -> None:
    world = exported_world()
    world.convert()
    (batch,) = batches(world)
    assert [part.name for part in batch.windows] == [(group, hour(number)) for group in GROUPS for number in HOURS]
    assert_whole(world)


def test_windows_that_replace_others_read_each_decision_once() -> None:
    world = settling_world()
    (before,) = batches(world)
    gets: list[str] = []
    get = world.lake.get
    world.lake.get = lambda key: (gets.append(key), get(key))[1]  # type: ignore[method-assign, func-returns-value]
    world.convert()
    assert gets.count(before.key) == 1
    assert_whole(world)


def test_a_window_that_fails_leaves_its_batch() -> None:
    world = exported_world()
    broken = world.ledger.stored[GROUPS[1], hour(2)]
    world.raw.delete([item.key for item in world.raw.list(broken.keys.export_prefix)])
    report = world.convert()
    (batch,) = batches(world)
    assert (len(batch.windows), report.converted, len(report.failed)) == (7, 7, 1)
    assert batch.part(broken.name) is None
    failed = world.ledger.stored[broken.name]
    assert (failed.state, failed.decisions) == (WindowState.FAILED, ())
    assert world.visible() == EVENTS - Counter([event(2, GROUPS[1])])
    assert world.staged() == []


@pytest.mark.parametrize("make", [exported_world, settling_world])
def test_wherever_a_converter_is_killed_the_next_one_completes_or_aborts_all(
    make: Callable[[], SettlingWorld],
) -> None:
    steps = Steps()
    make().convert(steps)
    seen = set()
    for at in steps.points(least=20):
        world: SettlingWorld = make()
        before = len(batches(world))
        with suppress(CrashError):
            world.convert(Steps(at, crash))
        if make is settling_world:
            assert set(world.visible()) == set(EVENTS), at  # never is a row missing
        decided = len(batches(world)) > before
        report = world.overtake()
        seen.add((decided, report.rolled_forward))
        assert_whole(world)
    windows = len(GROUPS) * (len(HOURS) if make is exported_world else 1)
    assert {(False, 0), (True, windows)} <= seen


@pytest.mark.parametrize("make", [exported_world, settling_world])
def test_a_converter_that_is_overtaken_before_any_call_changes_nothing(make: Callable[[], SettlingWorld]) -> None:
    steps = Steps()
    make().convert(steps)
    aborted = 0
    for at in steps.points(least=20):
        world: SettlingWorld = make()
        sleeper = Sleeper(world.convert, at)
        world.overtake()
        rows = dict(world.ledger.stored)
        sleeper.wake()
        assert_whole(world)
        assert world.ledger.stored == rows, at
        aborted += any(batch.aborted for batch in batches(world))
    assert aborted


def test_a_window_whose_decision_is_gone_stays_as_it_is() -> None:
    """Nobody knows its files any more: with those of another version its events would be there twice."""
    world = exported_world()
    world.convert()
    (batch,) = batches(world)
    world.lake.delete([batch.key])
    world.export(hour(0), [event(0, GROUPS[0])], group=GROUPS[0])
    (reason,) = world.convert().failed
    assert f"{batch.key} named the files of {GROUPS[0]} {hour(0)}, and no longer does" in reason
    assert world.visible() == EVENTS
    assert not world.lake.exists(batch.key)  # a person may bring it back
    world.lake.put(batch.key, batch.to_bytes())
    world.export(hour(0), [event(0, GROUPS[0])], group=GROUPS[0])
    world.convert()
    assert_whole(world)


def test_a_commit_that_failed_halfway_is_not_replaced_by_fewer_events() -> None:
    """The ledger has no version of it, but its rows are in the table."""
    world = exported_world()
    delete = world.lake.delete

    def refuse(keys: Iterable[str]) -> None:
        if list(keys):
            raise NotFoundError("there is no such bucket")

    world.lake.delete = refuse  # type: ignore[method-assign]
    assert len(world.convert().failed) == len(EVENTS)
    world.lake.delete = delete  # type: ignore[method-assign]
    assert world.visible() == EVENTS
    for group in GROUPS:
        for number in HOURS:
            world.export(hour(number), [event(number, group)] if number else [], group=group)
    failed = world.convert().failed
    assert [reason.partition(": ")[2][:52] for reason in failed] == [
        "the export has 0 events, and 1 of this time are in t" for _ in GROUPS
    ]
    assert world.visible() == EVENTS


def test_a_decided_day_that_may_not_remove_its_hours_goes_on_once_it_may() -> None:
    """As FAILED, its rows would stay in the table beside those of its hours."""
    world = SettlingWorld()
    events = [event(0), event(1)]
    for number, one in enumerate(events):
        world.export(hour(number), [one])
    world.convert()
    world.export(DAY, events)
    delete = world.lake.delete

    def refuse(keys: Iterable[str]) -> None:
        if any(key.startswith("staging/") for key in keys):
            raise AccessDeniedError("no right to delete", "s3:DeleteObject")

    world.lake.delete = refuse  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(TransientError, match="no right to delete"):
            world.convert()
    world.lake.delete = delete  # type: ignore[method-assign]
    assert world.row(DAY).state is WindowState.EXPORTED
    world.convert()
    assert world.visible() == Counter(events)
    assert world.row(DAY).state is WindowState.CONVERTED


def test_windows_that_ended_although_the_ledger_did_not_answer_count_as_converted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = exported_world()
    replace_all = world.ledger.replace_all
    ended: list[LedgerRow] = []

    def answer_none(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        if not ended and all(row.state is WindowState.CONVERTED for row in rows):
            ended.extend(replace_all(rows[:3]))
            raise ThrottledError("slow down")
        return replace_all(rows)

    monkeypatch.setattr(world.ledger, "replace_all", answer_none)
    report = world.convert()
    assert (len(ended), report.converted, report.lost) == (3, len(EVENTS), 0)
    assert world.visible() == EVENTS


def test_large_windows_and_other_tables_are_decided_alone() -> None:
    world = SettlingWorld()
    rows = []
    for number, size in enumerate((1, BATCH_BYTES, 1, 1)):
        row = ledger_row(GROUPS[0], hour(number), "app", WindowState.EXPORTED, size_bytes=size)
        rows.append(row)
    rows.append(ledger_row(GROUPS[1], hour(0), "other", WindowState.EXPORTED))
    for row in rows:
        world.ledger.add(row)
    claimed = Leases(world.ledger, world.clock, "a", 60).claim_all(rows)
    names = [row.decisions for row in sorted(claimed, key=lambda row: (row.table, row.window))]
    assert len({name for (name,) in names}) == 4
    assert names[2] == names[3]


def test_a_batch_has_so_many_windows_at_most() -> None:
    world = SettlingWorld()
    groups = [LogGroupName(f"/app/{number:04d}") for number in range(BATCH_WINDOWS + 1)]
    rows = [ledger_row(group, DAY, "app", WindowState.EXPORTED) for group in groups]
    for row in rows:
        world.ledger.add(row)
    claimed = Leases(world.ledger, world.clock, "a", 60).claim_all(rows)
    assert sorted(Counter(row.decisions for row in claimed).values()) == [1, BATCH_WINDOWS]


def test_two_converters_of_the_same_windows_have_names_of_their_own() -> None:
    world = exported_world()
    rows = world.ledger.all_rows()
    mine = Leases(world.ledger, world.clock, "a", 60).claim_all(rows[:5])
    others = Leases(world.ledger, world.clock, "b", 60).claim_all(rows)
    assert len(others) == 3
    assert not {row.decisions for row in mine} & {row.decisions for row in others}


Step = tuple[str, int, int]


class History:
    """Windows of log groups of one table, one step after the other."""

    def __init__(self, windows: int) -> None:
        self.world = SettlingWorld()
        self.sleeping: list[Sleeper] = []
        groups = [LogGroupName(f"/app/{number}") for number in range(10)]
        self.truth = [(group, number) for group in groups for number in range(5)][:windows]
        for group, number in self.truth:
            self.world.export(hour(number), [event(number, group)], group=group)

    def again(self, which: int, _call: int) -> None:
        """One window is exported again."""
        group, number = self.truth[which % len(self.truth)]
        row = self.world.ledger.stored[group, hour(number)]
        if row.state in {WindowState.CONVERTED, WindowState.FAILED}:
            self.world.export(hour(number), [event(number, group)], group=group)

    def day(self, which: int, _call: int) -> None:
        """The days of all log groups that are at rest, or of one, are exported, to replace their hours."""
        groups = {group for group, _ in self.truth}
        for group in sorted(groups if which % 2 else {self.truth[which % len(self.truth)][0]}):
            states = {row.state for row in self.world.ledger.rows(group)}
            if states <= {WindowState.CONVERTED, WindowState.SUPERSEDED}:
                events = [event(number, name) for name, number in self.truth if name == group]
                self.world.export(DAY, events, group=group)

    def run(self, _which: int, _call: int) -> None:
        self.world.overtake()

    def killed(self, _which: int, call: int) -> None:
        with suppress(CrashError):
            self.world.convert(Steps(call, crash))

    def overtaken(self, _which: int, call: int) -> None:
        with suppress(LoglakeError):
            self.world.convert(Steps(call, self.world.overtake))

    def asleep(self, _which: int, call: int) -> None:
        self.sleeping.append(Sleeper(self.world.convert, call))

    def come_to_rest(self) -> None:
        """Wakes who sleeps, and runs the job until nothing is left to do."""
        for sleeper in self.sleeping:
            sleeper.wake()
        for _ in range(3):
            self.world.overtake()


def steps(*names: str) -> st.SearchStrategy[list[Step]]:
    step = st.tuples(st.sampled_from(names), st.integers(0, 49), st.integers(0, 150))
    return st.lists(step, min_size=3, max_size=12)


def check(windows: int, taken: list[Step]) -> None:
    history = History(windows)
    for name, which, call in taken:
        getattr(history, name)(which, call)
    history.come_to_rest()
    assert_whole(history.world, Counter(event(number, group) for group, number in history.truth))


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 8), steps("killed", "overtaken", "asleep", "again", "again", "day", "run"))
def test_few_windows_are_replaced_one_by_one_and_together(windows: int, taken: list[Step]) -> None:
    check(windows, taken)


@settings(max_examples=40, deadline=None)
@given(st.integers(9, 50), steps("killed", "again", "again", "day", "run"))
def test_many_windows_are_replaced_one_by_one_and_together(windows: int, taken: list[Step]) -> None:
    """Side by side, in threads."""
    check(windows, taken)
