"""Reads the times of AWS services' records, many at once.

Binary or text in, int64 milliseconds since the epoch out, rounded down; null if there is no time, an impossible one, or
one after the year 9999. The result has the input's length and order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from loglake.kernels.arrow import Array, Strings, choose, pc
from loglake.kernels.formats.times.columns import to_times

ISO = r"(?P<day>\d{4}-\d\d-\d\d)T(?P<clock>\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d*Z?"
"""UTC, with the ``Z`` (as ALB has it) or without (as NLB has it)."""

DAY = r"(?P<day>\d{4}-\d\d-\d\d)"
CLOCK = r"(?P<clock>\d\d:\d\d:\d\d)"

BRACKETED = r"\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]"
"""As web servers write it: ``[06/Feb/2019:00:00:38 +0000]``."""

EPOCH = r"(?P<epoch>\d{1,15})"

_FIRST_MS, _END_MS = -62_135_596_800_000, 253_402_300_800_000
"""The years 1 and 10000: from the one up to the other is what `datetime` has."""


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
    return _ms(pc.binary_join_element_wise(groups["day"], "T", groups["clock"], "Z", ""))


def bracketed_times(texts: Array, pattern: str) -> Array:
    """Times from a pattern with `BRACKETED`."""
    return _ms(_groups(texts, pattern)["time"])


def epoch_times(texts: Array, pattern: str, unit_ms: int) -> Array:
    """Times from a pattern with `EPOCH`, in units of so many milliseconds."""
    return _in_range(pc.multiply(_groups(texts, pattern)["epoch"].cast(pa.int64()), unit_ms))


def _groups(texts: Array, pattern: str) -> dict[str, Strings]:
    """The groups, which are ASCII; null if the pattern does not match."""
    groups = pc.extract_regex(texts, pattern)
    return {field.name: pc.struct_field(groups, field.name).cast(pa.string()) for field in groups.type}


def _ms(texts: Strings) -> Array:
    return _in_range(to_times(texts)[0].cast(pa.timestamp("ms", "UTC"), safe=False).cast(pa.int64()))


def _in_range(times: Array) -> Array:
    is_known = pc.and_(pc.greater_equal(times, _FIRST_MS), pc.less(times, _END_MS))
    return choose(is_known, times, pa.scalar(None, pa.int64()))
