"""The fields, message and level of events that have one layout."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import pyarrow as pa

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Strings, coalesce, matches, occurs, pc, split_at, texts_of, without
from loglake.kernels.formats.base import TEXT, Parse, Parsed, declared
from loglake.kernels.formats.kinds import DASHED, NUMBERS, PADDED, ROWS, TIMES
from loglake.kernels.formats.learn.layout import (
    ACCESS,
    ACCESS_LINE,
    END,
    OBJECT,
    PAIRS,
    REQUEST,
    REQUEST_LINE,
    SPREAD,
    TAIL,
    TRAILING,
    Layout,
    layout_of,
)
from loglake.kernels.formats.learn.pairs import BEFORE, WHOLE, but_of_statements, first_lines, pairs_of
from loglake.kernels.formats.learn.rows import is_row
from loglake.kernels.formats.learn.words import cut_header
from loglake.kernels.formats.levels import (
    debug_level,
    header_level,
    level_in_text,
    level_of_code,
    level_of_message,
    no_level,
    samba_level,
    topics_level,
)
from loglake.kernels.formats.objects.among_text import may_hold_objects
from loglake.kernels.formats.objects.embedded import Objects, with_objects
from loglake.kernels.formats.objects.trace_headers import pair_type
from loglake.kernels.formats.pairs.columns import Pairs, pair_types, with_pairs
from loglake.kernels.formats.pairs.in_messages import scattered_pairs
from loglake.kernels.formats.pairs.logfmt import has_any
from loglake.kernels.formats.pairs.reading import Texts
from loglake.kernels.formats.text_fields import beside, cut, fill_columns, joined, least_type
from loglake.kernels.formats.times.layouts import MONTH_FIRST, WITH_SLASH

_ADDRESS = "address"
_WITH_PORT = r"^(?:(?P<ip>\d+\.\d+\.\d+\.\d+)|\[(?P<ipv6>[^\]]+)\]):(?P<port>\d{1,5})$"
"""Both get a column of their own, too. An address of IPv6 without brackets may end in what looks like a port."""

_CELLS = frozenset(ROWS.values())
_UNSURE = NUMBERS | DASHED | _CELLS | {"maybe", _ADDRESS}
"""Kinds of fields with a type, or a value, that only events show."""

_BETWEEN_OBJECTS = r'\}[ \t]+\{"'
"""In a text that is JSON a quote is escaped, so this is in none."""

_BREAK_IN_STRING = r'^(?:[^"]|"(?:[^"\\\n]|\\.)*")*"(?:[^"\\\n]|\\.)*\n'
"""A line break inside of a string, as Laravel writes a stack trace. No text that is JSON has one."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)

_KEYED = "keyed"
"""The kind of a field that holds pairs, which are fields too."""

_NO_FIELDS = frozenset({"message", "level", "_", OBJECT, PAIRS, TRAILING, WHOLE, BEFORE})


def field_types(layout: Layout, raw: Strings) -> dict[FieldPath, InferredType]:
    """The types of the fields of events that have the layout."""
    kinds = _kinds(layout)
    is_sure = _KEYED not in kinds.values() and not _UNSURE.intersection(kinds.values())
    if not is_sure or layout.ending or layout.tail == SPREAD:
        return _read_types(layout, raw)
    raw = raw.filter(may_hold_objects(raw))  # only an object can have more fields
    groups = _groups(layout, raw)
    return with_objects(
        declared(dict.fromkeys(kinds, TEXT)), groups["message"], _level(layout, groups, raw), is_logged=True
    )


