"""Plain text, the floor under every other format; and the fields that a pattern cuts out of text."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Callable

import pyarrow as pa

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema
from loglake.core.schema.trace_names import HEADER_SPAN_ID, HEADER_TRACE_ID
from loglake.kernels.arrow import (
    NO_STRING,
    Booleans,
    Mask,
    Strings,
    choose,
    matches,
    nulls,
    pc,
    split_at,
    texts_of,
    to_mask,
    without,
)
from loglake.kernels.formats.base import Format, Parse, Parsed, Route, route
from loglake.kernels.formats.levels import level_in_text
from loglake.kernels.formats.times.columns import to_times
from loglake.kernels.formats.times.paths import first_time
from loglake.kernels.json.fit_rows import rescue, rescued_name
from loglake.kernels.json.scalars import ARROW_TYPES, CONVERT, MISFIT, convert_texts

_SCALARS = {
    ColumnType.BOOLEAN: r"^(?:true|false)$",
    ColumnType.BIGINT: r"^-?\d+$",
    ColumnType.DOUBLE: r"^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$",
}

_STRING = ColumnType.STRING

LOOKS = 8
"""Texts that show most columns of words to be no numbers."""

REST = r"(?P<message>(?s:.*))$"
"""Ends many patterns: all that is left, over as many lines as the event has."""

_OF_HEADERS = (HEADER_TRACE_ID, HEADER_SPAN_ID)
"""Parts of a field's text: a table without columns for them loses nothing."""

_HEADER = "header_before_the_message"
_SYNTAX = re.compile(r"\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]|[()|]", re.DOTALL)

_NUMBER = re.compile("[2-9]|[1-9][0-9]{1,8}")


class TextFormat(Format):
    """Any text. It has no fields; the message is the text, the level a word such as ``ERROR`` near its start."""

    id = "text"

    def matches(self, raw: Strings) -> Booleans:
        """All events."""
        return pa.repeat(True, len(raw))

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """No fields."""
        return {}

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """All columns are null."""
        return lambda raw: fill_columns({}, raw, level_in_text(raw), schema)


def routes_parser(schema: TableSchema, routes: Sequence[Route], rest: Parse | None) -> Parse:
    """Each event by the first route that recognises it. `rest` parses other events; without it they are plain text."""
    left = rest or TextFormat().parser(schema)
    return lambda raw: route(raw, routes, left)


def least_type(texts: Strings) -> ColumnType:
    """The least type that holds each text exactly: boolean, bigint, double, else string. Null shows nothing."""
    values = texts.drop_null()
    if len(values) <= LOOKS:
        few = texts_of(values)
        return next((kind for kind in _SCALARS if all(CONVERT[kind](text) is not MISFIT for text in few)), _STRING)
    scalars = {kind: each for kind, each in _SCALARS.items() if pc.all(matches(values[:LOOKS], each)).as_py()}
    values = pc.unique(values) if scalars else values
    for kind, pattern in scalars.items():
        if pc.all(matches(values, pattern)).as_py() and not convert_texts(values, kind)[1].any():
            return kind
    return _STRING


def cut(raw: Strings, pattern: str) -> dict[str, Strings]:
    """The named groups of an RE2 pattern; null if the pattern does not match or the group is empty."""
    head = pattern.removesuffix(REST)
    if head != pattern and _is_one_header(head):
        return _cut_header(raw, head)
    return _groups(raw, pattern)


def _groups(raw: Strings, pattern: str) -> dict[str, Strings]:
    groups = pc.extract_regex(raw, pattern)
    return {field.name: without(pc.struct_field(groups, field.name), "") for field in groups.type}


def _cut_header(raw: Strings, head: str) -> dict[str, Strings]:
    """The groups of a header, and ``message``: what follows it, which RE2 need not walk through byte by byte."""
    groups = _groups(raw, f"^(?P<{_HEADER}>{head.removeprefix('^')})")
    lengths = pc.binary_length(groups.pop(_HEADER))
    if raw.null_count:
        raw = pc.fill_null(raw, "")
    _, rest = split_at(raw, pc.fill_null(lengths, 0))
    groups["message"] = without(choose(lengths.is_valid(), rest, NO_STRING), "")
    return groups


