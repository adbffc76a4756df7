"""What a dataset says of personal data: which patterns are hidden in its events, and how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loglake.core.near_names import meant
from loglake.errors import ConfigError

PATTERNS = ("email", "card", "iban", "aws_key", "jwt", "bearer", "password_in_url", "ip", "phone")
"""The patterns that are built in; ``kernels/redact/patterns.toml`` has them."""

MASK, DROP = "mask", "drop"
ACTIONS = (MASK, DROP)
"""The first one is the default."""

MOST_RULES, MAX_PATTERN = 50, 2_000

_KEYS = ("name", "pattern", "action")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKES = "a name out of " + ", ".join(PATTERNS) + ", or a mapping such as {name: order, pattern: 'ORD-[0-9]{8}'}"


@dataclass(frozen=True)
class RedactionRule:
    """One pattern to hide.

    Attributes:
        name: of a built-in pattern, or of one's own.
        pattern: RE2 of one's own; empty for a built-in one.
        action: ``mask`` writes the name in the place of a value, such as ``[email]``; ``drop`` writes nothing.
    """

    name: str
    pattern: str = ""
    action: str = MASK

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Redaction:
    """The rules of a dataset, in their order; without any, nothing is hidden."""

    rules: tuple[RedactionRule, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.rules)

    def to_json(self) -> list[dict[str, Any]]:
        """The rules as the file may have them."""
        return [rule.to_json() for rule in self.rules]

    @staticmethod
    def from_json(data: Any) -> Redaction:
        """Checks what a datasets file has. Raises ConfigError, naming the item and what it takes."""
        if not isinstance(data, (list, tuple)) or not data or len(data) > MOST_RULES:
            raise ConfigError(f"redact is a list of 1 to {MOST_RULES} patterns, such as [email, card]")
        rules = tuple(_rule(item) for item in data)
        names = [rule.name for rule in rules]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise ConfigError(f"redact: {twice} is there twice: leave one of them out")
        return Redaction(rules)


NO_REDACTION = Redaction()


def _rule(item: Any) -> RedactionRule:
    given = {"name": item} if isinstance(item, str) else item
    if not isinstance(given, Mapping) or not all(isinstance(value, str) for value in given.values()):
        raise ConfigError(f"redact: {item!r} must be {_TAKES}")
    unknown = next((key for key in given if key not in _KEYS), None)
    if unknown is not None:
        raise ConfigError(f"redact: unknown key {unknown!r}: an item takes {', '.join(_KEYS)}")
    rule = RedactionRule(**given) if "name" in given else RedactionRule("")
    if not _NAME.fullmatch(rule.name):
        raise ConfigError(f"redact: name: {rule.name!r} must be 1 to 40 of a-z, 0-9 and _, and begin with a letter")
    if rule.action not in ACTIONS:
        raise ConfigError(f"redact: {rule.name}: action: {rule.action!r} must be one of {', '.join(ACTIONS)}")
    if rule.pattern and rule.name in PATTERNS:
        raise ConfigError(f"redact: {rule.name} is a built-in pattern: give yours another name")
    if not rule.pattern and rule.name not in PATTERNS:
        near = meant(rule.name, PATTERNS) or f"take one of {', '.join(PATTERNS)}, or give a pattern"
        raise ConfigError(f"redact: {rule.name!r} is not known: {near}")
    if len(rule.pattern) > MAX_PATTERN:
        raise ConfigError(
            f"redact: {rule.name}: pattern: has {len(rule.pattern):,} characters; at most {MAX_PATTERN:,} are read"
        )
    return rule
