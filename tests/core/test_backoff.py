"""Pauses between two polls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.backoff import Backoff, no_jitter

pytestmark = pytest.mark.unit


def test_pauses_grow_up_to_the_most() -> None:
    backoff = Backoff(5, 2, 30, no_jitter)
    assert [backoff.next_s() for _ in range(5)] == [5, 10, 20, 30, 30]


def test_a_first_pause_above_the_most_stays() -> None:
    backoff = Backoff(90, 2, 60, no_jitter)
    assert [backoff.next_s() for _ in range(2)] == [90, 90]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_chance_cuts_a_pause_by_a_half_at_most(chances: list[float]) -> None:
    whole, cut = Backoff(1, 1.5, 60, no_jitter), Backoff(1, 1.5, 60, iter(chances).__next__)
    for _ in chances:
        pause_s = whole.next_s()
        assert pause_s / 2 <= cut.next_s() <= pause_s
