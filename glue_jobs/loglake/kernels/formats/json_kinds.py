"""Shared by the formats of services that write JSON: each is JSON with its own detection, message and level.

The columns are those that plain JSON would make, so a table of mixed JSON events has one schema whatever its format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Callable

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import (
    NO_STRING,
    Booleans,
    Strings,
    choose,
    coalesce,
    contains,
    matches,
    no_mask,
    passing,
    pc,
    to_mask,
    without,
)
from loglake.kernels.formats.base import TEXT, Format, Parse, Parsed, Sign, any_of, route
from loglake.kernels.formats.json_lines import JsonFormat
from loglake.kernels.formats.levels import level_in_text, no_level
from loglake.kernels.formats.objects.among_text import braced
from loglake.kernels.formats.objects.trace_headers import header_ids, id_filler
from loglake.kernels.formats.times.paths import time_reader
from loglake.kernels.json.fit import Fitter
from loglake.kernels.json.infer_types import infer_and_pick, infer_json_types

Picked = Mapping[FieldPath, Strings]
"""Texts at the paths that were asked for, null if the event has none there."""


def has_all(raw: Strings, *parts: str, start: str = "") -> Booleans:
    """Which events look like JSON objects and have all these parts. Each part is searched in the matches so far only.

    Args:
        raw: the events.
        parts: texts, such as quoted keys, at any depth and in any order.
        start: RE2 for the text after the first brace: a search for the service's first keys costs little.
    """
    # Without its quotes a key is found faster: its first and last letters are rarer.
    if not all(contains(raw, part.strip('"')) for part in parts):
        return pa.array(no_mask(len(raw)))
    mask = to_mask(braced(raw))
    for pattern in ([rf"^\s*\{{\s*{start}"] if start else []) + [re.escape(part) for part in parts]:
        passing(mask, raw, partial(matches, pattern=pattern))
    return pa.array(mask)


def object_parser(
    schema: TableSchema,
    paths: Sequence[FieldPath],
    describe: Callable[[Picked], tuple[Strings, Strings]],
    *,
    header: FieldPath = (),
    leave: frozenset[FieldPath] = frozenset(),
) -> Parse:
    """A parser that gives JSON objects a message and a level of their own. What only looks like an object is text.

    Args:
        schema: the table's columns.
        paths: what `describe` needs.
        describe: message and level from the texts at the paths.
        header: one of `paths`, a trace header. The ids in it get columns.
        leave: those of `paths` that are no fields.
    """
    fitter, with_ids, time_of = Fitter(schema, paths, leave=leave), id_filler(schema), time_reader(schema)

    def parse(raw: Strings) -> Parsed:
        fitted = fitter.fit(raw)
        picked = dict(zip(paths, fitted.picked))
        message, level = describe(picked)
        columns = with_ids(fitted.columns, [picked[header]]) if header else fitted.columns
        if not to_mask(fitted.valid).all():
            message = choose(fitted.valid, message, raw)
            level = choose(fitted.valid, level, level_in_text(raw))
        return Parsed(columns, message, level, fitted.rescued, fitted.rescued_values, time_of(columns))

    return parse


LevelRule = tuple[tuple[FieldPath, ...], Callable[..., Strings]]
"""Paths, and a function from the texts there to levels."""


@dataclass(frozen=True)
class JsonShape:
    """How the records of one service look: JSON objects with the same keys.

    Attributes:
        keys: quoted texts that each record has, the rarest first.
        message: the paths whose texts are the message, as far as they are there.
        start: RE2 of the first keys, as the service writes them; empty for any.
        levels: the first rule that gives a level counts.
        failed: RE2 of a message that means ERROR; empty if none does.
        header: the path of a trace header.
        needs_message: a record has the first part of the message: a logger may put such a record into its own object.
    """

    keys: tuple[str, ...]
    message: tuple[FieldPath, ...]
    start: str = ""
    levels: tuple[LevelRule, ...] = ()
    failed: str = ""
    header: FieldPath = ()
    needs_message: bool = False

    def matches(self, raw: Strings) -> Booleans:
        """Which events are such records."""
        mask = to_mask(has_all(raw, *self.keys, start=self.start))
        if self.needs_message:
            passing(mask, raw, lambda own: infer_and_pick(own, self.message[:1])[1][0].is_valid())
        return pa.array(mask)

    def id_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The types of the ids in the trace headers of records."""
        if not self.header:
            return {}
        return dict.fromkeys(header_ids(infer_and_pick(raw.filter(self.matches(raw)), (self.header,))[1]), TEXT)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """`rest` parses other events; without it other JSON is parsed as such, and all else is plain text."""
        of_level = (path for paths, _ in self.levels for path in paths)
        paths = [path for path in dict.fromkeys((*self.message, *of_level, self.header)) if path]
        parse = object_parser(schema, paths, self._describe, header=self.header)
        left = rest or JsonFormat().parser(schema)
        return lambda raw: route(raw, [(self.matches, parse)], left)

    def _describe(self, picked: Picked) -> tuple[Strings, Strings]:
        message = words(*(picked[path] for path in self.message))
        levels = [error_if(matches(message, self.failed))] if self.failed else []
        levels += [level_of(*(picked[path] for path in paths)) for paths, level_of in self.levels]
        return message, coalesce(*levels, no_level(len(message)))


def error_if(where: Booleans) -> Strings:
    """ERROR for some events, null for the others."""
    return choose(pc.fill_null(where, False), "ERROR", NO_STRING)


def if_there(level: str, texts: Strings) -> Strings:
    """A level for the events that have a text, null for the others."""
    return choose(texts.is_valid(), level, NO_STRING)


@dataclass(eq=False)
class ObjectFormat(Format):
    """A format of records of some services, which are JSON objects.

    Attributes:
        records: how they look.
        id, signs, texts: see `Format`.
    """

    id: str
    records: tuple[JsonShape, ...]
    signs: tuple[Sign, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event is such a record."""
        return any_of(raw, [shape.matches for shape in self.records])

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """See `infer_json_types`; and the ids of trace headers."""
        return join_types([infer_json_types(raw), *(shape.id_types(raw) for shape in self.records)])

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """See `JsonShape.parser`."""
        left = rest or JsonFormat().parser(schema)
        for shape in reversed(self.records):
            left = shape.parser(schema, left)
        return left


def words(*texts: Strings) -> Strings:
    """Texts with a space between them, without those that are null; null if all are."""
    # Not with null_handling="skip": for a row of nulls that gives no row at all.
    parts = [pc.fill_null(pc.binary_join_element_wise("", text, " "), "") for text in texts]
    joined = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*parts, ""), 1)
    return without(joined, "")
