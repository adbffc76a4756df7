"""The fields, message and level of events that have one layout."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import (
    NO_STRING,
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
from loglake.kernels.formats.base import Parse, Parsed, declared
from loglake.kernels.formats.colours import plain
from loglake.kernels.formats.embedded import Objects, with_objects
from loglake.kernels.formats.header.access_line import ACCESS_LINE
from loglake.kernels.formats.header.addresses import ADDRESS, split_address, with_parts
from loglake.kernels.formats.header.kinds import DASHED, NUMBERS, PADDED, TIMES
from loglake.kernels.formats.header.layout import (
    ACCESS,
    END,
    HEADLESS,
    OBJECT,
    PAIRS,
    REQUEST,
    SPREAD,
    TAIL,
    TRAILING,
    Layout,
    layout_of,
)
from loglake.kernels.formats.header.spread import first_lines, level_between, named_level, sure_keys
from loglake.kernels.formats.json_lines import closed
from loglake.kernels.formats.levels import header_level, level_in_text, no_level
from loglake.kernels.formats.logfmt import has_any, message_and_level, unrepeated
from loglake.kernels.formats.message_pairs import PAIR_ANYWHERE, scattered_pairs
from loglake.kernels.formats.pairs import Texts, merge, read_pairs
from loglake.kernels.formats.prefixes import TEXT
from loglake.kernels.formats.text_fields import beside, cut, fill_columns, least_type
from loglake.kernels.formats.trace_headers import pair_type

_UNSURE = NUMBERS | DASHED | {"maybe", ADDRESS}
"""Kinds of fields with a type, or a value, that only events show."""

_BETWEEN_OBJECTS = r'\}[ \t]+\{"'
"""In a text that is JSON a quote is escaped, so this is in none."""

_BREAK_IN_STRING = r'^(?:[^"]|"(?:[^"\\\n]|\\.)*")*"(?:[^"\\\n]|\\.)*\n'
"""A line break inside of a string, as Laravel writes a stack trace. No text that is JSON has one."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)

_AFTER_VALUES = r"""(="[^"]*"|='[^']*'|=[^\s"',][^\s",]*)[,;][ \t]+"""
"""Commas and semicolons between pairs."""

_KEYED = "keyed"
"""The kind of a field that holds pairs, which are fields too."""

_NONE = pa.nulls(0, pa.string())

_WHOLE, _BEFORE = "whole", "before"
_NO_FIELDS = frozenset({"message", "level", "_", OBJECT, PAIRS, TRAILING, _WHOLE, _BEFORE})


def field_types(layout: Layout, raw: Strings) -> dict[FieldPath, InferredType]:
    """The types of the fields of events that have the layout."""
    kinds = _kinds(layout)
    has_pairs = layout.ending or layout.tail == SPREAD or _KEYED in kinds.values()
    if not has_pairs and not _UNSURE.intersection(kinds.values()):  # only an object can have more fields
        raw = raw.filter(closed(raw))
        groups = _groups(layout, raw)
        return with_objects(declared(dict.fromkeys(kinds, TEXT)), groups["message"], _level(layout, groups, raw))
    groups = _groups(layout, raw)
    there = {name: kind for name, kind in kinds.items() if groups[name].null_count < len(raw)}
    fields = declared({name: _type_of(kind, groups[name]) for name, kind in there.items()})
    bracketed = [name for name in groups if name not in kinds and name not in _NO_FIELDS]
    fields |= declared({name: pair_type(name, groups[name]) for name in bracketed if has_any(groups[name])})
    if PAIRS in groups:
        pairs = _pairs(groups, {**layout.fields, **kinds})
        alone = unrepeated(pairs, *_said(layout, groups, raw, pairs))
        return fields | {
            (name,): replace(pair_type(name, values), repeats=not has_any(alone[name]))
            for name, values in _sure(layout, groups, pairs).items()
        }
    return with_objects(fields, groups.get(OBJECT, groups["message"]), _level(layout, groups, raw))


def _type_of(kind: str, texts: Strings) -> InferredType:
    if kind in TIMES:
        return InferredType(ColumnType.TIMESTAMP)
    return InferredType(least_type(texts)) if kind in NUMBERS else TEXT


