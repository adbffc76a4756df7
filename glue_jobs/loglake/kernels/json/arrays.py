"""Cuts the elements out of an array of JSON objects, while the text comes in pieces."""

from __future__ import annotations

import json
import re
from enum import Enum, auto
from typing import Any, Callable, NamedTuple, Optional

WHITE = r"[ \t\r\n]*"

# Numbers stay text: Python refuses integers of more than 4,300 digits.
_decode = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode
_FIRST = re.compile(rf"{WHITE}(?=\{{)")
_NEXT = re.compile(rf"{WHITE},{WHITE}(?=\{{)")


class Element(NamedTuple):
    """An object in the array: its position in the text, and what was taken of its content."""

    start: int
    end: int
    value: Any


Closed = Callable[[str, int], Optional[int]]
"""Takes a text and a position; returns where what it looks for ends, or None if it isn't there."""


def end_of(pattern: re.Pattern[str]) -> Closed:
    """Where the match of a pattern ends."""

    def find(text: str, at: int) -> int | None:
        found = pattern.match(text, at)
        return found.end() if found else None

    return find


class _State(Enum):
    """The position in a document."""

    OUTSIDE = auto()
    OPENED = auto()
    AT_ELEMENT = auto()
    AFTER_ELEMENT = auto()


class ArrayScanner:
    """Finds elements; documents with an array may follow each other.

    Args:
        opened: matches what comes before the first element, its bracket included.
        closed: returns where a text ends that comes after the last one, its bracket included; None if something else
            comes, or if its end is not there yet.
        longest: an element of more characters ends the search, as a broken one does.
        take: gets an element's members, numbers as text, and returns what is kept of them.
    """

    def __init__(
        self,
        opened: re.Pattern[str],
        closed: Closed,
        longest: int,
        take: Callable[[dict[str, Any]], Any] = lambda _: None,
    ) -> None:
        self._longest = longest
        self._take = take
        self._state = _State.OUTSIDE
        self._steps: dict[_State, tuple[tuple[Closed, _State], ...]] = {
            _State.OUTSIDE: ((end_of(opened), _State.OPENED),),
            _State.OPENED: ((closed, _State.OUTSIDE), (end_of(_FIRST), _State.AT_ELEMENT)),
            _State.AFTER_ELEMENT: ((closed, _State.OUTSIDE), (end_of(_NEXT), _State.AT_ELEMENT)),
        }

    @property
    def is_inside(self) -> bool:
        """Whether an array was opened and not closed yet."""
        return self._state is not _State.OUTSIDE

    def scan(self, text: str) -> tuple[list[Element], int]:
        """All whole elements, and the position to continue from when more text comes.

        Args:
            text: what follows that position of the call before. Bytes as Latin-1 have the same positions.
        """
        found: list[Element] = []
        at = 0
        while True:
            if self._state is _State.AT_ELEMENT:
                element = self._element(text, at)
                if not element:
                    return found, at
                found.append(element)
                self._state, at = _State.AFTER_ELEMENT, element.end
                continue
            ends = ((find(text, at), state) for find, state in self._steps[self._state])
            step = next(((end, state) for end, state in ends if end is not None), None)
            if not step:
                return found, at
            at, self._state = step

    def _element(self, text: str, at: int) -> Element | None:
        """The object at `at`; None if it is too long, broken, or not complete yet."""
        try:
            value, end = _decode(text, at)
        except (ValueError, RecursionError):
            return None
        return Element(at, end, self._take(value)) if end - at <= self._longest else None
