"""What stays known of landed objects: a total for each day, and the days of skipped log groups."""

from __future__ import annotations

import pytest

from loglake.core.landing.days import MOST_DAYS, LandedTotal, SkippedDays, day_start, days_between
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.units import MS_PER_DAY, EpochMs, parse_instant

pytestmark = pytest.mark.unit

DAY = parse_instant("2026-11-21")
NEXT = EpochMs(DAY + MS_PER_DAY)


def test_a_total_adds_up_objects() -> None:
    known = LandedObject("landing/a", 30, LandedState.SCANNED, events_in=4, quarantined=1)
    assert LandedTotal().plus(known).plus(known) == LandedTotal(2, 60, 8, 2)


def test_days_are_kept_once_in_order_and_the_newest_if_they_are_many() -> None:
    days = SkippedDays().plus(NEXT).plus(DAY)
    assert days == SkippedDays((DAY, NEXT))
    assert days.plus(DAY) is days
    assert days.minus(DAY) == SkippedDays((NEXT,))
    full = SkippedDays(tuple(EpochMs(day) for day in range(MOST_DAYS)))
    assert full.plus(EpochMs(MOST_DAYS)).days[0] == 1


def test_days_between_two_times_include_both() -> None:
    assert day_start(DAY + 5) == DAY
    assert list(days_between(DAY + 5, NEXT)) == [DAY, NEXT]
    assert list(days_between(DAY + 5, DAY + 6)) == [DAY]
