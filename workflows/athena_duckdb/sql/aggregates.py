"""Trino's aggregate functions for which another DuckDB name is not enough."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from athena_duckdb.errors import ConfigError
from athena_duckdb.sql.build import call

Arguments = list[exp.Expr]


def _approx_percentile(arguments: Arguments) -> tuple[exp.Expr, str | None]:
    if len(arguments) != 2:
        raise ConfigError("approx_percentile can't be given here with weights or an accuracy: leave them out.")
    return call("quantile_disc", *arguments), None


def _by(name: str) -> Callable[[Arguments], tuple[exp.Expr, str | None]]:
    def made(arguments: Arguments) -> tuple[exp.Expr, str | None]:
        return call(name if len(arguments) == 3 else f"{name}_null", *arguments), None

    return made


def _entries(wrap: str) -> Callable[[Arguments], tuple[exp.Expr, str | None]]:
    def made(arguments: Arguments) -> tuple[exp.Expr, str | None]:
        key, value = arguments
        parts = [exp.PropertyEQ(this=exp.to_identifier(name), expression=of) for name, of in (("k", key), ("v", value))]
        return call("list", call("struct_pack", *parts)), wrap

    return made


SPECIAL: dict[str, tuple[frozenset[int], Callable[[Arguments], tuple[exp.Expr, str | None]]]] = {
    "approx_distinct": (frozenset({1, 2}), lambda each: (call("count", exp.Distinct(expressions=each[:1])), None)),
    "approx_percentile": (frozenset({2, 3, 4}), _approx_percentile),
    "max_by": (frozenset({2, 3}), _by("arg_max")),
    "min_by": (frozenset({2, 3}), _by("arg_min")),
    "map_agg": (frozenset({2}), _entries("map_of")),
    "multimap_agg": (frozenset({2}), _entries("multimap_of")),
    "map_union": (frozenset({1}), lambda each: (call("list", *each), "map_union_of")),
    "set_agg": (frozenset({1}), lambda each: (call("list", exp.Distinct(expressions=each)), None)),
}
"""By name: the number of arguments, and the builder of the call and of the macro around it (OVER included)."""
