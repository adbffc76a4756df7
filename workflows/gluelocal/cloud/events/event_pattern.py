"""EventBridge event patterns: whether a pattern is valid, and whether it matches an event.

Source: EventBridge user guide, "Creating event patterns" and "Comparison operators". An unknown operator is an error,
never a pattern that silently matches nothing.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Mapping
from typing import Any, Callable

from athena_duckdb.errors import ConfigError

Test = Callable[[Any], bool]

_ABSENT = object()
_NUMERIC = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def validate_pattern(pattern: Any) -> None:
    """Raises ConfigError, with the member or operator, if EventBridge would refuse a pattern."""
    if not isinstance(pattern, Mapping) or not pattern:
        raise ConfigError(f"an event pattern is a JSON object with at least one member, not {pattern!r}")
    for name, value in pattern.items():
        if name == "$or":
            if not isinstance(value, list) or len(value) < 2:
                raise ConfigError("$or in an event pattern takes an array of two or more patterns")
            for alternative in value:
                validate_pattern(alternative)
        elif isinstance(value, Mapping):
            validate_pattern(value)
        elif isinstance(value, list) and value:
            for item in value:
                _test(item)
        else:
            raise ConfigError(f"event pattern member {name!r} must be an object or an array that is not empty")


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event matches a valid pattern: every member of the pattern must match.

    An array in the event matches if one of its elements does. A missing member matches only ``{"exists": false}``.

    Raises:
        ConfigError: the pattern is not valid.
    """
    return all(
        any(matches(alternative, event) for alternative in wanted)
        if name == "$or"
        else _member_matches(wanted, event.get(name, _ABSENT))
        for name, wanted in pattern.items()
    )


def _member_matches(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        if isinstance(value, list):
            return any(matches(wanted, element) for element in value if isinstance(element, Mapping))
        return matches(wanted, value if isinstance(value, Mapping) else {})
    tests = [_test(item) for item in wanted]
    if value is _ABSENT or isinstance(value, Mapping) or value == []:  # `exists` checks leaves only
        return any(test(_ABSENT) for test in tests)
    return any(test(element) for test in tests for element in _listed(value))


def _test(item: Any) -> Test:
    """The test for one item of a pattern's array."""
    if not isinstance(item, Mapping):
        return _exactly(item)
    if len(item) != 1:
        raise ConfigError(f"an event pattern's matcher has exactly one operator, not {dict(item)!r}")
    ((name, argument),) = item.items()
    if name not in _OPERATORS:
        raise ConfigError(f"event pattern operator {name!r} is not known; known are {', '.join(sorted(_OPERATORS))}")
    try:
        return _OPERATORS[name](argument)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ConfigError(f"event pattern operator {name!r} can't take {argument!r}") from error


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _exactly(wanted: Any) -> Test:
    """Strings, numbers, true, false, null; 300 is not 300.0, and true is not 1."""
    if isinstance(wanted, list):
        raise ConfigError(f"an event pattern's array holds values and operators, not the array {wanted!r}")
    return lambda value: type(value) is type(wanted) and bool(value == wanted)


def _exists(wanted: bool) -> Test:
    if not isinstance(wanted, bool):
        raise TypeError
    return lambda value: (value is not _ABSENT) is wanted


def _anything_but(unwanted: Any) -> Test:
    if isinstance(unwanted, Mapping) and set(unwanted) - {"prefix", "suffix", "equals-ignore-case", "wildcard"}:
        raise ValueError
    tests = [_test(item) for item in _listed(unwanted)]
    return lambda value: value is not _ABSENT and not any(test(value) for test in tests)


def _numeric(terms: list[Any]) -> Test:
    if not terms or len(terms) % 2:
        raise ValueError
    comparisons = [(_NUMERIC[sign], float(limit)) for sign, limit in zip(terms[::2], terms[1::2])]

    def test(value: Any) -> bool:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return is_number and all(compare(value, limit) for compare, limit in comparisons)

    return test


def _cidr(network: str) -> Test:
    block = ipaddress.ip_network(network)

    def test(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in block
        except ValueError:
            return False

    return test


def _wildcard(pattern: str) -> Test:
    r"""``*`` is any run of characters; ``\*`` and ``\\`` are those characters."""
    pieces = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", pattern)
    expression = re.compile(
        "".join(".*" if piece == "*" else re.escape(re.sub(r"\\([*\\])", r"\1", piece)) for piece in pieces), re.DOTALL
    )
    return lambda value: isinstance(value, str) and expression.fullmatch(value) is not None


def _texts(compare: Callable[[str, str], bool]) -> Callable[[Any], Test]:
    """An operator over strings: its argument is a string, a list of them, or {"equals-ignore-case": string}."""

    def make(argument: Any) -> Test:
        fold = isinstance(argument, Mapping)
        options = _listed(argument["equals-ignore-case"] if fold else argument)
        if not options or not all(isinstance(option, str) for option in options):
            raise TypeError
        if fold:
            options = [option.lower() for option in options]
        return lambda value: (
            isinstance(value, str) and any(compare(value.lower() if fold else value, option) for option in options)
        )

    return make


def _any_of(make: Callable[[str], Test]) -> Callable[[Any], Test]:
    """Lets an operator take a list, as anything-but allows."""

    def make_any(argument: Any) -> Test:
        tests = [make(option) for option in _listed(argument)]
        return lambda value: any(test(value) for test in tests)

    return make_any


_OPERATORS: dict[str, Callable[[Any], Test]] = {
    "prefix": _texts(str.startswith),
    "suffix": _texts(str.endswith),
    "equals-ignore-case": _texts(lambda value, option: value.lower() == option.lower()),
    "anything-but": _anything_but,
    "numeric": _numeric,
    "exists": _exists,
    "wildcard": _any_of(_wildcard),
    "cidr": _any_of(_cidr),
}
