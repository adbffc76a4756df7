"""Events per hour by level: the counts, and their positions in the chart."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake_cli.ui.chart import HEIGHT, Chart, chart, counts_sql

pytestmark = pytest.mark.unit

START = datetime(2026, 11, 20)  # as DuckDB gives a TIMESTAMP, which is UTC
Event = tuple[datetime, "str | None"]


def hours(number: float) -> datetime:
    return START + timedelta(hours=number)


def drawn(*events: Event, with_level: bool = True) -> Chart | None:
    with duckdb.connect() as database:
        database.execute("CREATE SCHEMA lake")
        database.execute("CREATE TABLE lake.shop (event_time TIMESTAMP, level VARCHAR)")
        if events:
            database.executemany("INSERT INTO lake.shop VALUES (?, ?)", list(events))
        return chart(database.execute(counts_sql("lake", "shop", with_level)).fetchall())


def test_events_are_counted_by_hour_and_level() -> None:
    found = drawn(
        (hours(0.1), "INFO"), (hours(0.9), "info"), (hours(0.5), "ERROR"), (hours(30), None), (hours(30), "AUDIT")
    )
    assert found
    assert [(bar.hour, bar.counts) for bar in found.bars] == [
        (hours(0), {"ERROR": 1, "INFO": 2}),
        (hours(30), {"no level": 2}),
    ]
    assert (found.levels, found.top, found.older) == (("ERROR", "INFO", "no level"), 3, False)
    assert found.sentence == "1 ERROR, 2 INFO, 2 no level, from 2026-11-20 00:00 to 2026-11-21 07:00 UTC"


def test_hours_without_events_are_gaps() -> None:
    found = drawn(*((hours(number), "INFO") for number in (0, 1, 47)))
    assert found
    first, second, last = found.bars
    hour = second.x - first.x
    assert hour == pytest.approx(100 / 48)
    assert last.x - first.x == pytest.approx(47 * hour)
    assert last.x + last.width <= 100


def test_the_most_severe_level_is_at_the_bottom_and_always_seen() -> None:
    found = drawn((hours(0), "FATAL"), *[(hours(0), "INFO")] * 999)
    assert found
    fatal, info = found.bars[0].segments
    assert (fatal.level, fatal.height, fatal.y + fatal.height) == ("FATAL", 3, HEIGHT)
    assert info.y + info.height <= fatal.y + 0.01


def test_a_week_is_drawn_and_what_is_older_is_said() -> None:
    found = drawn((hours(0), "INFO"), (hours(24 * 30), "INFO"), (hours(24 * 30 - 100), "INFO"))
    assert found
    assert [bar.hour for bar in found.bars] == [hours(24 * 30 - 100), hours(24 * 30)]
    assert found.older


def test_a_table_without_levels_is_drawn_and_one_without_events_is_not() -> None:
    found = drawn((hours(1), "INFO"), with_level=False)
    assert found
    assert found.levels == ("no level",)
    assert [label for _, label in found.ticks] == ["06:00", "12:00", "18:00", "00:00"]
    assert drawn() is None


@given(st.dictionaries(st.integers(0, 167), st.lists(st.integers(0, 10**7), min_size=7, max_size=7), min_size=1))
def test_all_is_inside_whatever_the_counts_are(given_counts: dict[int, list[int]]) -> None:
    counts = {number: [*each[:-1], each[-1] + 1] for number, each in sorted(given_counts.items())}
    found = chart([(hours(number), *each, START) for number, each in counts.items()])
    assert found
    assert max(map(sum, counts.values())) <= found.top
    for bar in found.bars:
        assert 0 <= bar.x < bar.x + bar.width <= 100.001
        assert all(0 <= segment.y <= HEIGHT for segment in bar.segments)
    assert all(0 <= place < 100 for place, _ in found.ticks)
