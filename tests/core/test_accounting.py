"""Accounting: each event has one outcome."""

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
    for name, value in whole.counts().items():
        assert value == sum(part.counts()[name] for part in parts)
    assert Accounting.from_json(whole.to_json()) == whole


def test_events_by_format_are_added_and_kept() -> None:
    whole = total(
        [Accounting(1, 1, read_as={"json": 1}), Accounting(), Accounting(5, 5, read_as={"json": 2, "text": 3})]
    )
    assert whole.read_as == {"json": 3, "text": 3}
    assert Accounting.from_json(whole.to_json()).read_as == whole.read_as
    assert "read_as" not in Accounting(1, 1).to_json()  # as in windows that were converted earlier


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


def test_what_quarantine_leaves_out_is_said_in_words() -> None:
    assert Accounting(quarantined=5).left_out == ""
    words = Accounting(quarantined=9, quarantine_left_out=7, quarantine_left_out_bytes=1_234_567_890).left_out
    assert words.startswith(
        "Quarantine keeps 16 MiB of an object at most: it leaves out 1,234.6 MB, with 7 whole entries."
    )
    assert "0 whole entries" in Accounting(quarantine_left_out_bytes=1).left_out
