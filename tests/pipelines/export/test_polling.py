"""Pauses between two polls."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.units import EpochMs
from loglake.pipelines.export.polling import look_times
from loglake.pipelines.ports import Jitter, no_jitter

pytestmark = pytest.mark.unit


class StoppedClock:
    """A clock that stands."""

    def now_ms(self) -> EpochMs:
        return EpochMs(0)

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"it slept for {seconds} seconds")


def pauses(count: int, first_s: float, jitter: Jitter = no_jitter, **how: Any) -> list[float]:
    times = look_times(StoppedClock(), 3_600_000, first_s, jitter, **how)
    return [next(times) / 1000 for _ in range(count)]


def test_pauses_grow_up_to_the_most() -> None:
    assert pauses(6, 5, growth=2) == [5, 10, 20, 40, 60, 60]


def test_a_first_pause_above_the_most_stays() -> None:
    assert pauses(2, 90, growth=2) == [90, 90]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_chance_cuts_a_pause_by_a_half_at_most(chances: list[float]) -> None:
    count = len(chances)
    whole, cut = pauses(count, 1, growth=1.5), pauses(count, 1, iter(chances).__next__, growth=1.5)
    assert all(pause_s / 2 - 0.001 <= cut_s <= pause_s for pause_s, cut_s in zip(whole, cut, strict=True))
