"""Chooses the variant of a macro if its arguments contain aggregates or windows.

DuckDB chooses a macro's variant before it binds aggregates, so it doesn't know their types: it takes one of several, or
refuses. So their types are queried first, with the argument alone over the same tables and groups.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from athena_duckdb.errors import ConfigError
from athena_duckdb.sql.build import call, cast
from athena_duckdb.sql.common_tables import add_common_tables
from athena_duckdb.sql.known_functions import AGGREGATES
from athena_duckdb.sql.macros import chosen, is_typed, overloads, which

Describe = Callable[[exp.Expr], Sequence[str]]
_AGGREGATES = frozenset(
    {name for name, _ in AGGREGATES.values()}
    | {"quantile_disc", "arg_max", "arg_min", "arg_max_null", "arg_min_null", "string_agg", "list", "histogram"}
)


def choose(call_node: exp.Anonymous, describe: Describe, chosen_of: Callable[[exp.Expr], int]) -> exp.Expr:
    """A call of a macro, with its variant chosen if DuckDB can't choose it.

    Args:
        call_node: the translated call, in its statement.
        describe: returns the column types of a SELECT, as DuckDB types.
        chosen_of: the number that an expression gives.

    Raises:
        ConfigError: the types can't be queried.
    """
    name = call_node.name
    if not is_typed(name) or not any(map(has_aggregate, call_node.expressions)):
        return call_node
    types = describe(_alone(call_node))
    at = chosen_of(call(which(name), *(cast(exp.Null(), kind) for kind in types)))
    arguments = [
        cast(value.copy(), kind) if kind and "(" not in kind else value.copy()
        for value, kind in zip(call_node.expressions, overloads(name)[at].types)
    ]
    return call(chosen(name, at), *arguments)


def has_aggregate(node: exp.Expr) -> bool:
    """Whether an expression has an aggregate or a window of its own SELECT."""
    for part in node.walk(prune=lambda each: isinstance(each, exp.Select)):
        if isinstance(part, (exp.Window, exp.Filter)):
            return True
        if isinstance(part, exp.Anonymous) and part.name.lower() in _AGGREGATES:
            return True
    return False


def _alone(node: exp.Anonymous) -> exp.Select:
    """The arguments of a call as a SELECT over the same tables and groups."""
    around = node.find_ancestor(exp.Select)
    if around is None:
        raise ConfigError("An aggregate is only a part of a SELECT.")
    select = exp.Select(expressions=[each.copy() for each in node.expressions])
    for part in ("from_", "joins", "where", "windows"):
        value = around.args.get(part)
        select.set(part, [each.copy() for each in value] if isinstance(value, list) else value and value.copy())
    group = around.args.get("group")
    if group is not None:
        select.set("group", _with_expressions(group.copy(), around))
    add_common_tables(select, node)
    return select


def _with_expressions(group: exp.Group, select: exp.Select) -> exp.Group:
    """GROUP BY with its column numbers replaced by the columns."""
    columns = {exp.Literal.number(at): column for at, column in enumerate(select.expressions, 1)}
    made = [columns[each].copy().unalias() if each in columns else each for each in group.expressions]
    group.set("expressions", made)
    return group