def layout_parser(layout: Layout, schema: TableSchema) -> Parse:
    """What makes rows of events that have the layout."""
    objects, kinds, known = Objects(schema), _kinds(layout), schema.by_path()

    def parse(raw: Strings) -> Parsed:
        raw = plain(raw)
        groups = _groups(layout, raw)
        fields: dict[FieldPath, Strings] = {
            (name,): values for name, values in groups.items() if name not in _NO_FIELDS
        }
        message = without(pc.utf8_rtrim(groups["message"], "\r\n"), "")
        said, level = coalesce(message, raw), _level(layout, groups, raw)
        if PAIRS in groups:
            pairs = _pairs(groups, {**layout.fields, **kinds})
            said, level = _said(layout, groups, raw, pairs)
            alone = unrepeated(pairs, said, level)
            rest = _at_end(layout, groups, {name: alone[name] for name in pairs if (name,) not in known})
            fields |= {(name,): pairs[name] for name in pairs if (name,) in known}
            fields |= {(name,): values for name, values in rest.items()}
        columns, rescued, count = fill_columns(len(raw), fields, schema)
        parsed = Parsed(columns, said, level, rescued, count)
        if OBJECT not in groups:
            return objects.add(parsed, message)
        return objects.add(parsed, groups[OBJECT], otherwise=groups[_WHOLE])

    return parse


def _groups(layout: Layout, raw: Strings) -> dict[str, Strings]:
    """The fields, message and level, of events that have the layout."""
    groups = cut(raw, layout.pattern)
    if layout.ending:
        groups |= _ended(groups["message"], layout)
    groups = _in_message(groups, layout)
    groups |= _values(layout, groups, raw)
    groups |= _bracketed_pairs(layout, groups)
    if layout.text.endswith("}> "):  # so has the message
        groups["message"] = pc.replace_substring_regex(groups["message"], r"^<((?s:.*))>\s*$", r"\1")
    if TRAILING in groups:
        joined = pc.binary_join_element_wise(
            pc.fill_null(groups["message"], ""), pc.fill_null(groups[TRAILING], ""), ""
        )
        groups["message"] = without(joined, "")
    if OBJECT in groups and _WHOLE not in groups:  # a stack trace follows it
        groups[_WHOLE] = cut(raw, layout_of(layout.text.partition(TAIL)[0]).pattern)["message"]
    return groups


def _in_message(groups: dict[str, Strings], layout: Layout) -> dict[str, Strings]:
    """With the pairs that stand anywhere in the message, or the fields of the access log's line that it is."""
    if layout.tail == SPREAD:
        lines = first_lines(groups["message"])
        return {**groups, PAIRS: lines, _BEFORE: lines, _WHOLE: lines}
    return {**cut(groups["message"], ACCESS_LINE), **groups} if layout.tail == ACCESS else groups


def _values(layout: Layout, groups: Mapping[str, Strings], raw: Strings) -> dict[str, Strings]:
    """The fields of a header without what is no part of their values, and their parts."""
    found: dict[str, Strings] = {}
    for name, kind in layout.fields.items():
        if kind in PADDED:
            found[name] = without(pc.utf8_trim_whitespace(groups[name]), "")
        elif kind in DASHED:
            found[name] = without(groups[name], "-")
            if kind == "w3c" and occurs(raw, '"'):
                found[name] = without(pc.replace_substring_regex(found[name], '^"(.*)"$', r"\1"), "")
        elif kind == ADDRESS:
            found |= split_address(name, groups[name])
    return found


