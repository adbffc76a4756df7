"""Functions of Trino that take a lambda."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from athena_duckdb.errors import ConfigError
from athena_duckdb.sql.build import call, macro

Arguments = list[exp.Expr]
_ENTRY = "loglake_entry"


def _lambda(node: exp.Expr, function: str, parameters: int) -> exp.Lambda:
    if isinstance(node, exp.Lambda) and len(node.expressions) == parameters:
        return node
    named = "x" if parameters == 1 else "(x, y)"
    raise ConfigError(f"{function} needs a lambda such as {named} -> … as its argument.")


def _inlined(node: exp.Lambda, values: list[exp.Expr]) -> exp.Expr:
    """The body of a lambda, with its parameters replaced by values."""
    names = {each.name.lower(): value for each, value in zip(node.expressions, values)}
    body: exp.Expr = node.this.copy()
    for name in list(body.find_all(exp.Identifier)):
        if name.name.lower() in names and not (isinstance(name.parent, exp.Dot) and name.arg_key == "expression"):
            value = names[name.name.lower()].copy()
            alone = isinstance(name.parent, exp.Column) and len(name.parent.parts) == 1
            found = name.parent if alone and name.parent is not None else name
            if found is body:
                return value
            found.replace(value)
    return body


def _of(body: exp.Expr) -> exp.Lambda:
    return exp.Lambda(this=body, expressions=[exp.to_identifier(_ENTRY)])


def _field(name: str) -> exp.Expr:
    return exp.Dot(this=exp.to_identifier(_ENTRY), expression=exp.to_identifier(name))


def _entries(arguments: Arguments, function: str) -> tuple[exp.Expr, exp.Expr]:
    mapped, each = arguments
    return call("map_entries", mapped), _inlined(_lambda(each, function, 2), [_field("key"), _field("value")])


def _each(name: str) -> Callable[[Arguments], exp.Expr]:
    return lambda arguments: call(f"list_{name}", arguments[0], _lambda(arguments[1], name, 1))


def _matched(wrap: str, function: str) -> Callable[[Arguments], exp.Expr]:
    def made(arguments: Arguments) -> exp.Expr:
        found = macro(wrap, call("list_transform", arguments[0], _lambda(arguments[1], function, 1)))
        return exp.Paren(this=exp.Not(this=found)) if function == "none_match" else found

    return made


def _reduce(arguments: Arguments) -> exp.Expr:
    values, begin, step, end = arguments
    last = call("list_reduce", values, _lambda(step, "reduce", 2), begin)
    return _inlined(_lambda(end, "reduce", 1), [last])


def _zip_with(arguments: Arguments) -> exp.Expr:
    each = _lambda(arguments[2], "zip_with", 2)
    sides: list[exp.Expr] = [
        exp.Bracket(this=exp.to_identifier(_ENTRY), expressions=[exp.Literal.number(at)]) for at in (1, 2)
    ]
    return call("list_transform", call("list_zip", *arguments[:2]), _of(_inlined(each, sides)))


def _map_filter(arguments: Arguments) -> exp.Expr:
    entries, body = _entries(arguments, "map_filter")
    return call("map_from_entries", call("list_filter", entries, _of(body)))


def _transformed(function: str, key: str | None, value: str | None) -> Callable[[Arguments], exp.Expr]:
    def made(arguments: Arguments) -> exp.Expr:
        entries, body = _entries(arguments, function)
        pair = call("row", _field(key) if key else body, _field(value) if value else body)
        return call("map_from_entries", call("list_transform", entries, _of(pair)))

    return made


LAMBDAS: Mapping[str, tuple[frozenset[int], Callable[[Arguments], exp.Expr]]] = {
    "transform": (frozenset({2}), _each("transform")),
    "filter": (frozenset({2}), _each("filter")),
    "any_match": (frozenset({2}), _matched("any", "any_match")),
    "all_match": (frozenset({2}), _matched("all", "all_match")),
    "none_match": (frozenset({2}), _matched("any", "none_match")),
    "reduce": (frozenset({4}), _reduce),
    "zip_with": (frozenset({3}), _zip_with),
    "map_filter": (frozenset({2}), _map_filter),
    "transform_keys": (frozenset({2}), _transformed("transform_keys", None, "value")),
    "transform_values": (frozenset({2}), _transformed("transform_values", "key", None)),
}
"""By name: the number of arguments, and the builder."""