def _read_types(layout: Layout, raw: Strings) -> dict[FieldPath, InferredType]:
    kinds = _kinds(layout)
    groups = _groups(layout, raw)
    there = {name: kind for name, kind in kinds.items() if groups[name].null_count < len(raw)}
    fields = declared({name: _type_of(kind, groups[name]) for name, kind in there.items()})
    bracketed = [name for name in groups if name not in kinds and name not in _NO_FIELDS]
    fields |= declared({name: pair_type(name, groups[name]) for name in bracketed if has_any(groups[name])})
    if PAIRS in groups:
        return fields | pair_types(*_pairs(layout, groups, raw))
    if OBJECT not in groups:
        return with_objects(fields, groups["message"], _level(layout, groups, raw), is_logged=True)
    return with_objects(fields, groups[OBJECT], _level(layout, groups, raw), _message(groups))


def _type_of(kind: str, texts: Strings) -> InferredType:
    if kind in TIMES:
        return InferredType(ColumnType.TIMESTAMP)
    return InferredType(least_type(texts)) if kind in NUMBERS | _CELLS else TEXT


def layout_parser(layout: Layout, schema: TableSchema) -> Parse:
    """What makes rows of events that have the layout."""
    objects, known = Objects(schema), schema.by_path()

    def parse(raw: Strings) -> Parsed:
        groups = _groups(layout, raw)
        fields: dict[FieldPath, Strings] = {
            (name,): values for name, values in groups.items() if name not in _NO_FIELDS
        }
        message = _message(groups)
        if PAIRS in groups:
            pairs, taken = _pairs(layout, groups, raw)
            said, level = pairs.message, pairs.level
            fields = with_pairs(fields, pairs, known, taken)
        else:
            said, level = message, _level(layout, groups, raw)
            if "_" in layout.fields and "{_:" not in layout.text:  # two header lines name what it holds otherwise
                said = coalesce(message, raw)
        is_doubtful = layout.fields.get("timestamp") == MONTH_FIRST
        time = pc.replace_substring_regex(groups["timestamp"], *WITH_SLASH) if is_doubtful else None
        parsed = fill_columns(fields, said, level, schema, time)
        if OBJECT not in groups:
            return objects.add(parsed, message)
        return objects.add(parsed, groups[OBJECT], otherwise=groups[WHOLE], said=message)

    return parse


def _groups(layout: Layout, raw: Strings) -> dict[str, Strings]:
    """The fields, message and level, of events that have the layout."""
    groups = cut_header(raw, layout)
    if layout.ending:
        groups |= _ended(groups["message"], layout)
    groups = _in_message(groups, layout)
    groups |= _values(layout, groups)
    groups |= _bracketed_pairs(layout, groups)
    header = layout.text.partition(TAIL)[0]
    if header.endswith("}> "):  # so has the message
        groups["message"] = pc.replace_substring_regex(groups["message"], r"^<((?s:.*))>\s*$", r"\1")
    if header.endswith("] ["):
        groups["message"] = pc.replace_substring_regex(groups["message"], r"\]\s*$", "")
    if TRAILING in groups:
        groups["message"] = joined(groups["message"], groups[TRAILING])
    if OBJECT in groups and WHOLE not in groups:  # a stack trace follows it
        groups[WHOLE] = cut(raw, layout_of(header).pattern)["message"]
    return groups


def _in_message(groups: dict[str, Strings], layout: Layout) -> dict[str, Strings]:
    """With the pairs that stand anywhere in the message, or the fields of the access log's line that it is."""
    if layout.tail == SPREAD:
        lines = first_lines(groups["message"])
        return {**groups, PAIRS: lines, BEFORE: lines, WHOLE: lines}
    return {**cut(groups["message"], ACCESS_LINE), **groups} if layout.tail == ACCESS else groups


def cleaned(texts: Strings, kind: str) -> Strings:
    """The values of a header's field without what is no part of them; null if nothing is left."""
    if kind in PADDED:
        return without(pc.utf8_trim_whitespace(texts), "")
    values = without(texts, "-") if kind in DASHED else texts
    if kind in _CELLS and occurs(values, '"'):
        values = pc.replace_substring_regex(values, '^"(.*)"$', r"\1")
        return without(pc.replace_substring(values, '""', '"'), "")
    if kind == "w3c" and occurs(values, '"'):
        return without(pc.replace_substring_regex(values, '^"(.*)"$', r"\1"), "")
    return values


