"""Pairs in the middle of messages: which keys become columns, and which name the level."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from support.fakes.fakes import MemoryLedger
from support.worlds.planned_bundles import convert_events

pytestmark = pytest.mark.unit

TIME = "2026-11-21 08:00:00,100"
H = f"{TIME} INFO [main] com.example.Shop - "
_ENVELOPE = (
    "event_time",
    "log_time",
    "log_account",
    "log_group",
    "log_stream",
    "raw",
    "_source",
    "_line",
    "_event_id",
    "dt",
    "_pairs",
)


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
        assert (row["level"], row["level_field"]) == ("INFO", 50)


_KAFKA = ", ".join(f"orders-{each}=OffsetAndMetadata{{offset={each}, epoch=1}}" for each in range(3))
_SELECT = "SELECT name FROM t WHERE id=5 AND name='bob' or x=1"


@pytest.mark.parametrize(
    ("messages", "names"),
    [
        ([f"sessions {{{UUID(int=n << 90)}=ACTIVE, {UUID(int=n << 70 | 1)}=CLOSED}} left" for n in range(300)], set()),
        ([f"rendered template{n} var_{n}={n}; tmp_{n}=f(x) next" for n in range(300)], set()),
        ([f"Setting offsets {{{_KAFKA}, pay-3=17}} done"] * 50, {"offset", "epoch"}),
        ([f"order user=ana total={n} took" for n in range(5)], {"user", "total"}),
        (["order user=ana total=5 took", "order user=bob total=7 took"], {"user", "total"}),
        (["order user=ana total=5 took", "order user=bob total=7 took", "order left"], set()),
        ([*["order user=ana total=5 took"] * 19, *["order left"] * 81], set()),
        ([*["order user=ana total=5 took"] * 20, *["order left"] * 81], {"user", "total"}),
        ([*["order user=ana total=5 took"] * 29, *["order left"] * 2971], set()),
        ([*["order user=ana total=5 took"] * 30, *["order left"] * 2970], {"user", "total"}),
        ([*["order Id=5 total=7 took"] * 40, *["order id=5 thread=7 took"] * 20], {"id", "total"}),
        (["for (int i=0; i<n; i++) { x=y; }", "so if a=b else c=d"], set()),
        ([f"ran {_SELECT} today"] * 5, set()),
        (["failed\n  A=1 B=2 at home\n  C=3 of it"] * 5, set()),
    ],
)
def test_keys_that_come_often_are_columns(messages: list[str], names: set[str]) -> None:
    rows = _rows(*[f"{H}{message}" for message in messages])
    others = {"timestamp", "thread", "logger", "level", "message", *_ENVELOPE}
    assert {name for row in rows for name in row} - others == names
    assert [row["message"] for row in rows] == messages


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        ([f"Query: {_SELECT} y=2 z=3"] * 5, set()),
        (["Dear all, please set A=1 B=2 C=3", "export PATH=/bin HOME=/root FOO=bar"], set()),
        ([f"order was taken id={n} user=ana total=5" for n in range(3)], {"id", "user", "total"}),
    ],
)
def test_pairs_without_a_header_are_columns_if_they_come_often(texts: list[str], names: set[str]) -> None:
    assert {name for row in _rows(*texts) for name in row} - {"level", "message", *_ENVELOPE} == names


def test_a_key_without_a_column_stays_in_the_message_and_in_one_column_of_all_such_pairs() -> None:
    ledger = MemoryLedger()
    orders = [f"{H}order user=ana total={n} took" for n in range(5)]
    convert_events(orders, ledger)
    late = f'{H}order user=bob cause="so late" thread=7 took x=1 x=2'
    rows, _ = convert_events([late, orders[0]], ledger, 5)
    assert (rows[0]["user"], rows[0]["message"], rows[0].get("_rescued")) == ("bob", late.removeprefix(H), None)
    assert [row["_pairs"] for row in rows] == ['{"cause":"so late","thread":"7","x":"1","x.2":"2"}', None]


def test_a_pair_that_comes_often_later_is_a_column_from_then_on() -> None:
    ledger = MemoryLedger()
    first, *_ = convert_events([f"{H}order user=ana total=1 took", f"{H}order left"], ledger)
    often, *_ = convert_events([f"{H}order user=ana total={n} took" for n in range(20)], ledger, 2)
    again, *_ = convert_events([f"{H}order user=ana total=1 took", f"{H}order left"], ledger, 22)
    assert [(row.get("user"), row["_pairs"]) for row in first] == [(None, '{"total":"1","user":"ana"}'), (None, None)]
    assert {(row["user"], row["_pairs"]) for row in often} == {("ana", None)}
    assert [(row["user"], row["total"], row["_pairs"]) for row in again] == [("ana", 1, None), (None, None, None)]


def test_a_semicolon_between_pairs_at_the_end_is_of_no_value() -> None:
    (row,) = _rows(f"{H}left i=0; j=1")
    assert (row["i"], row["j"]) == (0, 1)
