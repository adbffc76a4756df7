"""Instants, days and URIs: parsing and formatting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.units import day_of, format_instant, parse_instant, s3_uri, split_s3_uri
from loglake.errors import ConfigError

pytestmark = pytest.mark.unit


@given(st.integers(0, 4_102_444_800_000))
def test_format_and_parse_are_inverse(ms: int) -> None:
    text = format_instant(ms)
    assert parse_instant(text) == ms
    assert text.startswith(day_of(ms))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21", "2026-11-21T00:00:00.000Z"),
        ("2026-11-21 08:30", "2026-11-21T08:30:00.000Z"),
        ("2026-11-21T08:30:15.5+02:00", "2026-11-21T06:30:15.500Z"),
        (" 2026-11-21T08:30:15.123456Z ", "2026-11-21T08:30:15.123Z"),
    ],
)
def test_parse_instant_reads_what_people_write(text: str, expected: str) -> None:
    assert format_instant(parse_instant(text)) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-11-21T25:00", "21.11.2026"])
def test_parse_instant_says_how_to_write_it(text: str) -> None:
    with pytest.raises(ConfigError, match="write it like 2026-11-21"):
        parse_instant(text)


def test_s3_uris() -> None:
    assert split_s3_uri(s3_uri("bucket", "a/b c.json")) == ("bucket", "a/b c.json")
    for text in ("bucket/key", "s3:///key", "http://bucket/key"):
        with pytest.raises(ConfigError, match="not an S3 URI"):
            split_s3_uri(text)


def test_years_have_four_digits() -> None:
    early = parse_instant("0987-06-05T04:03:02.001Z")
    assert format_instant(early) == "0987-06-05T04:03:02.001Z"
    assert day_of(early) == "0987-06-05"
