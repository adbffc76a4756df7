"""JSON objects whose message, level and time are at the places that a definition says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings, matches, pc, without
from loglake.kernels.formats.base import Parse
from loglake.kernels.formats.imports.shapes import Levels
from loglake.kernels.formats.json_kinds import Picked, object_parser
from loglake.kernels.formats.json_lines import braced
from loglake.kernels.json.infer_types import infer_and_pick


@dataclass(frozen=True)
class ObjectShape:
    """Events that are JSON objects with a certain field.

    Attributes:
        marker: the field that an object of this shape has.
        message: the field that is the message; the object itself is it if there is none.
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
