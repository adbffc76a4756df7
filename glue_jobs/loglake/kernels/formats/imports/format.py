"""A format that a team brought along: objects of some shapes, and events of the shapes of text."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings, to_mask
from loglake.kernels.formats.base import Parse, any_of
from loglake.kernels.formats.imports.objects import ObjectShape
from loglake.kernels.formats.imports.shapes import with_all_fields
from loglake.kernels.formats.shape import Shape, ShapedFormat
from loglake.kernels.formats.text import routes_parser


class OwnFormat(ShapedFormat):
    """Events of the shapes that a definition says, the first one first; all else is plain text.

    Attributes:
        left_out: why a part of the definition is not used, in sentences.
    """

    def __init__(
        self,
        name: str,
        shapes: Sequence[Shape],
        objects: Sequence[ObjectShape] = (),
        left_out: Sequence[str] = (),
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
