"""Where the parts of a JSON text are, as far as it is JSON: it may be cut off.

All texts here are bytes decoded as Latin-1, so that positions are those of the bytes. JSON's own characters are ASCII,
and no byte of a longer UTF-8 character is; so the structure is the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property

# Numbers stay text: Python refuses integers of more than 4,300 digits.
_decode = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode
_white = re.compile(r"[ \t\n\r]*").match


def value_end(text: str, at: int) -> int:
    """Where the value at `at` ends.

    Raises:
        ValueError: there is no whole value.
        RecursionError: it is nested too deep.
    """
    return _decode(text, at)[1]


def skip_white(text: str, at: int) -> int:
    """Where the white space at `at` ends."""
    match = _white(text, at)
    return match.end() if match else at


def members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Keys and starts of the values of the object at `at`; nothing if there is none. Ends where the JSON does."""
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
    """Where what follows the character starts; the end of the text if `at` has another one."""
    return skip_white(text, at + 1) if text[at : at + 1] == character else len(text)


class ArrayElements:
    """The exact bytes of the elements of an array, found when first asked for.

    Args:
        document: a JSON object.
        key: of the array in it. If it comes twice the last one counts, as for Python.
    """

    def __init__(self, document: bytes, key: str) -> None:
        self._document = document
        self._key = key

    def __getitem__(self, index: int) -> bytes:
        start, end = self._spans[index]
        return self._document[start:end]

    def start(self, index: int) -> int:
        """Where an element starts in the document."""
        return self._spans[index][0]

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        text = self._document.decode("latin-1")
        arrays = [at for key, at in members(text, skip_white(text, 0)) if key == self._key]
        return list(elements(text, arrays[-1]))
