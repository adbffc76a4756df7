"""Translates a query from Athena's SQL to DuckDB's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from athena_duckdb.errors import ConfigError
from athena_duckdb.sql.aggregate_types import choose
from athena_duckdb.sql.build import call
from athena_duckdb.sql.common_tables import add_common_tables
from athena_duckdb.sql.function_calls import function_call, wrapped
from athena_duckdb.sql.macros import PREFIX, needed
from athena_duckdb.sql.operators import OPERATORS
from athena_duckdb.sql.unnesting import unnested
from athena_duckdb.sql.zones import column_zone, keep_zones, shown_zones, with_zone

UNNAMED = "_loglake_unnamed_"
"""The prefix of a column name that Athena would derive from its position, such as ``_col0``."""

Describe = Callable[[str], Sequence[str]]
"""Takes a query in DuckDB's SQL; returns the types of its columns, as DuckDB types."""

_FIRST = {"with_": 0, "from_": 1, "joins": 2, "laterals": 3}
"""The parts of a SELECT that are translated first, because the rest refers to them."""


class _DuckDb(DuckDB):
    INDEX_OFFSET = 0  # as in `AthenaSql`


@dataclass(frozen=True)
class Translated:
    """A query for DuckDB.

    Attributes:
        sql: the query.
        macros: statements that make the macros it uses.
        zones: by column name, the time zone in which the values are shown, if it isn't UTC.
    """

    sql: str
    macros: tuple[str, ...]
    zones: Mapping[str, str] = field(default_factory=dict)


def translated(query: exp.Expr, describe: Describe, number: Callable[[exp.Expr], int]) -> Translated:
    """Translates a query from `parsing.parsed`.

    Args:
        query: the query, which is changed.
        describe: returns types that only DuckDB knows: of UNNEST's arguments, and of aggregates.
        number: returns the number that a DuckDB expression gives.

    Raises:
        ConfigError: Athena would refuse the query, or a part has no translation; says which.
    """
    try:
        for node in list(_after_parts(query)):
            _replace(node, _translated(node, describe))
        for node in [each for each in _after_parts(query) if isinstance(each, exp.Anonymous)]:
            _replace(node, choose(node, lambda select: describe(duckdb_sql(select)), number))
        sql = duckdb_sql(query)
    except RecursionError as error:
        raise ConfigError("The statement is nested too deeply: write it with fewer levels.") from error
    return Translated(sql, tuple(macros_of(sql)), shown_zones(query))


def duckdb_sql(node: exp.Expr) -> str:
    """A translated expression as text."""
    return str(node.sql(dialect=_DuckDb, normalize_functions=False, comments=False))


def macros_of(sql: str) -> Iterator[str]:
    """The statements that make the macros in a text."""
    return needed(dict.fromkeys(re.findall(rf"\b{PREFIX}\w+", sql)))


def _replace(node: exp.Expr, made: exp.Expr) -> None:
    if made is not node:
        node.replace(made)


def _translated(node: exp.Expr, describe: Describe) -> exp.Expr:
    if isinstance(node, exp.Anonymous):
        return function_call(node.name, list(node.expressions), node)
    if isinstance(node, exp.IgnoreNulls):
        return _ignoring_nulls(node)
    if isinstance(node, exp.Unnest):
        return unnested(node, lambda values, at: _kinds(values, at, describe))
    if isinstance(node, exp.Column):
        return with_zone(node, column_zone(node))
    if isinstance(node, exp.Select):
        _name_columns(node)
        keep_zones(node)
        return node
    made = OPERATORS.get(type(node))
    return wrapped(node if made is None else made(node))


def _ignoring_nulls(node: exp.IgnoreNulls) -> exp.Expr:
    """DuckDB has IGNORE NULLS inside the brackets."""
    arguments = ", ".join(map(duckdb_sql, node.this.expressions))
    return call(node.this.name, exp.Var(this=f"{arguments} IGNORE NULLS"))


def _name_columns(select: exp.Select) -> None:
    for at, column in enumerate(select.expressions):
        if isinstance(column, exp.Column) and isinstance(column.this, exp.Identifier):
            if column.name != column.name.lower():
                column.replace(exp.alias_(column.copy(), column.name, quoted=True))
        elif not isinstance(column, (exp.Alias, exp.Star, exp.Dot, exp.Column)):
            named = exp.alias_(column.copy(), f"{UNNAMED}{at}", quoted=True)
            column.replace(with_zone(named, column.meta.get("zone")))


def _kinds(values: list[exp.Expr], node: exp.Unnest, describe: Describe) -> list[str]:
    """The types of UNNEST's arguments, from a query over the tables before it."""
    select = exp.Select(expressions=[value.copy() for value in values])
    around = node.find_ancestor(exp.Select)
    if around is not None:
        before = around.args.get("from_")
        joins = takewhile(lambda join: join.find(exp.Unnest) is None, around.args.get("joins") or [])
        if before is not None and before.find(exp.Unnest) is None:
            select.set("from_", before.copy())
            select.set("joins", [join.copy() for join in joins])
    add_common_tables(select, node)
    return list(describe(duckdb_sql(select)))


def _after_parts(root: exp.Expr) -> Iterator[exp.Expr]:
    """All nodes, each after its parts."""
    waiting: list[tuple[exp.Expr, bool]] = [(root, False)]
    while waiting:
        node, parts_done = waiting.pop()
        if parts_done:
            yield node
            continue
        waiting.append((node, True))
        parts = list(node.iter_expressions())
        if isinstance(node, exp.Select):
            parts.sort(key=lambda part: _FIRST.get(part.arg_key or "", 9))
        waiting += [(part, False) for part in reversed(parts)]