def joined(*texts: Strings) -> Strings:
    """Texts one behind the other; null if all are."""
    return without(pc.binary_join_element_wise(*(pc.fill_null(each, "") for each in texts), ""), "")


@lru_cache(maxsize=1024)
def _is_one_header(head: str) -> bool:
    """Whether a pattern starts with ``^`` and has no choice outside of its groups, which would be one of headers."""
    depth = 0
    for found in _SYNTAX.findall(head):
        depth += (found == "(") - (found == ")")
        if found == "|" and not depth:
            return False
    return head.startswith("^") and len(head) > 1


def beside(fields: Mapping[str, Strings], taken: Collection[str]) -> dict[str, Strings]:
    """Fields by names that are not taken: then ``k`` is ``k.2``, and a ``k.2`` that is there is ``k.3``."""
    return {_beside(name, taken): texts for name, texts in fields.items()}


def _beside(name: str, taken: Collection[str]) -> str:
    if name in taken:
        return f"{name}.2"
    key, _, number = name.rpartition(".")
    return f"{key}.{int(number) + 1}" if key in taken and _NUMBER.fullmatch(number) else name


def fields_parser(
    schema: TableSchema,
    matches: Callable[[Strings], Booleans],
    read: Callable[[Strings], tuple[Mapping[str, Strings], Strings, Strings]],
    rest: Parse | None,
) -> Parse:
    """A parser of events that are read all together.

    Args:
        schema: the table's columns.
        matches: which events are read so.
        read: their fields by name, their messages and their levels.
        rest: parses the others; without it they are plain text.
    """

    def parse(raw: Strings) -> Parsed:
        fields, message, level = read(raw)
        return fill_columns({(name,): texts for name, texts in fields.items()}, message, level, schema)

    return routes_parser(schema, [(matches, parse)], rest)


def fill_columns(
    fields: Mapping[FieldPath, Strings],
    message: Strings,
    level: Strings,
    schema: TableSchema,
    time: Strings | None = None,
) -> Parsed:
    """Columns of a schema from fields of text.

    Args:
        fields: the texts by path; null if an event lacks the field.
        message: of the events.
        level: of the events.
        schema: the table's columns.
        time: the texts of the events' own times, if they are not those of the first of `TIME_PATHS` that is there.

    Returns:
        The events, parsed. A text is rescued if its column's type does not hold it exactly, or if it has no column.
    """
    length = len(message)
    columns = []
    misfits: dict[int, dict[str, list[str]]] = defaultdict(dict)
    known = schema.by_path()
    for column in schema.columns:
        texts = fields.get(column.path)
        if texts is None:
            columns.append(nulls(length, ARROW_TYPES[column.type]))
            continue
        is_time = column.type is ColumnType.TIMESTAMP
        values, unfit = to_times(texts) if is_time else convert_texts(texts, column.type)
        columns.append(values)
        if unfit.any():
            _keep(misfits, column.path, texts, unfit)
    unknown = [path for path in fields if path not in known and path not in _OF_HEADERS]
    for path in unknown:  # in their order: same input, same bytes
        _keep(misfits, path, fields[path], to_mask(fields[path].is_valid()))
    rescued = nulls(length, pa.string())
    if misfits:
        rescued = pa.array([rescue(misfits[row]) if row in misfits else None for row in range(length)], pa.string())
    count = sum(len(found) for names in misfits.values() for found in names.values())
    return Parsed(columns, message, level, rescued, count, first_time(fields.get) if time is None else time)


def _keep(misfits: dict[int, dict[str, list[str]]], path: FieldPath, texts: Strings, where: Mask) -> None:
    for row in where.nonzero()[0]:
        text = json.dumps(texts[int(row)].as_py(), ensure_ascii=False)
        misfits[int(row)].setdefault(rescued_name(path), []).append(text)
