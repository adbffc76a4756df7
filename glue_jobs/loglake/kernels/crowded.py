"""Batches whose events have so many different keys that a column for each of them takes too much memory.

A reader of pairs or objects holds a cell for each event and each key of its batch, so its memory grows with the square
of the batch if each event has keys of its own. Such a batch is read in blocks: then memory is linear in its bytes.

Looking at all bytes would take as long as reading them, so a sample shows how many keys there are. How a batch is cut
changes memory and time, but no result.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from loglake.kernels.arrow import Bytes, Int32s, Mask, Strings, bytes_of

MOST_CELLS = 8_000_000
"""Events times different keys of a batch that is read at once: about 80 MB of Arrow's memory."""

FEWEST = 256
"""Events of a block: with fewer, what each block costs is more than what its cells cost."""

_STRETCH, _STEP = 512, 32 * 1024
"""So many bytes of so many are the sample."""

_EACH = 8
"""If less events than so many have a new key, reading them one by one is faster than Arrow."""

_LEAST_KEY = 4
"""Bytes of a key with its signs."""

_QUOTE, _COLON, _SPACE, _EQUALS, _TAB = b'": =\t'

_Fingerprints = npt.NDArray[np.uint64]


class Keys(Enum):
    """How keys are spelled."""

    QUOTED = "as those of JSON: in quotes, before a colon"
    BARE = "before an equals sign, or as LTSV has them between a tab and a colon"


def _are(characters: bytes) -> Mask:
    table = np.zeros(256, np.bool_)
    table[list(characters)] = True
    return table


_BETWEEN_KEYS = _are(bytes(each for each in range(128) if not (chr(each).isalnum() or chr(each) in "_.@/$-")))
_DIGITS = _are(b"0123456789")
_NO_VALUE = _are(b"= \t\r\n,;&)]}")
"""What follows an equals sign that only pads Base64, and a key without a value."""


class Crowd(Enum):
    """What is crowded."""

    OF_ALL = "many events have many keys in common"
    OF_EACH = "events have keys of their own: in a part of the batch there are as many for each event"


def blocks(texts: Strings, keys: Keys) -> Iterator[Strings]:
    """The texts all in one block, or in blocks of `FEWEST` if they are crowded."""
    size = FEWEST if crowd_of(texts, keys) else max(len(texts), 1)
    for start in range(0, max(len(texts), 1), size):
        yield texts.slice(start, size)


def crowd_of(texts: Strings, keys: Keys) -> Crowd | None:
    """Whether texts times different keys are more than `MOST_CELLS`; None if they are not."""
    bounds, data = bytes_of(texts)
    if len(texts) * len(data) <= MOST_CELLS * _LEAST_KEY:
        return None
    count = _count(bounds, data, keys)
    if len(texts) * count <= MOST_CELLS:
        return None
    return Crowd.OF_EACH if count * _EACH > len(texts) else Crowd.OF_ALL


def _count(bounds: Int32s, data: Bytes, keys: Keys) -> int:
    """About how many different keys there are: a key that a sample shows once stands for others (Good, 1953)."""
    if len(data) < 4 * _STEP:
        return len(np.unique(_fingerprints(data, keys, bounds)))
    steps = len(data) // _STEP
    sample = data[: steps * _STEP].reshape(steps, _STEP)[:, :_STRETCH].reshape(-1)
    times = np.unique(_fingerprints(sample, keys, bounds, _STRETCH, _STEP), return_counts=True)[1]
    return int(len(times) + np.count_nonzero(times == 1) * (_STEP // _STRETCH - 1))


def _fingerprints(
    data: Bytes, keys: Keys, bounds: Int32s, stretch: int = 4 * _STEP, step: int = 4 * _STEP
) -> _Fingerprints:
    """One number for each key, equal for equal keys.

    Args:
        data: stretches, one after the other.
        keys: how keys are spelled.
        bounds: where texts start, and the end of the last one.
        stretch: the bytes of each stretch.
        step: the bytes from the start of one stretch to that of the next.
    """
    marks = np.flatnonzero(data == _QUOTE if keys is Keys.QUOTED else _BETWEEN_KEYS[data])
    before, ends = marks[:-1], marks[1:]
    follows, second = (data.take(ends + far, mode="clip") for far in (1, 2))
    if keys is Keys.QUOTED:
        is_key = (follows == _COLON) | ((follows == _SPACE) & (second == _COLON))
    else:
        sign = data[ends]
        is_key = (sign == _EQUALS) & ~_NO_VALUE[follows] & ~((follows == _QUOTE) & _NO_VALUE[second])
        is_key |= (sign == _COLON) & (data[before] == _TAB)
    starts, ends = before[is_key] + 1, ends[is_key]
    is_whole = (starts - 1) // stretch == (ends + 2) // stretch
    starts, ends = starts[is_whole], ends[is_whole]
    if keys is Keys.BARE and len(starts):  # a text's first key has no mark before it
        places = ends // stretch * step + ends % stretch
        starts = np.maximum(starts, ends - places + bounds[np.searchsorted(bounds, places, side="right") - 1])
        is_key = (starts < ends) & ~_DIGITS[data.take(starts, mode="clip")]
        starts, ends = starts[is_key], ends[is_key]
    if not len(starts):
        return np.zeros(0, np.uint64)
    powers, inverses = _powers(max(1 << 18, 1 << len(data).bit_length()))
    sums = np.zeros(len(data) + 1, np.uint64)
    np.cumsum((data + np.uint64(1)) * powers[: len(data)], out=sums[1:])
    found: _Fingerprints = (sums[ends] - sums[starts]) * inverses[starts]
    return found


@lru_cache(maxsize=1)
def _powers(length: int) -> tuple[_Fingerprints, _Fingerprints]:
    """Those of an odd number, and their inverses."""
    base = 0x9E3779B97F4A7C15
    both = (np.full(length, each, np.uint64) for each in (base, pow(base, -1, 1 << 64)))
    powers, inverses = (np.multiply.accumulate(each) for each in both)
    return powers, inverses
