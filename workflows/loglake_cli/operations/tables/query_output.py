"""The answer of a query as text (a table, or a list per row if a line can't hold one), and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loglake_cli.local.lake.athena_sql.values import shown
from loglake_cli.local.lake.query.athena import Dialect
from loglake_cli.operations.tables.terminal_tables import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from loglake_cli.local.lake.query.athena import QueryResult


def print_result(result: QueryResult, to: Console) -> None:
    """Prints the rows of a query as a table; one below the other if a line can't hold their columns."""
    text = shown if result.dialect == Dialect.ATHENA else str
    rows = [["" if value is None else text(value) or "" for value in row] for row in result.rows]
    kinds = list(zip(result.columns, result.types, strict=True))
    times = [name for name, kind in kinds if kind.upper().startswith(("TIME", "DATE"))]
    print_table(result.columns, rows, to, right=[name for name, kind in kinds if is_number(kind)], whole=times)


def read_line(result: QueryResult) -> str:
    """How much was read for an answer."""
    return f"{result.bytes_read:,} bytes of the tables' files were read."


def is_number(kind: str) -> bool:
    """Whether values of a DuckDB type are numbers, which are right-aligned."""
    return kind.upper().startswith(
        ("BIGINT", "INTEGER", "DOUBLE", "HUGEINT", "DECIMAL", "FLOAT", "SMALLINT", "UBIGINT")
    )


def documents(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Rows as JSON objects, for ``--json``."""
    return [dict(zip(columns, row, strict=True)) for row in rows]
