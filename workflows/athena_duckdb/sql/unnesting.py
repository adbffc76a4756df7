"""UNNEST of arrays, maps and arrays of rows, as a DuckDB query that may use the tables before it."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from athena_duckdb.errors import ConfigError
from athena_duckdb.sql.build import call, cast

Kinds = Callable[[list[exp.Expr], exp.Unnest], list[str]]
"""Returns the DuckDB types of expressions in an UNNEST."""

_ROW = "loglake_row"


def unnested(node: exp.Unnest, kinds: Kinds) -> exp.Subquery:
    """The query of an UNNEST with translated arguments.

    With as many names as arguments, each name is an element, also one that is a row: AWS publishes statements such as
    ``UNNEST(resources) AS t(resource)``, and reads ``resource.arn``. Otherwise a row becomes a column for each field.

    Raises:
        ConfigError: an array of rows is beside another argument, or is used with WITH ORDINALITY.
    """
    alias = node.args.get("alias")
    names = list(alias.columns) if alias is not None else []
    values = list(node.expressions)
    ordinal = node.args.get("offset")
    columns = [call("unnest", each.copy()) for each in values]
    source: exp.From | None = None
    if len(names) != len(values):
        types = kinds(values, node)
        columns = []
        for value, kind in zip(values, types):
            if kind.startswith("MAP("):
                columns += [call("unnest", call(f"map_{part}", value.copy())) for part in ("keys", "values")]
            elif kind.startswith("STRUCT(") and kind.endswith("[]"):
                source, columns = _rows(value, len(values), bool(ordinal)), [call("unnest", exp.column(_ROW))]
            else:
                columns.append(call("unnest", value.copy()))
    if ordinal and source is None:
        columns.append(call("unnest", call("range", 1, _end(values, kinds, node))))
    query = exp.Select(expressions=[_named(each, at, names, ordinal) for at, each in enumerate(columns)])
    if source is not None:
        query = exp.Select(expressions=columns)
        query.set("from_", source)
    return exp.Subquery(this=query, alias=_alias(alias, names, ordinal))


def _named(column: exp.Expr, at: int, names: list[exp.Expr], ordinal: object) -> exp.Expr:
    known = [*names, ordinal] if isinstance(ordinal, exp.Expr) else names
    return exp.alias_(column, known[at].name if at < len(known) else f"_col{at}", quoted=True)


def _rows(value: exp.Expr, count: int, ordinal: bool) -> exp.From:
    if count != 1 or ordinal:
        raise ConfigError("UNNEST of an array of rows can't be given here beside another one, or WITH ORDINALITY.")
    inner = exp.Select(expressions=[exp.alias_(call("unnest", value.copy()), _ROW)])
    return exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("loglake_rows"))))


def _end(values: list[exp.Expr], kinds: Kinds, node: exp.Unnest) -> exp.Expr:
    """The length of the longest, plus one."""
    lengths = [
        call("cardinality" if kind.startswith("MAP(") else "len", value.copy())
        for value, kind in zip(values, kinds(values, node))
    ]
    longest = call("coalesce", call("greatest", *lengths), 0)
    return cast(exp.Add(this=longest, expression=exp.Literal.number(1)), "BIGINT")


def _alias(alias: exp.TableAlias | None, names: list[exp.Expr], ordinal: object) -> exp.TableAlias:
    columns = [each.copy() for each in names]
    if isinstance(ordinal, exp.Expr):
        columns.append(ordinal.copy())
    name = alias.this.copy() if alias is not None and alias.this is not None else exp.to_identifier("loglake_unnest")
    return exp.TableAlias(this=name, columns=columns)
