"""When schedule expressions fire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athena_duckdb.errors import ConfigError
from gluelocal.model.schedules import Cron, Schedule, read_schedule
from gluelocal.units import from_ms, to_ms

pytestmark = pytest.mark.unit

START = to_ms(datetime(2026, 11, 24, 10, 7, 30, tzinfo=timezone.utc))  # a Tuesday


def times(schedule: Schedule, after_ms: int) -> Iterator[str]:
    at_ms = schedule.next_after(after_ms)
    while at_ms is not None:
        yield f"{from_ms(at_ms):%Y-%m-%d %H:%M}"
        at_ms = schedule.next_after(at_ms)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(10 * * * ? *)", ["2026-11-24 10:10", "2026-11-24 11:10"]),
        ("cron(0/25 10 * * ? *)", ["2026-11-24 10:25", "2026-11-24 10:50", "2026-11-25 10:00"]),
        (
            "cron(5,8-9 10,11 24 11 ? 2026)",
            [f"2026-11-24 {at}" for at in ("10:08", "10:09", "11:05", "11:08", "11:09")],
        ),
        ("cron(*/30 10 * * ? *)", ["2026-11-24 10:30", "2026-11-25 10:00"]),
        ("cron(15 12 ? * TUE-WED *)", ["2026-11-24 12:15", "2026-11-25 12:15", "2026-12-01 12:15"]),
        ("cron(0 0 ? * 1,SAT *)", ["2026-11-28 00:00", "2026-11-29 00:00"]),
        ("cron(0 6 L * ? *)", ["2026-11-30 06:00", "2026-12-31 06:00"]),
        ("cron(0 6 LW * ? *)", ["2026-11-30 06:00", "2026-12-31 06:00", "2027-01-29 06:00"]),
        ("cron(0 6 1W 11,8,5 ? *)", ["2027-05-03 06:00", "2027-08-02 06:00", "2027-11-01 06:00"]),
        ("cron(0 6 30W 5,9 ? 2027)", ["2027-05-31 06:00", "2027-09-30 06:00"]),
        ("cron(0 6 31W 1,2,10 ? 2027)", ["2027-01-29 06:00", "2027-10-29 06:00"]),
        ("cron(0 6 ? * L *)", ["2026-11-28 06:00"]),
        ("cron(0 6 ? * 6L *)", ["2026-11-27 06:00", "2026-12-25 06:00"]),
        ("cron(0 6 ? * MON#2 *)", ["2026-12-14 06:00", "2027-01-11 06:00"]),
        ("cron(0 0 29 FEB ? *)", ["2028-02-29 00:00"]),
        ("cron(0 0 31 2 ? *)", []),
        ("cron(0 0 1 1 ? 2020)", []),
        ("rate(5 minutes)", ["2026-11-24 10:10", "2026-11-24 10:15"]),
        ("rate(1 hour)", ["2026-11-24 11:00"]),
        ("rate(1 day)", ["2026-11-25 00:00"]),
        ("at(2026-11-24T10:30:00)", ["2026-11-24 10:30"]),
        ("at(2026-11-24T10:00:00)", []),
    ],
)
def test_the_next_times(expression: str, expected: list[str]) -> None:
    found = list(islice(times(read_schedule(expression), START), max(1, len(expected))))
    assert found == expected


def test_a_rate_is_counted_from_its_beginning() -> None:
    schedule = read_schedule("rate(1 minute)", "UTC", START + 60_000)
    assert schedule.next_after(START) == START + 120_000
    assert schedule.next_after(START + 120_000) == START + 180_000


def test_a_zone_moves_the_times_and_skips_what_it_does_not_have() -> None:
    assert next(times(read_schedule("at(2026-12-01T01:00:00)", "Europe/Berlin"), START)) == "2026-12-01 00:00"
    spring = to_ms(datetime(2027, 3, 27, 12, tzinfo=timezone.utc))  # 02:30 isn't there on the 28th
    found = times(read_schedule("cron(30 2 * * ? *)", "Europe/Berlin"), spring)
    assert list(islice(found, 2)) == ["2027-03-29 00:30", "2027-03-30 00:30"]
    autumn = to_ms(datetime(2027, 10, 30, 12, tzinfo=timezone.utc))  # 02:30 is there twice on the 31st
    found = times(read_schedule("cron(30 2 * * ? *)", "Europe/Berlin"), autumn)
    assert list(islice(found, 2)) == ["2027-10-31 00:30", "2027-11-01 01:30"]


@given(
    minute=st.integers(0, 59), hour=st.integers(0, 23), week_day=st.integers(1, 7), after_ms=st.integers(0, 4 * 10**12)
)
def test_a_time_is_ahead_and_fits_its_fields(minute: int, hour: int, week_day: int, after_ms: int) -> None:
    schedule = read_schedule(f"cron({minute} {hour} ? * {week_day} *)")
    assert isinstance(schedule, Cron)
    at_ms = schedule.next_after(after_ms)
    assert at_ms is not None
    assert after_ms < at_ms <= after_ms + 7 * 86_400_000
    at = from_ms(at_ms)
    assert (at.minute, at.hour, at.isoweekday() % 7 + 1, at.second) == (minute, hour, week_day, 0)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("every hour", "is not a schedule; write rate"),
        ("rate(1 minutes)", "a rate is 1 minute, 5 minutes"),
        ("rate(5 minute)", "a rate is 1 minute, 5 minutes"),
        ("rate(0 minutes)", "a rate is 1 minute, 5 minutes"),
        ("at(tomorrow)", "does not match format"),
        ("cron(0 6 * * *)", "cron has six fields"),
        ("cron(0 6 * * * *)", "must be \\?, and only one"),
        ("cron(0 6 ? * ? *)", "must be \\?, and only one"),
        ("cron(61 6 * * ? *)", "'61' is not within 0 to 59"),
        ("cron(9-3 6 * * ? *)", "'9-3' is not within"),
        ("cron(0/0 6 * * ? *)", "a positive number after the slash"),
        ("cron(x 6 * * ? *)", "'X' is not a value"),
    ],
)
def test_wrong_expressions_are_reported(expression: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read_schedule(expression)


def test_an_unknown_zone_is_reported() -> None:
    with pytest.raises(ConfigError, match="the time zone 'Moon/Sea' is not known here"):
        read_schedule("cron(0 6 * * ? *)", "Moon/Sea")
