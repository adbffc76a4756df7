"""Text logs that start with a header: their layouts are learned on a sample, and kept with the table's schema.

A line does not say which header line it is of. So where two layouts of a table that header lines named both fit a line,
only what both of them call alike is read: a guess may be wrong, and nobody would see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import Booleans, Int64s, Mask, Strings, matches, no_mask, occurs, passing, texts_of, to_mask
from loglake.kernels.formats.base import Format, Parse, Parsed, any_of, join_parts, route
from loglake.kernels.formats.colours import plain
from loglake.kernels.formats.learn.fields import field_types, layout_parser
from loglake.kernels.formats.learn.layout import END, HEADLESS, Layout, layout_of, places_of, without_fields
from loglake.kernels.formats.learn.learn import MAX_LAYOUTS, is_contradicted, learn, merge, narrowed
from loglake.kernels.formats.learn.named import named_layouts
from loglake.kernels.formats.learn.patterns import PATTERNS
from loglake.kernels.formats.learn.rows import is_of_rows, named_rows
from loglake.kernels.formats.text_fields import TextFormat

SAMPLED, ROUNDS = 500, 20
"""Events that are looked at one by one, so often, as long as some of them show a layout or are left."""


class HeaderFormat(Format):
    """Events that start with a time, a level, and what else a logger writes before the message.

    Without layouts of its own it learns those of the events that it is asked about.
    """

    id = "header"

    def __init__(self, layouts: Sequence[str] = ()) -> None:
        self.layouts = tuple(layouts)
        self._made = [layout_of(text) for text in layouts]

    def learned(self, raw: Strings) -> HeaderFormat:
        """The format with the layouts of these events too. Bounded: what is very rare may be missed."""
        return self.claimed(raw)[0]

    def claimed(self, raw: Strings) -> tuple[HeaderFormat, Mask]:
        """As `learned`, and which of these events have one of the layouts."""
        texts = plain(raw)
        if named := [*named_layouts(texts, self.layouts), *named_rows(texts, self.layouts)]:
            return HeaderFormat(merge(self.layouts, named)).claimed(raw)
        if contradicted := self._contradicted(texts):
            kept = [text for text in self.layouts if text not in contradicted]
            return HeaderFormat(merge(kept, map(narrowed, contradicted))).claimed(raw)
        own, rows = no_mask(len(texts)), np.flatnonzero(_may_have(texts))
        found, new = list[str](), self.layouts
        for _ in range(ROUNDS):
            left = texts if len(rows) == len(texts) else texts.take(rows)
            known = to_mask(_any(left, [layout_of(text) for text in new]))
            own[rows[known]] = True
            if known.any():
                rows, left = rows[~known], left.filter(pa.array(~known))
            if not len(rows) or len(self.layouts) >= MAX_LAYOUTS:
                break
            places = _spread(len(rows))
            new = tuple(learn(texts_of(left.take(places)), (*self.layouts, *found)))
            found += new
            if not new:
                rows = np.delete(rows, places)
        merged = HeaderFormat(merge(self.layouts, found)) if found else self
        if len(merged.layouts) < len(self.layouts) + len(found):  # some are left out
            own[:] = False
        if merged.layouts:
            own |= passing(~own, texts, partial(_any, layouts=merged._made))
        return merged, own

    def _contradicted(self, texts: Strings) -> list[str]:
        """The layouts whose names for loggers and threads these events contradict."""
        doubtful = {text for text in self.layouts if narrowed(text) != text}
        left, found = texts.take(_spread(len(texts))) if doubtful else texts[:0], list[str]()
        for layout in self._made if len(left) else ():
            own = to_mask(matches(left, layout.start))
            if layout.text in doubtful and is_contradicted(layout.text, texts_of(left.filter(pa.array(own)))):
                found.append(layout.text)
            left = left.filter(pa.array(~own))
        return found

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event has one of the layouts."""
        return _any(plain(raw), self._known(raw)._made)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the layouts that are there, and of what ends the messages. All events have a layout."""
        seen: list[Mapping[FieldPath, InferredType]] = []
        left = plain(raw)
        made = self._known(raw)._made
        for number, layout in enumerate(made, 1):
            own = left
            if number < len(made):
                mask = to_mask(matches(left, layout.start))
                own, left = left.filter(pa.array(mask)), left.filter(pa.array(~mask))
            if len(own):
                parts = readings(layout, rivals_of(layout, made), own)
                seen += [field_types(each, own.filter(pa.array(part))) for each, part in parts]
        return join_types(seen)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """Each event by its first layout; one without any is plain text, or what the rest makes of it."""
        left = rest or TextFormat().parser(schema)
        if not self.layouts:
            return partial(self._parse_unlearned, schema, left)
        routes = [
            (partial(matches, pattern=layout.start), named_parser(layout, rivals_of(layout, self._made), schema))
            for layout in self._made
        ]
        headless = [each for each, layout in zip(routes, self._made) if layout.text == HEADLESS or is_of_rows(layout)]
        return lambda raw: route(plain(raw), [(_maybe, lambda own: route(own, routes, left)), *headless], left)

    def _parse_unlearned(self, schema: TableSchema, rest: Parse, raw: Strings) -> Parsed:
        known = self.learned(raw)
        return (known.parser(schema, rest) if known.layouts else rest)(raw)

    def _known(self, raw: Strings) -> HeaderFormat:
        return self if self.layouts else self.learned(raw)


def _spread(length: int) -> Int64s:
    """The places of at most `SAMPLED` of so many events."""
    return np.unique(np.linspace(0, max(0, length - 1), min(length, SAMPLED)).astype(np.int64))


def _maybe(raw: Strings) -> Booleans:
    return matches(raw, _start(raw))


def _may_have(texts: Strings) -> Mask:
    """Which events are looked at one by one: for how they start, or for pairs at their end."""
    found = to_mask(matches(texts, _start(texts)))
    if occurs(texts, "="):
        found |= passing(~found, texts, partial(matches, pattern=rf"{PATTERNS['sure_pairs']}\s*$"))
    return found


def _start(texts: Strings) -> str:
    """How events with a header may start. What needs a bracket is left out without one: it takes longest."""
    start = PATTERNS["may_start"]
    return f"{start}|{PATTERNS['may_start_with_brackets']}" if occurs(texts, r"\[") else start


def _any(raw: Strings, layouts: Iterable[Layout]) -> Booleans:
    return any_of(raw, (partial(matches, pattern=layout.start) for layout in layouts))


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
