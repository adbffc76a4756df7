"""JSON objects among other text, such as ``api: {"order": 17} gave up``, and objects whose end a size limit cut off."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Booleans, Mask, Strings, choose, matches, no_mask, occurs, to_mask
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
    return matches(texts, _SIGN) if occurs(texts, _SIGN) else pa.array(no_mask(len(texts)))


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
