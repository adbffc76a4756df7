"""JSON objects among other text, such as ``api: {"order": 17} gave up``, and objects whose end a size limit cut off."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Booleans, Bytes, Mask, Strings, bytes_of, choose, matches, occurs, pc, to_mask
from loglake.kernels.json.spans import value_end

_SIGN = r'\{ ?"'
_START = r"""(?:^|[\s:=(\['"|>,;-])\{ ?"[^"\\\n]{1,256}"\s*:"""
"""How an object starts: with a key. What is before it separates words."""

_FIRST = re.compile(_START)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\],]|[^{}\[\],"]+', re.DOTALL)
_CLOSE = {"{": "}", "[": "]"}
_ENDS = frozenset(_CLOSE.values())


class Among(NamedTuple):
    """Objects among other text.

    Attributes:
        where: which of all texts have one.
        objects: of these texts.
        around: what stands before and after each of them; null if nothing does.
        are_last: which of them end their text, behind a space.
    """

    where: Mask
    objects: Strings
    around: Strings
    are_last: Booleans


def may_have_objects(texts: Strings) -> Booleans:
    """Which texts may have an object somewhere, as a sign says it."""
    return matches(texts, _SIGN) if occurs(texts, _SIGN) else pa.repeat(False, len(texts))


def without_objects(texts: Strings) -> Strings:
    """Texts, empty if they are an object, or the start of one: what its strings say is nobody's pairs."""
    if not occurs(texts, _SIGN):
        return texts
    return choose(matches(texts, rf"^\s*{_START}"), pa.scalar("", pa.string()), texts)


def objects_among(texts: Strings, others: Mask) -> Among | None:
    """The first object of each text that has more than an object, or less than all of it; None if no text has.

    Of an object that was cut off the members are there that are whole. These texts are read one by one.

    Args:
        texts: any; null has none.
        others: which texts are no objects themselves.
    """
    if not others.any() or not occurs(texts, _SIGN):
        return None
    rows = np.flatnonzero(to_mask(matches(texts, _START)) & others)
    read = [(row, each) for row in map(int, rows) if (each := object_in(texts[row].as_py()))]
    where: Mask = np.isin(np.arange(len(texts)), [row for row, _ in read])
    objects, around = (pa.array([each[place] or None for _, each in read], pa.string()) for place in (0, 1))
    are_last = pa.array([is_last for _, (_, _, is_last) in read], pa.bool_())
    return Among(where, objects, around, are_last) if read else None


def object_in(text: str) -> tuple[str, str, bool] | None:
    """The first object of a text, the text around it, and whether it ends the text; None if it is all, or none."""
    found = _FIRST.search(text)
    if not found:
        return None
    start = text.index("{", found.start())
    try:
        end = value_end(text, start)
        made = text[start:end]
    except (ValueError, RecursionError):
        made, end = _closed(text[start:]), len(text)
    around = " ".join(filter(None, (text[:start].rstrip(), text[end:].lstrip())))
    is_last = text[:start].endswith((" ", "\t")) and text[start:].rstrip() == made
    return (made, around, is_last) if made and (around or made != text[start:end]) else None


def _closed(text: str) -> str:
    """The whole members of an object that was cut off, as an object; empty if it was not cut off, but is none."""
    open_, safe = list[str](), 0
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in _CLOSE:
            open_.append(_CLOSE[sign])
        elif sign in _ENDS and (not open_ or open_.pop() != sign or not open_):
            return ""
        if sign in _CLOSE or sign in _ENDS:
            safe = token.end()
        elif sign == ",":
            safe = token.start()
    made = text[:safe] + "".join(reversed(open_))
    try:
        return made if json.loads(made) else ""
    except (ValueError, RecursionError):
        return ""


_SPACE = " \t\r\n\f"
"""What may follow an object."""

_OPENED, _CLOSED, _SPACES = ord("{"), ord("}"), np.frombuffer(_SPACE.encode(), np.uint8)


def may_hold_objects(raw: Strings) -> Booleans:
    """Which events may hold an object, whole or not: at their end, or before other text."""
    return pc.or_(closed(raw), may_have_objects(raw))


def braced(raw: Strings) -> Booleans:
    """Which events start and end as JSON objects do, white space aside."""
    first, last = _ends(raw)
    looks: Mask = (first == _OPENED) & (last == _CLOSED)
    spaced = np.isin(first, _SPACES) | np.isin(last, _SPACES)
    if spaced.any():
        first, last = _ends(pc.ascii_trim(raw.filter(pa.array(spaced)), " \t\r\n"))
        looks[spaced] = (first == _OPENED) & (last == _CLOSED)
    return pa.array(looks)


def closed(raw: Strings) -> Booleans:
    """Which events end as JSON objects do, alone or after a prefix, white space aside. One look at one byte of each."""
    ends = _ends(raw)[1]
    closes: Mask = ends == _CLOSED
    spaced: Mask = np.isin(ends, _SPACES)
    if spaced.any():
        closes[spaced] = to_mask(pc.ends_with(pc.ascii_rtrim(raw.filter(pa.array(spaced)), _SPACE), "}"))
    return pa.array(closes)


def _ends(raw: Strings) -> tuple[Bytes, Bytes]:
    """The first byte of each text, and its last; 0 if it is empty."""
    bounds, data = bytes_of(raw)
    if not len(data):
        return np.zeros(len(raw), np.uint8), np.zeros(len(raw), np.uint8)
    filled = bounds[1:] > bounds[:-1]
    first, last = (data.take(places, mode="clip") for places in (bounds[:-1], bounds[1:] - 1))
    return first * filled, last * filled
