"""Cuts objects that a table holds as JSON text out of the texts of events, so that the rest reads like any other.

An object with a key for each user, say, would be a column for each user to Arrow's reader. It is found by its own key,
its end by counting braces, many events at once. In its place comes a string: if reading finds that at the object's
path, the object was there.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import FieldPath
from loglake.kernels.arrow import Int64s, Mask, Strings, bytes_of, matches, no_mask, pc, split_at, texts_of, to_mask
from loglake.kernels.json.walk import NotJsonError, walk

PLACE = "{}"
"""The string in place of an object. An event that was cut has the key once: no other string is taken for it."""

_PLAIN_KEY = re.compile(r"[\w.@/$ -]+")

_STRING = r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt])*"'
_SCALAR = rf"(?:{_STRING}|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)"
_MEMBER = rf"[ \t\r\n]*{_STRING}[ \t\r\n]*:[ \t\r\n]*{_SCALAR}[ \t\r\n]*"
_FLAT = rf"^\{{(?:{_MEMBER}(?:,{_MEMBER})*)?\}}$"

_QUOTE, _COLON, _SPACE, _OPEN, _CLOSE, _BACKSLASH = b'": {}\\'


class Cut(NamedTuple):
    """Events without an object.

    Attributes:
        texts: the events, with `PLACE` where the object was.
        rows: which had it.
        objects: the objects' texts, one for each of these.
        unsure: which events may have the object, or something else, and were not cut.
    """

    texts: Strings
    rows: Mask
    objects: Strings
    unsure: Mask


def cut_out(raw: Strings, path: FieldPath) -> Cut:
    """Cuts an object out of events, if they have its key once. Whether it is at the path is for the reader to see."""
    quoted = f'"{path[-1]}"'
    if not _PLAIN_KEY.fullmatch(path[-1]):
        return Cut(raw, no_mask(len(raw)), raw[:0], ~no_mask(len(raw)))
    escaped, plain = no_mask(len(raw)), raw
    if (bytes_of(raw)[1] == _BACKSLASH).any():  # as long, without escaped quotes
        escaped = to_mask(matches(raw, r"\\[u/]" if "/" in path[-1] else r"\\u"))
        plain = pc.replace_substring(pc.replace_substring(raw, "\\\\", "__"), '\\"', "__")
    times = pc.count_substring(plain, quoted).to_numpy()
    rows, starts, ends = _braces(plain, np.flatnonzero((times == 1) & ~escaped), quoted)
    bounds = bytes_of(raw)[0]
    places, lengths = np.zeros(len(raw), np.int64), np.zeros(len(raw), np.int64)
    places[rows], lengths[rows] = starts - bounds[rows], ends - starts
    there = no_mask(len(raw))
    there[rows] = True
    own = raw.filter(pa.array(there))
    before, rest = split_at(own, pa.array(places[there]))
    objects, after = split_at(rest, pa.array(lengths[there]))
    sound = to_mask(matches(objects, _FLAT))
    sound[~sound] = [_is_object(text) for text in texts_of(objects.filter(pa.array(~sound)))]
    if not sound.all():
        there[there] = sound
        before, objects, after = (each.filter(pa.array(sound)) for each in (before, objects, after))
    texts = pc.replace_with_mask(raw, pa.array(there), pc.binary_join_element_wise(before, after, f'"{PLACE}"'))
    return Cut(texts, there, objects, ((times > 0) | escaped) & ~there)


def _braces(plain: Strings, rows: Int64s, quoted: str) -> tuple[Int64s, Int64s, Int64s]:
    """Those of the rows whose key has an object, and where this starts and ends among all bytes."""
    bounds, data = bytes_of(plain)
    quotes = np.cumsum(data == _QUOTE, dtype=np.uint8) & 1
    odd = quotes.take(bounds[1:-1] - 1, mode="clip").any()  # some text has an odd number of them

    def is_outside(places: Int64s) -> Mask:
        """Which places, of no quotes, have as many opening as closing quotes before them in their text."""
        before = quotes[places]
        if odd:
            starts = bounds[np.searchsorted(bounds, places, side="right") - 1]
            before = before ^ np.where(starts, quotes[starts - 1], 0)
        outside: Mask = before == 0
        return outside

    starts: Int64s = bounds[rows] + pc.find_substring(plain.take(rows), quoted).to_numpy() + len(quoted.encode())
    keep = ~no_mask(len(rows))
    for sign in (_COLON, _OPEN):
        starts += data.take(starts, mode="clip") == _SPACE
        keep &= data.take(starts, mode="clip") == sign
        starts += sign == _COLON
    rows, starts = rows[keep], starts[keep]
    braces = np.flatnonzero((data == _OPEN) | (data == _CLOSE))
    braces = braces[is_outside(braces)]
    first = np.searchsorted(braces, starts)
    keep = braces.take(first, mode="clip") == starts if len(braces) else no_mask(len(rows))
    rows, starts, first = rows[keep], starts[keep], first[keep]
    ends = braces.take(_closing(data[braces] == _OPEN, first), mode="clip") + 1 if len(first) else starts
    keep = (starts < ends) & (ends <= bounds[rows + 1])
    return rows[keep], starts[keep], ends[keep]


def _closing(opens: Mask, first: Int64s) -> Int64s:
    """The numbers of the braces that close those with some numbers; a lower number if none does."""
    depths = np.cumsum(np.where(opens, 1, -1))
    depths -= depths.min()
    following = depths.take(first + 1, mode="clip")
    if (following < depths[first]).all():  # no object is in another one
        return first + 1
    closes, size = np.flatnonzero(~opens), len(opens) + 1
    if not len(closes):
        return np.zeros_like(first)
    by_depth = np.sort(depths[closes] * size + closes)
    wanted = (depths[first] - 1) * size
    found = by_depth.take(np.searchsorted(by_depth, wanted + first), mode="clip") - wanted
    return np.where((found > first) & (found < size), found, 0)


def _is_object(text: str) -> bool:
    """Whether a text is an object with a member; an empty one with white space in it is written without."""
    try:
        return bool(walk(text))
    except NotJsonError:
        return False
