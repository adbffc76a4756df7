"""Texts as a table that fits its terminal, or as lists if a line can't hold a table. No word is broken."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from gluelocal.shown_stream import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from rich.console import Console

_READABLE = 20
"""How many letters of a cell must fit in a line for a readable table."""

_GAP = 2
"""Spaces between two columns."""


def print_table(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    to: Console,
    *,
    right: Collection[str] = (),
    whole: Collection[str] = (),
    spare: Sequence[str] = (),
) -> None:
    """Prints rows as a table, if a line can hold the longest word of each column; else as lists.

    Args:
        names: of the columns.
        rows: a text for each column.
        to: a console, which has a width.
        right: columns of numbers, right-aligned and never broken.
        whole: other columns with values that are never broken, such as times.
        spare: columns that are left out if a line can't hold them, the first one first.
    """
    names, rows = [visible(name) for name in names], [[visible(cell) for cell in row] for row in rows]
    kept = list(names)
    for name in ("", *spare):
        if name:
            kept.remove(name)
        shown = [[row[at] for at, each in enumerate(names) if each in kept] for row in rows]
        least = _least(kept, shown, {*right, *whole})
        if sum(least) + _GAP * (len(least) - 1) <= to.width:
            _print_columns(kept, shown, least, to, right)
            return
    if len(names) == 1:  # one line per name
        to.print(Text(names[0], style="bold"), *(Text(row[0]) for row in rows), sep="\n", soft_wrap=True)
    elif rows:
        _print_lists(names, rows, to)
    else:
        to.print(Text("  ".join(names), style="bold"), soft_wrap=True)


def print_pairs(pairs: Iterable[tuple[str, str]], to: Console, style: str = "dim") -> None:
    """Prints names with their values, a line each; a long value goes on below, between two words."""
    listed = [(visible(name), visible(value)) for name, value in pairs]
    indent = max((len(name) for name, _ in listed), default=0) + _GAP
    for name, value in listed:
        lines = [part for line in value.splitlines() for part in _wrapped(line, to.width - indent)] or [""]
        to.print(Text.assemble((f"{name:<{indent}}", style), f"\n{' ' * indent}".join(lines)), soft_wrap=True)


def _print_lists(names: Sequence[str], rows: Sequence[Sequence[str]], to: Console) -> None:
    for number, row in enumerate(rows, 1):
        to.print(Rule(f"row {number:,}", align="left", style="dim"))
        print_pairs(zip(names, row, strict=True), to, style="bold")


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, max(width, 1), break_long_words=False, break_on_hyphens=False) or [""]


def _least(names: Sequence[str], rows: Sequence[Sequence[str]], unbroken: Collection[str]) -> list[int]:
    """The width that each column needs at least."""
    return [
        most if name in unbroken else max(_longest([name, *cells], str.split), min(most, _READABLE))
        for name, cells in _columns(names, rows)
        for most in [_longest([name, *cells], str.splitlines)]
    ]


def _columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[tuple[str, list[str]]]:
    return ((name, [row[at] for row in rows]) for at, name in enumerate(names))


def _longest(texts: Iterable[str], cut: Callable[[str], list[str]]) -> int:
    return max((cell_len(part) for text in texts for part in cut(text)), default=0)


def _print_columns(
    names: Sequence[str], rows: Sequence[Sequence[str]], least: Sequence[int], to: Console, right: Collection[str]
) -> None:
    """Prints the table; spare room of the line is shared among the columns that can use it."""
    wanted = [_longest([name, *cells], str.splitlines) for name, cells in _columns(names, rows)]
    widths = list(least)
    left = to.width - sum(widths) - _GAP * (len(widths) - 1)
    by_need = sorted(range(len(names)), key=lambda at: wanted[at] - least[at])
    for done, at in enumerate(by_need):
        more = max(0, min(wanted[at] - least[at], left // (len(by_need) - done)))
        widths[at] += more
        left -= more
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, _GAP, 0, 0))
    for name, width in zip(names, widths, strict=True):
        table.add_column(name, width=width, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    to.print(table)
