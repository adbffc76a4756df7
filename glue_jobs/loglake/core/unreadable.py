"""Items that are stored and can't be read: named by their key, and apart from the others.

Reading one item raises `UnreadableItemError`, and what depends on it waits. Reading many returns the others, and the
store keeps an `UnreadableItem` for each missing one. An unreadable row is returned all the same, with nothing but its
window (`LedgerRow.unreadable`): else its time would look free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from json import JSONDecodeError
from typing import Any, Callable, TypeVar

from loglake.errors import OtherVersionItemError, UnreadableItemError

T = TypeVar("T")

NEWER = "a newer loglake may have written it, so deploy that one"

LAST_MS = 10**14 - 1
"""Later than any time that is stored: keys of rows have 14 digits, which is to the year 5138."""

LAST_COUNT = 2**63 - 1
"""More than anything that is counted."""


@dataclass(frozen=True)
class UnreadableItem:
    """An unreadable item, and why.

    Attributes:
        key: of the object in its bucket, or of the item in the ledger's table: ``<pk> <sk>``.
        reason: in words, a part of a sentence.
    """

    key: str
    reason: str

    def __str__(self) -> str:
        return str(UnreadableItemError(self.key, self.reason))


def parse(key: str, read: Callable[[], T]) -> T:
    """Calls `read` on a stored item.

    Raises:
        UnreadableItemError: it is not what was written; OtherVersionItemError if another loglake wrote it.
    """
    try:
        return read()
    except UnreadableItemError:
        raise
    except KeyError as error:
        raise UnreadableItemError(key, f"it has no field {error.args[0]!r}") from error
    except RecursionError as error:
        raise UnreadableItemError(key, "it is nested too deeply") from error
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise UnreadableItemError(key, f"it is not JSON ({error})") from error
    except _OtherVersionError as error:
        raise OtherVersionItemError(key, str(error)) from error
    except ValueError as error:
        raise UnreadableItemError(key, str(error)) from error
    except (TypeError, AttributeError, IndexError, ArithmeticError) as error:
        raise UnreadableItemError(key, f"it is not what was written ({error})") from error


def unreadable(error: UnreadableItemError) -> UnreadableItem:
    """The item that an error is about."""
    return UnreadableItem(error.key, error.reason)


def check_values(value: Any) -> None:
    """Checks that each value of a dataclass has the type of its default.

    The caller checks fields without a default, or with None or an empty collection as default.

    Raises:
        ValueError: one has another type, or is a number that nothing stored can be.
    """
    kind = type(value)
    if kind not in _SIMPLE:  # looked up once: there are as many values as windows
        types = ((each.name, type(each.default)) for each in fields(value))
        _SIMPLE[kind] = tuple((name, simple) for name, simple in types if simple in _KINDS)
    for name, simple in _SIMPLE[kind]:
        check_value(name, getattr(value, name), simple)


def check_value(name: str, found: object, kind: type) -> None:
    """Checks one value; the name of a time ends in ``_ms``."""
    if type(found) is not kind:
        raise ValueError(f"{name} is {_shown(found)}, which is not {_KINDS[kind]}")
    last = LAST_MS if name.endswith("_ms") else LAST_COUNT
    if isinstance(found, int) and not 0 <= found <= last:
        raise ValueError(f"{name} is {_shown(found)}, which is out of range")


def texts(values: Any) -> tuple[str, ...]:
    """The values of a list of texts.

    Raises:
        ValueError: it is none.
    """
    for value in entries(values):
        check_value("an entry of a list", value, str)
    return tuple(values)


def entries(values: Any) -> Sequence[Any]:
    """The values of any list. Text and objects can be iterated too, but must not pass for lists."""
    if not isinstance(values, (list, tuple)):
        raise ValueError(f"{_shown(values)} is not a list")
    return values


_KINDS: Mapping[type, str] = {int: "a number", str: "text", bool: "true or false"}
_SIMPLE: dict[type, tuple[tuple[str, type], ...]] = {}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


class _OtherVersionError(ValueError):
    """Raised for another version's format; `parse` turns it into an OtherVersionItemError."""


def check_format(found: object, known: int) -> None:
    """Checks the format number of an item.

    Raises:
        ValueError: this version does not read it.
    """
    if found == known and type(found) is int:
        return
    has = "no format" if found is None else f"format {_shown(found)}"
    if isinstance(found, int) and found > known:
        raise _OtherVersionError(
            f"it has {has}, and this loglake reads format {known}: a newer loglake wrote it, so deploy that one"
        )
    message = (
        f"it has {has}, and this loglake reads format {known}: an older loglake wrote it, so deploy this one with a "
        "new ledger table, or start another `loglake local run`"
    )
    raise _OtherVersionError(message) if type(found) is int else ValueError(message)
