"""Many windows are committed at the same time, each with its steps in order."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from support.fakes.fakes import START_MS
from support.fakes.steps import CrashError, Steps, crash
from support.worlds.landed import landed_event, payloads
from support.worlds.landing_world import LEASE_S, LandingWorld, Row, as_rows

from loglake.core.ledger.row import WindowState
from loglake.core.units import LogGroupName
from loglake.errors import ThrottledError
from loglake.pipelines import side_by_side

if TYPE_CHECKING:
    from support.fakes.stores import MemoryStore

pytestmark = pytest.mark.unit

GROUPS = [LogGroupName(f"/app/{number:02d}") for number in range(side_by_side.FEW + 4)]


class _Watched:
    """A bucket that has a function called before each call that writes."""

    def __init__(self, store: Any, watch: Callable[[str, str], None]) -> None:
        self._store = store
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name not in {"put_new", "copy", "delete"}:
            return found

        def call(*given: Any) -> Any:
            keys = list(given[0]) if name == "delete" else [given[0]]
            for key in keys:
                self._watch(name, key)
            return found(keys) if name == "delete" else found(*given)

        return call


def _watched(store: MemoryStore, watch: Callable[[str, str], None]) -> MemoryStore:
    return cast("MemoryStore", _Watched(store, watch))


def _world() -> tuple[LandingWorld, list[Row]]:
    """A world in which an object with two events of each log group has landed, and the rows to come."""
    events = {name: [landed_event(2 * n + each, START_MS + each) for each in range(2)] for n, name in enumerate(GROUPS)}
    world = LandingWorld()
    world.land("2026/11/21/first", payloads(*events.items()))
    return world, sorted(row for name, own in events.items() for row in as_rows(name, own))


def _states(world: LandingWorld) -> dict[LogGroupName, WindowState]:
    return {row.log_group: row.state for row in world.ledger.stored.values()}


def test_windows_do_not_wait_for_the_commits_of_others() -> None:
    world, rows = _world()
    meeting = threading.Barrier(3)
    met: list[str] = []

    def watch(call: str, key: str) -> None:
        if call == "put_new" and len(met) < 3:
            met.append(key)
            meeting.wait(30)  # breaks unless three commits come this far

    report = replace(world, lake=_watched(world.lake, watch)).run()
    assert (report.converted, report.accounting.rows_out) == (len(GROUPS), 2 * len(GROUPS))
    assert world.rows() == rows


def _folder(key: str) -> str:
    """Of the log group, such as ``app-03-08338ceffd2ddbbf910f``, in any of the lake's prefixes."""
    return key.split("/")[1]


def _writes(few: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    monkeypatch.setattr(side_by_side, "FEW", few)
    world, rows = _world()
    writes: defaultdict[str, list[str]] = defaultdict(list)

    def watch(call: str, key: str) -> None:
        writes[_folder(key)].append(f"{call} {key}")

    report = replace(world, lake=_watched(world.lake, watch)).run()
    assert report.converted == len(GROUPS)
    assert world.rows() == rows
    return writes


def test_each_window_is_written_in_the_same_steps_as_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _writes(0, monkeypatch) == _writes(1000, monkeypatch)


def test_a_run_that_is_killed_at_any_call_is_completed_by_the_next() -> None:
    whole = Steps()
    _killed(_world()[0], whole)
    for at in range(5, whole.calls, whole.calls // 8):
        world, rows = _world()
        with suppress(CrashError):
            _killed(world, Steps(at, crash))
        world.clock.sleep(2 * LEASE_S)
        world.run()
        assert world.rows() == rows
        assert {*_states(world).values()} == {WindowState.CONVERTED}
        assert not list(world.lake.list("staging/"))


def _killed(world: LandingWorld, steps: Steps) -> None:
    replace(
        world,
        ledger=steps.wrap(world.ledger),
        control=steps.wrap(world.control),
        raw=steps.wrap(world.raw),
        lake=steps.wrap(world.lake),
    ).run()


def test_a_fault_with_one_window_stops_no_other() -> None:
    world, rows = _world()
    unlucky = GROUPS[3]

    def watch(call: str, key: str) -> None:
        if call == "copy" and "app-03-" in key:
            raise ThrottledError("s3:CopyObject is throttled")

    with pytest.raises(ThrottledError):
        replace(world, lake=_watched(world.lake, watch)).run()
    assert {name for name, state in _states(world).items() if state is not WindowState.CONVERTED} == {unlucky}
    world.run()
    assert world.rows() == rows


def test_an_error_that_nobody_expects_ends_the_run_and_leaves_the_rest_to_the_next() -> None:
    world, rows = _world()

    def watch(call: str, key: str) -> None:
        if call == "put_new" and "/app_05/" in key:
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        replace(world, lake=_watched(world.lake, watch)).run()
    world.run()
    assert world.rows() == rows


@pytest.mark.parametrize("count", [0, 3, 100])
def test_results_come_in_the_order_of_the_items(count: int) -> None:
    assert side_by_side.for_each(lambda number: number * 2, range(count)) == [number * 2 for number in range(count)]


def test_an_error_of_a_step_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        side_by_side.for_each(lambda number: 1 // number, range(50, -1, -1))
