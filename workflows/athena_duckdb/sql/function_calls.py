"""Translates a function call to DuckDB's SQL; an error names the function that has no translation."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from athena_duckdb.errors import ConfigError
from athena_duckdb.sql import special_calls
from athena_duckdb.sql.build import call, macro
from athena_duckdb.sql.known_functions import AGGREGATES, NOT_GIVEN, SAME_ZONE, WINDOWS
from athena_duckdb.sql.macros import PREFIX, arities, macros
from athena_duckdb.sql.zones import first_zone, wall, with_zone, zone_of

_Arguments = list[exp.Expr]


def _approx_percentile(arguments: _Arguments) -> tuple[exp.Expr, str | None]:
    if len(arguments) != 2:
        raise ConfigError("approx_percentile can't be given here with weights or an accuracy: leave them out.")
    return call("quantile_disc", *arguments), None


def _by(name: str) -> Callable[[_Arguments], tuple[exp.Expr, str | None]]:
    def made(arguments: _Arguments) -> tuple[exp.Expr, str | None]:
        return call(name if len(arguments) == 3 else f"{name}_null", *arguments), None

    return made


def _entries(wrap: str) -> Callable[[_Arguments], tuple[exp.Expr, str | None]]:
    def made(arguments: _Arguments) -> tuple[exp.Expr, str | None]:
        key, value = arguments
        parts = [exp.PropertyEQ(this=exp.to_identifier(name), expression=of) for name, of in (("k", key), ("v", value))]
        return call("list", call("struct_pack", *parts)), wrap

    return made


_AGGREGATES: dict[str, tuple[frozenset[int], Callable[[_Arguments], tuple[exp.Expr, str | None]]]] = {
    "approx_distinct": (frozenset({1, 2}), lambda each: (call("count", exp.Distinct(expressions=each[:1])), None)),
    "approx_percentile": (frozenset({2, 3, 4}), _approx_percentile),
    "max_by": (frozenset({2, 3}), _by("arg_max")),
    "min_by": (frozenset({2, 3}), _by("arg_min")),
    "map_agg": (frozenset({2}), _entries("map_of")),
    "multimap_agg": (frozenset({2}), _entries("multimap_of")),
    "map_union": (frozenset({1}), lambda each: (call("list", *each), "map_union_of")),
    "set_agg": (frozenset({1}), lambda each: (call("list", exp.Distinct(expressions=each)), None)),
}
"""Aggregate functions for which another DuckDB name is not enough.

