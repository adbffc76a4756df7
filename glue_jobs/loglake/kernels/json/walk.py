"""The leaves of one JSON event, each with the exact text that it has in the event.

Python's C scanner reads the values. The members of objects are walked here, because only that shows where a value
starts and ends in the text. What RFC 8259 forbids (NaN, control characters in strings) is no JSON.
"""

from __future__ import annotations

import json
from collections.abc import Set
from json import decoder
from typing import Any, NamedTuple, NoReturn

from loglake.core.schema.schema import MAX_DEPTH, FieldPath
from loglake.kernels.json.spans import skip_white

EMPTY_OBJECT = "{}"


class Leaf(NamedTuple):
    """A value that is not walked into: a scalar, an array, an empty object, one at `MAX_DEPTH` or that stays whole.

    Attributes:
        path: the keys that lead to it.
        text: its exact JSON text; ``{}`` for an empty object, however it is written.
        string: the value of a JSON string, else None.
    """

    path: FieldPath
    text: str
    string: str | None

    @property
    def is_null(self) -> bool:
        """Whether it is JSON's null."""
        return self.text == "null"

    @property
    def is_container(self) -> bool:
        """Whether it is an array or an object."""
        return self.text[0] in "[{"


class NotJsonError(ValueError):
    """The text is not one JSON object."""


def walk(text: str, whole: Set[FieldPath] = frozenset()) -> list[Leaf]:
    """The leaves of a JSON object in the order of the text; a key that comes twice gives two leaves.

    Args:
        text: the object.
        whole: the paths at which objects are leaves.

    Raises:
        NotJsonError: the text is not one JSON object with white space around it at most.
    """
    start = skip_white(text, 0)
    if text[start : start + 1] != "{":
        raise NotJsonError("no object")
    leaves: list[Leaf] = []
    try:
        end = _members(text, start, (), leaves, whole)
    except (ValueError, StopIteration, RecursionError) as error:
        raise NotJsonError(str(error)) from None
    if skip_white(text, end) != len(text):
        raise NotJsonError("text after the object")
    return leaves


def members(text: str) -> dict[str, str]:
    """The members of a JSON object, each with its exact text; of several with one name, the last."""
    found: dict[str, str] = {}
    at = skip_white(text, skip_white(text, 0) + 1)
    while text[at : at + 1] not in ("}", ""):
        key, at = _scan_string(text, _expect(text, at, '"'), True)
        start = skip_white(text, _expect(text, skip_white(text, at), ":"))
        _, at = _scan(text, start)
        found[key] = text[start:at]
        at = skip_white(text, at)
        at = skip_white(text, at + 1) if text[at : at + 1] == "," else at
    return found


def _members(text: str, start: int, path: FieldPath, leaves: list[Leaf], whole: Set[FieldPath]) -> int:
    """Adds the leaves of the object at `start`, and returns the object's end."""
    at = skip_white(text, start + 1)
    if text[at : at + 1] == "}":
        if path:
            leaves.append(Leaf(path, EMPTY_OBJECT, None))
        return at + 1
    while True:
        at = _expect(text, at, '"')
        key, at = _scan_string(text, at, True)
        at = skip_white(text, _expect(text, skip_white(text, at), ":"))
        at = skip_white(text, _value(text, at, (*path, key), leaves, whole))
        if text[at : at + 1] == "}":
            return at + 1
        at = skip_white(text, _expect(text, at, ","))


def _value(text: str, at: int, path: FieldPath, leaves: list[Leaf], whole: Set[FieldPath]) -> int:
    first = text[at : at + 1]
    if first == "{" and len(path) < MAX_DEPTH and path not in whole:
        return _members(text, at, path, leaves, whole)
    value: object
    end: int
    value, end = _scan(text, at)
    if isinstance(value, str) and first == '"':
        leaves.append(Leaf(path, text[at:end], value))
    else:
        leaves.append(Leaf(path, EMPTY_OBJECT if value == {} else text[at:end], None))
    return end


def _expect(text: str, at: int, character: str) -> int:
    if text[at : at + 1] != character:
        raise NotJsonError(f"{character} expected at {at}")
    return at + 1


def _no_constant(name: str) -> NoReturn:
    raise NotJsonError(name)


# Numbers stay text: a float would round them, and Python refuses integers of more than 4,300 digits.
_scan: Any = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_no_constant).scan_once  # type: ignore[attr-defined]
_scan_string: Any = decoder.scanstring  # type: ignore[attr-defined]  # documented by use only: json.scanner has it
