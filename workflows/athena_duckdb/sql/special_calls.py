"""Trino functions with arguments that must be in the statement to translate them: formats, units, zones, lambdas."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import reduce

from sqlglot import exp

from athena_duckdb.errors import ConfigError
from athena_duckdb.sql.build import call, cast, macro, text_of
from athena_duckdb.sql.date_formats import from_joda, from_mysql
from athena_duckdb.sql.lambdas import LAMBDAS
from athena_duckdb.sql.zones import instant, wall, with_zone, zone_in, zone_of

Arguments = list[exp.Expr]
ANY = frozenset(range(1, 256))

_UNITS = ("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")
_INTERVALS = {"week": "7 day", "quarter": "3 month"}
_FORMAT_PART = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(\.\d+)?([a-zA-Z%])")


def _unit(node: exp.Expr, function: str) -> str:
    unit = text_of(node, f"The unit of {function}").lower()
    if unit not in _UNITS:
        raise ConfigError(f"{function} does not know the unit {unit!r}: it is one of {', '.join(_UNITS)}.")
    return unit


def _date_add(arguments: Arguments) -> exp.Expr:
    unit = _unit(arguments[0], "date_add")
    length, _, name = _INTERVALS.get(unit, f"1 {unit}").partition(" ")
    step = exp.Interval(this=exp.Literal.string(length), unit=exp.var(name.upper()))
    added = exp.Mul(this=exp.Paren(this=arguments[1]), expression=step)
    zone, moment = zone_of(arguments[2]), arguments[2]
    if zone is None or unit in {"millisecond", "second", "minute", "hour"}:
        return with_zone(macro("plus", moment, added), zone)
    return instant(macro("plus", wall(moment), added), zone)


def _date_trunc(arguments: Arguments) -> exp.Expr:
    unit, moment = _unit(arguments[0], "date_trunc"), arguments[1]
    zone = zone_of(moment)
    cut = macro("date_trunc", unit, wall(moment))
    return cut if zone is None else instant(cut, zone)


def _pattern(node: exp.Expr, function: str) -> str:
    """DuckDB's format for the format that a function takes: Joda's if it is named after datetime, else MySQL's."""
    text = text_of(node, f"The format of {function}")
    return from_joda(text, function) if "datetime" in function else from_mysql(text, function)


def _formatted(function: str) -> Callable[[Arguments], exp.Expr]:
    return lambda each: call("strftime", macro("no_text", wall(each[0])), _pattern(each[1], function))


def _from_unixtime(arguments: Arguments) -> exp.Expr:
    if len(arguments) == 3:
        raise ConfigError("from_unixtime can't be given here with hours and minutes: name the time zone, as one text.")
    return with_zone(macro("from_unixtime", arguments[0]), arguments[1] if len(arguments) == 2 else None)


def _from_iso8601_timestamp(arguments: Arguments) -> exp.Expr:
    text = arguments[0]
    zone = zone_in(text.this) if isinstance(text, exp.Literal) else None
    return with_zone(macro("from_iso8601_timestamp", text), zone)


def _joined(arguments: Arguments) -> exp.Expr:
    """Translates concat for texts and arrays; NULL if a part is NULL."""
    return exp.Paren(this=reduce(lambda left, right: exp.DPipe(this=left, expression=right), arguments))


def _extreme(name: str) -> Callable[[Arguments], exp.Expr]:
    """Translates greatest and least; NULL if a value is NULL."""

    def made(arguments: Arguments) -> exp.Expr:
        nulls = exp.or_(*(exp.Is(this=each.copy(), expression=exp.Null()) for each in arguments))
        return exp.Case(ifs=[exp.If(this=nulls, true=exp.Null())], default=call(name, *arguments))

    return made


def _plain(name: str) -> Callable[[Arguments], exp.Expr]:
    return lambda arguments: call(name, *arguments)


