"""Pairs in the middle of messages: which keys become columns, and which name the level."""

from __future__ import annotations

from typing import Any

import pytest
from support.worlds.planned_bundles import convert_events

pytestmark = pytest.mark.unit

TIME = "2026-11-21 08:00:00,100"
H = f"{TIME} INFO [main] com.example.Shop - "
_ENVELOPE = ("event_time", "log_group", "log_stream", "raw", "_source", "_line", "_event_id", "dt")


def _rows(*texts: str) -> list[dict[str, Any]]:
    rows, _ = convert_events(texts)
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


@pytest.mark.parametrize(
    ("message", "level", "field"),
    [
        ("player id=5 level=50 won the game", None, 50),
        ("hero name=bob level=10 up", None, 10),
        ("a row of level=error then id=5 and x=3 today", "ERROR", None),
        ("order id=5 with x=3 was severity=warn today", "WARN", None),
        ("order id=5 with level=error and x=3 today", None, "error"),
        ("train id=5 at=error then priority=high now", None, None),
    ],
)
def test_a_number_between_words_is_no_level(message: str, level: str | None, field: object) -> None:
    for row in _rows(*[f"{TIME} [main] {message}"] * 3):
        assert row.get("level") == level
        assert row.get("level_field") == field
        assert row["message"] == message


def test_the_level_of_a_header_comes_first() -> None:
    for row in _rows(*[f"{H}player id=5 level=50 won"] * 3):
        assert (row["level"], row["level_2"]) == ("INFO", 50)
