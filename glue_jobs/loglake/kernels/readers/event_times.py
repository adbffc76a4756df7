"""Reads the times of AWS services' records, many at once.

Binary or text in, int64 milliseconds since the epoch out, rounded down; null if there is no time, an impossible one, or
one after the year 9999. The result has the input's length and order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Array, Strings, bytes_of, choose, lookup, pc
from loglake.kernels.formats.text_times import MONTHS
from loglake.kernels.readers.export_timestamps import TIMESTAMP_BYTES, find_timestamps

ISO = r"(?P<day>\d{4}-\d\d-\d\d)T(?P<clock>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d+))?Z?"
"""UTC, with the ``Z`` (as ALB has it) or without (as NLB has it)."""

DAY = r"(?P<day>\d{4}-\d\d-\d\d)"
CLOCK = r"(?P<clock>\d\d:\d\d:\d\d)"

BRACKETED = (
    r"\[(?P<date>\d\d)/(?P<month>[A-Z][a-z]{2})/(?P<year>\d{4}):(?P<clock>\d\d:\d\d:\d\d) "
    r"(?P<sign>[+-])(?P<hours>\d\d)(?P<minutes>\d\d)\]"
)
"""As web servers write it: ``[06/Feb/2019:00:00:38 +0000]``."""

EPOCH = r"(?P<epoch>\d{1,15})"

_FIRST_MS, _END_MS = -62_135_596_800_000, 253_402_300_800_000
"""The years 1 and 10000: from the one up to the other is what `datetime` has."""

_month_number = lookup({name: f"{number:02d}" for number, name in enumerate(MONTHS, 1)})


def field_pattern(order: Sequence[str], shapes: Mapping[str, str], separator: str = " ") -> str:
    """RE2 for the start of a line of fields, up to the last field that has a shape.

    Args:
        order: the fields of a line.
        shapes: RE2 by field; each field is in `order`, and the fields between them may be anything.
        separator: RE2 for one character; only a field with a shape may contain it.
    """
    places = {order.index(name): shape for name, shape in shapes.items()}
    cells = [places.get(index, f"[^{separator}]*") for index in range(max(places) + 1)]
    return rf"^{separator.join(cells)}(?:{separator}|\s*$)"


def iso_times(texts: Array, pattern: str) -> Array:
    """Times from a pattern with `ISO`, or with `DAY` and `CLOCK`."""
    groups = _groups(texts, pattern)
    seconds = groups["clock"]
    return _calendar(groups["day"], seconds, groups.get("fraction", pc.utf8_slice_codeunits(seconds, 0, 0)))


def bracketed_times(texts: Array, pattern: str) -> Array:
    """Times from a pattern with `BRACKETED`."""
    groups = _groups(texts, pattern)
    month = _month_number(groups["month"])
    day = pc.binary_join_element_wise(groups["year"], month, groups["date"], "-")
    local = _calendar(day, groups["clock"], pc.utf8_slice_codeunits(day, 0, 0))
    minutes = pc.add(pc.multiply(_int64s(groups["hours"]), 60), _int64s(groups["minutes"]))
    east = pc.if_else(pc.equal(groups["sign"], "+"), minutes, pc.negate(minutes))
    return _in_range(pc.subtract(local, pc.multiply(east, 60_000)))


def epoch_times(texts: Array, pattern: str, unit_ms: int) -> Array:
    """Times from a pattern with `EPOCH`, in units of so many milliseconds."""
    return _in_range(pc.multiply(_int64s(_groups(texts, pattern)["epoch"]), unit_ms))


def _groups(texts: Array, pattern: str) -> dict[str, Strings]:
    """The groups, which are ASCII; null if the pattern does not match."""
    groups = pc.extract_regex(texts, pattern)
    return {field.name: pc.struct_field(groups, field.name).cast(pa.string()) for field in groups.type}


def _int64s(digits: Strings) -> Array:
    return digits.cast(pa.int64())


def _in_range(times: Array) -> Array:
    is_known = pc.and_(pc.greater_equal(times, _FIRST_MS), pc.less(times, _END_MS))
    return choose(is_known, times, pa.scalar(None, pa.int64()))


def _calendar(days: Strings, clocks: Strings, fractions: Strings) -> Array:
    """Times from ``2026-11-21``, ``08:30:00`` and the digits of a second's fraction."""
    digits = pc.utf8_slice_codeunits(pc.binary_join_element_wise(fractions, "000", ""), 0, 3)
    timestamps = pc.binary_join_element_wise(days, "T", clocks, ".", digits, "Z ", "")
    timestamps = pc.fill_null(timestamps, " " * TIMESTAMP_BYTES)
    data = bytes_of(timestamps)[1]
    found, ms = find_timestamps(data, np.arange(0, len(data), TIMESTAMP_BYTES))
    times, missing = np.zeros(len(timestamps), np.int64), np.ones(len(timestamps), np.bool_)
    times[found], missing[found] = ms, False
    return pa.array(times, mask=missing)
