"""Text logs that start with a header: their layouts are learned on a sample, and kept with the table's schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import (
    Booleans,
    Strings,
    choose,
    coalesce,
    matches,
    occurs,
    pc,
    split_at,
    texts_of,
    to_mask,
    without,
)
from loglake.kernels.formats.base import About, Parse, Parsed, declared, route
from loglake.kernels.formats.embedded import Objects, with_objects
from loglake.kernels.formats.header.addresses import ADDRESS, split_address, with_parts
from loglake.kernels.formats.header.kinds import DASHED, NUMBERS, PADDED, TIMES
from loglake.kernels.formats.header.layout import END, OBJECT, PAIRS, TAIL, TRAILING, Layout, layout_of
from loglake.kernels.formats.header.learn import MAX_LAYOUTS, learn, merge
from loglake.kernels.formats.header.named import named_layouts
from loglake.kernels.formats.json_lines import closed
from loglake.kernels.formats.levels import header_level, level_in_text, no_level
from loglake.kernels.formats.logfmt import read_pairs
from loglake.kernels.formats.prefixes import TEXT
from loglake.kernels.formats.text import TextFormat
from loglake.kernels.formats.text_fields import beside, cut, fill_columns, least_type

SAMPLED, ROUNDS = 500, 20
"""Events that are looked at one by one, so often, as long as some of them show a layout or are left."""

_MAYBE = (
    r"^[\[(<{\s]*(?:\d|[TDIWEFC][,\d]|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[ ,]"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"|(?i:trac|fine|debu|verbose|info|notice|config|warn|err|severe|fata|crit|alert|emerg|pani|fail|dbg|dbug|trc)"
    r"|(?i:trce|vrb|inf|wrn|ftl|dpanic|audit)"
    r"|[TDINWEFC] [\d\[]|pid: \d|UTC [A-Z]|\w+:[a-z]+,[12]\d|\S+ \S+ \d+ \[\d|Nest\]|haproxy\[|httpd\] |####<|PHP "
    r"|(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT) \S+ [1-5]\d\d |[\w.-]+ \S+ [A-Z]+ /|[0-9a-f]*:[0-9a-f:.]+ "
    r"|[\w.-]+::[A-Z]+::\d|Started [A-Z]+ \"|Completed \d|Processing by |=[A-Z]+ REPORT|[-A-Z]+ 1\d{9} )"
)
"""What has no header is not looked at one by one."""

_UNSURE = NUMBERS | DASHED | {"maybe", ADDRESS}
"""Kinds of fields with a type, or a value, that only events show."""

_BETWEEN_OBJECTS = r'\}[ \t]+\{"'
"""In a text that is JSON a quote is escaped, so this is in none."""

_AFTER_VALUES = r"""(="[^"]*"|='[^']*'|=[^\s"',][^\s",]*),[ \t]+"""
"""Commas between pairs."""

_COLOURS = r"\x1b\[[\d;]*m"
_WHOLE = "whole"
_NO_FIELDS = frozenset({"message", "level", "_", OBJECT, PAIRS, TRAILING, _WHOLE})


