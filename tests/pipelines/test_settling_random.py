"""Random orders of everything: each event is one row in the end, and no unnamed file is left."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.steps import CrashError, Steps, crash
from support.worlds.landed import landed_event, payload
from support.worlds.settling import LIVE, SettlingWorld, event, hour
from support.worlds.settling_history import HOURS, SettlingHistory, Step

from loglake.core.ledger.row import CLOSED, UNDER_WAY, LedgerRow, WindowState, pending_around
from loglake.core.units import EpochMs
from loglake.core.windows import Window
from loglake.errors import WindowBusyError
from loglake.pipelines.commit.decisions import newest_commit

if TYPE_CHECKING:
    from support.fakes.plain_stage import Event

    from loglake.core.schema.conversion import StagedFile

pytestmark = pytest.mark.unit


class History(SettlingHistory):
    """A possible history of a log group's days, step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.landed: set[Event] = set()

    def land(self, number: int, call: int) -> None:
        events = [landed_event(n, event(10 + number)[0], f"landed {n}") for n in (call, call + 1)]
        self.landed |= {(each.timestamp, each.message) for each in events}
        self.world.raw.put(f"landing/{len(self.world.raw.objects)}", payload(LIVE, events))

    def only_planned(self, number: int, _call: int) -> None:
        for row in self.at_rest()[number : number + 1]:
            self.world.plan(row.window)

    def settle(self, _number: int = 0, _call: int = 0) -> None:
        rows = self.live()
        if not rows or any(row.state in UNDER_WAY or pending_around(row, rows) for row in rows):
            return
        whole = Window(rows[0].window.from_ms, EpochMs(max(row.window.to_ms for row in rows)))
        self.export(whole)

    def convert(self, _number: int = 0, _call: int = 0) -> None:
        self.world.overtake()

    def killed(self, _number: int, call: int) -> None:
        try:
            self.world.convert(Steps(call, crash))
        except CrashError:
            self.world.clock.sleep(60)

    def overtaken(self, _number: int, call: int) -> None:
        try:
            self.world.convert(Steps(call, self.world.overtake))
        except WindowBusyError:
            return

    def finish(self) -> None:
        """Runs the jobs and `loglake rerun` until the day has settled."""
        self.convert()
        for row in sorted(self.live(), key=lambda row: row.window.from_ms - row.window.to_ms):  # the widest first
            if row.state not in CLOSED and pending_around(row, self.live()) is None:
                self.export(row.window)
        self.convert()
        for number in range(HOURS):
            self.fresh(number)
        self.convert()
        self.settle()
        self.convert()


def steps() -> st.SearchStrategy[list[Step]]:
    names = ["fresh", "fresh", "late", "land", "again", "only planned", "reopened", "broken", "settle", "settle"]
    names += ["convert", "convert", "killed", "killed", "overtaken"]
    step = st.tuples(st.sampled_from(names), st.integers(0, HOURS), st.integers(0, 60))
    return st.lists(step, min_size=5, max_size=25)


@settings(max_examples=150, deadline=None)
@given(steps())
def test_each_event_is_a_row_once_in_the_end(taken: list[Step]) -> None:
    history = History()
    for number in range(HOURS):
        history.fresh(number)
    for step in taken:
        history.take(step)
    history.finish()
    world = history.world

    assert world.visible() == Counter([*history.truth, *history.landed])
    assert world.staged() == []
    assert {row.state for row in world.ledger.stored.values()} <= CLOSED
    (day,) = history.live()
    assert (day.window, day.newest.generation) == (Window(hour(0).from_ms, hour(HOURS - 1).to_ms), day.generation)
    live = [row for row in world.ledger.stored.values() if row.state is WindowState.CONVERTED]
    named = [staged.final_key for row in live for staged in _files(world, row)]
    assert sorted(named) == [item.key for item in world.lake.list("tables/")]


def _files(world: SettlingWorld, row: LedgerRow) -> tuple[StagedFile, ...]:
    manifest = newest_commit(world.lake, row)
    assert manifest
    assert manifest.generation == row.generation
    return manifest.files
