"""How wide windows of a missing range are, and what is expected of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.cloud_types import LogGroup
from loglake.core.planning.expected import MOST_BYTES, cut_into_windows, task_seconds
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window, merge

pytestmark = pytest.mark.unit

SHOP = LogGroup(LogGroupName("/app/shop"), parse_instant("2024-01-10T05:30"))
FINAL_MS = parse_instant("2024-04-20T12:00")


def gap(start: str, end: str) -> Window:
    return Window(parse_instant(start), parse_instant(end))


def shown(missing: Window, **how: Any) -> list[str]:
    return [f"{window}"[1:14].replace("T", " ") for window in cut_into_windows(missing, SHOP, FINAL_MS, **how)]


def test_what_is_final_is_a_calendar_month_and_younger_days_are_windows_of_their_own() -> None:
    assert list(cut_into_windows(gap("2024-02-03T07:00", "2024-04-22T03:00"), SHOP, FINAL_MS)) == [
        gap("2024-02-03T07:00", "2024-03-01"),
        gap("2024-03-01", "2024-04-01"),
        gap("2024-04-01", "2024-04-20"),
        gap("2024-04-20", "2024-04-21"),
        gap("2024-04-21", "2024-04-22"),
        gap("2024-04-22", "2024-04-22T03:00"),
    ]


def test_a_big_log_group_is_cut_at_midnight() -> None:
    days = gap("2024-02-01", "2024-02-06")
    assert shown(days, day_bytes=MOST_BYTES // 2) == ["2024-02-01 00", "2024-02-03 00", "2024-02-05 00"]
    assert len(shown(days, day_bytes=10 * MOST_BYTES)) == 5


def test_a_table_with_partitions_by_the_hour_gets_days() -> None:
    assert len(shown(gap("2024-02-01", "2024-02-06"), by_day=True)) == 5


def test_time_before_the_creation_is_a_window_of_its_own() -> None:
    early = gap("2023-12-27", "2024-01-12")
    assert list(cut_into_windows(early, SHOP, FINAL_MS)) == [
        gap("2023-12-27", "2024-01-10"),
        gap("2024-01-10", "2024-01-12"),
    ]
    assert list(cut_into_windows(early, SHOP, parse_instant("2024-01-05"), may_read=False)) == [
        gap("2023-12-27", "2024-01-10T06:00"),
        gap("2024-01-10T06:00", "2024-01-11"),
        gap("2024-01-11", "2024-01-12"),
    ]
    before = gap("2024-01-01", "2024-01-10")
    assert list(cut_into_windows(before, SHOP, FINAL_MS)) == [before]


@given(st.integers(0, 100 * 24), st.integers(1, 100 * 24), st.integers(0, 10**11), st.booleans(), st.booleans())
def test_a_gap_is_tiled_and_without_reading_each_window_ends_after_the_creation_if_the_gap_does(
    start: int, length: int, day_bytes: int, by_day: bool, may_read: bool
) -> None:
    from_ms = EpochMs(SHOP.created_ms // MS_PER_HOUR * MS_PER_HOUR - 14 * MS_PER_DAY + start * MS_PER_HOUR)
    missing = Window(from_ms, EpochMs(from_ms + length * MS_PER_HOUR))
    windows = list(cut_into_windows(missing, SHOP, FINAL_MS, day_bytes, by_day=by_day, may_read=may_read))
    assert merge(windows) == [missing]
    assert sum(window.to_ms - window.from_ms for window in windows) == missing.to_ms - missing.from_ms
    ends_earlier = may_read or missing.to_ms <= SHOP.created_ms
    assert ends_earlier or all(window.to_ms > SHOP.created_ms for window in windows)


def test_a_task_takes_time_by_itself_and_by_its_bytes() -> None:
    assert task_seconds(3, 40_000_000_000) == 3 * 67 + 2_000
