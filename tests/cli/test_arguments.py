"""The range of time that a person types."""

from __future__ import annotations

import re

import pytest

from loglake.core.units import parse_instant
from loglake.core.windows import Window
from loglake.errors import ConfigError
from loglake_cli.operations.export import parse_range

pytestmark = pytest.mark.unit

NOW = parse_instant("2026-11-24")


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-11-02", "2026-11-02", "--from 2026-11-02 must lie before --to 2026-11-02, which is not part"),
        ("2026-11-02", "2026-11-01", "must lie before"),
        ("yesterday", "2026-11-01", "'yesterday' is not a time: write it like 2026-11-21"),
        ("1969-12-31", "2026-11-01", "lies before 1970"),
        ("2026-11-25", "2026-11-26", "--from 2026-11-25 lies in the future"),
        ("2026-11-23", "2026-11-25", "--to 2026-11-25 lies in the future, and what is still to come can't be exported"),
    ],
)
def test_a_range_that_makes_no_sense_is_explained(start: str, end: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        parse_range(start, end, NOW)


def test_a_range_may_end_now_and_its_times_may_have_an_offset() -> None:
    assert parse_range("2026-11-23T01:00+01:00", "2026-11-24", NOW) == Window(parse_instant("2026-11-23"), NOW)
