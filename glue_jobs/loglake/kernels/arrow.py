"""Short names for the parts of Arrow that kernels use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Callable, Protocol, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

if TYPE_CHECKING:
    Array = pa.Array[Any]

    class _Compute(Protocol):
        """Functions that give an array of as many values, but for a few that give a scalar or lists."""

        any: Callable[..., Any]
        all: Callable[..., Any]
        sum: Callable[..., Any]
        max: Callable[..., Any]
        min: Callable[..., Any]
        min_max: Callable[..., Any]
        count_distinct: Callable[..., Any]
        split_pattern: Callable[..., Any]
        split_pattern_regex: Callable[..., Any]

        def __getattr__(self, name: str) -> Callable[..., Array]: ...

else:
    Array = pa.Array

Strings = Array
"""An array of type string."""

Booleans = Array
"""An array of type bool."""

Mask = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]

pc: _Compute = cast("_Compute", pyarrow.compute)
"""The compute functions. They take any mix of arrays and scalars, which their own stubs lack."""

NO_STRING = pa.nulls(1, pa.string())[0]
"""A null that is made without pandas, which `pyarrow.scalar` would import."""


_STRING = pa.string()
_FEW_FOR_LITERALS = 16 * 1024


def constants(texts: Iterable[str]) -> Strings:
    """An array that a module keeps. It is made without pandas, which `pyarrow.array` would import."""
    builder = pa.lib.StringBuilder()
    builder.append_values(texts)
    return builder.finish()


def lookup(table: Mapping[str, str]) -> Callable[[Strings], Strings]:
    """A function that gives what a table has for each text; null if it has nothing."""
    keys, values = constants(table), constants(table.values())
    return lambda texts: pc.take(values, pc.index_in(texts, keys))


def matches(texts: Strings, pattern: str) -> Booleans:
    """Which texts contain a match of an RE2 pattern."""
    return pc.match_substring_regex(texts, pattern)


def occurs(texts: Strings, pattern: str) -> bool:
    """Whether some text may match an RE2 pattern without anchors. False is certain, True is not.

    It searches all bytes together, which is many times faster than text by text. A match may span two neighbouring
    texts.
    """
    data = bytes_of(texts)[1]
    ends = np.array([0, len(data)], np.int64)
    whole = pa.Array.from_buffers(pa.large_string(), 1, [None, _buffer(ends), _buffer(data)])
    return bool(matches(whole, pattern)[0].as_py())


def bytes_of(texts: Strings) -> tuple[Int32s, Bytes]:
    """The offsets of all texts in their shared bytes, then the end of the last one; and the bytes, not copied."""
    buffers: list[Any] = texts.buffers()
    _, offsets, data = buffers
    if not len(texts) or data is None:
        return np.zeros(len(texts) + 1, np.int32), np.empty(0, np.uint8)
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return bounds - bounds[0], np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]


def _buffer(values: Any) -> pa.Buffer:
    return pa.py_buffer(values)


def bits_of(mask: Mask) -> pa.Buffer:
    """A mask as Arrow keeps which values are there."""
    return _buffer(np.packbits(mask, bitorder="little"))


def few_bytes(texts: Strings, most: int = 1024) -> bytes | None:
    """All texts' bytes together if they are so few that Arrow would take longer to compile a pattern than to search."""
    data = bytes_of(texts)[1]
    return data.tobytes() if len(data) <= most else None


def contains(texts: Strings, literal: str) -> bool:
    """Whether some text may have a literal, as `occurs` says it."""
    few = few_bytes(texts, _FEW_FOR_LITERALS)
    return occurs(texts, re.escape(literal)) if few is None else literal.encode() in few


def split_at(texts: Strings, places: Array) -> tuple[Strings, Strings]:
    """Splits each text before a byte: the part before it, and the rest. Neither a text nor a place may be null."""
    bounds, data = bytes_of(texts)
    both: Any = np.empty(2 * len(texts) + 1, np.int32)
    both[::2] = bounds
    both[1::2] = bounds[:-1] + places.to_numpy(zero_copy_only=False)
    halves: Any = pa.Array.from_buffers(pa.string(), 2 * len(texts), [None, _buffer(both), _buffer(data)])
    rows = np.arange(len(texts))
    return halves.take(2 * rows), halves.take(2 * rows + 1)


