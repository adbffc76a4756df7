"""What JSON objects of one program have in common: all of the text but the values.

A skeleton is learned from one object: its keys, brackets and white space are constant, its scalars may change. Another
object with the same constant text between its values has the same fields, in the same order. So the bytes of many
objects are compared at once, and give the place of each value without any parsing. Objects with arrays, or with
backslashes or control characters, have no skeleton here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from loglake.core.schema.schema import FieldPath
from loglake.kernels.arrow import Bytes, Int64s, Mask, Strings, bytes_of, no_mask, stretches
from loglake.kernels.json.walk import EMPTY_OBJECT, NotJsonError, walk

_QUOTE, _BACKSLASH, _SPACE = ord('"'), ord("\\"), ord(" ")
_VALUE = re.compile(rb'"[^"]*"(?= *(:)?)|[^ "{}:,]+')
"""A string, with a colon after it if it is a key, or another scalar; in JSON without arrays and backslashes."""

_WORD = 8

Field = tuple[FieldPath, bool]
"""The path of values, and whether they are strings; null is a scalar that is none."""


class _Constant(NamedTuple):
    """Text between two values.

    Attributes:
        text: the bytes, with the quotes of strings beside it.
        quote: the number of its first quote among all quotes of the object; None if it has none.
        before: how many of its bytes are before that quote.
    """

    text: bytes
    quote: int | None
    before: int


@dataclass(frozen=True)
class Skeleton:
    """An object without its values.

    Attributes:
        quotes: how many quotes each object has.
        constants: the text before, between and after the values.
        values: the field of each value.
        empty: the paths of empty objects, which are part of the constants.
    """

    quotes: int
    constants: tuple[_Constant, ...]
    values: tuple[Field, ...]
    empty: frozenset[FieldPath]


def skeleton_of(text: str) -> Skeleton | None:
    """The skeleton of an object; None if it has none, comes to one path twice, or is no object."""
    if "\\" in text or min(text) < " ":
        return None
    try:
        found = walk(text)
    except NotJsonError:
        return None
    empty = frozenset(leaf.path for leaf in found if leaf.text == EMPTY_OBJECT)
    leaves = [leaf for leaf in found if leaf.text != EMPTY_OBJECT]
    paths = {leaf.path for leaf in leaves}
    if not leaves or len(paths) < len(leaves) or paths & empty or any(leaf.is_container for leaf in leaves):
        return None
    data = text.encode()
    spans = [match.span() for match in _VALUE.finditer(data) if not match[1]]
    values = tuple((leaf.path, leaf.string is not None) for leaf in leaves)
    starts = [0, *(end - is_string for (_, end), (_, is_string) in zip(spans, values))]
    ends = [*(start + is_string for (start, _), (_, is_string) in zip(spans, values)), len(data)]
    constants, quotes = [], 0
    for start, end in zip(starts, ends):
        part = data[start:end]
        first = part.find(b'"')
        constants.append(_Constant(part, quotes if first >= 0 else None, max(first, 0)))
        quotes += part.count(b'"')
    return Skeleton(quotes, tuple(constants), values, empty)


class Objects:
    """Objects whose bytes are looked at together.

    Args:
        raw: texts, none null.

    Attributes:
        quotes: how many quotes each has; -1 if it has no skeleton for sure.
    """

    def __init__(self, raw: Strings) -> None:
        bounds, self._data = bytes_of(raw)
        self._starts, self._ends = bounds[:-1].astype(np.int64), bounds[1:].astype(np.int64)
        self._quotes = np.flatnonzero(self._data == _QUOTE)
        places = np.searchsorted(self._quotes, bounds)
        self._first = places[:-1]
        self.quotes: Int64s = np.diff(places)
        self.quotes[self._odd()] = -1

    def _odd(self) -> Mask:
        """Which texts have a backslash or a control character."""
        mask = no_mask(len(self._starts))
        found = self._data == _BACKSLASH
        if len(found) and (self._data.min() < _SPACE or found.any()):
            places = np.flatnonzero(found | (self._data < _SPACE))
            mask[np.searchsorted(self._ends, places, side="right")] = True
        return mask

    def find(self, skeleton: Skeleton, rows: Int64s, fields: dict[Field, Values]) -> Int64s:
        """Finds the values of those of the rows that have a skeleton, and returns these rows.

        What is found for a scalar that is no string may be no JSON.

        Args:
            skeleton: the skeleton.
            rows: objects with as many quotes.
            fields: gets the values.
        """
        first, ends, starts = self._first[rows], self._ends[rows], list[Int64s]()
        lengths = [len(each.text) for each in skeleton.constants]
        for number, each in enumerate(skeleton.constants):
            if not number:
                start = self._starts[rows]
            elif each.quote is None:
                start = ends - lengths[number]
            else:
                start = self._quotes[first + each.quote] - each.before
            same = self._have(each.text, start)
            if number and not skeleton.values[number - 1][1]:
                same &= starts[-1] + lengths[number - 1] < start
            if number == len(lengths) - 1:
                same &= start + lengths[number] == ends
            starts.append(start)
            if not same.all():
                rows, first, ends, *starts = (old[same] for old in (rows, first, ends, *starts))
        for field, start, length, end in zip(skeleton.values, starts, lengths, starts[1:]):
            if field not in fields:
                fields[field] = Values(self._data, self._starts)
            fields[field].put(rows, start + length, end)
        return rows

    def _have(self, text: bytes, starts: Int64s) -> Mask:
        """Whether a text is at each place, ascending. Compares words; of the last one, only the text's part."""
        size = -(-len(text) // _WORD) * _WORD
        last = len(self._data) - size
        if not len(starts) or starts[0] < 0 or starts[-1] > last:
            near = (starts < 0) | (starts > last)
            among = no_mask(len(starts))
            among[near] = [
                start >= 0 and self._data[start : start + len(text)].tobytes() == text for start in starts[near]
            ]
            if not near.all():
                among[~near] = self._have(text, starts[~near])
            return among
        windows = np.ndarray((last + 1,), f"V{size}", self._data, strides=(1,))[starts]
        words = windows.view(np.uint64).reshape(len(starts), -1)
        wanted, bits = (np.frombuffer(each.ljust(size, b"\0"), np.uint64) for each in (text, b"\xff" * len(text)))
        same: Mask = words[:, -1] & bits[-1] == wanted[-1]
        for number, word in enumerate(wanted[:-1]):
            same &= words[:, number] == word
        return same


class Values:
    """The values of one field, either strings or other scalars.

    Args:
        data: all bytes of some objects.
        starts: where each object starts.
    """

    def __init__(self, data: Bytes, starts: Int64s) -> None:
        self._data = data
        self._starts, self._ends, self._there = starts, starts, no_mask(len(starts))

    def put(self, rows: Int64s, starts: Int64s, ends: Int64s) -> None:
        """Adds the places of some objects' values."""
        if len(rows) == len(self._there):  # all of them, as most often
            self._starts, self._ends, self._there = starts, ends, ~no_mask(len(rows))
            return
        if not self._there.any():
            self._starts, self._ends = self._starts.copy(), self._ends.copy()
        self._starts[rows], self._ends[rows], self._there[rows] = starts, ends, True

    def texts(self) -> Strings:
        """Strings without their quotes, or the texts of other scalars; null for objects that have none."""
        return stretches(self._data, self._starts, self._ends, None if self._there.all() else self._there)
