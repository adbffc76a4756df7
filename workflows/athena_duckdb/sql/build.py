"""Builds pieces of DuckDB's SQL as sqlglot expressions."""

from __future__ import annotations

from sqlglot import exp

from athena_duckdb.errors import ConfigError
from athena_duckdb.sql.macros import PREFIX


def call(name: str, *arguments: exp.Expr | str | int) -> exp.Anonymous:
    """A call of a DuckDB function; texts and numbers become literals."""
    return exp.Anonymous(this=name, expressions=[_expression(each) for each in arguments])


def macro(name: str, *arguments: exp.Expr | str | int) -> exp.Anonymous:
    """A call of one of our macros."""
    return call(PREFIX + name, *arguments)


def cast(value: exp.Expr, kind: str) -> exp.Cast:
    """A cast to a simple DuckDB type."""
    return exp.Cast(this=value, to=exp.DataType.build(kind, dialect="duckdb"))


def text_of(node: exp.Expr, what: str) -> str:
    """The text of a literal. Raises ConfigError if it isn't one, because `what` needs it in the statement."""
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise ConfigError(f"{what} can only be given here as a text in the statement, such as 'day'.")


def _expression(value: exp.Expr | str | int) -> exp.Expr:
    if isinstance(value, exp.Expr):
        return value
    return exp.Literal.string(value) if isinstance(value, str) else exp.Literal.number(value)