By name: the number of arguments, and the builder of the call and of the macro around it (OVER included).
"""


_WRAP = "wrap"
_AROUND = (exp.Filter, exp.Window, exp.IgnoreNulls, exp.RespectNulls)

_INTERNAL = frozenset(
    [
        "any",
        "all",
        "decimal_divide",
        "kind",
        "plain_kind",
        "digits",
        "divide",
        "error",
        "exponent",
        "first_of_keys",
        "has_null",
        "json",
        "keys",
        "limited",
        "mantissa",
        "map_of",
        "map_union_of",
        "map_value",
        "minus",
        "mismatch",
        "moment",
        "moment_text",
        "multimap_of",
        "no_text",
        "number",
        "numeric",
        "pair",
        "plus",
        "replacement",
        "scale",
        "scientific",
        "spaces",
        "strpos_in",
        "item",
        "text",
        "to_varchar",
        "url_part",
        "url_query",
        "whole",
        "whole_json",
        "whole_text",
    ]
)
"""Macros that are not functions of Trino."""


def function_call(name: str, arguments: list[exp.Expr], node: exp.Expr) -> exp.Expr:
    """The translation of a call.

    Args:
        name: the function's name, in any case.
        arguments: the translated arguments.
        node: the call in its statement; an aggregate depends on what is around it.

    Raises:
        ConfigError: the function doesn't exist, has no translation, or takes other arguments.
    """
    known = name.lower()
    made = _quantified(known, arguments) or _aggregate(known, arguments, node) or _scalar(known, arguments)
    if made is not None:
        return made
    if known in NOT_GIVEN:
        raise ConfigError(
            f"Athena's function {known} can't be given here: leave it out, or run the statement in Athena with "
            "--lake aws:PREFIX."
        )
    raise ConfigError(f"FUNCTION_NOT_FOUND: Athena has no function {known}.")


def _quantified(name: str, arguments: list[exp.Expr]) -> exp.Expr | None:
    """ALL, ANY and SOME of VALUES; sqlglot reads them as functions."""
    if name not in {"all", "any", "some"} or len(arguments) != 1 or not isinstance(arguments[0], exp.Values):
        return None
    values = arguments[0].copy()
    values.set("alias", exp.TableAlias(this=exp.to_identifier("loglake_values")))
    rows = exp.Select(expressions=[exp.Star()]).from_(values)
    return exp.All(this=exp.Subquery(this=rows)) if name == "all" else exp.Any(this=exp.Subquery(this=rows))


def _aggregate(name: str, arguments: list[exp.Expr], node: exp.Expr) -> exp.Expr | None:
    """An aggregate or window function."""
    if name in _AGGREGATES:
        counts, make = _AGGREGATES[name]
        _check(name, _count(arguments), counts)
        made, wrap = make(_plain(arguments))
        return _wrapped(_decorated(made, arguments), wrap, node)
    if name in AGGREGATES:
        _check(name, _count(arguments), AGGREGATES[name][1])
        return _zoned(call(AGGREGATES[name][0], *arguments), name, arguments)
    if name in WINDOWS:
        _check(name, len(arguments), WINDOWS[name])
        return _zoned(call(name, *arguments), name, arguments)
    return None


def _scalar(name: str, arguments: list[exp.Expr]) -> exp.Expr | None:
    if name in special_calls.SPECIAL:
        counts, special = special_calls.SPECIAL[name]
        _check(name, len(arguments), counts)
        return _zoned(special(arguments), name, arguments)
    if PREFIX + name in macros() and name not in _INTERNAL:
        _check(name, len(arguments), arities(PREFIX + name))
        return macro(name, *(map(wall, arguments) if name in special_calls.WALL_TIME else arguments))
    return None


def wrapped(node: exp.Expr) -> exp.Expr:
    """A node inside the macro that an aggregate in it needs."""
    wrap = node.meta.pop(_WRAP, None)
    return macro(wrap, node.copy()) if wrap else node


def _wrapped(made: exp.Expr, wrap: str | None, node: exp.Expr) -> exp.Expr:
    if wrap is None:
        return made
    above = node
    while isinstance(above.parent, _AROUND) and above.arg_key == "this":
        above = above.parent
    if above is node:
        return macro(wrap, made)
    above.meta[_WRAP] = wrap
    return made


def _zoned(made: exp.Expr, name: str, arguments: list[exp.Expr]) -> exp.Expr:
    if name in SAME_ZONE and arguments and zone_of(made) is None:
        return with_zone(made, first_zone(arguments))
    return made


def _check(name: str, count: int, counts: frozenset[int]) -> None:
    if count not in counts:
        said = " or ".join(str(each) for each in sorted(counts)[:4])
        raise ConfigError(
            f"FUNCTION_NOT_FOUND: {name} takes {said} {'argument' if said == '1' else 'arguments'}, and not {count}."
        )


def _plain(arguments: list[exp.Expr]) -> list[exp.Expr]:
    """Arguments without DISTINCT and ORDER BY; sqlglot puts these around the first or last one."""
    plain: list[exp.Expr] = []
    for argument in arguments:
        inner = argument.this if isinstance(argument, exp.Order) else argument
        plain += inner.expressions if isinstance(inner, exp.Distinct) else [inner]
    return plain


def _count(arguments: list[exp.Expr]) -> int:
    return sum(not isinstance(each, exp.Star) for each in _plain(arguments))


def _decorated(made: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """Puts ORDER BY back around the last argument."""
    order = next((each for each in arguments if isinstance(each, exp.Order)), None)
    if order is not None:
        *before, last = made.expressions
        made.set("expressions", [*before, exp.Order(this=last, expressions=order.expressions)])
    return made