def _values(layout: Layout, groups: Mapping[str, Strings]) -> dict[str, Strings]:
    """The fields of a header as columns have them, and their parts."""
    found = {name: cleaned(groups[name], kind) for name, kind in layout.fields.items()}
    for name in [name for name, kind in layout.fields.items() if kind == _ADDRESS]:
        parts = cut(groups[name], _WITH_PORT)
        found |= {f"{name}_ip": coalesce(parts["ip"], parts["ipv6"]), f"{name}_port": parts["port"]}
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
    kinds = {name: kind for name, kind in layout.fields.items() if name not in _NO_FIELDS}
    for name in [name for name, kind in kinds.items() if kind == _ADDRESS]:
        kinds |= {f"{name}_ip": "ip", f"{name}_port": "number"}
    return kinds


def _ended(messages: Strings, layout: Layout) -> dict[str, Strings]:
    """The message, and the object or the pairs that end it."""
    texts = pc.fill_null(messages, "")
    if layout.tail in {REQUEST, REQUEST_LINE}:
        return {"message": texts, **cut(texts, layout.ending)}
    # All others reach to the end. RE2 replaces them in a third of the time that it takes to say where they begin.
    before, after = split_at(texts, pc.binary_length(pc.replace_substring_regex(texts, layout.ending, "")))
    if layout.tail == "[] []":
        return {"message": before}
    after = pc.utf8_trim_whitespace(after)
    if layout.tail.startswith("{pair"):  # a person reads pairs too
        return {"message": texts, PAIRS: but_of_statements(texts, after), BEFORE: before, WHOLE: texts}
    after = pc.replace_substring_regex(after, r"^\[\][ \t]+|[ \t]+\[\]$", "") if "[]" in layout.tail else after
    if occurs(after, "\n"):
        raw_breaks = matches(after, _BREAK_IN_STRING)
        repaired = pa.array(map(_without_breaks, texts_of(after.filter(raw_breaks))), pa.string())
        after = pc.replace_with_mask(after, raw_breaks, repaired)
    if occurs(after, _BETWEEN_OBJECTS):  # context and extra of Monolog
        after = pc.replace_substring_regex(after, _BETWEEN_OBJECTS, ',"')
    return {"message": before, OBJECT: after, WHOLE: texts}


def _without_breaks(text: str) -> str:
    """An object's text with an escape for each line break inside of a string."""
    return _STRING.sub(lambda found: found[0].replace("\r\n", "\n").replace("\n", "\\n"), text)


def _pairs(layout: Layout, groups: Mapping[str, Strings], raw: Strings) -> tuple[Pairs, Collection[str]]:
    """The pairs of events, and the names of the header's fields, which are no pair's columns."""
    taken = {*layout.fields, *_kinds(layout), *groups} - _NO_FIELDS
    return pairs_of(layout, groups, taken, _message(groups), _level(layout, groups, raw)), taken


def _message(groups: Mapping[str, Strings]) -> Strings:
    return without(pc.utf8_rtrim(groups["message"], "\r\n"), "")


def _level(layout: Layout, groups: Mapping[str, Strings], raw: Strings) -> Strings:
    if "level" in groups:
        return header_level(groups["level"], layout.fields.get("level", ""))
    if layout.tail == END and not is_row(layout.text):  # a header line names all its fields
        return no_level(len(raw))
    messages = groups["message"]
    level_of_bits = samba_level if layout.fields.get("debug_level") == "samba" else debug_level
    bits = [level_of_bits(groups["debug_level"])] if "debug_level" in groups else []
    bits += [topics_level(groups["topics"])] if "topics" in groups else []
    code = level_of_code(groups.get("message_id", messages))
    return coalesce(*bits, level_in_text(raw), code, level_of_message(messages))
