"""Events per minute, hour or day by level: their positions in the chart."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake_cli.ui.chart import HEIGHT, LEVELS, Chart, chart, unit_of

pytestmark = pytest.mark.unit

START = datetime(2026, 11, 20)  # as DuckDB gives a TIMESTAMP, which is UTC


def hours(number: float) -> datetime:
    return START + timedelta(hours=number)


def drawn(*counts: tuple[datetime, str | None, int], unit: str = "hour") -> Chart:
    found = chart(counts, unit)
    assert found
    return found


def test_events_are_drawn_by_hour_and_level() -> None:
    found = drawn((hours(0), "INFO", 2), (hours(0), "ERROR", 1), (hours(30), None, 1), (hours(30), "AUDIT", 1))
    assert [(bar.begin, bar.end, bar.counts) for bar in found.bars] == [
        (hours(0), hours(1), {"ERROR": 1, "INFO": 2}),
        (hours(30), hours(31), {"no level": 2}),
    ]
    assert (found.levels, found.top, found.total) == (("ERROR", "INFO", "no level"), 3, 5)
    assert found.sentence == "1 ERROR, 2 INFO, 2 no level, from 2026-11-20 00:00 to 2026-11-21 07:00 UTC"


def test_hours_of_a_long_time_are_drawn_as_days() -> None:
    found = drawn((hours(1), "INFO", 1), (hours(23), "INFO", 2), (hours(24 * 9), "INFO", 4), unit="day")
    assert [(bar.begin, bar.end, bar.counts) for bar in found.bars] == [
        (hours(0), hours(24), {"INFO": 3}),
        (hours(24 * 9), hours(24 * 10), {"INFO": 4}),
    ]


@pytest.mark.parametrize(
    ("length", "unit"), [(0.1, "minute"), (3, "minute"), (4, "hour"), (72, "hour"), (73, "day"), (9999, "day")]
)
def test_the_time_range_says_how_long_a_bar_is(length: float, unit: str) -> None:
    assert unit_of(timedelta(hours=length)) == unit


def test_hours_without_events_are_gaps() -> None:
    found = drawn(*((hours(number), "INFO", 1) for number in (0, 1, 47)))
    first, second, last = found.bars
    hour = second.x - first.x
    assert hour == pytest.approx(100 / 48)
    assert last.x - first.x == pytest.approx(47 * hour)
    assert last.x + last.width <= 100


def test_the_most_severe_level_is_at_the_bottom_and_always_seen() -> None:
    found = drawn((hours(0), "FATAL", 1), (hours(0), "INFO", 999))
    fatal, info = found.bars[0].segments
    assert (fatal.level, fatal.height, fatal.y + fatal.height) == ("FATAL", 3, HEIGHT)
    assert info.y + info.height <= fatal.y + 0.01


def test_nothing_is_no_chart_and_few_events_have_a_day_around_them() -> None:
    found = drawn((hours(1), None, 1))
    assert [label for _, label in found.ticks] == ["06:00", "12:00", "18:00", "00:00"]
    assert chart([], "hour") is None


@given(st.dictionaries(st.integers(0, 167), st.lists(st.integers(0, 10**7), min_size=7, max_size=7), min_size=1))
def test_all_is_inside_whatever_the_counts_are(given_counts: dict[int, list[int]]) -> None:
    counts = {number: [*each[:-1], each[-1] + 1] for number, each in sorted(given_counts.items())}
    rows = [(hours(number), level, n) for number, each in counts.items() for level, n in zip((*LEVELS, None), each)]
    found = drawn(*rows)
    assert max(map(sum, counts.values())) <= found.top
    for bar in found.bars:
        assert 0 <= bar.x < bar.x + bar.width <= 100.001
        assert all(0 <= segment.y <= HEIGHT for segment in bar.segments)
    assert all(0 <= place < 100 for place, _ in found.ticks)
