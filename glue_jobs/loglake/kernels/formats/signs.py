"""What an event of a format has, seen at little cost: one look at the first bytes of all events, for all formats.

A batch that has none of a format's signs has none of its events, so the format is not asked about it. A format without
signs is always asked.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from loglake.kernels.arrow import Int64s, Mask, Strings, bytes_of, contains, no_mask
from loglake.kernels.formats.base import Format


class Signs:
    """The signs that the events of a batch have.

    Args:
        texts: the events.
    """

    def __init__(self, texts: Strings) -> None:
        self._literals: dict[str, bool] = {}
        self.leave(texts)

    def leave(self, texts: Strings) -> None:
        """Goes on with some of the events alone."""
        self._texts, self._rows = texts, np.arange(len(texts))
        self._places: list[tuple[Int64s, int]] = []

    def may_be(self, each: Format) -> Mask:
        """Which events may be of a format."""
        if not each.signs:
            return np.ones(len(self._texts), np.bool_)
        found = no_mask(len(self._texts))
        for sign in each.signs:
            for start in sign.start.split("|"):
                rows = self._starting_with(start)
                if len(rows) and (not sign.literal or self._has(sign.literal)):
                    found[rows] = True
        return found

    def _starting_with(self, start: str) -> Int64s:
        rows = self._rows
        for place, (allowed, bits) in enumerate(_classes(start)):
            signs, there = self._at(place)
            if not there & bits:
                return rows[:0]
            if there & ~bits:
                rows = rows[allowed[signs[rows]]]
        return rows

    def _at(self, place: int) -> tuple[Int64s, int]:
        """The byte that each text has at a place, `_ENDED` if it is shorter; and which of these there are, as bits."""
        if place == len(self._places):
            bounds, data = bytes_of(self._texts)
            signs = np.full(len(self._texts), _ENDED)
            longer = np.diff(bounds) > place
            signs[longer] = data[bounds[:-1][longer] + place]
            self._places.append((signs, _bits(np.bincount(signs, minlength=_ENDED + 1) > 0)))
        return self._places[place]

    def _has(self, literal: str) -> bool:
        """What is not among more events is not among fewer."""
        if literal not in self._literals:
            self._literals[literal] = contains(self._texts, literal)
        return self._literals[literal]


_ENDED = 256
"""In the place of a byte where a text has none."""

_ITEM = re.compile(r"(\\.|\[(?:\\.|[^\]\\])*\]|[^\[\]\\(){}*+?])(?:\{(\d+)\})?", re.DOTALL)


@lru_cache(maxsize=256)
def _classes(start: str) -> list[tuple[Mask, int]]:
    """For each character of a start, which bytes it may be, also as bits; none if the text has ended there."""
    items = _ITEM.findall(start)
    if "".join(f"{item}{{{times}}}" if times else item for item, times in items) != start:
        raise ValueError(f"{start!r} is more than one character after the other")
    classes = [_class(item) for item, times in items for _ in range(int(times or 1))]
    if any(allowed[128:].any() for allowed, _ in classes[:-1]):
        raise ValueError(f"{start!r} goes on behind a character that may have several bytes")
    return classes


@lru_cache(maxsize=256)
def _class(item: str) -> tuple[Mask, int]:
    pattern = re.compile(item, re.ASCII)
    allowed = np.array([*(pattern.fullmatch(chr(byte)) is not None for byte in range(256)), False])
    return allowed, _bits(allowed)


def _bits(mask: Mask) -> int:
    """To compare two masks so takes a tenth of the time."""
    return int.from_bytes(np.packbits(mask).tobytes(), "big")
