"""Plain text: the floor under every other format."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings, nulls
from loglake.kernels.formats.base import Format, Parse, Parsed, Route, route
from loglake.kernels.formats.levels import level_in_text
from loglake.kernels.json.scalars import ARROW_TYPES


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
        return lambda raw: Parsed(
            columns=[nulls(len(raw), ARROW_TYPES[column.type]) for column in schema.columns],
            message=raw,
            level=level_in_text(raw),
            rescued=nulls(len(raw), pa.string()),
        )


def routes_parser(schema: TableSchema, routes: Sequence[Route], rest: Parse | None) -> Parse:
    """Each event by the first route that recognises it. `rest` parses other events; without it they are plain text."""
    left = rest or TextFormat().parser(schema)
    return lambda raw: route(raw, routes, left)