def json_path(node: exp.Expr) -> exp.Expr:
    """A path of SQL's JSON functions, without its mode."""
    return exp.Literal.string(re.sub(r"^\s*(?:lax|strict)\s+", "", text_of(node, "The path of a JSON function")))


def _format(arguments: Arguments) -> exp.Expr:
    """Translates format, which has Java's syntax: each part with its argument."""
    text, values = text_of(arguments[0], "The format of format"), arguments[1:]
    parts: list[exp.Expr] = []
    taken = end = 0
    for found in _FORMAT_PART.finditer(text):
        parts.append(exp.Literal.string(text[end : found.start()]))
        end = found.end()
        number, flags, width, precision, kind = found.groups()
        if kind in "%n":
            parts.append(exp.Literal.string("%" if kind == "%" else "\n"))
            continue
        at = int(number) - 1 if number else taken
        taken += 0 if number else 1
        if kind not in "sdfexXb" or "(" in flags or at >= len(values):
            raise ConfigError(f"format can't be given here with {found[0]!r}.")
        value = macro("to_varchar" if kind in "sb" else "number", values[at].copy())
        spec = f"%{flags}{width or ''}{precision or ''}{'s' if kind == 'b' else kind}"
        parts.append(call("printf", spec, cast(value, "DOUBLE") if kind in "fe" else value))
    parts.append(exp.Literal.string(text[end:]))
    return _joined([part for part in parts if not (isinstance(part, exp.Literal) and part.this == "")] or parts[:1])


SPECIAL: Mapping[str, tuple[frozenset[int], Callable[[Arguments], exp.Expr]]] = {
    **LAMBDAS,
    "date_add": (frozenset({3}), _date_add),
    "date_diff": (
        frozenset({3}),
        lambda arguments: macro("date_diff", _unit(arguments[0], "date_diff"), *map(wall, arguments[1:])),
    ),
    "date_trunc": (frozenset({2}), _date_trunc),
    "date_format": (frozenset({2}), _formatted("date_format")),
    "date_parse": (frozenset({2}), lambda each: call("strptime", each[0], _pattern(each[1], "date_parse"))),
    "format_datetime": (frozenset({2}), _formatted("format_datetime")),
    "parse_datetime": (
        frozenset({2}),
        lambda each: cast(call("strptime", each[0], _pattern(each[1], "parse_datetime")), "TIMESTAMPTZ"),
    ),
    "at_timezone": (frozenset({2}), lambda each: with_zone(cast(each[0], "TIMESTAMPTZ"), each[1])),
    "with_timezone": (frozenset({2}), lambda each: instant(cast(each[0], "TIMESTAMP"), each[1])),
    "from_unixtime": (frozenset({1, 2, 3}), _from_unixtime),
    "from_iso8601_timestamp": (frozenset({1}), _from_iso8601_timestamp),
    "date": (frozenset({1}), lambda each: cast(wall(each[0]), "DATE")),
    "concat": (ANY, _joined),
    "greatest": (ANY, _extreme("greatest")),
    "least": (ANY, _extreme("least")),
    "coalesce": (ANY, _plain("coalesce")),
    "nullif": (frozenset({2}), _plain("nullif")),
    "concat_ws": (ANY, _plain("concat_ws")),
    "map_concat": (ANY, _plain("map_concat")),
    "try": (frozenset({1}), _plain("try")),
    "row": (ANY, _plain("row")),
    "zip": (ANY, _plain("list_zip")),
    "json_exists": (frozenset({2}), lambda each: macro("json_exists", each[0], json_path(each[1]))),
    "format": (ANY, _format),
}
"""By name: the number of arguments, and the builder."""

WALL_TIME = frozenset(
    [
        "year",
        "quarter",
        "month",
        "week",
        "week_of_year",
        "year_of_week",
        "yow",
        "day",
        "day_of_month",
        "day_of_week",
        "dow",
        "day_of_year",
        "doy",
        "hour",
        "minute",
        "second",
        "millisecond",
        "last_day_of_month",
    ]
)
"""Functions that read the clock in their value's own time zone."""