def stretches(
    data: Bytes, starts: Int64s, ends: Int64s, there: Mask | None = None, *, kind: pa.DataType = _STRING
) -> Strings:
    """Stretches of bytes, each copied once.

    Args:
        data: less than 2 GiB.
        starts: offsets, ascending; no stretch begins before the one before it has ended.
        ends: offsets, one for each start.
        there: the others are null; all are there if None.
        kind: binary if the bytes may not be UTF-8.
    """
    # Stretch, gap, stretch, gap, ...: every other of these adjacent strings.
    bounds: Any = np.empty(2 * len(starts) + 1, np.int32)
    bounds[0:-1:2], bounds[1::2], bounds[-1] = starts, ends, len(data)
    parts: Array = pa.Array.from_buffers(kind, len(bounds) - 1, [None, _buffer(bounds), _buffer(data)]).take(
        _evens(len(starts))
    )
    if there is None:
        return parts
    _, offsets, texts = parts.buffers()
    return pa.Array.from_buffers(kind, len(parts), [bits_of(there), offsets, texts])


@lru_cache(maxsize=4)
def _evens(length: int) -> Array:
    """So many even numbers, from 0 on."""
    return pa.array(np.arange(0, 2 * length, 2, dtype=np.int32))


def spread(texts: Strings, there: Mask) -> Strings:
    """As many texts as a mask has true places, at these places, and null at the others. Their bytes are not copied."""
    buffers: list[Any] = texts.buffers()
    _, offsets, data = buffers
    before = np.zeros(len(there) + 1, np.int32)  # how many texts come before each place
    np.cumsum(there, out=before[1:])
    bounds: Any = np.frombuffer(offsets, np.int32)[texts.offset :].take(before)
    valid = there
    if texts.null_count:
        valid = there.copy()
        valid[there] = to_mask(texts.is_valid())
    return pa.Array.from_buffers(pa.string(), len(there), [bits_of(valid), _buffer(bounds), data or pa.py_buffer(b"")])


def choose(condition: Booleans, yes: Any, no: Any) -> Array:
    """`yes` if the condition holds, `no` if it does not, null if it is null; arrays or scalars."""
    return pc.if_else(condition, yes, no)


def without(texts: Strings, blank: str) -> Strings:
    """Replaces each text that equals `blank` with null."""
    found = pc.equal(texts, blank)
    return choose(found, NO_STRING, texts) if pc.any(found).as_py() else texts


def coalesce(*candidates: Array) -> Array:
    """Element by element, the first value that is not null."""
    needed = list[Array]()
    for each in candidates:
        if each.null_count < len(each):
            needed.append(each)
        if not each.null_count:
            break
    return pc.coalesce(*needed) if len(needed) > 1 else (needed or candidates)[0]  # most often, without a copy


def by_value(texts: Strings, function: Callable[[Strings], Array]) -> Array:
    """A function of each text alone, called for each distinct text once; null gives null. It pays if texts repeat."""
    encoded: Any = texts.dictionary_encode()
    return function(encoded.dictionary).take(encoded.indices)


def nulls(length: int, kind: pa.DataType) -> Array:
    """An array of nulls."""
    make: Any = pa.nulls
    array: Array = make(length, kind)
    return array


def texts_of(array: Strings) -> list[str]:
    """The texts of an array without nulls."""
    texts: list[Any] = array.to_pylist()
    return texts


def to_mask(flags: Booleans) -> Mask:
    """A writable numpy mask of a boolean array, with False for null."""
    known = pc.fill_null(flags, False) if flags.null_count else flags
    return np.array(known.to_numpy(zero_copy_only=False), dtype=np.bool_)


def passing(mask: Mask, texts: Strings, test: Callable[[Strings], Booleans]) -> Mask:
    """Which texts of a mask pass a test, which sees no others. Changes the mask, and returns it."""
    if mask.any():
        mask[mask] = to_mask(test(texts if mask.all() else texts.filter(pa.array(mask))))
    return mask


def no_mask(length: int) -> Mask:
    """All False."""
    return np.zeros(length, np.bool_)


def is_encodable(text: str) -> bool:
    """Whether UTF-8 can encode a text: it can't encode a lone surrogate."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
