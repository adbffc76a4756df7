"""Rows in a readable order: parsed columns first, then the text that they come from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from athena_duckdb.query.athena import QueryResult

_FIRST = ("event_time", "level", "message")
_ORIGIN = ("log_group", "log_stream")
_LAST = ("raw", "_rescued", "_source", "_line", "_event_id", "dt", "hour")


@dataclass(frozen=True)
class ShownRows:
    """Rows to show, and the values that are equal in all of them: (column, value)."""

    result: QueryResult
    same: tuple[tuple[str, str], ...] = ()


def shown_rows(result: QueryResult) -> ShownRows:
    """The columns of a table in a readable order; columns that a person selected keep their order."""
    if not {*_FIRST, "raw"} <= set(result.columns):
        return ShownRows(result)
    same = tuple((name, str(_values(result, name)[0])) for name in _ORIGIN if len(set(_values(result, name))) == 1)
    left_out = {name for name, _ in same}
    middle = [name for name in result.columns if name not in {*_FIRST, *_ORIGIN, *_LAST}]
    order = [name for name in (*_FIRST, *middle, *_ORIGIN, *_LAST) if name in result.columns and name not in left_out]
    at = [result.columns.index(name) for name in order]
    rows = [tuple(row[index] for index in at) for row in result.rows]
    return ShownRows(
        replace(result, columns=tuple(order), types=tuple(result.types[index] for index in at), rows=rows), same
    )


def csv_name(result: QueryResult) -> str:
    """The name of a file with an answer; it says whether all rows are in it."""
    return f"answer-first-{len(result.rows)}-rows.csv" if result.more else "answer.csv"


def _values(result: QueryResult, name: str) -> Sequence[object]:
    """The values of a column; none if the column doesn't exist."""
    if name not in result.columns:
        return ()
    at = result.columns.index(name)
    return [row[at] for row in result.rows]
