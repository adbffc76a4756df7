"""A format that a team brought along: objects of some shapes, and events of the shapes of text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings, matches, pc, to_mask, without
from loglake.kernels.formats.base import Parse, any_of
from loglake.kernels.formats.imports.shapes import Levels, with_all_fields
from loglake.kernels.formats.json_kinds import Picked, object_parser
from loglake.kernels.formats.objects.among_text import braced
from loglake.kernels.formats.shape import Shape, ShapedFormat
from loglake.kernels.formats.text_fields import routes_parser
from loglake.kernels.json.infer_types import infer_and_pick


@dataclass(frozen=True)
class ObjectShape:
    """Events that are JSON objects with a certain field.

    Attributes:
        marker: the field that an object of this shape has.
        message: the field that is the message.
        level: the field that has the level.
        levels: what its texts mean.
        types: of the fields that the definition names.
    """

    marker: FieldPath
    message: FieldPath
    level: FieldPath
    levels: Levels = field(default_factory=Levels)
    types: Mapping[FieldPath, InferredType] = field(default_factory=dict)

    def matches(self, raw: Strings) -> Booleans:
        """Which events start and end as objects do, and name the field."""
        return pc.and_(braced(raw), matches(raw, rf'"{re.escape(self.marker[-1])}"\s*:'))

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields that the definition names, with its types, then the others that the objects have."""
        seen, _ = infer_and_pick(raw, (self.message, self.level))
        apart = {path for path in self._envelope if path not in seen or seen[path].type is ColumnType.STRING}
        known = {path: kind for path, kind in self.types.items() if path not in apart}
        others = {path: each for path, each in seen.items() if path not in {*known, *apart}}
        return {**known, **{path: InferredType(each.type, json=each.json) for path, each in others.items()}}

    @property
    def _envelope(self) -> frozenset[FieldPath]:
        """What is in the columns ``message`` and ``level``."""
        return frozenset({self.message, self.level})

    def parser(self, schema: TableSchema) -> Parse:
        """Fits objects to the schema; what looks like an object and is none is plain text."""
        return object_parser(schema, (self.message, self.level), self._describe, leave=self._envelope)

    def _describe(self, picked: Picked) -> tuple[Strings, Strings]:
        return without(picked[self.message], ""), self.levels.of(picked[self.level])


class OwnFormat(ShapedFormat):
    """Events of the shapes that a definition says, the first one first; all else is plain text."""

    def __init__(
        self, name: str, shapes: Sequence[Shape], objects: Sequence[ObjectShape] = (), left_out: Sequence[str] = ()
    ) -> None:
        super().__init__(name, with_all_fields(shapes))
        self._objects = objects
        self.left_out = tuple(left_out)

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event has one of the shapes."""
        texts = [super().matches] if self.shapes.shapes else []
        return any_of(raw, [*(each.matches for each in self._objects), *texts])

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """All fields of the definition if an event is there at all, then those of JSON objects in the messages."""
        if not len(raw) or not self._objects:
            return super().infer_types(raw) if self.shapes.shapes else {}
        seen: dict[FieldPath, InferredType] = {}
        for objects in self._objects:
            mask = to_mask(objects.matches(raw))
            seen = {**objects.infer_types(raw.filter(pa.array(mask))), **seen}
            raw = raw.filter(pa.array(~mask))
        if not self.shapes.shapes:
            return seen
        own = {path: each for shape in self.shapes.shapes for path, each in shape.declared(shape.fields).items()}
        known = {**seen, **own}
        return {**known, **{path: each for path, each in super().infer_types(raw).items() if path not in known}}

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """Each event by its first shape; one without any is plain text, or what the rest makes of it."""
        routes = [(each.matches, each.parser(schema)) for each in self._objects]
        left = super().parser(schema, rest) if self.shapes.shapes else rest
        return routes_parser(schema, routes, left)
