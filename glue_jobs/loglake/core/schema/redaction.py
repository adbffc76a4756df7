"""What a dataset says of personal data: which patterns and fields are hidden in its events, and how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from loglake.core.near_names import meant
from loglake.errors import ConfigError

PATTERNS = ("email", "card", "iban", "aws_key", "jwt", "bearer", "password_in_url", "ip", "phone")
"""The patterns that are built in; ``kernels/redact/patterns.toml`` has them."""

MASK, DROP, HASH = "mask", "drop", "hash"
ACTIONS = (MASK, DROP, HASH)
"""The first one is the default."""

MOST_RULES, MAX_PATTERN, MAX_FIELD = 50, 2_000, 200

_KEYS = ("name", "pattern", "field", "action")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKES = (
    "a name out of " + ", ".join(PATTERNS) + ", or a mapping such as {name: order, pattern: 'ORD-[0-9]{8}'} or "
    "{field: user.email}"
)


@dataclass(frozen=True)
class RedactionRule:
    """One pattern or field to hide.

    Attributes:
        name: of a built-in pattern, or of one's own.
        pattern: RE2 of one's own; empty for a built-in one, and for a field.
        action: ``mask`` writes the name in the place of a value, such as ``[email]``; ``drop`` writes nothing; ``hash``
            writes the same text for the same value.
        field: the end of a path, with ``*`` and ``?``; upper and lower case are the same. Empty for a pattern.
    """

    name: str
    pattern: str = ""
    action: str = MASK
    field: str = ""

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Redaction:
    """The rules of a dataset, in their order; without any, nothing is hidden.

    Attributes:
        rules: all of them.
        key: of hashes; only in the memory of what hides values.
    """

    rules: tuple[RedactionRule, ...] = field(default=())
    key: bytes = field(default=b"", repr=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.rules)

    @property
    def hashes(self) -> bool:
        """Whether a rule needs a key."""
        return any(rule.action == HASH for rule in self.rules)

    def keyed(self, key: bytes) -> Redaction:
        """The same rules with a key."""
        return replace(self, key=key)

    def __reduce__(self) -> tuple[type[Redaction], tuple[object, ...]]:
        """No pickle has the key: Spark writes what it pickles to files."""
        return Redaction, (self.rules,)

    def to_json(self) -> list[dict[str, Any]]:
        """The rules as the file may have them."""
        return [rule.to_json() for rule in self.rules]

    @staticmethod
    def from_json(data: Any) -> Redaction:
        """Checks what a datasets file has. Raises ConfigError, naming the item and what it takes."""
        if not isinstance(data, (list, tuple)) or not data or len(data) > MOST_RULES:
            raise ConfigError(f"redact is a list of 1 to {MOST_RULES} patterns, such as [email, card]")
        rules = tuple(_rule(item) for item in data)
        names = [rule.field or rule.name for rule in rules]
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
    rule = RedactionRule(**{"name": _name_of(given.get("field", "")), **given})
    _check_field(rule)
    if not _NAME.fullmatch(rule.name):
        raise ConfigError(f"redact: name: {rule.name!r} must be 1 to 40 of a-z, 0-9 and _, and begin with a letter")
    if rule.action not in ACTIONS:
        raise ConfigError(f"redact: {rule.name}: action: {rule.action!r} must be one of {', '.join(ACTIONS)}")
    if rule.field:
        return rule
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


def _name_of(field_name: str) -> str:
    """What hides a field is called like it, unless its rule has a name: ``*password*`` is password."""
    return re.sub(r"[^a-z0-9]+", "_", field_name.lower()).strip("_0123456789")[:40]


def _check_field(rule: RedactionRule) -> None:
    if rule.field and rule.pattern:
        raise ConfigError(f"redact: {rule.name} has a field and a pattern: make two items of it")
    if len(rule.field) > MAX_FIELD or re.search(r"[\"\\\x00-\x1f]|^\.|\.\.|\.$|^[*?.]+$|\.[*?]+$", rule.field):
        raise ConfigError(
            f"redact: field: {rule.field[:MAX_FIELD]!r} must be a name or a path, such as user.email or *password*, "
            f"of at most {MAX_FIELD} characters, without quotes, and with a letter in its last name"
        )
