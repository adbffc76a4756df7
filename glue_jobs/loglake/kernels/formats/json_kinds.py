"""Shared by the formats of services that write JSON: each is JSON with its own detection, message and level.

The columns are those that plain JSON would make, so a table of mixed JSON events has one schema whatever its format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Callable

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import (
    NO_STRING,
    Booleans,
    Strings,
    choose,
    coalesce,
    contains,
    matches,
    no_mask,
    pc,
    to_mask,
    without,
)
from loglake.kernels.formats.base import Format, Parse, Parsed, Sign, route
from loglake.kernels.formats.json_lines import JsonFormat, braced
from loglake.kernels.formats.levels import level_in_text, no_level
from loglake.kernels.formats.objects.trace_headers import IdColumns, header_ids, id_types
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
        if not mask.any():
            break
        mask[mask] = to_mask(matches(raw if mask.all() else raw.filter(pa.array(mask)), pattern))
    return pa.array(mask)


def kind_parser(
    schema: TableSchema,
    is_kind: Callable[[Strings], Booleans],
    paths: Sequence[FieldPath],
    describe: Callable[[Picked], tuple[Strings, Strings]],
    *,
    header: FieldPath = (),
    rest: Parse | None = None,
) -> Parse:
    """A parser that gives events of one kind a message and a level of their own.

    Args:
        schema: the table's columns.
        is_kind: which events are of the kind.
        paths: what `describe` needs.
        describe: message and level from the texts at the paths; a null message becomes the event's text.
        header: one of `paths`, a trace header. The ids in it get columns.
        rest: parses events of no such kind; without it other JSON is parsed as such, and all else is plain text.
    """
    fitter, ids = Fitter(schema, paths), IdColumns(schema)

    def parse(raw: Strings) -> Parsed:
        fitted = fitter.fit(raw)
        picked = dict(zip(paths, fitted.picked))
        message, level = describe(picked)
        columns = ids.filled(fitted.columns, [picked[header]]) if header else fitted.columns
        if not to_mask(fitted.valid).all():  # looked like JSON and is none: text, with the level that text has
            message = choose(fitted.valid, message, NO_STRING)
            level = choose(fitted.valid, level, level_in_text(raw))
        return Parsed(columns, coalesce(message, raw), level, fitted.rescued, fitted.rescued_values)

    left = rest or JsonFormat().parser(schema)
    return lambda raw: route(raw, [(is_kind, parse)], left)


@dataclass(frozen=True)
class JsonShape:
    """How the records of one service look: JSON objects with the same keys.

    Attributes:
        start: RE2 of the first keys, as the service writes them.
        keys: quoted keys that each record has, too.
        message: the paths whose texts are the message, as far as they are there.
        level: by level, the path whose presence means it.
    """

    start: str
    keys: tuple[str, ...]
    message: tuple[FieldPath, ...]
    level: Mapping[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> tuple[FieldPath, ...]:
        """What message and level are made of."""
        return tuple(dict.fromkeys((*self.message, *(tuple(name.split(".")) for name in self.level.values()))))

    def describe(self, picked: Picked) -> tuple[Strings, Strings]:
        """Message and level from the texts at the paths."""
        message = words(*(picked[path] for path in self.message))
        level = no_level(len(message))
        for name, path in self.level.items():
            level = coalesce(level, choose(picked[tuple(path.split("."))].is_valid(), name, NO_STRING))
        return message, level


@dataclass(eq=False)
class ObjectFormat(Format):
    """A format of one service's records, which are JSON objects.

    Attributes:
        shape: how the records look.
        id, signs, texts: see `Format`.
    """

    id: str
    shape: JsonShape
    signs: tuple[Sign, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event starts with the first keys, as the service writes them, and has the others."""
        return has_all(raw, *self.shape.keys, start=self.shape.start)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """See `infer_json_types`."""
        return infer_json_types(raw)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """See `kind_parser`."""
        return kind_parser(schema, self.matches, self.shape.paths, self.shape.describe, rest=rest)


def id_types_at(
    raw: Strings, is_kind: Callable[[Strings], Booleans], header: FieldPath
) -> dict[FieldPath, InferredType]:
    """The types of the ids in the trace headers of events of one kind."""
    return id_types(header_ids(infer_and_pick(raw.filter(is_kind(raw)), (header,))[1]))


def words(*texts: Strings) -> Strings:
    """Texts with a space between them, without those that are null; null if all are."""
    # Not with null_handling="skip": for a row of nulls that gives no row at all.
    parts = [pc.fill_null(pc.binary_join_element_wise("", text, " "), "") for text in texts]
    joined = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*parts, ""), 1)
    return without(joined, "")