class HeaderFormat:
    """Events that start with a time, a level, and what else a logger writes before the message.

    Without layouts of its own it learns those of the events that it is asked about.
    """

    id = "header"
    source = "https://logging.apache.org/log4j/2.x/manual/pattern-layout.html"
    about = About(
        title="Text logs that start with a header: any order of time, level, logger, thread, process, source and ids",
        detection=(
            "The layout of a well-known logger or server; else a time with a date, or a level that stands by itself. "
            "What else the header has is learned on a sample, and kept with the table's schema. So are the fields that "
            "a line #Fields: of W3C's extended format (IIS) or #fields of Zeek names for the lines after it."
        ),
        level="The level of the header, else a word such as ERROR near its start.",
        example="2026-11-21 08:00:02,100 ERROR [pool-1-thread-3] com.example.shop.Orders - order 17 failed",
        note=(
            "The fields of the header: timestamp, logger, thread, pid, host, source_file, source_line, request_id and "
            "others; the fields of a JSON object that is the message or ends it, and pairs that end it. Colours of "
            "terminals are left out of all but raw."
        ),
    )

    def __init__(self, layouts: Sequence[str] = ()) -> None:
        self.layouts = tuple(layouts)
        self._made = [layout_of(text) for text in layouts]

    def learned(self, raw: Strings) -> HeaderFormat:
        """The format with the layouts of these events too. Bounded: what is very rare may be missed."""
        left = _plain(raw)
        if named := named_layouts(left, self.layouts):
            return HeaderFormat(merge(self.layouts, named)).learned(raw)
        left = left.filter(matches(left, _MAYBE))
        found: list[str] = []
        for _ in range(ROUNDS):
            left = left.filter(pc.invert(_any(left, [layout_of(text) for text in (*self.layouts, *found)])))
            if not len(left) or len(self.layouts) >= MAX_LAYOUTS:
                break
            places = np.unique(np.linspace(0, len(left) - 1, SAMPLED).astype(np.int64))
            new = learn(texts_of(left.take(places)), (*self.layouts, *found))
            found += new
            if not new:
                keep = np.ones(len(left), np.bool_)
                keep[places] = False
                left = left.filter(pa.array(keep))
        return HeaderFormat(merge(self.layouts, found)) if found else self

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event has one of the layouts."""
        return _any(_plain(raw), self._known(raw)._made)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the layouts that are there, and of what ends the messages."""
        seen: list[Mapping[FieldPath, InferredType]] = []
        left = _plain(raw)
        for layout in self._known(raw)._made:
            mask = to_mask(matches(left, layout.start))
            if mask.any():
                seen.append(_types(layout, left.filter(pa.array(mask))))
                left = left.filter(pa.array(~mask))
        return join_types(seen)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """Each event by its first layout; one without any is plain text, or what the rest makes of it."""
        left = rest or TextFormat().parser(schema)
        if not self.layouts:
            return partial(self._parse_unlearned, schema, left)
        routes = [(partial(_has, layout), _layout_parser(layout, schema)) for layout in self._made]
        return lambda raw: route(raw, [(_maybe, lambda own: route(own, routes, left))], left)

    def _parse_unlearned(self, schema: TableSchema, rest: Parse, raw: Strings) -> Parsed:
        known = self.learned(raw)
        return (known.parser(schema, rest) if known.layouts else rest)(raw)

    def _known(self, raw: Strings) -> HeaderFormat:
        return self if self.layouts else self.learned(raw)


def _plain(raw: Strings) -> Strings:
    """Without the colours of terminals."""
    if not occurs(raw, _COLOURS):
        return raw
    plain: Strings = pc.replace_substring_regex(raw, _COLOURS, "")
    return plain


def _has(layout: Layout, raw: Strings) -> Booleans:
    return matches(_plain(raw), layout.start)


def _maybe(raw: Strings) -> Booleans:
    return matches(_plain(raw), _MAYBE)


def _any(raw: Strings, layouts: Sequence[Layout]) -> Booleans:
    found = np.zeros(len(raw), np.bool_)
    for layout in layouts:
        left = ~found
        if not left.any():
            break
        found[left] = to_mask(matches(raw if left.all() else raw.filter(pa.array(left)), layout.start))
    return pa.array(found)


def _groups(layout: Layout, raw: Strings) -> dict[str, Strings]:
    """The fields, message and level, of events that have the layout."""
    groups = cut(raw, layout.pattern)
    if layout.ending:
        groups |= _ended(groups["message"], layout)
    for name, kind in layout.fields.items():
        if kind in PADDED:
            groups[name] = without(pc.utf8_trim_whitespace(groups[name]), "")
        elif kind in DASHED:
            groups[name] = without(groups[name], "-")
            if kind == "w3c" and occurs(raw, '"'):
                groups[name] = without(pc.replace_substring_regex(groups[name], '^"(.*)"$', r"\1"), "")
        elif kind == ADDRESS:
            groups |= split_address(name, groups[name])
    if TRAILING in groups:
        joined = pc.binary_join_element_wise(
            pc.fill_null(groups["message"], ""), pc.fill_null(groups[TRAILING], ""), ""
        )
        groups["message"] = without(joined, "")
    if OBJECT in groups and _WHOLE not in groups:  # a stack trace follows it
        groups[_WHOLE] = cut(raw, layout_of(layout.text.partition(TAIL)[0]).pattern)["message"]
    return groups


