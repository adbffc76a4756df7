"""What the keys of a definition, of its steps and of its level take, and what an error says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from loglake.errors import ConfigError


class Expected(NamedTuple):
    """What a key takes.

    Attributes:
        shown: in words.
        one: what a value may be.
        each: what a list may have; none if it takes no list. A list in it has texts.
        inside: what a table's values may be.
        may_be_empty: a text or a list may be so.
    """

    shown: str
    one: tuple[type, ...]
    each: tuple[type, ...] = ()
    inside: type = object
    may_be_empty: bool = False

    def takes(self, value: Any) -> bool:
        """Whether a value is so."""
        if value in ("", []) and not self.may_be_empty:
            return False
        if isinstance(value, list):
            in_lists = (text for each in value if isinstance(each, list) for text in each or [None])
            return bool(self.each) and _are(value, self.each) and _are(in_lists, (str,))
        return isinstance(value, self.one) and (not isinstance(value, dict) or _are(value.values(), (self.inside,)))


def _are(values: Iterable[Any], kinds: tuple[type, ...]) -> bool:
    return all(isinstance(each, kinds) for each in values)


ANY_TEXT = Expected("a text in quotes", (str,), may_be_empty=True)
FILLED = Expected("a text in quotes that is not empty", (str,))
TEXTS = Expected("a text in quotes, or a list of such", (str,), (str,))
CHOICE = Expected(TEXTS.shown, (str,), (str, list))
TABLE = Expected("a table, such as { order = '/[A-Z]+/' }", (dict,))
WORDS = Expected("a table of texts, such as { '!' = 'ERROR' }", (dict,), inside=str)
TABLES = Expected("a list of tables, such as [{ take = 'a', line = '{b}:{c}' }]", (), (dict,), may_be_empty=True)
LEVEL = Expected("the name of a field, a table, or a list of tables", (str, dict), (dict,))
STARTS = Expected("a text in quotes, a table, or a list of such", (str, dict), (str, dict))
BOOLEAN = Expected("true or false", (bool,))


def check(table: Mapping[str, Any], keys: Mapping[str, Expected]) -> None:
    """Raises ConfigError if a table has a key that is not known, or a value that is not as expected."""
    for key, value in table.items():
        if key not in keys:
            raise ConfigError(f"{key}: expected one of {', '.join(keys)}")
        if not keys[key].takes(value):
            raise ConfigError(f"{key}: expected {keys[key].shown}")
