"""The answer of a query as text (a table, or a list per row if a line can't hold one), as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from athena_duckdb.query.athena import Dialect, QueryResult
from athena_duckdb.sql.values import shown
from loglake_cli.operations.tables.terminal_tables import print_table

if TYPE_CHECKING:
    from rich.console import Console

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a text begins that a spreadsheet may take for a formula (OWASP, "CSV Injection"); also in full width."""


def print_result(result: QueryResult, to: Console) -> None:
    """Prints the rows of a query as a table; one below the other if a line can't hold their columns."""
    text = shown if result.dialect == Dialect.ATHENA else str
    rows = [["" if value is None else text(value) or "" for value in row] for row in result.rows]
    kinds = list(zip(result.columns, result.types, strict=True))
    times = [name for name, kind in kinds if kind.upper().startswith(("TIME", "DATE"))]
    print_table(result.columns, rows, to, right=[name for name, kind in kinds if is_number(kind)], whole=times)


def is_number(kind: str) -> bool:
    """Whether values of a type, of Athena or DuckDB, are numbers, which are right-aligned."""
    return kind.upper().startswith(
        ("BIGINT", "INTEGER", "DOUBLE", "HUGEINT", "DECIMAL", "FLOAT", "REAL", "SMALLINT", "TINYINT", "UBIGINT")
    )


def csv_text(result: QueryResult, *, formulas: bool = True) -> str:
    """A line with the names of the columns, then a line per row (RFC 4180); NULL is empty, values are as Athena's.

    Args:
        result: the rows.
        formulas: leave texts that a spreadsheet takes for a formula as they are; else each begins with ``'``.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    rows = ((shown(value) for value in row) for row in result.rows) if result.dialect == Dialect.ATHENA else result.rows
    if formulas:
        writer.writerow(result.columns)
        writer.writerows(rows)
    else:
        numbers = [is_number(kind) for kind in result.types]
        writer.writerow(_no_formula(name) for name in result.columns)
        writer.writerows(
            [value if number else _no_formula(value) for value, number in zip(row, numbers, strict=True)]
            for row in rows
        )
    return out.getvalue()


def _no_formula(value: Any) -> Any:
    return f"'{value}" if str(value).startswith(_FORMULA) else value


def json_text(result: QueryResult) -> str:
    """An array of an object per row. Of columns with one name, the last counts."""
    athena = result.dialect == Dialect.ATHENA
    rows = [tuple(plain(value) for value in row) for row in result.rows] if athena else result.rows
    return (
        json.dumps(
            [dict(zip(result.columns, row, strict=True)) for row in rows], default=shown if athena else str, indent=2
        )
        + "\n"
    )


def json_rows(result: QueryResult) -> list[dict[str, Any]]:
    """The same as plain values."""
    rows: list[dict[str, Any]] = json.loads(json_text(result))
    return rows


def plain(value: Any) -> Any:
    """A value of Athena with keys and numbers that JSON can have."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else shown(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value