def _kinds(layout: Layout) -> dict[str, str]:
    """Kinds by name of the fields that become columns."""
    return with_parts({name: kind for name, kind in layout.fields.items() if name not in _NO_FIELDS})


def _ended(messages: Strings, layout: Layout) -> dict[str, Strings]:
    """The message, and the object or the pairs that end it."""
    texts = pc.fill_null(messages, "")
    places = pc.find_substring_regex(texts, layout.ending)
    before, after = split_at(texts, choose(pc.less(places, 0), pc.binary_length(texts), places))
    if layout.tail == "[] []":
        return {"message": before}
    after = pc.utf8_trim_whitespace(after)
    if layout.tail.startswith("{pair"):  # a person reads pairs too
        return {"message": texts, PAIRS: after, _WHOLE: texts}
    after = pc.replace_substring_regex(after, r"^\[\][ \t]+|[ \t]+\[\]$", "") if "[]" in layout.tail else after
    if occurs(after, _BETWEEN_OBJECTS):  # context and extra of Monolog
        after = pc.replace_substring_regex(after, _BETWEEN_OBJECTS, ',"')
    return {"message": before, OBJECT: after, _WHOLE: texts}


def _types(layout: Layout, raw: Strings) -> dict[FieldPath, InferredType]:
    kinds = _kinds(layout)
    if not layout.ending and not _UNSURE.intersection(kinds.values()):  # only an object can have more fields
        raw = raw.filter(closed(raw))
        groups = _groups(layout, raw)
        return with_objects(declared(dict.fromkeys(kinds, TEXT)), groups["message"], _level(layout, groups, raw))
    groups = _groups(layout, raw)
    there = {name: kind for name, kind in kinds.items() if groups[name].null_count < len(raw)}
    fields = declared({name: _type_of(kind, groups[name]) for name, kind in there.items()})
    if PAIRS in groups:
        pairs = _pairs(groups[PAIRS], {**layout.fields, **kinds})
        return fields | {path: InferredType(least_type(values)) for path, values in pairs.items()}
    return with_objects(fields, groups.get(OBJECT, groups["message"]), _level(layout, groups, raw))


def _type_of(kind: str, texts: Strings) -> InferredType:
    if kind in TIMES:
        return InferredType(ColumnType.TIMESTAMP)
    return InferredType(least_type(texts)) if kind in NUMBERS else TEXT


def _pairs(texts: Strings, taken: Mapping[str, str]) -> dict[FieldPath, Strings]:
    """The values of pairs by key; one that a field of the header has already has a number behind: see `beside`."""
    if occurs(texts, ", "):
        texts = pc.replace_substring_regex(texts, _AFTER_VALUES, r"\1 ")
    return {(name,): values for name, values in beside(read_pairs(texts), taken).items()}


def _level(layout: Layout, groups: Mapping[str, Strings], raw: Strings) -> Strings:
    if "level" not in groups:
        return no_level(len(raw)) if layout.tail == END else level_in_text(raw)
    return header_level(groups["level"])


def _layout_parser(layout: Layout, schema: TableSchema) -> Parse:
    objects, kinds = Objects(schema), _kinds(layout)

    def parse(raw: Strings) -> Parsed:
        raw = _plain(raw)
        groups = _groups(layout, raw)
        fields: dict[FieldPath, Strings] = {
            (name,): values for name, values in groups.items() if name not in _NO_FIELDS
        }
        if PAIRS in groups:
            fields |= _pairs(groups[PAIRS], {**layout.fields, **kinds})
        columns, rescued, count = fill_columns(len(raw), fields, schema)
        message = without(pc.utf8_rtrim(groups["message"], "\r\n"), "")
        parsed = Parsed(columns, coalesce(message, raw), _level(layout, groups, raw), rescued, count)
        if OBJECT not in groups:
            return objects.add(parsed, message)
        return objects.add(parsed, groups[OBJECT], otherwise=groups[_WHOLE])

    return parse
