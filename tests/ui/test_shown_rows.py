"""The order of columns on the page, and the file that a person gets."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from athena_duckdb.query.athena import QueryResult
from loglake_cli.operations.tables.query_output import csv_text
from loglake_cli.ui.shown_rows import csv_name, shown_rows

pytestmark = pytest.mark.unit

TABLE = ("event_time", "log_group", "log_stream", "message", "level", "raw", "status", "_rescued", "_line", "dt")


def result(columns: tuple[str, ...], *rows: tuple[Any, ...], more: bool = False) -> QueryResult:
    return QueryResult(columns, tuple("BIGINT" if name == "status" else "VARCHAR" for name in columns), [*rows], more)


def row(stream: str, status: int) -> tuple[Any, ...]:
    return ("t", "/app/shop", stream, "m", "INFO", "{}", status, None, 1, "2026-11-20")


def test_what_was_parsed_comes_before_raw_and_what_is_the_same_once() -> None:
    shown = shown_rows(result(TABLE, row("a", 200), row("a", 404)))
    assert shown.result.columns == ("event_time", "level", "message", "status", "raw", "_rescued", "_line", "dt")
    assert shown.result.types[3] == "BIGINT"
    assert [each[3] for each in shown.result.rows] == [200, 404]
    assert shown.same == (("log_group", "/app/shop"), ("log_stream", "a"))


def test_a_stream_that_differs_is_a_column() -> None:
    shown = shown_rows(result(TABLE, row("a", 200), row("b", 404)))
    assert shown.same == (("log_group", "/app/shop"),)
    assert [each[4] for each in shown.result.rows] == ["a", "b"]


def test_no_rows_are_the_same_as_nothing() -> None:
    assert shown_rows(result(TABLE)).same == ()


def test_columns_that_somebody_chose_stay_in_their_order() -> None:
    chosen = result(("raw", "level", "log_group"), ("{}", "INFO", "/app/shop"))
    assert (shown_rows(chosen).result, shown_rows(chosen).same) == (chosen, ())


def test_a_csv_file_has_the_values_as_they_are() -> None:
    hostile = ['a,"b"\r\nc', "=1+1", "é\u202e", " "]
    text = csv_text(result(("raw", "status"), *((value, 7) for value in hostile), (None, None)))
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["raw", "status"],
        *([value, "7"] for value in hostile),
        ["", ""],
    ]


def test_a_csv_file_that_is_cut_says_so_by_its_name() -> None:
    assert csv_name(result(("a",), ("1",))) == "answer.csv"
    assert csv_name(result(("a",), ("1",), more=True)) == "answer-first-1-rows.csv"
