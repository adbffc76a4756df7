"""Formats whose events start with a known prefix: a timestamp, a level, a name, then free text to the end.

A shape is an RE2 pattern, anchored at the start; its named groups are fields. Two groups are no fields: ``level`` is
normalised, and ``message`` is for a person to read. If the message is a JSON object, the object's fields count too. A
format has several shapes if its writers have several layouts; the first shape that matches cuts the event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Callable

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import Booleans, Strings, coalesce, matches, pc, without
from loglake.kernels.formats.base import FieldTypes, Parse, Parsed, Route, by_first, declared
from loglake.kernels.formats.embedded import Objects, with_objects
from loglake.kernels.formats.levels import no_level, normal_level
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.text import routes_parser
from loglake.kernels.formats.text_fields import REST, cut, fill_columns

Groups = dict[str, Strings]
Adjust = Callable[[Groups], Groups]
"""Adds to the groups of a shape what the text only implies, such as the level that a number stands for."""


def looks_like(raw: Strings, shapes: Sequence[str]) -> Booleans:
    """Which events have one of the shapes. Other events cost little: an anchored pattern fails early."""
    return matches(raw, _any_of(tuple(shapes)))


@lru_cache(maxsize=64)
def _any_of(shapes: tuple[str, ...]) -> str:
    """One pattern for all shapes, so RE2 reads each event once. Its groups lose their names: a name can't repeat."""
    return "|".join(f"(?:{re.sub(r'[?]P<[0-9A-Za-z_]+>', '?:', _start(shape))})" for shape in shapes)


def fields_of(
    raw: Strings, shapes: Sequence[str], fields: FieldTypes, adjust: Adjust = dict
) -> dict[FieldPath, InferredType]:
    """The fields of the shapes that the events have, in the order of `fields`, then the fields of JSON messages."""
    names, objects = set[str](), []
    for shape, own in _by_shape(raw, shapes):
        names |= set(re.findall(r"\?P<(\w+)>", shape))
        closed = own.filter(pc.ends_with(pc.ascii_rtrim(own, " \t\r\n"), "}"))
        objects += [_behind(adjust(cut(closed, shape)))] if len(closed) else []
    prefix = declared({name: seen for name, seen in fields.items() if name in names})
    return {**prefix, **{path: seen for path, seen in join_types(objects).items() if path not in prefix}}


def pieces_of(raw: Strings, shapes: Sequence[str]) -> Iterator[Groups]:
    """The groups of the events of each shape that some have."""
    return (cut(own, shape) for shape, own in _by_shape(raw, shapes))


def _by_shape(raw: Strings, shapes: Sequence[str]) -> Iterator[tuple[str, Strings]]:
    return ((shapes[at], own) for at, own in by_first(raw, [partial(_has, shape=shape) for shape in shapes]))


def _behind(groups: Groups) -> dict[FieldPath, InferredType]:
    if "message" not in groups:
        return {}
    message = groups["message"]
    return with_objects({}, message, _level(groups, len(message)))


def shapes_parser(
    schema: TableSchema, shapes: Sequence[str], adjust: Adjust = dict, rest: Parse | None = None
) -> Parse:
    """Cuts each event by the first shape that matches. `rest` parses other events; without it they are plain text."""
    return routes_parser(schema, shape_routes(schema, shapes, adjust), rest)


def shape_routes(schema: TableSchema, shapes: Sequence[str], adjust: Adjust = dict) -> list[Route]:
    """For each shape: which events have it, and a parser for them."""
    parse = groups_parser(schema)

    def parser(shape: str) -> Parse:
        return lambda raw: parse(raw, adjust(cut(raw, shape)))

    return [(partial(_has, shape=shape), parser(shape)) for shape in shapes]


@dataclass(frozen=True)
class Layouts:
    """How the events of a format of loggers look.

    Attributes:
        shapes: the layouts.
        fields: types of the groups in them.
        derived: types of the fields that only `LayoutsFormat.adjust` adds: they repeat part of the text, so none is
            rescued.
    """

    shapes: tuple[str, ...]
    fields: FieldTypes
    derived: FieldTypes = field(default_factory=dict)

    @property
    def types(self) -> FieldTypes:
        """Of all fields."""
        return {**self.fields, **self.derived}


class LayoutsFormat:
    """A format of loggers.

    Attributes:
        layouts: how its events look.
        signs: see `Sign`.
    """

    layouts: Layouts
    signs: tuple[Sign, ...] = ()

    def adjust(self, groups: Groups) -> Groups:
        """See `Adjust`."""
        return groups

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event starts with one of the layouts."""
        return looks_like(raw, self.layouts.shapes)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the layouts that are there."""
        seen = fields_of(raw, self.layouts.shapes, self.layouts.fields, self.adjust)
        # What is there keeps its place and its type.
        return {**seen, **declared(self.layouts.derived), **seen} if seen else {}

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """The message starts behind the layout's last name."""
        derived = self.layouts.derived.keys() - self.layouts.fields.keys()
        spare = {name for name in derived if (name,) not in schema.by_path()}

        def adjust(groups: Groups) -> Groups:
            return {name: texts for name, texts in self.adjust(groups).items() if name not in spare}

        return shapes_parser(schema, self.layouts.shapes, adjust, rest=rest)


def _has(raw: Strings, shape: str) -> Booleans:
    return matches(raw, _start(shape))


def _start(shape: str) -> str:
    """The shape without `REST` at its end: `REST` matches anything, so the search can skip it."""
    return shape[: -len(REST)] if shape.endswith(REST) else shape


def groups_parser(schema: TableSchema) -> Callable[[Strings, Groups], Parsed]:
    """A function from events and their groups to columns, ``message`` and ``level`` apart.

    If the message is empty or missing, it is the whole event.
    """
    objects = Objects(schema)

    def parse(raw: Strings, groups: Groups) -> Parsed:
        texts: dict[FieldPath, Strings] = {
            (name,): values for name, values in groups.items() if name not in ("message", "level")
        }
        level = _level(groups, len(raw))
        if "message" not in groups:
            return fill_columns(texts, raw, level, schema)
        message = without(pc.utf8_rtrim(groups["message"], "\r\n"), "")
        return objects.add(fill_columns(texts, coalesce(message, raw), level, schema), message)

    return parse


def _level(groups: Groups, length: int) -> Strings:
    return normal_level(groups["level"]) if "level" in groups else no_level(length)
