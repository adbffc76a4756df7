"""Pairs of key and value in the messages behind a header: their columns, and what they say of message and level."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType
from loglake.kernels.arrow import NO_STRING, Booleans, Strings, choose, coalesce, matches, occurs, pc, to_mask
from loglake.kernels.formats.learn.layout import HEADLESS, PAIRS, SPREAD, Layout
from loglake.kernels.formats.learn.spread import level_between, named_level, sure_keys
from loglake.kernels.formats.objects.trace_headers import pair_type
from loglake.kernels.formats.pairs.in_messages import PAIR_ANYWHERE, scattered_pairs
from loglake.kernels.formats.pairs.logfmt import has_any, message_and_level, unrepeated
from loglake.kernels.formats.pairs.reading import Texts, merge, read_pairs
from loglake.kernels.formats.text_fields import beside

WHOLE, BEFORE = "whole", "before"
"""The groups of a message that has an object or pairs, and of what stands before those at its end."""

_AFTER_VALUES = r"""(="[^"]*"|='[^']*'|=[^\s"',][^\s",]*)[,;][ \t]+"""
"""Commas and semicolons between pairs."""

_NONE = pa.nulls(0, pa.string())


class Pairs(NamedTuple):
    """What the pairs of events say.

    Attributes:
        values: by key; one that a field of the header has already has a number behind: see `beside`.
        message: of the events.
        level: of the events.
        alone: the values without those that only repeat message or level.
        between: which events have pairs in the middle of their messages.
    """

    values: Texts
    message: Strings
    level: Strings
    alone: Texts
    between: Booleans


def pairs_of(
    layout: Layout, groups: Mapping[str, Strings], taken: Collection[str], message: Strings, level: Strings
) -> Pairs:
    """The pairs of events that have the layout.

    Args:
        layout: one whose messages have pairs.
        groups: the fields of the events.
        taken: names that no pair can have.
        message: what the header leaves.
        level: of the header, or of the text.
    """
    between = matches(groups[BEFORE], PAIR_ANYWHERE)
    values = beside(_values(groups, between), taken)
    said = _said(layout, groups, values, message, level, between=between)
    return Pairs(values, *said, unrepeated(values, *said), between)


def pair_types(layout: Layout, pairs: Pairs) -> dict[FieldPath, InferredType]:
    """The types of the pairs that become columns.

    They are those that end messages behind a header, and of all others those that are often: nothing shows but their
    number that those without a header are no prose.
    """
    ending, often = _at_end(layout, pairs, pairs.values), sure_keys(pairs.values)
    return {
        (name,): replace(pair_type(name, values), repeats=not has_any(pairs.alone[name]))
        for name, values in pairs.values.items()
        if name in often or has_any(ending.get(name, _NONE))
    }


def pair_fields(layout: Layout, pairs: Pairs, known: Collection[FieldPath]) -> dict[FieldPath, Strings]:
    """The values of pairs that have a column, and of those that shall get one."""
    new = {name: values for name, values in pairs.alone.items() if (name,) not in known}
    fields = {name: values for name, values in pairs.values.items() if (name,) in known}
    return {(name,): values for name, values in {**fields, **_at_end(layout, pairs, new)}.items()}


def _values(groups: Mapping[str, Strings], between: Booleans) -> Texts:
    """The values by key. Of an event with pairs in the middle of its message, all of the message is read."""
    spread = to_mask(between)
    if not spread.any():
        return _ending_pairs(groups[PAIRS])
    if spread.all():
        return scattered_pairs(groups[WHOLE])
    rows = np.arange(len(spread))
    there, at_end = pa.array(spread), pa.array(~spread)
    return merge(
        [
            (rows[spread], scattered_pairs(groups[WHOLE].filter(there))),
            (rows[~spread], _ending_pairs(groups[PAIRS].filter(at_end))),
        ]
    )


def _ending_pairs(texts: Strings) -> Texts:
    if occurs(texts, "[,;] "):
        texts = pc.replace_substring_regex(texts, _AFTER_VALUES, r"\1 ")
    return read_pairs(texts)


def _at_end(layout: Layout, pairs: Pairs, values: Texts) -> Texts:
    """The values of pairs that end messages behind a header. Each of them gets a column."""
    if layout.tail == SPREAD or layout.text == HEADLESS:
        return {}
    if not pc.any(pairs.between).as_py():
        return values
    return {name: choose(pairs.between, NO_STRING, each) for name, each in values.items()}


def _said(
    layout: Layout, groups: Mapping[str, Strings], values: Texts, message: Strings, level: Strings, *, between: Booleans
) -> tuple[Strings, Strings]:
    """Message and level. A header without a level may be followed by pairs that have one, and by nothing but pairs."""
    if "level" in groups:
        return message, level
    if layout.tail == SPREAD:
        return message, coalesce(level_between(values, groups[WHOLE]), level)
    own, level_of_pairs = message_and_level(values, message)
    if pc.any(between).as_py():
        level_of_pairs = choose(between, named_level(values, len(message)), level_of_pairs)
    is_all = pc.equal(pc.utf8_trim_whitespace(message), pc.utf8_trim_whitespace(groups[PAIRS]))
    return choose(is_all, own, message), coalesce(level_of_pairs, level)
