"""Counts in a window's failure reason."""

from __future__ import annotations

import pytest

from loglake.errors import FewerEventsError, LostEventsError

pytestmark = pytest.mark.unit


def test_the_counts_of_a_refused_pass_are_read_from_its_reason() -> None:
    reason = f"it broke; before that: {FewerEventsError('/app/shop', 1234567, 1000)}"
    assert FewerEventsError.counts_in(reason) == (1234567, 1000)
    assert LostEventsError.counts_in(reason) is None


def test_the_counts_of_a_landed_object_are_read_from_its_reason() -> None:
    reason = str(LostEventsError("/app/shop", "landing/a", 1234567, 0))
    assert LostEventsError.counts_in(reason) == (1234567, 0)
    assert FewerEventsError.counts_in(reason) is None
