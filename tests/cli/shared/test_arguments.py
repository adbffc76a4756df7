"""The times, ranges and names that a person types."""

from __future__ import annotations

import re

import pytest
import typer

from loglake.core.units import EPOCH, MS_PER_DAY, MS_PER_MINUTE, EpochMs, parse_instant
from loglake.core.windows import Window
from loglake.errors import ConfigError
from loglake_cli.cli.shared.arguments import FOREVER, agreed, parse_log_group, parse_past_range, parse_range, parse_time

pytestmark = pytest.mark.unit

NOW = parse_instant("2026-11-24")
NOON = parse_instant("2026-11-24T12:34:56.789Z")


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-11-02", "2026-11-02", "--from 2026-11-02 must lie before --to 2026-11-02, which is not part"),
        ("2026-11-02", "2026-11-01", "must lie before"),
        ("today", "yesterday", "--from today must lie before --to yesterday"),
        ("last week", "2026-11-01", "'last week' is not a time: write it like 2026-11-21"),
        ("-7w", "2026-11-01", "or like -7d, -12h, -30m, yesterday, today or now"),
        ("1969-12-31", "2026-11-01", "lies before 1970"),
        ("-99999d", "now", "--from -99999d lies before 1970"),
        ("2026-11-25", "2026-11-26", "--from 2026-11-25 lies in the future"),
        ("2026-11-23", "2026-11-25", "--to 2026-11-25 lies in the future, and what is still to come can't be exported"),
    ],
)
def test_a_range_that_makes_no_sense_is_explained(start: str, end: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        parse_past_range(start, end, NOW)


def test_a_range_may_end_now_and_its_times_may_have_an_offset() -> None:
    assert parse_past_range("2026-11-23T01:00+01:00", "now", NOW) == Window(parse_instant("2026-11-23"), NOW)


def test_a_range_without_ends_is_all_time() -> None:
    assert parse_range(None, None, NOW) == Window(EPOCH, FOREVER)
    assert parse_range("-1d", None, NOW) == Window(EpochMs(NOW - MS_PER_DAY), FOREVER)
    assert parse_range(None, "yesterday", NOW) == Window(EPOCH, EpochMs(NOW - MS_PER_DAY))


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("now", "2026-11-24T12:34:56.789Z"),
        ("today", "2026-11-24"),
        (" Yesterday ", "2026-11-23"),
        ("-7d", "2026-11-17T12:00Z"),
        ("-12h", "2026-11-24T00:00Z"),
        ("-0h", "2026-11-24T12:00Z"),
        ("-30m", "2026-11-24T12:04Z"),
        ("2026-11-01T08:30", "2026-11-01T08:30Z"),
    ],
)
def test_a_time_may_be_said_by_the_present_one(text: str, time: str) -> None:
    assert parse_time(text, NOON) == parse_instant(time)


def test_minutes_are_not_rounded_to_hours() -> None:
    assert parse_time("-1m", NOON) == NOON - NOON % MS_PER_MINUTE - MS_PER_MINUTE


@pytest.mark.parametrize("text", ["/app/*", "", "a b", "x" * 513])
def test_a_log_group_is_a_name_and_no_pattern(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a log group's name"):
        parse_log_group(text)
    assert parse_log_group("-/app/shop#1") == "-/app/shop#1"


def test_nobody_is_there_to_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_question: str, *, err: bool) -> bool:
        raise typer.Abort

    monkeypatch.setattr(typer, "confirm", nobody)
    assert agreed("Deploy this?") is False
