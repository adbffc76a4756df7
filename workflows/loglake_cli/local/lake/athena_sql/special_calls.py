"""Trino functions with arguments that must be literals to translate them: formats, units, zones, lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sqlglot import exp

from loglake.errors import ConfigError
from loglake_cli.local.lake.athena_sql.build import call, cast, macro, text_of
from loglake_cli.local.lake.athena_sql.date_formats import from_joda, from_mysql
from loglake_cli.local.lake.athena_sql.zones import instant, wall, with_zone, zone_in, zone_of

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


def _date_diff(arguments: Arguments) -> exp.Expr:
    return macro("date_diff", _unit(arguments[0], "date_diff"), *map(wall, arguments[1:]))


def _date_trunc(arguments: Arguments) -> exp.Expr:
    unit, moment = _unit(arguments[0], "date_trunc"), arguments[1]
    zone = zone_of(moment)
    cut = macro("date_trunc", unit, wall(moment))
    return cut if zone is None else instant(cut, zone)


def _date_format(arguments: Arguments) -> exp.Expr:
    text = from_mysql(text_of(arguments[1], "The format of date_format"), "date_format")
    return call("strftime", macro("no_text", wall(arguments[0])), text)


def _date_parse(arguments: Arguments) -> exp.Expr:
    text = from_mysql(text_of(arguments[1], "The format of date_parse"), "date_parse")
    return call("strptime", arguments[0], text)


def _format_datetime(arguments: Arguments) -> exp.Expr:
    text = from_joda(text_of(arguments[1], "The format of format_datetime"), "format_datetime")
    return call("strftime", macro("no_text", wall(arguments[0])), text)


def _parse_datetime(arguments: Arguments) -> exp.Expr:
    text = from_joda(text_of(arguments[1], "The format of parse_datetime"), "parse_datetime")
    return cast(call("strptime", arguments[0], text), "TIMESTAMPTZ")


def _at_timezone(arguments: Arguments) -> exp.Expr:
    return with_zone(cast(arguments[0], "TIMESTAMPTZ"), arguments[1])


def _with_timezone(arguments: Arguments) -> exp.Expr:
    return instant(cast(arguments[0], "TIMESTAMP"), arguments[1])


def _from_unixtime(arguments: Arguments) -> exp.Expr:
    if len(arguments) == 3:
        raise ConfigError("from_unixtime can't be given here with hours and minutes: name the time zone, as one text.")
    return with_zone(macro("from_unixtime", arguments[0]), arguments[1] if len(arguments) == 2 else None)


def _from_iso8601_timestamp(arguments: Arguments) -> exp.Expr:
    text = arguments[0]
    zone = zone_in(text.this) if isinstance(text, exp.Literal) else None
    return with_zone(macro("from_iso8601_timestamp", text), zone)


def _date(arguments: Arguments) -> exp.Expr:
    return cast(wall(arguments[0]), "DATE")


def _joined(arguments: Arguments) -> exp.Expr:
    """Translates concat for texts and arrays; NULL if a part is NULL."""
    made = arguments[0]
    for argument in arguments[1:]:
        made = exp.DPipe(this=made, expression=argument)
    return exp.Paren(this=made)


def _extreme(name: str) -> Callable[[Arguments], exp.Expr]:
    """Translates greatest and least; NULL if a value is NULL."""

    def made(arguments: Arguments) -> exp.Expr:
        nulls: exp.Expr = exp.Is(this=arguments[0].copy(), expression=exp.Null())
        for argument in arguments[1:]:
            nulls = exp.Or(this=nulls, expression=exp.Is(this=argument.copy(), expression=exp.Null()))
        return exp.Case(ifs=[exp.If(this=nulls, true=exp.Null())], default=call(name, *arguments))

    return made


def _plain(name: str) -> Callable[[Arguments], exp.Expr]:
    return lambda arguments: call(name, *arguments)


def _zip(arguments: Arguments) -> exp.Expr:
    return call("list_zip", *arguments)


def _json_exists(arguments: Arguments) -> exp.Expr:
    return macro("json_exists", arguments[0], json_path(arguments[1]))


def json_path(node: exp.Expr) -> exp.Expr:
    """A path of SQL's JSON functions, without its mode."""
    path = text_of(node, "The path of a JSON function")
    return exp.Literal.string(re.sub(r"^\s*(?:lax|strict)\s+", "", path))


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
        value = values[at].copy()
        value = macro("to_varchar" if kind in "sb" else "number", value)
        spec = f"%{flags}{width or ''}{precision or ''}{'s' if kind == 'b' else kind}"
        parts.append(call("printf", spec, cast(value, "DOUBLE") if kind in "fe" else value))
    parts.append(exp.Literal.string(text[end:]))
    return _joined([part for part in parts if not (isinstance(part, exp.Literal) and part.this == "")] or parts[:1])


SPECIAL: Mapping[str, tuple[frozenset[int], Callable[[Arguments], exp.Expr]]] = {
    "date_add": (frozenset({3}), _date_add),
    "date_diff": (frozenset({3}), _date_diff),
    "date_trunc": (frozenset({2}), _date_trunc),
    "date_format": (frozenset({2}), _date_format),
    "date_parse": (frozenset({2}), _date_parse),
    "format_datetime": (frozenset({2}), _format_datetime),
    "parse_datetime": (frozenset({2}), _parse_datetime),
    "at_timezone": (frozenset({2}), _at_timezone),
    "with_timezone": (frozenset({2}), _with_timezone),
    "from_unixtime": (frozenset({1, 2, 3}), _from_unixtime),
    "from_iso8601_timestamp": (frozenset({1}), _from_iso8601_timestamp),
    "date": (frozenset({1}), _date),
    "concat": (ANY, _joined),
    "greatest": (ANY, _extreme("greatest")),
    "least": (ANY, _extreme("least")),
    "coalesce": (ANY, _plain("coalesce")),
    "nullif": (frozenset({2}), _plain("nullif")),
    "concat_ws": (ANY, _plain("concat_ws")),
    "map_concat": (ANY, _plain("map_concat")),
    "try": (frozenset({1}), _plain("try")),
    "row": (ANY, _plain("row")),
    "zip": (ANY, _zip),
    "json_exists": (frozenset({2}), _json_exists),
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
