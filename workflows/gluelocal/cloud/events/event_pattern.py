"""EventBridge event patterns: whether a pattern is valid, and whether it matches an event.

Source: EventBridge user guide, "Creating event patterns" and "Comparison operators". moto matches. Here is checked what
moto doesn't check: an unknown operator is an error, never a pattern that silently matches something else.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, Callable

from moto.events.models import EventPattern

from athena_duckdb.errors import ConfigError


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
                _validate_item(item)
        else:
            raise ConfigError(f"event pattern member {name!r} must be an object or an array that is not empty")


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event matches a valid pattern: every member of the pattern must match.

    An array in the event matches if one of its elements does. A missing member matches only ``{"exists": false}``.
    """
    return bool(EventPattern(None, pattern).matches_event(event))


def _validate_item(item: Any) -> None:
    """Refuses an item of a pattern's array that is neither a value nor an operator with its argument."""
    if isinstance(item, list):
        raise ConfigError(f"an event pattern's array holds values and operators, not the array {item!r}")
    if not isinstance(item, Mapping):
        return
    if len(item) != 1:
        raise ConfigError(f"an event pattern's matcher has exactly one operator, not {dict(item)!r}")
    ((name, argument),) = item.items()
    if name not in _OPERATORS:
        raise ConfigError(f"event pattern operator {name!r} is not known; known are {', '.join(sorted(_OPERATORS))}")
    if not _OPERATORS[name](argument):
        raise ConfigError(f"event pattern operator {name!r} can't take {argument!r}")


def _are_texts(argument: Any) -> bool:
    options = argument if isinstance(argument, list) else [argument]
    return bool(options) and all(isinstance(option, str) for option in options)


def _is_affix(argument: Any) -> bool:
    """A string, a list of them, or {"equals-ignore-case": string}."""
    if isinstance(argument, Mapping):
        return set(argument) == {"equals-ignore-case"} and isinstance(argument["equals-ignore-case"], str)
    return _are_texts(argument)


def _can_be_excluded(argument: Any) -> bool:
    if isinstance(argument, Mapping):
        _validate_item(argument)
        return set(argument) <= {"prefix", "suffix", "equals-ignore-case", "wildcard"}
    return not isinstance(argument, list) or not any(isinstance(item, (Mapping, list)) for item in argument)


def _are_comparisons(terms: Any) -> bool:
    if not isinstance(terms, list) or not terms or len(terms) % 2:
        return False
    signs, limits = set(terms[::2]), terms[1::2]
    return signs <= {"=", "<", "<=", ">", ">="} and all(isinstance(limit, (int, float)) for limit in limits)


def _is_network(argument: Any) -> bool:
    try:
        return isinstance(argument, str) and bool(ipaddress.ip_network(argument))
    except ValueError:
        return False


_OPERATORS: dict[str, Callable[[Any], bool]] = {
    "prefix": _is_affix,
    "suffix": _is_affix,
    "equals-ignore-case": _are_texts,
    "anything-but": _can_be_excluded,
    "numeric": _are_comparisons,
    "exists": lambda argument: isinstance(argument, bool),
    "wildcard": _are_texts,
    "cidr": _is_network,
}
"""By operator, whether it can take an argument."""
