"""Counting what became of every event."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.accounting import Accounting, total

pytestmark = pytest.mark.unit

COUNTS = st.builds(Accounting, *[st.integers(0, 1000)] * 6)


@given(st.lists(COUNTS))
def test_total_adds_every_count(parts: list[Accounting]) -> None:
    whole = total(parts)
    for name, value in whole.to_json().items():
        assert value == sum(part.to_json()[name] for part in parts)
    assert Accounting.from_json(whole.to_json()) == whole


@pytest.mark.parametrize(
    ("counts", "balanced"),
    [
        (Accounting(), True),
        (Accounting(events_in=10, rows_out=6, quarantined=1, duplicates=1, out_of_window=2), True),
        (Accounting(events_in=10, rows_out=9), False),
        (Accounting(events_in=10, rows_out=11), False),
        (Accounting(events_in=1, rows_out=1, rescued_values=7), True),
    ],
)
def test_balanced_means_that_every_event_went_somewhere(counts: Accounting, balanced: bool) -> None:
    assert counts.balanced is balanced
