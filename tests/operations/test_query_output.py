"""Answers of queries as a person reads them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from loglake_cli.local.lake.query.athena import QueryResult
from loglake_cli.operations.query_output import print_result

pytestmark = pytest.mark.unit

WIDE = QueryResult(
    ("event_time", "message", "raw", "_source"),
    ("TIMESTAMP WITH TIME ZONE", "VARCHAR", "VARCHAR", "VARCHAR"),
    [("2026-11-21 08:30:00", "a [b] line of words", "a line of many more words", "exports/" + "x" * 60), ("", *"abc")],
)


def printed(result: QueryResult, width: int) -> list[str]:
    out = io.StringIO()
    print_result(result, Console(file=out, width=width, highlight=False))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_an_answer_is_a_table_with_its_numbers_at_the_right() -> None:
    assert printed(QueryResult(("level", "n"), ("VARCHAR", "BIGINT"), [("INFO", 5), (None, 1200)]), 80) == [
        "level     n",
        "INFO      5",
        "       1200",
    ]


def test_rows_that_no_line_can_hold_are_lists() -> None:
    lines = printed(WIDE, 60)
    assert lines[0].startswith("row 1 ───")
    assert lines[1:4] == [
        "event_time  2026-11-21 08:30:00",
        "message     a [b] line of words",
        "raw         a line of many more words",
    ]
    assert "".join(line[12:] for line in lines[4:6]) == "exports/" + "x" * 60
    assert lines[6].startswith("row 2 ───")
    assert lines[7:] == ["event_time", "message     a", "raw         b", "_source     c"]


def test_a_wide_line_holds_them_and_one_long_column_is_folded() -> None:
    assert printed(WIDE, 200)[0].split() == list(WIDE.columns)
    one = printed(QueryResult(("message",), ("VARCHAR",), [("x" * 100,)]), 60)
    assert one == ["message", "x" * 60, "x" * 40]


def test_an_answer_without_rows_is_its_columns() -> None:
    assert printed(QueryResult(WIDE.columns, WIDE.types, []), 40)[0].startswith("event_time")
