"""The ranges that a run asks for hold all of its data, and few empty days."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.units import MS_PER_DAY
from loglake_cli.local.local_run import GAP_MS, MOST_RANGES, ranges_of

pytestmark = pytest.mark.unit


@given(st.lists(st.integers(0, 5000 * MS_PER_DAY), min_size=1, max_size=60))
def test_every_event_is_in_exactly_one_range(stamps: list[int]) -> None:
    ranges = ranges_of(stamps)
    assert all(sum(stamp in window for window in ranges) == 1 for stamp in stamps)
    assert 1 <= len(ranges) <= MOST_RANGES
    assert all(window.from_ms in stamps and window.to_ms - 1 in stamps for window in ranges)


def test_a_wide_gap_is_left_out_and_a_narrow_one_is_not() -> None:
    assert len(ranges_of([0, GAP_MS])) == 1
    assert [(window.from_ms, window.to_ms) for window in ranges_of([0, 5, 5 + 2 * GAP_MS])] == [
        (0, 6),
        (5 + 2 * GAP_MS, 6 + 2 * GAP_MS),
    ]
