"""Finds the positions of the parts of a JSON text. The text may be cut off.

All texts here are bytes decoded as Latin-1, so a position in the text is also a position in the bytes. The structure
stays the same: JSON's own characters are ASCII, and no byte of a longer UTF-8 character is ASCII.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

# Numbers stay text: Python refuses integers of more than 4,300 digits.
_decode = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode
_white: Any = re.compile(r"[ \t\n\r]*").match  # always matches


def value_end(text: str, at: int) -> int:
    """The end of the value at `at`.

    Raises:
        ValueError: there is no whole value.
        RecursionError: it is nested too deep.
    """
    return _decode(text, at)[1]


def skip_white(text: str, at: int) -> int:
    """The end of the white space at `at`."""
    if text[at : at + 1] > " ":  # nearly always, and much quicker than a pattern
        return at
    end: int = _white(text, at).end()
    return end


def members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Keys of the object at `at`, each with the start of its value. Stops at the first error; nothing if no object."""
    at = _after(text, at, "{")
    try:
        while text[at : at + 1] == '"':
            key, at = _decode(text, at)
            at = skip_white(text, at)
            if text[at : at + 1] != ":":
                return
            at = skip_white(text, at + 1)
            yield key, at
            at = _after(text, skip_white(text, value_end(text, at)), ",")
    except (ValueError, RecursionError):
        return


def elements(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Starts and ends of the elements of the whole array at `at`."""
    at = _after(text, at, "[")
    while text[at] != "]":
        end = value_end(text, at)
        yield at, end
        at = skip_white(text, end)
        at = _after(text, at, ",") if text[at] == "," else at


def _after(text: str, at: int, character: str) -> int:
    """The start of what follows the character at `at`; the end of the text if another character is there."""
    return skip_white(text, at + 1) if text[at : at + 1] == character else len(text)


class ArrayElements:
    """The exact bytes of the elements of an array, found when first asked for.

    Args:
        document: a JSON object.
        key: the array's key in the object. If the key comes twice, the last one counts, as in Python.
    """

    def __init__(self, document: bytes, key: str) -> None:
        self._document = document
        self._key = key

    def __getitem__(self, index: int) -> bytes:
        start, end = self._spans[index]
        return self._document[start:end]

    def start(self, index: int) -> int:
        """The start of an element in the document."""
        return self._spans[index][0]

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        text = self._document.decode("latin-1")
        arrays = [at for key, at in members(text, skip_white(text, 0)) if key == self._key]
        return list(elements(text, arrays[-1]))
