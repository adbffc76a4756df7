"""The answer of a query as a person reads it: a table, or a list per row where a line can't hold one; and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.rule import Rule
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from loglake_cli.local.lake.query.athena import QueryResult

_READABLE = 20
"""Letters of a cell that stay together in a line, for the whole to be read as a table."""

_GAP = 2
"""Spaces between two columns of a table."""


def print_result(result: QueryResult, to: Console) -> None:
    """Prints the rows of a query as a table; one below the other where their columns would be too narrow to be read."""
    rows = [[Text("" if value is None else str(value)) for value in row] for row in result.rows]
    needed = sum(min(width, _READABLE) + _GAP for width in _widths(result.columns, rows)) - _GAP
    if rows and needed > to.width:
        _print_lists(result.columns, rows, to)
    else:
        _print_table(result, rows, to)


def _widths(columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> list[int]:
    """Letters of the longest line of each column, its name among them."""
    cells = [max((each.cell_len for text in column for each in text.split()), default=0) for column in zip(*rows)]
    return [max(len(name), cell) for name, cell in zip(columns, cells or [0] * len(columns), strict=True)]


def _print_table(result: QueryResult, rows: Sequence[Sequence[Text]], to: Console) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, kind in zip(result.columns, result.types, strict=True):
        table.add_column(name, justify="right" if is_number(kind) else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    to.print(table)


def _print_lists(columns: Sequence[str], rows: Sequence[Sequence[Text]], to: Console) -> None:
    for number, row in enumerate(rows, 1):
        to.print(Rule(f"row {number:,}", align="left", style="dim"))
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(style="bold", overflow="fold", max_width=to.width // 2)
        table.add_column(overflow="fold")
        for name, value in zip(columns, row, strict=True):
            table.add_row(Text(name), value)
        to.print(table)


def is_number(kind: str) -> bool:
    """Whether values of a DuckDB type are numbers, which line up at their right ends."""
    return kind.upper().startswith(
        ("BIGINT", "INTEGER", "DOUBLE", "HUGEINT", "DECIMAL", "FLOAT", "SMALLINT", "UBIGINT")
    )


def documents(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Rows as JSON objects, for ``--json``."""
    return [dict(zip(columns, row, strict=True)) for row in rows]
