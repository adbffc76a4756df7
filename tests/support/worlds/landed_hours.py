"""Landed hours of a log group that become longer windows when their day settles."""

from __future__ import annotations

from loglake.core.keys import LANDING
from loglake.core.landing.objects import ObjectScan
from loglake.core.landing.rules import LandingRules, settled
from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.schema.bundle import RawObject
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.landing.windows import LandedWindows
from support.fakes.fakes import START_MS
from support.worlds.landed import LandedEvent, landed_event, payload
from support.worlds.landing_world import SHOP, LandingWorld
from support.worlds.settling import hour

SETTLED_MS = START_MS + 2 * MS_PER_DAY
"""When the first day has settled."""


def at(number: int, n: int = 0) -> LandedEvent:
    """The n-th event of an hour."""
    return landed_event(number * 100 + n, START_MS + number * MS_PER_HOUR + n)


def span(first: int, end: int) -> Window:
    """From an hour up to another one."""
    return Window(hour(first).from_ms, hour(end - 1).to_ms)


def land_hours(world: LandingWorld, *numbers: int, group: LogGroupName = SHOP) -> list[LandedEvent]:
    """Lands one object per hour, with two events that the next object repeats, and runs the job."""
    events = [at(number, n) for number in numbers for n in range(3)]
    for number in numbers:
        mine = [event for event in events if number - 1 <= int(event.id) // 100 <= number]
        world.land(f"{group.strip('/')}/{number:02d}", payload(group, mine))
    world.run()
    return events


def live(world: LandingWorld, group: LogGroupName = SHOP) -> list[Window]:
    """The windows with rows in the table; fails if a window has failed or is under way."""
    rows = world.ledger.rows(group)
    assert {row.state for row in rows} <= {WindowState.CONVERTED, WindowState.SUPERSEDED}
    return [row.window for row in rows if row.state is WindowState.CONVERTED]


def settle(world: LandingWorld) -> None:
    """Lets the first day settle."""
    world.clock.time_ms = SETTLED_MS
    report = world.run()
    assert (report.outcome, report.failed) == (Outcome.OK, [])


class SlowRun:
    """A run that reads an hour when it is created, and gives it an object when it continues.

    Attributes:
        done: whether it has gone on.
        key: the object's key.
    """

    def __init__(self, world: LandingWorld, name: str, event: LandedEvent, number: int) -> None:
        """The object has an event of that hour."""
        self.done = False
        self._world = world
        self._name = name
        self._body = payload(SHOP, [event])
        self.key = f"{LANDING}{name}"
        self._raw = RawObject(self.key, len(self._body), "", 1)
        self._rules = LandingRules(world.datasets)
        self._windows = LandedWindows(world.ledger, world.control, world.clock, self._rules)
        self._scan = ObjectScan(self._raw, {SHOP: {hour(number).from_ms: 1}})
        self._taken = self._windows.of(self._scan)

    def go_on(self) -> None:
        """Lands the object, and gives it to the window that was found. If the window must wait, the object waits."""
        self.done = True
        self._world.land(self._name, self._body)
        if all(self._windows.extend(window, [self._raw]) for window in self._taken.values()):
            known = settled(self._scan, self._taken, self._rules)
            self._world.ledger.put_landed_object(known)
