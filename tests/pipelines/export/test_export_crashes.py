"""A run dies at any call, before or after its effect: the next run ends as if nothing had happened."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import pytest
from support.fakes.fakes import START_MS, FakeExportTasks, ManualClock
from support.fakes.stops import note_stop
from support.worlds.exports import DATASETS, ExportAccount

from loglake.config import ExportConfig
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.requests.requests import request_body
from loglake.core.units import MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.export.job import run_export
from loglake.pipelines.object_lists import read_object_list

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")
HOUR = Window(START_MS, EpochMs(START_MS + MS_PER_HOUR))
NOW = START_MS + 2 * MS_PER_HOUR


class Killed(BaseException):
    """The process is gone, and none of its code runs any more."""


@dataclass
class Death:
    """Counts the calls of one run, and ends it at one of them."""

    at: int
    after_effect: bool = False
    calls: int = 0


class Mortal:
    """A port whose every call may be the process's last."""

    def __init__(self, name: str, inner: Any, death: Death) -> None:
        self._name = name
        self._inner = inner
        self._death = death

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        if not callable(value):
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            self._death.calls += 1
            last = self._death.calls == self._death.at
            if last:
                note_stop(f"{self._death.at} {self._name}.{name}")
            if last and not self._death.after_effect:
                raise Killed
            answer = value(*args, **kwargs)
            if last:
                raise Killed
            return answer

        return call


@dataclass
class World(ExportAccount):
    """A window that is to be exported; with `empty`, one with an empty export that is retried once."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    empty: bool = False

    def __post_init__(self) -> None:
        self.tasks = FakeExportTasks(self.raw)
        events = [] if self.empty else [(START_MS + 1, "one")]
        self.tasks.add_group(SHOP, {"web/1": events, "web/2": events})
        self.tasks.incoming[SHOP] = {START_MS: 2}
        self.control.put("requests/requested/1", request_body([SHOP], HOUR))

    def run(self, death: Death) -> None:
        ports = self.ports(self.tasks)
        mortal: dict[str, Any] = {
            name: Mortal(name, getattr(ports, name), death) for name in ("tasks", "ledger", "control", "raw")
        }
        whole = replace(ports, **mortal)
        config = ExportConfig("control", "raw", "ledger", "s3://control/x", "jr_1", 600, 5, 30, 24)
        run_export(whole, DATASETS, config)

    @property
    def row(self) -> LedgerRow:
        return self.ledger.stored[SHOP, HOUR]

    def finish(self) -> None:
        """Runs until the window is EXPORTED, each run as soon as it is due."""
        while (SHOP, HOUR) not in self.ledger.stored or self.row.state is not WindowState.EXPORTED:
            if (SHOP, HOUR) in self.ledger.stored and self.row.failure:
                self.clock.time_ms = max(self.clock.time_ms, self.row.failure.retry_at_ms)
            self.run(Death(at=0))

    def what_is_there(self) -> tuple[Any, ...]:
        """The state that must not depend on crashes; ids and times may."""
        row = self.row
        listed = read_object_list(self.control, row)
        return (
            row.state,
            row.generation,
            row.trying.tries,
            row.newest.objects,
            row.newest.size_bytes,
            row.trying.empty_retry,
            row.newest.digest,
            listed,
        )


@pytest.mark.parametrize("after_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("empty", [False, True], ids=["events", "nothing"])
def test_a_death_at_any_call_changes_nothing(empty: bool, after_effect: bool) -> None:
    undisturbed = World(empty=empty)
    calls = Death(at=0)
    undisturbed.run(calls)
    undisturbed.finish()
    assert calls.calls > 8
    for at in range(1, calls.calls + 1):
        world = World(empty=empty)
        with pytest.raises(Killed):
            world.run(Death(at, after_effect))
        world.finish()
        assert world.what_is_there() == undisturbed.what_is_there(), at
        assert world.tasks.created == undisturbed.tasks.created, at


def test_two_deaths_in_a_row_change_nothing_either() -> None:
    undisturbed, calls = World(), Death(at=0)
    undisturbed.run(calls)
    for first, second in product(range(1, calls.calls + 1, 2), range(1, calls.calls + 1, 3)):
        world = World()
        for at in (first, second):
            if (SHOP, HOUR) not in world.ledger.stored or world.row.state is not WindowState.EXPORTED:
                with suppress(Killed):  # the rest of the way may be shorter
                    world.run(Death(at, after_effect=True))
        world.finish()
        assert world.what_is_there() == undisturbed.what_is_there(), (first, second)
        assert world.tasks.created == 1, (first, second)
