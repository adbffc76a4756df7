"""Remembers event ids, exactly and in little memory.

CloudWatch's event ids are 56 decimal digits. Three 64-bit integers hold one, so equal keys are equal ids. The keys stay
in the order in which they came, and a hash table has their numbers. A whole batch is looked up at once: all ids that
meet another key move on to their next place together.

Any other id (CloudWatch has none) becomes its BLAKE2 digest of 191 bits. Among a billion of them, the chance that any
two are mistaken for one is below 10**-39: a wrong bit in memory is more likely.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loglake.kernels.arrow import Int64s, Mask, Strings, no_mask, pc, texts_of, to_mask

_DIGITS = 56
_PARTS = ((0, 19), (19, 38), (38, 56))
"""Digits that a 64-bit integer holds, and in the last part room for `_DIGEST`."""

_DIGEST = np.uint64(1 << 63)
"""Set in the last part of a digest: no 18 digits reach it."""

_PLACES = 1 << 16
_MAX_LOAD = 0.6
"""Of the table: then a new id finds its place at the second or third."""

_AT_ONCE = 1 << 16
"""Keys that are put at once into a larger table: few enough for the processor's cache."""

_ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_STEP = np.uint64(32)

Words = npt.NDArray[np.uint64]


class SeenIds:
    """Remembers ids. Memory: 31 to 38 bytes for each, up to 45 while the table grows."""

    def __init__(self) -> None:
        self._count = 0
        self._keys = [np.empty(_PLACES, np.uint64) for _ in range(3)]
        self._table = np.zeros(_PLACES, np.uint32)  # numbers of keys from 1 on; 0 is a free place

    def fresh(self, ids: Strings) -> Mask:
        """Which ids are neither in an earlier batch nor earlier in this one, and remembers them; null is always new."""
        fresh = np.ones(len(ids), np.bool_)
        rows = np.flatnonzero(to_mask(ids.is_valid()))
        if len(rows):
            fresh[rows] = self._add(_keys_of(ids.drop_null()))
        return fresh

    def _add(self, keys: list[Words]) -> Mask:
        """Adds keys, and returns which of them are new."""
        count = len(keys[0])
        self._reserve(self._count + count)
        for column, more in zip(self._keys, keys):
            column[self._count : self._count + count] = more
        places = self._place(self._count, count)
        new = np.flatnonzero(places >= 0)
        if len(new) < count:  # the others are forgotten again
            for column in self._keys:
                column[self._count : self._count + len(new)] = column[self._count + new]
            self._table[places[new]] = np.arange(self._count + 1, self._count + 1 + len(new))
        self._count += len(new)
        return places >= 0

    def _place(self, start: int, count: int) -> Int64s:
        """Finds the places of keys in the table: -1 for a key that equals one in the table or an earlier one.

        Args:
            start: the first key. It and the following ones are in no place yet.
            count: the number of keys.
        """
        hashes = self._keys[0][start : start + count]
        last = np.uint64(len(self._table) - 1)
        step = (hashes >> _STEP) | np.uint64(1)  # odd, so that it comes to every place
        found = np.full(count, -1, np.int64)
        query, at = np.arange(count), hashes & last
        while len(query):
            # From the end: if one place gets several numbers, the last one written stays, which is the first key's.
            free = np.flatnonzero(self._table[at] == 0)[::-1]
            self._table[at[free]] = start + 1 + query[free]
            held = self._table[at].astype(np.int64) - 1 - start
            mine = held == query
            found[query[mine]] = at[mine]
            others = np.flatnonzero(~mine)
            others = others[~self._equal(start + held[others], start + query[others])]
            query = query[others]
            at = (at[others] + step[query]) & last
        return found

    def _equal(self, ones: Int64s, others: Int64s) -> Mask:
        equal = ~no_mask(len(ones))
        for column in self._keys:
            equal &= column[ones] == column[others]
        return equal

    def _reserve(self, count: int) -> None:
        """Makes room for that many keys."""
        if count > len(self._keys[0]):
            room = max(count, len(self._keys[0]) * 3 // 2)
            for number, column in enumerate(self._keys):
                self._keys[number] = np.empty(room, np.uint64)
                self._keys[number][: self._count] = column[: self._count]
        if count > len(self._table) * _MAX_LOAD:
            places = 1 << int(count / _MAX_LOAD).bit_length()
            self._table = np.zeros(places, np.uint32)
            for start in range(0, self._count, _AT_ONCE):
                self._place(start, min(_AT_ONCE, self._count - start))


def _keys_of(ids: Strings) -> list[Words]:
    """Keys of ids: a hash and two parts, from which the third part, so the id, follows."""
    usual = to_mask(pc.and_(pc.equal(pc.binary_length(ids), _DIGITS), pc.ascii_is_decimal(ids)))
    if usual.all():
        return _hashed(_numbers(ids))
    parts = [np.empty(len(ids), np.uint64) for _ in range(3)]
    for part, numbers, digests in zip(
        parts, _numbers(ids.filter(pa.array(usual))), _digests(ids.filter(pa.array(~usual)))
    ):
        part[usual], part[~usual] = numbers, digests
    return _hashed(parts)


def _numbers(ids: Strings) -> list[Words]:
    texts = ids.cast(pa.binary())  # of ASCII: bytes are cut in less time than characters
    return [pc.binary_slice(texts, *part).cast(pa.string()).cast(pa.uint64()).to_numpy() for part in _PARTS]


def _digests(ids: Strings) -> list[Words]:
    digests = b"".join(blake2b(text.encode(), digest_size=24).digest() for text in texts_of(ids))
    words = np.frombuffer(digests, np.uint64).reshape(-1, 3)
    return [words[:, 0], words[:, 1], words[:, 2] | _DIGEST]


def _hashed(parts: list[Words]) -> list[Words]:
    """Replaces the third part with a hash. Each step can be inverted, so the third part is not lost."""
    first, second, third = parts
    return [_mixed(_mixed(first * _ODD[0] + second) + third), first, second]


def _mixed(words: Words) -> Words:
    """One to one; each bit depends on all bits (the finalizer of SplitMix64)."""
    words = (words ^ (words >> np.uint64(30))) * _ODD[1]
    words = (words ^ (words >> np.uint64(27))) * _ODD[2]
    return words ^ (words >> np.uint64(31))
