"""What an event of a format has, seen at little cost: one look at the first bytes of all events, for all formats.

A batch that has none of a format's signs has none of its events, so the format is not asked about it. A format without
signs is always asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from loglake.kernels.arrow import Int64s, Mask, Strings, bytes_of, contains, no_mask
from loglake.kernels.formats.base import Format


class Signs:
    """The signs that the events of a batch have.

    Args:
        texts: the events.
        formats: those that will be asked for.
    """

    def __init__(self, texts: Strings, formats: Iterable[Format]) -> None:
        all_signs = (sign for each in formats for sign in each.signs)
        starts = tuple(dict.fromkeys(start for sign in all_signs for start in sign.start.split("|")))
        self._tables = [_table(starts[at : at + _BITS]) for at in range(0, len(starts), _BITS)]
        self._literals: dict[str, bool] = {}
        self._keep(texts, [table.seen(texts) for table in self._tables])

    def _keep(self, texts: Strings, seen: list[Int64s]) -> None:
        self._texts, self._seen = texts, seen
        self._any = [int(np.bitwise_or.reduce(each)) if len(each) else 0 for each in seen]

    def may_be(self, each: Format) -> Mask:
        """Which events may be of a format."""
        signs = each.signs
        if not signs:
            return np.ones(len(self._texts), np.bool_)
        found = no_mask(len(self._texts))
        for table, seen, some in zip(self._tables, self._seen, self._any):
            chosen = 0
            for sign in signs:
                bits = table.bits(sign.start) & some
                if bits and (not sign.literal or self._has(sign.literal)):
                    chosen |= bits
            if chosen:
                found |= (seen & np.int64(chosen)) != 0
        return found

    def leave(self, texts: Strings, mask: Mask) -> None:
        """Goes on with the events of a mask alone.

        Args:
            texts: these events.
            mask: which they were among those before.
        """
        self._keep(texts, [each[mask] for each in self._seen])

    def _has(self, literal: str) -> bool:
        """What is not among more events is not among fewer."""
        if literal not in self._literals:
            self._literals[literal] = contains(self._texts, literal)
        return self._literals[literal]


_BITS = 62
"""Starts of one table: each is a bit of a number."""

_ITEM = re.compile(r"(\\.|\[(?:\\.|[^\]\\])*\]|[^\[\]\\(){}*+?])(?:\{(\d+)\})?", re.DOTALL)


class _Table:
    """For each place and byte, which starts may have it there, as bits; the last row is for a text that has ended."""

    def __init__(self, starts: Sequence[str]) -> None:
        self._places = {start: 1 << place for place, start in enumerate(starts)}
        made = [_classes(start) for start in starts]
        lengths = np.array([len(classes) for classes in made])
        self._rows = np.full((max(map(len, made), default=0), 257), -1, np.int64)
        for place, classes in enumerate(made):
            for row, allowed in zip(self._rows, classes):
                row[~allowed] &= ~np.int64(1 << place)
        self._longer = [sum(1 << int(place) for place in np.flatnonzero(lengths > at)) for at in range(len(self._rows))]

    def bits(self, start: str) -> int:
        """The bits of a start; none if it is in another table."""
        return sum(self._places.get(each, 0) for each in start.split("|"))

    def seen(self, texts: Strings) -> Int64s:
        """For each text the starts that it may have. It ends where no text may have a longer one."""
        bounds, data = bytes_of(texts)
        found = np.full(len(texts), -1, np.int64)
        lengths = np.diff(bounds)
        shortest = int(lengths.min()) if len(lengths) else 0
        for place, row in enumerate(self._rows):
            if not int(np.bitwise_or.reduce(found)) & self._longer[place]:
                break
            allowed = row[data.take(bounds[:-1] + place, mode="clip")] if len(data) else row[-1]
            if len(data) and shortest <= place:
                allowed[lengths <= place] = row[-1]
            found &= allowed
        return found


_table = lru_cache(maxsize=16)(_Table)


def _classes(start: str) -> list[Mask]:
    """For each character of a start, which bytes it may be; none if the text has ended there."""
    items = _ITEM.findall(start)
    if "".join(f"{item}{{{times}}}" if times else item for item, times in items) != start:
        raise ValueError(f"{start!r} is more than one character after the other")
    classes = [_class(item) for item, times in items for _ in range(int(times or 1))]
    if any(each[128:].any() for each in classes[:-1]):
        raise ValueError(f"{start!r} goes on behind a character that may have several bytes")
    return classes


@lru_cache(maxsize=256)
def _class(item: str) -> Mask:
    pattern = re.compile(item, re.ASCII)
    return np.array([*(pattern.fullmatch(chr(byte)) is not None for byte in range(256)), False])
