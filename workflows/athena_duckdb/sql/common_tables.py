"""Common table expressions (WITH): the ones that a part of a statement can name."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp


def common_tables(node: exp.Expr) -> Iterator[exp.Expr]:
    """The common table expressions of all statements around a node, those of the innermost statement first."""
    for each in _around(node):
        tables = each.args.get("with_")
        yield from tables.expressions if tables is not None else []


def add_common_tables(select: exp.Select, node: exp.Expr) -> None:
    """Gives a SELECT the common table expressions that a node can name. Outer ones come first: inner ones read them."""
    around = {id(each) for each in _around(node)}
    tables: dict[str, exp.Expr] = {}
    for table in common_tables(node):
        if id(table) not in around:
            tables.setdefault(table.alias.lower(), table)
    if tables:
        copies = [table.copy() for table in sorted(tables.values(), key=lambda each: each.depth)]
        select.set("with_", exp.With(expressions=copies))


def _around(node: exp.Expr) -> Iterator[exp.Expr]:
    above: exp.Expr | None = node
    while above is not None:
        yield above
        above = above.parent
