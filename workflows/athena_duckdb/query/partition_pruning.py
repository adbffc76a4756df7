"""The partitions that a statement can read, by the conditions on partition keys in its WHERE."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from sqlglot import exp


def conditions(
    query: exp.Expr, table_of: Callable[[exp.Table], str | None], keys: Collection[str], name: str
) -> list[exp.Expr] | None:
    """Conditions on a table's partition keys, one for each place at which the statement reads the table.

    If a statement reads a row, one of the conditions is true for the row's partition. Only conditions that WHERE joins
    by AND count, and no table of an outer join.

    Args:
        query: the parsed query.
        table_of: returns the catalog table of a name in FROM; None if it is something else.
        keys: the table's partition keys, in lower case.
        name: the table's name, as `table_of` returns it.

    Returns:
        The conditions, with columns without a table name; None if a place has none.
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


def push_down(reference: exp.Table, view: exp.Expr, keys_of: Callable[[exp.Table], Collection[str]]) -> None:
    """Adds to a view's own WHERE what the statement that reads the view says of partition keys.

    Args:
        reference: the view in FROM.
        view: the view's query, of SELECTs that read one table each. It is changed.
        keys_of: returns the partition keys of a table in FROM, in lower case.
    """
    for select in view.find_all(exp.Select):
        tables = [*select.args["from_"].find_all(exp.Table)] if select.args.get("from_") else []
        keys = {key for table in tables for key in keys_of(table)}
        values = {each.alias.lower(): each.this for each in select.expressions if _has_only(each, keys)}
        condition = _condition(reference, values) if values else None
        if condition is not None:
            select.where(condition.transform(_replaced, values), copy=False)


def _has_only(value: exp.Expr, keys: Collection[str]) -> bool:
    columns = {column.name.lower() for column in value.find_all(exp.Column)}
    return bool(columns) and columns <= {*keys}


def _replaced(node: exp.Expr, values: Mapping[str, exp.Expr]) -> exp.Expr:
    return values[node.name.lower()].copy() if isinstance(node, exp.Column) else node


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
    """Whether a condition is only about a table's partition keys."""
    columns = list(node.find_all(exp.Column))
    if not columns or node.find(exp.Select, exp.Lambda) is not None:
        return False
    return all(
        column.name.lower() in keys
        and len(column.parts) <= 2
        and (column.table.lower() == called if column.table else alone)
        for column in columns
    )
