"""Random orders of compactions, exports, settling, kills and overtaking: each event is one row."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.steps import CrashError, Sleeper, Steps, crash
from support.worlds.compacting import PLACE, compact_blindly, files, live
from support.worlds.settling_history import HOURS, SettlingHistory, Step

from loglake.core.compaction.keys import decision_of_shared, is_compacted
from loglake.core.ledger.row import TERMINAL, UNDER_WAY, LedgerRow, pending_around
from loglake.core.schema.conversion import StagedFile
from loglake.core.state_items import CHECK
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window
from loglake.errors import WindowBusyError
from loglake.pipelines.commit.decisions import newest_commit
from loglake.pipelines.compaction.eligibility import FAR_LARGER

if TYPE_CHECKING:
    from support.fakes.plain_stage import Event
    from support.worlds.settling import SettlingWorld

pytestmark = pytest.mark.unit


class History(SettlingHistory):
    """An old day of a log group, one step after the other; each step is followed by what a query sees."""

    def __init__(self, *, shares: bool) -> None:
        super().__init__(shares=shares)
        self.world.clock.sleep(30 * MS_PER_DAY / 1000)
        self.sleeping: list[Sleeper] = []
        self.given: dict[tuple[Window, int], list[Event]] = {}  # the rows of each generation of a window
        self.seen: set[Event] = set()

    def take(self, step: Step) -> None:
        super().take(step)
        visible = self.world.visible().keys()
        assert self.seen <= visible  # a row stays a row: its replacement has it too
        self.seen |= visible

    def reopen(self, row: LedgerRow) -> None:
        super().reopen(row)
        again = self.world.row(row.window)
        self.given[row.window, again.generation] = self.given[row.window, row.generation]

    def export(self, window: Window) -> LedgerRow:
        row = super().export(window)
        self.given[window, row.generation] = self.events(window)
        return row

    def settle(self, _number: int = 0, _call: int = 0) -> None:
        rows = self.live()
        if rows and not any(row.state in UNDER_WAY or pending_around(row, rows) for row in rows):
            self.export(Window(rows[0].window.from_ms, EpochMs(max(row.window.to_ms for row in rows))))

    def run(self, number: int = 0, _call: int = 0) -> None:
        self.world.clock.sleep(60)
        self._check_tables(number)
        self.world.convert()

    def _check_tables(self, number: int) -> None:
        """Usually makes the next run check the table."""
        if number:
            self.world.ledger.put(CHECK, PLACE.table, EpochMs(0))

    def killed(self, number: int, call: int) -> None:
        self._check_tables(number)
        try:
            self.world.convert(Steps(call, crash))
        except CrashError:
            self.world.clock.sleep(60)

    def overtaken(self, number: int, call: int) -> None:
        self._check_tables(number)
        try:
            self.world.convert(Steps(call, lambda: self.run(number)))
        except WindowBusyError:
            return

    def blind(self, _number: int, call: int) -> None:
        with suppress(CrashError):
            compact_blindly(self.world, Steps(call, crash))

    def blind_asleep(self, _number: int, call: int) -> None:
        self.sleeping.append(Sleeper(lambda steps: compact_blindly(self.world, steps), call))

    def overtaken_blindly(self, number: int, call: int) -> None:
        self._check_tables(number)
        with suppress(WindowBusyError):
            self.world.convert(Steps(call, lambda: compact_blindly(self.world)))

    def asleep(self, number: int, call: int) -> None:
        self._check_tables(number)
        self.sleeping.append(Sleeper(self.world.convert, call))

    def awake(self, _number: int = 0, _call: int = 0) -> None:
        for sleeper in self.sleeping[:1]:
            sleeper.wake()
            self.sleeping.remove(sleeper)

    def come_to_rest(self) -> None:
        """Runs the jobs until nothing is left to do."""
        while self.sleeping:
            self.awake()
        self.run()
        self.run(1)

    def expected(self) -> Counter[Event]:
        """The table's content without any compaction: the rows of each window's current version."""
        live = [(row.window, row.live.generation) for row in self.live() if row.live]
        return Counter(each for name in live for each in self.given[name])


def steps() -> st.SearchStrategy[list[Step]]:
    names = ["fresh", "late", "again", "again", "reopened", "broken", "settle", "run", "run", "run"]
    names += ["killed", "killed", "overtaken", "overtaken", "asleep", "awake"]
    names += ["blind", "blind", "blind asleep", "overtaken blindly", "overtaken blindly"]
    step = st.tuples(st.sampled_from(names), st.integers(0, HOURS), st.integers(0, 90))
    return st.lists(step, min_size=5, max_size=25)


@settings(max_examples=200, deadline=None)
@given(steps(), st.booleans())
def test_each_event_is_a_row_once_in_the_end(taken: list[Step], shares: bool) -> None:
    history = History(shares=shares)
    world = history.world
    for number in range(HOURS):
        history.fresh(number)
    for step in taken:
        history.take(step)
    history.come_to_rest()

    assert world.visible() == history.expected()
    assert world.staged() == []
    rows = history.live()
    assert {row.state for row in rows} <= TERMINAL
    named = [staged.final_key for row in rows for staged in newest_files(world, row)]
    decision = live(world)
    parts = [part.key for file in (decision.files if decision else ()) for part in file.parts]
    loose = [key for key in files(world) if not is_compacted(key)]
    alone = [key for key in loose if not decision_of_shared(key)]
    together = {staged.place for row in rows for staged in newest_files(world, row) if staged.within}
    assert {key for key in loose if decision_of_shared(key)} <= together
    shared = {f.final_key for row in rows for f in newest_files(world, row) if f.within and f.place in loose}
    assert sorted(named) == sorted([*parts, *alone, *shared])
    sizes = sorted(item.size_bytes for item in world.lake.list("tables/"))
    assert all(size > FAR_LARGER * sum(sizes[:number]) for number, size in enumerate(sizes))


def newest_files(world: SettlingWorld, row: LedgerRow) -> list[StagedFile]:
    manifest = newest_commit(world.lake, row)
    return list(manifest.files) if manifest else []
