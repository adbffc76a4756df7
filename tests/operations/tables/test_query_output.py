"""Query output for a person."""

from __future__ import annotations

import csv
import io

import pytest
from rich.console import Console

from athena_duckdb.query.athena import QueryResult
from loglake_cli.operations.tables.query_output import csv_text, print_result
from loglake_cli.operations.tables.terminal_tables import print_table

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
    assert lines[4] == "_source     exports/" + "x" * 60  # a terminal folds it; a copy has all of it
    assert lines[5].startswith("row 2 ───")
    assert lines[6:] == ["event_time", "message     a", "raw         b", "_source     c"]


def test_a_wide_line_holds_them_and_no_word_is_broken() -> None:
    assert printed(WIDE, 200)[0].split() == list(WIDE.columns)
    text = "words " * 12 + "x" * 40
    wrapped = printed(QueryResult(("n", "message"), ("BIGINT", "VARCHAR"), [(7, text)]), 60)
    assert wrapped == ["n  message", "7  " + "words " * 8 + "words", "   words words words", "   " + "x" * 40]
    one = printed(QueryResult(("message",), ("VARCHAR",), [("x" * 100,)]), 60)
    assert one == ["message", "x" * 100]


def test_times_and_numbers_stay_in_one_line() -> None:
    kinds = ("TIMESTAMP", "VARCHAR", "BIGINT")
    lines = printed(QueryResult(("at", "text", "n"), kinds, [("2026-11-21 08:30:00", "a b " * 20, 12345678)]), 52)
    assert lines[1] == "2026-11-21 08:30:00  a b a b a b a b a b a  12345678"


def test_an_answer_without_rows_is_its_columns() -> None:
    assert printed(QueryResult(WIDE.columns, WIDE.types, []), 20) == ["event_time  message  raw  _source"]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_table_leaves_out_what_matters_least(width: int) -> None:
    out = io.StringIO()
    names, row = (
        ("log group", "behind", "failed", "rows", "table"),
        ["/aws/lambda/checkout", "2 h", "1", "1,234", "x" * 50],
    )
    to = Console(file=out, width=width, highlight=False)
    print_table(names, [row], to, right={"rows", "failed"}, spare=("table", "rows"))
    shown = out.getvalue().splitlines()[1].split("  ")
    assert [cell.strip() for cell in shown if cell.strip()] == (row if width == 120 else row[:4])


def test_a_table_without_room_for_what_has_to_be_there_is_a_list_of_all() -> None:
    out = io.StringIO()
    to = Console(file=out, width=40, highlight=False)
    print_table(("log group", "failed", "table"), [["/a/" + "x" * 50, "1", "app"]], to, spare=("table",))
    assert out.getvalue().splitlines()[1:] == ["log group  /a/" + "x" * 50, "failed     1", "table      app"]


@pytest.mark.parametrize(
    "start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20a"]
)
def test_a_text_that_a_spreadsheet_takes_for_a_formula_is_marked_if_it_is_asked_for(start: str) -> None:
    answer = QueryResult(
        (start, "n", "other"), ("varchar", "double", "varchar"), [(start, -1.5, f"a{start}"), (None, None, "")]
    )
    assert rows(csv_text(answer)) == [[start, "n", "other"], [start, "-1.5", f"a{start}"], ["", "", ""]]
    assert rows(csv_text(answer, formulas=False)) == [
        [f"'{start}", "n", "other"],
        [f"'{start}", "-1.5", f"a{start}"],
        ["", "", ""],
    ]


def rows(text: str) -> list[list[str]]:
    return [*csv.reader(io.StringIO(text, newline=""))]