def _bracketed_pairs(layout: Layout, groups: Mapping[str, Strings]) -> Texts:
    """The values of pairs in brackets of the header, by names that are free."""
    found: Texts = {}
    for name in [name for name, kind in layout.fields.items() if kind == _KEYED]:
        texts = pc.fill_null(groups[name], "")
        found |= beside(scattered_pairs(texts, fewest=1), {*groups, *found, *_NO_FIELDS})
    return found


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
    if layout.tail == REQUEST:
        return {"message": texts, **cut(texts, layout.ending)}
    after = pc.utf8_trim_whitespace(after)
    if layout.tail.startswith("{pair"):  # a person reads pairs too
        return {"message": texts, PAIRS: after, _BEFORE: before, _WHOLE: texts}
    after = pc.replace_substring_regex(after, r"^\[\][ \t]+|[ \t]+\[\]$", "") if "[]" in layout.tail else after
    if occurs(after, "\n"):
        raw_breaks = matches(after, _BREAK_IN_STRING)
        repaired = pa.array(map(_without_breaks, texts_of(after.filter(raw_breaks))), pa.string())
        after = pc.replace_with_mask(after, raw_breaks, repaired)
    if occurs(after, _BETWEEN_OBJECTS):  # context and extra of Monolog
        after = pc.replace_substring_regex(after, _BETWEEN_OBJECTS, ',"')
    return {"message": before, OBJECT: after, _WHOLE: texts}


def _without_breaks(text: str) -> str:
    """An object's text with an escape for each line break inside of a string."""
    return _STRING.sub(lambda found: found[0].replace("\r\n", "\n").replace("\n", "\\n"), text)


def _pairs(groups: Mapping[str, Strings], taken: Collection[str]) -> Texts:
    """The values of pairs by key; one that a field of the header has already has a number behind: see `beside`.

    Of an event with pairs in the middle of its message, all of the message is read.
    """
    taken = {*taken, *(groups.keys() - _NO_FIELDS)}
    spread = to_mask(matches(groups[_BEFORE], PAIR_ANYWHERE))
    if not spread.any():
        return beside(_ending_pairs(groups[PAIRS]), taken)
    rows = np.arange(len(spread))
    there, at_end = pa.array(spread), pa.array(~spread)
    found = merge(
        [
            (rows[spread], scattered_pairs(groups[_WHOLE].filter(there))),
            (rows[~spread], _ending_pairs(groups[PAIRS].filter(at_end))),
        ]
    )
    return beside(found, taken)


def _sure(layout: Layout, groups: Mapping[str, Strings], pairs: Texts) -> Texts:
    """The pairs that become columns: those that end messages behind a header, and of all others those that are often.

    Nothing shows but their number that those without a header are no prose.
    """
    ending = _at_end(layout, groups, pairs)
    often = sure_keys(pairs)
    return {name: values for name, values in pairs.items() if name in often or has_any(ending.get(name, _NONE))}


def _at_end(layout: Layout, groups: Mapping[str, Strings], pairs: Texts) -> Texts:
    """The values of pairs that end messages behind a header. Each of them gets a column."""
    if layout.tail == SPREAD or layout.text == HEADLESS:
        return {}
    between = matches(groups[_BEFORE], PAIR_ANYWHERE)
    if not pc.any(between).as_py():
        return pairs
    return {name: choose(between, NO_STRING, values) for name, values in pairs.items()}


def _ending_pairs(texts: Strings) -> Texts:
    if occurs(texts, "[,;] "):
        texts = pc.replace_substring_regex(texts, _AFTER_VALUES, r"\1 ")
    return read_pairs(texts)


def _said(layout: Layout, groups: Mapping[str, Strings], raw: Strings, pairs: Texts) -> tuple[Strings, Strings]:
    """Message and level. A header without a level may be followed by pairs that have one, and by nothing but pairs."""
    message, level = coalesce(without(pc.utf8_rtrim(groups["message"], "\r\n"), ""), raw), _level(layout, groups, raw)
    if "level" in groups:
        return message, level
    if layout.tail == SPREAD:
        return message, coalesce(level_between(pairs, groups[_WHOLE]), level)
    own, level_of_pairs = message_and_level(pairs, message)
    between = matches(groups[_BEFORE], PAIR_ANYWHERE)
    if pc.any(between).as_py():
        level_of_pairs = choose(between, named_level(pairs, len(raw)), level_of_pairs)
    is_all = pc.equal(pc.utf8_trim_whitespace(message), pc.utf8_trim_whitespace(groups[PAIRS]))
    return choose(is_all, own, message), coalesce(level_of_pairs, level)


def _level(layout: Layout, groups: Mapping[str, Strings], raw: Strings) -> Strings:
    if "level" not in groups:
        return no_level(len(raw)) if layout.tail == END else level_in_text(raw)
    return header_level(groups["level"])
