"""JSON without loss: numbers keep their text, objects their order and all of their keys."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NoReturn, Union

Json = Union[None, bool, str, "Number", "Members", list["Json"]]
"""A value. Two are equal where they are the same JSON: ``1`` is neither ``true`` nor ``1.0`` nor ``"1"``."""

Path = tuple[str, ...]

DEPTH = 5
"""Objects nested deeper than this many keys are values."""

_NUMBER = re.compile(r"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?")


@dataclass(frozen=True)
class Number:
    """A number as it is written."""

    text: str

    @property
    def is_integer(self) -> bool:
        """Whether it is written as an integer: ``1.0`` and ``1e3`` are not."""
        return self.text.lstrip("-").isdecimal()

    def __int__(self) -> int:
        digits = self.text.lstrip("-")
        number = 0
        for start in range(0, len(digits), 4_000):  # Python reads no more than 4,300 digits at once
            piece = digits[start : start + 4_000]
            number = number * 10 ** len(piece) + int(piece)
        return -number if self.text.startswith("-") else number

    def same_as(self, other: str) -> bool:
        """Whether another text is the same number, the sign of zero included."""
        return _normal(self.text) == _normal(other)


def _normal(text: str) -> tuple[str, str, int] | None:
    """Sign, digits without outer zeros, and the last digit's power of ten; None if it is not a number."""
    match = _NUMBER.fullmatch(text)
    if not match:
        return None
    sign, whole, fraction, exponent = match.groups("")
    digits = (whole + fraction).lstrip("0")
    power = int(exponent or 0) - len(fraction) + len(digits) - len(digits.rstrip("0"))
    return sign, digits.rstrip("0"), power if digits else 0


@dataclass(frozen=True)
class Members:
    """An object: its members in their order."""

    pairs: tuple[tuple[str, Json], ...]


def read(text: str) -> Json:
    """The value that a text is.

    Raises:
        ValueError: it is not JSON by RFC 8259.
    """
    value: Json = _DECODER.decode(text.strip(" \t\r\n"))
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _members(pairs: list[tuple[str, Any]]) -> Members:
    return Members(tuple(pairs))


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_int=Number, parse_float=Number, parse_constant=_refuse)


def read_object(text: str) -> Members | None:
    """The event's object, as JSON or as Python prints it; None if it is anything else.

    White space around it and a byte order mark before it are no part of it.
    """
    text = text.removeprefix("\ufeff")
    if not text.lstrip(" \t\r\n").startswith("{"):
        return None
    try:
        value = read(json.dumps(ast.literal_eval(text)) if text.startswith("{'") else text)
    except (ValueError, TypeError, SyntaxError):
        return None
    return value if isinstance(value, Members) else None


def leaves(value: Members, path: Path = (), whole: Collection[Path] = ()) -> list[tuple[Path, Json]]:
    """The leaf values, in the order of the text; a repeated key gives several. Objects at some paths stay whole."""
    found: list[tuple[Path, Json]] = []
    for key, member in value.pairs:
        own = (*path, key)
        if isinstance(member, Members) and member.pairs and len(own) < DEPTH and own not in whole:
            found += leaves(member, own, whole)
        else:
            found.append((own, member))
    return found
