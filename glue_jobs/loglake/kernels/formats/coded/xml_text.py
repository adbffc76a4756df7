"""The text of XML elements: entities become characters."""

from __future__ import annotations

import re
import sys

import pyarrow as pa

from loglake.kernels.arrow import Strings, by_value, occurs, texts_of

_ESCAPE = re.compile(r"&(?:(lt|gt|amp|apos|quot)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "apos": "'", "quot": '"'}
_CHARACTERS = ((0x9, 0xA), (0xD, 0xD), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, sys.maxunicode))
"""What XML takes for a character, from one to another: https://www.w3.org/TR/xml/#charsets"""


def unescaped(texts: Strings) -> Strings:
    """Texts with characters in the place of entities."""
    if not occurs(texts, "&"):
        return texts
    return by_value(
        texts, lambda each: pa.array([_ESCAPE.sub(_unescape, text) for text in texts_of(each)], pa.string())
    )


def _unescape(entity: re.Match[str]) -> str:
    """The character of an entity; the entity itself if that is none."""
    name, number, hexadecimal = entity.groups()
    if name:
        return _NAMED[name]
    code = int(number) if number else int(hexadecimal, 16)
    return chr(code) if any(first <= code <= last for first, last in _CHARACTERS) else entity[0]
