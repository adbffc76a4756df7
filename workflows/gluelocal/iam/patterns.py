"""The wildcards of IAM policies.

Sources: IAM user guide, "IAM JSON policy elements: Resource" (wildcards in ARNs, incomplete ARNs), "… Action" and "…
Variables and tags".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_FIELDS = 6
"""The number of parts of an ARN: arn, partition, service, Region, account, resource."""

_LITERAL = {ord("*"): "\ue000", ord("?"): "\ue001"}
"""The value of a variable is text, never a wildcard: its wildcards become characters that no name has."""
_PLAIN = {0xE000: "*", 0xE001: "?"}
_REGEX = {"*": ".*", "?": "."}


def wild(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether a text matches a pattern with ``*`` and ``?``."""
    if ignore_case:
        pattern, text = pattern.lower(), text.lower()
    return _compiled(pattern).fullmatch(text) is not None


def wild_arn(pattern: str, arn: str) -> bool:
    """Whether an ARN matches a pattern: each of its six fields is matched separately.

    If a pattern has fewer fields, the missing ones match anything. ``*`` instead of an ARN matches any resource. An
    action without a resource has the resource ``*``, which only the pattern ``*`` matches.
    """
    if pattern == "*":
        return True
    wanted, given = pattern.split(":", _FIELDS - 1), arn.split(":", _FIELDS - 1)
    if len(given) < _FIELDS:
        return False
    wanted += ["*"] * (_FIELDS - len(wanted))
    return all(wild(field, value) for field, value in zip(wanted, given, strict=True))


def filled(pattern: str, context: Mapping[str, tuple[str, ...]]) -> str | None:
    """A pattern with its policy variables replaced. None if a variable has no value, so that nothing matches.

    ``${key}`` is the value of a condition key, ``${key, 'text'}`` has a default, and ``${*}``, ``${?}`` and ``${$}``
    are the characters themselves.
    """
    values = {found: _value(found, context) for found in _VARIABLE.findall(pattern)}
    if None in values.values():
        return None
    return _VARIABLE.sub(lambda found: str(values[found[1]]).translate(_LITERAL), pattern)


def plain(filled_pattern: str) -> str:
    """A filled pattern as text, to compare and not to match."""
    return filled_pattern.translate(_PLAIN)


def _value(variable: str, context: Mapping[str, tuple[str, ...]]) -> str | None:
    if variable in {"*", "?", "$"}:
        return variable
    name, _, default = variable.partition(",")
    values = context.get(name.strip().lower(), ())
    return values[0] if len(values) == 1 else (default.strip().strip("'") or None)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (_REGEX.get(char) or re.escape(_PLAIN.get(ord(char), char)) for char in pattern)
    return re.compile("".join(parts), re.DOTALL)
