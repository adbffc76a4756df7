"""A format that a team brought along: each event is cut by the first of its patterns that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Callable

import pyarrow as pa

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings, coalesce, matches, no_mask, nulls, pc, to_mask, without
from loglake.kernels.formats.base import About, Parse, Parsed, any_of
from loglake.kernels.formats.delimited import Order, order_of
from loglake.kernels.formats.embedded import Objects, with_objects
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.own.objects import ObjectShape
from loglake.kernels.formats.own.shapes import REST, Shape, Value, types_of
from loglake.kernels.formats.own.times import to_iso
from loglake.kernels.formats.text import routes_parser
from loglake.kernels.formats.text_fields import cut, fill_columns

_QUOTED = r"""^(?:"((?s:.*))"|'((?s:.*))')$"""


@dataclass(eq=False)
class OwnFormat:
    """Events of the shapes that a definition says, the first one first; all else is plain text.

    The definition alone says which columns there are and which types they have, so that every batch gives the same.
    Only the fields of a JSON object that is the message are seen in the sample, as in all formats.
    """

    id: str
    about: About
    shapes: Sequence[Shape]
    objects: Sequence[ObjectShape] = ()

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event has one of the shapes."""
        tests: list[Callable[[Strings], Booleans]] = [each.matches for each in self.objects]
        return any_of(raw, [*tests, *(partial(_has, shape) for shape in self.shapes)])

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """All fields of the definition if an event is there at all, then those of JSON objects in the messages."""
        if not len(raw):
            return {}
        fields = dict(types_of(self.shapes))
        left = raw
        for objects in self.objects:
            mask = to_mask(objects.matches(left))
            fields = {**objects.infer_types(left.filter(pa.array(mask))), **fields}
            left = left.filter(pa.array(~mask))
        for shape in self.shapes:
            mask = to_mask(_has(shape, left))
            if shape.message and mask.any():
                own = left.filter(pa.array(mask))
                is_cut = shape.order and pc.all(_is_in(shape.order, own)).as_py()
                groups = _groups(shape, shape.order if is_cut else None, own)
                fields = with_objects(fields, _message(shape, groups), _level(shape, groups, int(mask.sum())))
            left = left.filter(pa.array(~mask))
        return fields

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """Each event by its first shape; one without any is plain text, or what the rest makes of it."""
        routes = [(each.matches, each.parser(schema)) for each in self.objects]
        for shape in self.shapes:
            routes += [(partial(_is_in, shape.order), _shape_parser(shape, schema, shape.order))] if shape.order else []
            routes.append((partial(_has, shape), _shape_parser(shape, schema)))
        return routes_parser(schema, routes, rest)


def _has(shape: Shape, raw: Strings) -> Booleans:
    return matches(raw, shape.pattern)


def _is_in(order: Order, raw: Strings) -> Booleans:
    return order.matches(raw) if order_of(raw, [order]) else pa.array(no_mask(len(raw)))


def _groups(shape: Shape, order: Order | None, raw: Strings) -> Mapping[str, Strings]:
    with suppress(pa.ArrowInvalid):
        if order:
            return order.cut(raw)
    return cut(raw, shape.pattern)


def _shape_parser(shape: Shape, schema: TableSchema, order: Order | None = None) -> Parse:
    objects = Objects(schema)
    types = {column.path: column.type for column in schema.columns}

    def parse(raw: Strings) -> Parsed:
        groups = _groups(shape, order, raw)
        fields = {value.path: _texts(value, groups, types) for value in shape.values}
        message = _message(shape, groups)
        parsed = fill_columns(fields, coalesce(message, raw), _level(shape, groups, len(raw)), schema)
        return objects.add(parsed, message) if shape.message else parsed

    return parse


def _texts(value: Value, groups: Mapping[str, Strings], types: Mapping[FieldPath, ColumnType]) -> Strings:
    texts = coalesce(*(groups[name] for name in value.groups))
    if value.blank:
        texts = without(texts, value.blank)
    if value.is_quoted:
        texts = pc.replace_substring_regex(texts, _QUOTED, r"\1\2")
    if value.forms and types.get(value.path) is ColumnType.TIMESTAMP:
        texts = to_iso(texts, value.forms)
    return texts


def _message(shape: Shape, groups: Mapping[str, Strings]) -> Strings:
    """What a person reads, with the lines after the first one; null if the shape has no message."""
    if not shape.message:
        return nulls(len(next(iter(groups.values()))) if groups else 0, pa.string())
    message = coalesce(*(groups[name] for name in shape.message))
    if REST in groups and groups[REST].null_count < len(message):
        both = pc.binary_join_element_wise(pc.fill_null(message, ""), pc.fill_null(groups[REST], ""), "")
        message = without(both, "")
    return without(pc.utf8_rtrim(message, "\r\n"), "")


def _level(shape: Shape, groups: Mapping[str, Strings], length: int) -> Strings:
    if not shape.level:
        return no_level(length)
    return shape.levels.of(pc.utf8_trim_whitespace(coalesce(*(groups[name] for name in shape.level))))
