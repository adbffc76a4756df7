"""If a test stops a job at a call, the report names the call."""

from __future__ import annotations

import pytest
from support.fakes.mortal import Countdown, MortalStore
from support.fakes.mortal import CrashError as DeathError
from support.fakes.steps import CrashError, Steps, crash
from support.fakes.stops import STOPS
from support.fakes.stores import MemoryStore

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _no_stops() -> None:
    STOPS.clear()


def test_each_call_is_a_point_with_a_name() -> None:
    steps = Steps()
    store = steps.wrap(MemoryStore("lake"))
    store.put("a", b"")
    store.put("b", b"")
    store.delete(["a", "b"])
    assert [str(point) for point in steps.points()] == ["0 lake.put", "1 lake.put", "2 lake.delete", "3 lake.delete"]
    assert steps.points() == [0, 1, 2, 3]
    assert STOPS == []


def test_who_is_stopped_notes_at_which_call() -> None:
    store = MemoryStore("lake")
    with pytest.raises(CrashError):
        Steps(1, crash).wrap(store).delete(["a", "b"])
    with pytest.raises(CrashError):
        Steps(0, crash).wrap(store).put("a", b"")
    with pytest.raises(DeathError):
        MortalStore("raw", Countdown(0), {}).put_new("a", b"")
    assert STOPS == ["1 lake.delete", "0 lake.put", "raw.put_new"]
