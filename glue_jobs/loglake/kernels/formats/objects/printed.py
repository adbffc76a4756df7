"""Objects as Python prints them, ``{'id': 17, 'ok': True}``: what ``print(event)`` leaves in the log of a function."""

from __future__ import annotations

import ast
import json
import warnings

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Mask, Strings, bytes_of, pc, texts_of

LONGEST = 100_000
"""Characters of an event that is read so: each is read alone, far slower than JSON."""

_BRACE, _QUOTE = ord("{"), ord("'")


def as_json(raw: Strings) -> Strings:
    """Texts with JSON in the place of each object that Python printed. What is none, or no JSON can hold, stays."""
    found = _printed(raw)
    if not found.any():
        return raw
    where = pa.array(found)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python warns of escapes that it does not know
        made = [_json_of(text) for text in texts_of(raw.filter(where))]
    return pc.replace_with_mask(raw, where, pa.array(made, pa.string()))


def _printed(raw: Strings) -> Mask:
    """Which texts start with a brace and a single quote: one look at two bytes of each."""
    bounds, data = bytes_of(raw)
    if len(data) < 2:
        return np.zeros(len(raw), np.bool_)
    starts = bounds[:-1]
    first, second = (data.take(starts + place, mode="clip") for place in (0, 1))
    mask: Mask = (first == _BRACE) & (second == _QUOTE) & (bounds[1:] - starts > 2)
    return mask


def _json_of(text: str) -> str:
    if len(text) > LONGEST:
        return text
    try:
        value = ast.literal_eval(text.strip())
        return json.dumps(value, allow_nan=False) if isinstance(value, dict) else text
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return text
