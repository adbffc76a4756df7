"""Random histories of landed days: objects are lost and come back, and a person ignores or reruns failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.fakes.fakes import START_MS
from support.worlds.landed import LandedEvent, landed_event, payload
from support.worlds.landed_hours import SETTLED_MS, SlowRun
from support.worlds.landing_world import LEASE_S, SHOP, LandingWorld, as_rows

from loglake.core.ledger.row import WindowState
from loglake.core.units import MS_PER_HOUR
from loglake.core.windows import merge
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.left_alone import ignore, plan_ignoring
from loglake_cli.operations.rerun import plan_rerun, rerun
from loglake_cli.operations.selection import Selection

pytestmark = pytest.mark.unit

HOURS = 4
NUMBERS = st.lists(st.integers(0, 3 * HOURS - 1), min_size=1, max_size=4)
"""Events by number: a number is an event, whatever objects it comes in; its hour follows from it."""
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("land"), NUMBERS),
        st.tuples(st.sampled_from(["run", "settle", "ignore", "rerun", "restore", "go on"]), st.just([0])),
        st.tuples(st.sampled_from(["delete", "damage", "look"]), st.lists(st.integers(0, 11), min_size=1, max_size=1)),
    ),
    min_size=5,
    max_size=16,
)


def numbered(number: int) -> LandedEvent:
    return landed_event(number, START_MS + (number % HOURS) * MS_PER_HOUR + number)


@dataclass
class History:
    """A world with its history.

    Attributes:
        landed: the numbers of all events that were landed so far.
        whole: objects as they were landed.
        lost: objects that are gone or damaged.
        slow: runs that have looked at an hour, and will go on.
        seen: all rows that were in the table once.
    """

    world: LandingWorld = field(default_factory=LandingWorld)
    landed: set[int] = field(default_factory=set)
    whole: dict[str, bytes] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    slow: list[tuple[SlowRun, int]] = field(default_factory=list)
    seen: set[tuple[str, str, int, str]] = field(default_factory=set)
    names: int = 0

    def step(self, what: str, values: Sequence[int]) -> None:
        getattr(self, f"_{what.replace(' ', '_')}")(values)
        rows = self.world.rows()
        assert len(rows) == len(set(rows))  # no event twice
        assert self.seen <= set(rows) <= set(as_rows(SHOP, map(numbered, self.landed)))  # none taken away
        self.seen.update(rows)

    def _name(self) -> str:
        self.names += 1
        return f"{self.names:02d}"

    def _land(self, values: Sequence[int]) -> None:
        key = self.world.land(self._name(), payload(SHOP, map(numbered, values)))
        self.whole[key] = self.world.raw.get(key)
        self.landed.update(values)

    def _run(self, _: Sequence[int]) -> None:
        self.world.run()
        self.world.clock.sleep(LEASE_S)

    def _settle(self, values: Sequence[int]) -> None:
        self.world.clock.time_ms = max(self.world.clock.time_ms, SETTLED_MS)
        self._run(values)

    def _known(self, values: Sequence[int]) -> str | None:
        """One of the scanned, undamaged objects: nobody can know what is lost before a scan."""
        keys = sorted(key for key in self.whole if key in self.world.ledger.landed and key not in self.lost)
        return keys[values[0] % len(keys)] if keys else None

    def _delete(self, values: Sequence[int]) -> None:
        if key := self._known(values):
            self.world.raw.delete([key])
            self.lost.add(key)

    def _damage(self, values: Sequence[int]) -> None:
        """Damages it without changing its size, so that it is not scanned again."""
        if key := self._known(values):
            self.world.raw.put(key, b"\0" * len(self.whole[key]))
            self.lost.add(key)

    def _restore(self, _: Sequence[int]) -> None:
        for key in self.lost:
            self.world.raw.put(key, self.whole[key])
        self.lost.clear()

    def _ignore(self, _: Sequence[int]) -> None:
        if self.world.ledger.rows(SHOP):
            ignore(self._deployment(), plan_ignoring(self._deployment(), SHOP))

    def _rerun(self, _: Sequence[int]) -> None:
        rerun(self._deployment(), plan_rerun(self._deployment(), Selection((SHOP,))))

    def _look(self, values: Sequence[int]) -> None:
        number = 100 + values[0] + 12 * len(self.slow)
        event = numbered(number)
        self.slow.append((SlowRun(self.world, f"slow-{self._name()}", event, number % HOURS), number))

    def _go_on(self, _: Sequence[int]) -> None:
        for slow, number in self.slow:
            if not slow.done:
                slow.go_on()
                self.whole[slow.key] = self.world.raw.get(slow.key)
                self.landed.add(number)

    def _deployment(self) -> Deployment:
        world = self.world
        return Deployment(world.ledger, world.control, world.raw, world.lake, None, "loglake", world.clock)

    def end(self) -> None:
        """Restores all objects, and reruns what failed."""
        for what in ("go on", "restore", "settle", "rerun", "run", "rerun", "run", "run", "run"):
            self.step(what, [0])
        assert self.world.rows() == as_rows(SHOP, map(numbered, self.landed))
        live = [row for row in self.world.ledger.rows(SHOP) if row.state is not WindowState.SUPERSEDED]
        assert {row.state for row in live} <= {WindowState.CONVERTED}
        windows = [row.window for row in live]
        assert sum(w.to_ms - w.from_ms for w in windows) == sum(w.to_ms - w.from_ms for w in merge(windows))
        assert list(self.world.lake.list("staging/")) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_any_history_ends_with_all_rows_once_what_was_lost_is_back(steps: list[tuple[str, list[int]]]) -> None:
    history = History()
    for what, values in steps:
        history.step(what, values)
    history.end()
