"""The ranges that a run requests hold all of its data, and few empty days."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.schema.datasets import Datasets
from loglake.core.units import MS_PER_DAY, LogGroupName
from loglake_cli.local.run_input import GAP_MS, MOST_RANGES, Prepared, ranges_of

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


def test_a_range_is_asked_for_of_the_log_groups_that_have_events_then() -> None:
    """A log group with a later start is created later, and a request for the time before is refused."""
    early, late = LogGroupName("/early"), LogGroupName("/late")
    groups = {early: {"s": [(5, "x")]}, late: {"s": [(9 * GAP_MS, "x")], "t": [(9 * GAP_MS + 1, "x")]}}
    prepared = Prepared(groups, ranges_of([5, 9 * GAP_MS, 9 * GAP_MS + 1]), Datasets.for_groups(groups))
    assert [prepared.groups_in(window) for window in prepared.ranges] == [[early], [late]]
