"""Lines that fit the layouts of two header lines: only what both of them call alike is read.

A line does not say which header line it is of. So where two layouts of a table that header lines named both fit a line,
the fields that they name otherwise, place by place, get no column: a guess may be wrong, and nobody would see it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import TableSchema
from loglake.kernels.arrow import Mask, Strings, matches, to_mask
from loglake.kernels.formats.base import Parse, Parsed, join_parts
from loglake.kernels.formats.learn.fields import layout_parser
from loglake.kernels.formats.learn.layout import END, Layout, places_of, without_fields


def rivals_of(layout: Layout, layouts: Sequence[Layout]) -> list[Layout]:
    """The other layouts of header lines whose lines may look alike; none if the layout is of no header line."""
    if layout.tail != END:
        return []
    has_tabs = "\t" in layout.text
    return [each for each in layouts if each.tail == END and each != layout and ("\t" in each.text) == has_tabs]


def readings(layout: Layout, rivals: Sequence[Layout], raw: Strings) -> list[tuple[Layout, Mask]]:
    """How events with the layout, without colours, are read: what is sure of it, and for which of them."""
    fits = [(each, to_mask(matches(raw, each.start))) for each in rivals]
    fits = [(each, mask) for each, mask in fits if mask.any()]
    if not fits:
        return [(layout, np.ones(len(raw), np.bool_))]
    kinds, which = np.unique(np.column_stack([mask for _, mask in fits]), axis=0, return_inverse=True)
    found = []
    for number, kind in enumerate(kinds):
        unsure = {name for (each, _), is_fit in zip(fits, kind) if is_fit for name in _otherwise(layout, each)}
        found.append((without_fields(layout, unsure), which.reshape(-1) == number))
    return found


def named_parser(layout: Layout, rivals: Sequence[Layout], schema: TableSchema) -> Parse:
    """What makes rows of events that have the layout."""
    whole = layout_parser(layout, schema)
    if not rivals:
        return whole

    def parse(raw: Strings) -> Parsed:
        parts = readings(layout, rivals, raw)
        if len(parts) == 1 and parts[0][0] == layout:
            return whole(raw)
        return join_parts(
            [(np.flatnonzero(mask), layout_parser(each, schema)(raw.filter(pa.array(mask)))) for each, mask in parts]
        )

    return parse


def _otherwise(layout: Layout, rival: Layout) -> set[str]:
    """The fields whose places have another name in the other layout, or none."""
    own, others = places_of(layout), places_of(rival)
    others += [""] * (len(own) - len(others))
    return {name for name, other in zip(own, others) if name != other}
