"""The read budget keeps far below the quota, and lower once CloudWatch throttles."""

from __future__ import annotations

import pytest
from support.fakes.fakes import ManualClock

from loglake.pipelines.export.read_budget import ReadBudget

pytestmark = pytest.mark.unit


def taken(budget: ReadBudget, clock: ManualClock, seconds: int) -> int:
    """How many requests a reader makes that takes each one as soon as it may."""
    until_ms, count = clock.time_ms + seconds * 1000, 0
    while clock.time_ms < until_ms:
        count += budget.take()
        clock.time_ms += 10
    return count


@pytest.mark.parametrize(("quota", "a_second"), [(25, 10), (10, 4), (5, 2)])
def test_two_fifths_of_the_quota_are_used(quota: float, a_second: int) -> None:
    clock = ManualClock()
    used = taken(ReadBudget(clock, quota), clock, 100)
    assert a_second * 100 <= used <= a_second * 101  # the first second's worth may come at once


def test_what_was_not_used_is_not_saved_up() -> None:
    clock = ManualClock()
    budget = ReadBudget(clock, 10)
    clock.sleep(3600)
    assert [budget.take() for _ in range(6)] == [True] * 4 + [False] * 2


def test_it_says_how_long_to_wait() -> None:
    clock = ManualClock()
    budget = ReadBudget(clock, 5)
    assert budget.wait_s() == 0
    assert [budget.take(), budget.take(), budget.take()] == [True, True, False]
    assert budget.wait_s() == pytest.approx(0.5)
    clock.sleep(0.5)
    assert budget.take()


def test_a_throttled_request_halves_the_rate_and_it_comes_back_slowly() -> None:
    clock = ManualClock()
    budget = ReadBudget(clock, 25)
    budget.slow_down()
    assert budget.rate == 5
    assert not budget.take()
    clock.sleep(9)
    assert taken(budget, clock, 1) <= 11
    budget.wait_s()
    assert budget.rate == pytest.approx(5 * 1.05)
    clock.sleep(3600)
    budget.wait_s()
    assert budget.rate == 10


def test_it_never_stops_altogether() -> None:
    clock = ManualClock()
    budget = ReadBudget(clock, 25)
    for _ in range(20):
        budget.slow_down()
    assert budget.rate == 0.2
    assert budget.wait_s() == pytest.approx(5)


def test_it_goes_on_after_days_in_which_a_machine_slept() -> None:
    clock = ManualClock()
    budget = ReadBudget(clock, 25)
    budget.slow_down()
    clock.sleep(7 * 86_400)
    assert budget.take()
    assert budget.rate == 10
