"""Finds the doubles that Arrow's JSON reader rounded: numbers with more digits than a double can hold.

A double holds any number of up to 15 digits (DBL_DIG), unless the number is too large, or so small that the double has
fewer bits. So a number is doubtful only if eight or more digits stand side by side at a point or an exponent, or if its
value is zero, tiny or huge. Only events with such numbers are checked one by one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Array, Mask, Strings, bytes_of, matches, no_mask, passing, pc, texts_of, to_mask
from loglake.kernels.json.read import value_texts
from loglake.kernels.json.scalars import MAX_EXACT_INTEGER, MISFIT, to_double

_DOUBTFUL_NUMBER = r"[:\[,\s]-?(?:\d*\.\d{8}|\d{8,}\.\d{4}|\d{12,}\.|\d{15,}[eE]|[\d.]*[eE][+-]?\d{3})"
"""A fraction that a double may not hold: every one of 16 digits or more (DBL_DIG is 15), or of an exponent of three."""

_RUN = 8
"""Digits in a row that one of the two parts of a number of 16 digits has at least."""

_TINY, _HUGE = 1e-290, 1e290
"""Between them a double has all its bits."""


def may_be_inexact(raw: Strings, doubles: Iterable[Array]) -> Mask:
    """Which events have a number of so many digits, or such an exponent, that a double may not hold it.

    Args:
        raw: the events, none null.
        doubles: what Arrow made of their numbers, as long as `raw`; numbers that are in none of these are passed over
            unless they have many digits.
    """
    suspects = _with_long_numbers(raw)
    for values in doubles:
        size = pc.abs(values)
        suspects |= to_mask(pc.invert(pc.and_(pc.greater(size, _TINY), pc.less(size, _HUGE))))
    return passing(suspects, raw, partial(matches, pattern=_DOUBTFUL_NUMBER))


def _with_long_numbers(raw: Strings) -> Mask:
    """Which events have `_RUN` digits in a row beside a point, or before an exponent; one look at all bytes."""
    bounds, data = bytes_of(raw)
    mask, digits = no_mask(len(raw)), (data - np.uint8(ord("0"))) < 10
    for step in (1, 2, 4):  # runs of two, of four, of eight
        digits = digits[step:] & digits[:-step]
    starts = np.flatnonzero(digits)
    before, after = data[np.maximum(starts - 1, 0)], data[np.minimum(starts + _RUN, len(data) - 1)]
    near = (before == ord(".")) | (after == ord(".")) | (after == ord("e")) | (after == ord("E"))
    mask[np.searchsorted(bounds, starts[near], side="right") - 1] = True
    return mask


def inexact_doubles(raw: Strings, doubtful: Mask, key: str, doubles: Array) -> Mask:
    """Which of Arrow's doubles may differ from the event's number.

    Args:
        raw: the events.
        doubtful: the result of `may_be_inexact`.
        key: the last key of the path to the doubles.
        doubles: the values, null if the event has none.

    Returns:
        True if the value may stand for another integer, is no JSON number (NaN, Infinity), or was rounded.
    """
    inexact = to_mask(pc.invert(pc.less(pc.abs(doubles), float(MAX_EXACT_INTEGER))))
    rows = np.flatnonzero(doubtful & to_mask(doubles.is_valid()))
    if len(rows):
        texts = raw.take(rows)
        # Arrow prints the shortest text that gives the double back: if the event has the same text, nothing is lost.
        numbers = value_texts(texts, key, r"-?[0-9][0-9.eE+-]*")
        same = to_mask(pc.equal(numbers, doubles.take(rows).cast(pa.string())))
        rest = texts_of(texts.filter(pa.array(~same)))
        inexact[rows[~same]] |= np.array([not _all_exact(text) for text in rest], np.bool_)
    return inexact


def _all_exact(text: str) -> bool:
    try:
        _EXACT.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def _exact(text: str) -> float:
    if to_double(text) is MISFIT:
        raise ValueError(text)
    return 0.0


_EXACT = json.JSONDecoder(parse_float=_exact, parse_int=lambda _: 0)
