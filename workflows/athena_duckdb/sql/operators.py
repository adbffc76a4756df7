"""Translates operators, casts and literals to DuckDB's SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import reduce

from sqlglot import exp

from athena_duckdb.errors import ConfigError
from athena_duckdb.sql.build import call, cast, macro
from athena_duckdb.sql.data_types import cast_type
from athena_duckdb.sql.function_calls import function_call
from athena_duckdb.sql.special_calls import json_path
from athena_duckdb.sql.zones import first_zone, wall, with_zone, zone_in, zone_of

_WHOLE = frozenset({"TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT"})
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_MOST_DIVISIONS = 4
"""The limit of nested divisions of decimals: each one repeats its operands twice."""

_COMPARED = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ)


def _casted(node: exp.Cast) -> exp.Expr:
    value = node.this
    length = _length(node.to)
    kind = cast_type(node.to)
    name = kind.this.name if isinstance(kind.this, exp.DType) else "JSON"
    if name in {"VARCHAR", "TEXT", "CHAR"}:
        return _cut(_text(value), length, name == "CHAR")
    if name == "JSON":
        return call("to_json", value)
    if name in _WHOLE:
        return exp.Cast(this=macro("whole_json" if _is_json(value) else "whole", value), to=kind)
    if name == "TIMESTAMPTZ":
        zone = zone_in(value.this) if isinstance(value, exp.Literal) else zone_of(value)
        return with_zone(exp.Cast(this=_moment(value), to=kind), zone)
    shown = wall(value)
    return exp.Cast(this=_moment(shown) if name == "TIMESTAMP" else shown, to=kind)


def _is_json(value: exp.Expr) -> bool:
    if isinstance(value, exp.Paren):
        return _is_json(value.this)
    name = value.name if isinstance(value, exp.Anonymous) else ""
    return name in {"trino_json_extract", "trino_json_parse", "trino_json_array_get", "to_json"}


def _cut(text: exp.Expr, length: int | None, padded: bool) -> exp.Expr:
    if length is None:
        return text
    cut = call("left", text, length)
    return call("rpad", cut, length, " ") if padded else cut


def _length(kind: exp.DataType) -> int | None:
    if kind.expressions and isinstance(kind.expressions[0], exp.DataTypeParam):
        return int(kind.expressions[0].name)
    return None


def _text(value: exp.Expr) -> exp.Expr:
    zone = zone_of(value)
    if zone is None:
        return macro("to_varchar", value)
    shown = call("strftime", wall(value), "%Y-%m-%d %H:%M:%S.%g ")
    return exp.Paren(this=exp.DPipe(this=shown, expression=zone))


def _moment(value: exp.Expr) -> exp.Expr:
    plain = isinstance(value, exp.Literal) and _MOMENT.fullmatch(str(value.this))
    return value if plain else macro("moment", value)


def _cast(node: exp.Expr) -> exp.Expr:
    assert isinstance(node, exp.Cast)
    made = _casted(node)
    return with_zone(call("try", made), zone_of(made)) if isinstance(node, exp.TryCast) else made


def _divide(node: exp.Expr) -> exp.Expr:
    left, right = node.this, node.expression
    nested = str(node).count("trino_decimal_divide") >= 2**_MOST_DIVISIONS
    if not nested and (_maybe_decimal(left) or _maybe_decimal(right)):
        kinds = (call("typeof", left.copy()), call("typeof", right.copy()))
        return macro("decimal_divide", left, right, *kinds)
    return macro("divide", left, right)


def _maybe_decimal(node: exp.Expr) -> bool:
    """Whether an operand may be a decimal, because of a literal such as 100.0 or a cast."""
    for part in node.walk(prune=lambda each: isinstance(each, (exp.Subquery, exp.Select))):
        if isinstance(part, exp.Literal) and not part.is_string and "." in part.this and "e" not in part.this.lower():
            return True
        if isinstance(part, exp.DataType) and part.this == exp.DType.DECIMAL:
            return True
    return False


def _added(name: str) -> Callable[[exp.Expr], exp.Expr]:
    def made(node: exp.Expr) -> exp.Expr:
        sides = (node.this, node.expression)
        if any(isinstance(side, exp.Literal) and not side.is_string for side in sides):
            return node
        return with_zone(macro(name, *sides), first_zone(sides))

    return made


def _is_text(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Literal) and bool(node.is_string)


def _is_number(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string


def _compared(node: exp.Expr) -> exp.Expr:
    """Lets a text be compared only with texts, as in Trino."""
    quantified = any(
        isinstance(side, exp.Any) or (isinstance(side, exp.Anonymous) and side.name.upper() == "ALL")
        for side in (node.this, node.expression)
    )
    for this, other in () if quantified else (("this", "expression"), ("expression", "this")):
        if _is_text(node.args[other]) and not _is_text(node.args[this]) and not isinstance(node.args[this], exp.Null):
            node.set(this, macro("text", node.args[this]))
        if _is_number(node.args[other]) and isinstance(node.args[this], exp.Column):
            node.set(this, macro("numeric", node.args[this]))
        if _is_instant(node.args[this]):
            node.set(this, cast(node.args[this], "TIMESTAMP"))
    return node


def _is_instant(node: exp.Expr) -> bool:
    """Whether an operand is a time with a zone and uses no column.

    As a time in UTC, which is the session's zone, it compares equally with any other time, and DuckDB can use a file's
    statistics to skip rows.
    """
    if node.find(exp.Column) is not None:
        return False
    name = node.name if isinstance(node, exp.Anonymous) else ""
    if name in {"trino_plus", "trino_minus"}:
        return _is_instant(node.expressions[0])
    if name in {"now", "trino_now", "trino_from_iso8601_timestamp", "trino_from_unixtime"}:
        return True
    return isinstance(node, exp.Cast) and node.to.this == exp.DType.TIMESTAMPTZ


def _joined(node: exp.Expr) -> exp.Expr:
    """Text beside text, array beside array; a literal beside an array becomes an array."""
    for this, other in (("this", "expression"), ("expression", "this")):
        if isinstance(node.args[this], exp.Array) and isinstance(node.args[other], exp.Literal):
            node.set(other, exp.Array(expressions=[node.args[other]]))
    return node


def _between(node: exp.Expr) -> exp.Expr:
    if _is_text(node.args["low"]) or _is_text(node.args["high"]):
        node.set("this", macro("text", node.this))
    for side in ("low", "high"):
        if _is_instant(node.args[side]):
            node.set(side, cast(node.args[side], "TIMESTAMP"))
    return node


def _in(node: exp.Expr) -> exp.Expr:
    if node.args.get("unnest"):
        raise ConfigError("SYNTAX_ERROR: IN takes a list or a query: write contains(array, value) for an array.")
    if any(map(_is_text, node.expressions)):
        node.set("this", macro("text", node.this))
    return node


def _bracket(node: exp.Expr) -> exp.Expr:
    (index,) = node.expressions
    if isinstance(index, exp.Literal):
        return macro("map_value" if index.is_string else "item", node.this, index)
    return node


def _interval(node: exp.Expr) -> exp.Expr:
    unit = node.args.get("unit")
    if not isinstance(unit, exp.IntervalSpan):
        return node
    first, last = unit.this.name.upper(), unit.expression.name.upper()
    text = str(node.this.this)
    sign, text = (-1, text[1:]) if text.startswith("-") else (1, text)
    numbers = [int(each) for each in re.findall(r"\d+", text)]
    units = ["YEAR", "MONTH"] if first == "YEAR" else ["DAY", "HOUR", "MINUTE", "SECOND"]
    units = units[units.index(first) : units.index(last) + 1]
    if len(numbers) < len(units):
        raise ConfigError(f"SYNTAX_ERROR: INTERVAL {node.this.this!r} is not {first} TO {last}.")
    parts: Iterator[exp.Expr] = (
        exp.Interval(this=exp.Literal.string(str(sign * number)), unit=exp.var(name))
        for number, name in zip(numbers, units)
    )
    return exp.Paren(this=reduce(lambda left, right: exp.Add(this=left, expression=right), parts))


def _substring(node: exp.Expr) -> exp.Expr:
    parts = [node.args[key] for key in ("start", "length") if node.args.get(key) is not None]
    return macro("substr", node.this, *parts)


def _trim(node: exp.Expr) -> exp.Expr:
    side = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or "").upper(), "trim")
    return macro(side, node.this, *([node.expression] if node.expression else []))


def _listagg(node: exp.Expr) -> exp.Expr:
    order, separator = node.this, node.args.get("separator") or exp.Literal.string("")
    if isinstance(order, exp.Order):
        return call("string_agg", order.this, exp.Order(this=separator, expressions=order.expressions))
    return call("string_agg", order, separator)


def _json_value(node: exp.Expr) -> exp.Expr:
    found = macro("json_extract_scalar", node.this, json_path(node.args["path"]))
    kind = node.args.get("returning")
    return found if not isinstance(kind, exp.DataType) else _casted(exp.Cast(this=found, to=kind))


def _json_query(node: exp.Expr) -> exp.Expr:
    if not node.args.get("json_query"):
        raise ConfigError("SYNTAX_ERROR: a lambda (x -> …) is only an argument of a function such as transform.")
    return cast(macro("json_extract", node.this, json_path(node.expression)), "VARCHAR")


def _same_zone(node: exp.Expr) -> exp.Expr:
    return with_zone(node, zone_of(node.this))


def _choice(node: exp.Expr) -> exp.Expr:
    """CASE and IF: in the time zone of their values, if one value has a zone."""
    given = [each.args.get("true") for each in node.args.get("ifs") or [node]]
    return with_zone(node, first_zone([*given, node.args.get("default"), node.args.get("false")]))


OPERATORS: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Div: _divide,
    exp.Add: _added("plus"),
    exp.Sub: _added("minus"),
    **dict.fromkeys(_COMPARED, _compared),
    exp.DPipe: _joined,
    exp.Between: _between,
    exp.In: _in,
    exp.Bracket: _bracket,
    exp.Interval: _interval,
    exp.Extract: lambda node: function_call(node.this.name, [node.expression], node),
    exp.AtTimeZone: lambda node: with_zone(cast(node.this, "TIMESTAMPTZ"), node.args["zone"]),
    exp.Substring: _substring,
    exp.StrPosition: lambda node: macro("strpos", node.this, node.args["substr"]),
    exp.Trim: _trim,
    exp.GroupConcat: _listagg,
    exp.JSONValue: _json_value,
    exp.JSONExtract: _json_query,
    exp.ParseJSON: lambda node: macro("json_parse", node.this),
    exp.CurrentTimestamp: lambda _node: call("now"),
    exp.CurrentDate: lambda _node: cast(call("now"), "DATE"),
    exp.Localtimestamp: lambda _node: cast(call("now"), "TIMESTAMP"),
    exp.Paren: _same_zone,
    exp.Filter: _same_zone,
    exp.Window: _same_zone,
    exp.Alias: _same_zone,
    exp.If: _choice,
    exp.Case: _choice,
}
"""By node: the function that translates it, after its parts."""
