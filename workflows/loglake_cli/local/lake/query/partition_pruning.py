"""Which partitions a statement can read at all: what its WHERE says of partition keys alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from sqlglot import exp


def conditions(
    query: exp.Expr, table_of: Callable[[exp.Table], str | None], keys: Collection[str], name: str
) -> list[exp.Expr] | None:
    """Conditions on the partition keys of a table, one for each place where the statement reads it.

    A row that a statement reads is in a partition of which one of them is true. Only what WHERE joins by AND counts,
    and no table of an outer join.

    Args:
        query: as parsed.
        table_of: the name of a table of the catalog that is selected from; None if it is something else.
        keys: the table's partition keys, in lower case.
        name: the table's name, as `table_of` gives it.

    Returns:
        The conditions, whose columns are without their table; None if a place has none.
    """
    found = []
    for table in query.find_all(exp.Table):
        if table_of(table) != name:
            continue
        condition = _condition(table, keys)
        if condition is None:
            return None
        found.append(condition)
    return found


def _condition(table: exp.Table, keys: Collection[str]) -> exp.Expr | None:
    select = table.find_ancestor(exp.Select)
    if select is None or select.args.get("where") is None or not isinstance(table.parent, (exp.From, exp.Join)):
        return None
    joins = select.args.get("joins") or []
    if table.parent.parent is not select or any(join.side for join in joins):
        return None
    alias = table.alias.lower() if table.alias else None
    called = alias or table.name.lower()
    if alias and table.args["alias"].columns:
        return None
    parts = [
        part.copy() for part in _joined(select.args["where"].this) if _of_keys(part, called, keys, alone=not joins)
    ]
    for part in parts:
        for column in part.find_all(exp.Column):
            column.set("table", None)
    return exp.and_(*parts) if parts else None


def _joined(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that AND joins."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, exp.And):
            waiting += [each.expression, each.this]
        elif isinstance(each, exp.Paren) and isinstance(each.this, exp.And):
            waiting.append(each.this)
        else:
            yield each


def _of_keys(node: exp.Expr, called: str, keys: Collection[str], alone: bool) -> bool:
    """Whether a condition is about the partition keys of a table, and nothing else."""
    columns = list(node.find_all(exp.Column))
    if not columns or node.find(exp.Select, exp.Lambda) is not None:
        return False
    return all(
        column.name.lower() in keys
        and len(column.parts) <= 2
        and (column.table.lower() == called if column.table else alone)
        for column in columns
    )
