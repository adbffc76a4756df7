"""Two runs settle the same landed days, or land more for their hours, at the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import pytest
from support.fakes.fakes import MemoryLedger
from support.fakes.mortal import CrashError, mortal
from support.worlds.landed_hours import SETTLED_MS, SlowRun, at, land_hours, live, span
from support.worlds.landing_world import LEASE_S, SHOP, LandingWorld, as_rows

from loglake.core.landing.settling import LandedDays
from loglake.core.run.outcome import Outcome
from loglake.core.state_items import LANDED_DAYS, StateItem, StateKind, StateOfKind, of_groups
from loglake.core.units import MS_PER_DAY, LogGroupName

T = TypeVar("T")

pytestmark = pytest.mark.unit

GROUPS = [LogGroupName(f"/app/{name}") for name in ("pay", "shop", "stock")]


class WatchedLedger(MemoryLedger):
    """Counts reads of day notes, and lets another run act right after all of them were read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: Counter[str] = Counter()
        self.then: list[Callable[[], object]] = []

    def load_all(self, kind: StateKind[T]) -> StateOfKind[T]:
        found = super().load_all(kind)
        if kind.name == LANDED_DAYS.name:
            self.reads["all"] += 1
            while self.then:
                self.then.pop()()
        return found

    def load(self, kind: StateKind[T], key: str) -> StateItem[T] | None:
        if kind.name == LANDED_DAYS.name:
            self.reads[key] += 1
        return super().load(kind, key)


@pytest.fixture
def ledger() -> WatchedLedger:
    return WatchedLedger()


@pytest.fixture
def world(ledger: WatchedLedger) -> LandingWorld:
    return LandingWorld(ledger=ledger)


def test_the_notes_of_all_log_groups_are_read_once_however_many_days_are_due(
    world: LandingWorld, ledger: WatchedLedger
) -> None:
    days = range(4)
    for group in GROUPS:
        land_hours(world, *(24 * day + n for day in days for n in range(2)), group=group)
    closing = 1  # a run of each day reads them once more, and closes months
    assert ledger.reads["all"] == len(GROUPS) + closing  # once in a run, however many hours it adds
    world.clock.time_ms = SETTLED_MS + len(days) * MS_PER_DAY
    ledger.reads.clear()
    assert world.run().settling.windows == len(GROUPS) * len(days)
    assert ledger.reads == Counter({"all": 1 + closing, **{str(group): len(days) for group in GROUPS}})
    for group in GROUPS:
        assert live(world, group) == [span(24 * day, 24 * day + 2) for day in days]


def test_a_day_that_another_run_has_let_settle_meanwhile_is_left_alone(
    world: LandingWorld, ledger: WatchedLedger
) -> None:
    events = land_hours(world, 0, 1, 3)
    world.clock.time_ms = SETTLED_MS
    ledger.then = [world.run]
    report = world.run()
    assert (report.outcome, report.converted, report.settling.windows) == (Outcome.OK, 0, 0)
    assert live(world)[0] == span(0, 2)
    assert world.rows() == as_rows(SHOP, events)
    # The day was noted three times: its first hour, what it becomes, and that it has settled.
    assert ledger.load(LANDED_DAYS, SHOP) == StateItem(LANDED_DAYS, SHOP, LandedDays(SHOP), 3)


def test_an_hour_that_lands_once_a_run_that_was_killed_has_planned_its_day_joins_its_neighbours() -> None:
    """The note of the day has its windows, and this hour is not in it."""
    survived = planned = 0
    while planned < 2:  # killed before it adds what it planned, and after
        world = LandingWorld()
        events = land_hours(world, 2, 3)
        world.clock.time_ms = SETTLED_MS
        with pytest.raises(CrashError):
            mortal(world, survived).run()
        planned += bool(of_groups(world.ledger, LANDED_DAYS)[SHOP].planned)
        world.clock.sleep(LEASE_S)
        events += land_hours(world, 1)
        for _ in range(2):
            world.clock.sleep(LEASE_S)
            assert world.run().failed == []
        assert live(world) == [span(1, 4)]
        assert world.rows() == as_rows(SHOP, events)
        assert of_groups(world.ledger, LANDED_DAYS)[SHOP].days == ()
        survived += 1


def test_what_a_slow_run_gives_to_an_hour_is_in_the_window_of_its_day_whenever_that_is() -> None:
    """It read the hours before the day had a window, and continues at some change of the next run."""
    survived = points = 0
    while True:
        world = LandingWorld()
        events = land_hours(world, 0, 1)
        world.clock.time_ms = SETTLED_MS
        slow, went_on = SlowRun(world, "late", at(1, 60), 1), len(world.ledger.landed)
        report = mortal(world, survived, slow.go_on).run()
        if not slow.done:
            break
        assert (report.outcome, report.failed) == (Outcome.OK, [])
        points += len(world.ledger.landed) > went_on
        assert world.run().failed == []
        assert live(world) == [span(0, 2)]
        assert world.rows() == as_rows(SHOP, [*events, at(1, 60)])
        assert list(world.lake.list("staging/")) == []
        survived += 1
    assert points > 15
