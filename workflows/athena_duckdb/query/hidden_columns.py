"""Athena's hidden columns, such as ``"$path"``: a query can name them, but ``*`` leaves them out."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

HIDDEN = {
    "$path": ("VARCHAR", "f.{file}"),
    "$file_size": ("BIGINT", "p.size_bytes"),
    "$file_modified_time": ("TIMESTAMPTZ", "p.modified"),
}
"""By name: the type, and the expression in a view over files ``f`` and their known facts ``p``."""

SUFFIX = "$files"
"""The end of the name of a view with the hidden columns."""


def name_hidden(query: exp.Expr, is_table: Callable[[exp.Table], bool]) -> None:
    """Makes each SELECT that names a hidden column use the views that have them.

    Args:
        query: the parsed query, which is changed.
        is_table: whether a name in FROM is a table of the catalog.
    """
    for select in {column.find_ancestor(exp.Select) for column in query.find_all(exp.Column) if column.name in HIDDEN}:
        if select is None:
            continue
        for source in (select.args.get("from_"), *(select.args.get("joins") or [])):
            if source is not None and isinstance(source.this, exp.Table) and is_table(source.this):
                _read_files(source.this)
        for star in select.expressions:
            if isinstance(star, exp.Star):
                star.set("except_", [exp.to_identifier(name, quoted=True) for name in HIDDEN])


def _read_files(table: exp.Table) -> None:
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
    table.set("this", exp.to_identifier(table.name + SUFFIX, quoted=True))
