"""CloudWatch's embedded metric format: JSON objects whose member ``_aws`` says which other members are metrics."""

from __future__ import annotations

from dataclasses import replace

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import Booleans, Strings, coalesce, nulls
from loglake.kernels.formats.base import BRACE, FieldTypes, Format, Parse, Parsed, Sign, route
from loglake.kernels.formats.json_kinds import has_all
from loglake.kernels.formats.json_lines import JsonFormat, parsed_objects
from loglake.kernels.formats.objects.paths import ObjectFitter, infer_objects
from loglake.kernels.formats.text_fields import cut
from loglake.kernels.json.scalars import ARROW_TYPES

METADATA: FieldPath = ("_aws",)
FIELDS: FieldTypes = {METADATA[0]: InferredType(ColumnType.STRING, json=True)}

_TIMESTAMP = r'"Timestamp"\s*:\s*(?P<time>\d{13})'


class EmfFormat(Format):
    """JSON objects with ``_aws`` and ``CloudWatchMetrics`` in it, among other JSON objects.

    Metrics and dimensions are columns as in plain JSON, and so are message and level. ``_aws`` is one column, its JSON
    text, like any object that a table holds as a whole.
    """

    signs = (Sign(BRACE, "CloudWatchM"),)
    id = "emf"
    fields = FIELDS

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event has both keys."""
        return has_all(raw, '"_aws"', '"CloudWatchMetrics"')

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The metadata as JSON text, then what `infer_objects` sees in the rest."""
        seen = infer_objects(raw)[0]
        rest = {path: each for path, each in seen.items() if not _is_inside(path)}
        return join_types([{METADATA: FIELDS[METADATA[0]]} if len(rest) < len(seen) else {}, rest])

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """`rest` parses other events; without it other JSON is parsed as JSON, and all else is plain text.

        If the table has no text column for the metadata, its members are fields like any others.
        """
        left = rest or JsonFormat().parser(schema)
        column = schema.by_path().get(METADATA)
        if column is None or column.type is not ColumnType.STRING:
            return left
        own = replace(schema, columns=tuple(each for each in schema.columns if not _is_inside(each.path)))
        index, fitter = own.columns.index(column), ObjectFitter(own)

        def parse(raw: Strings) -> Parsed:
            parsed = parsed_objects(raw, fitter.fit(raw))
            time = cut(parsed.columns[index], _TIMESTAMP)["time"]
            by_path = dict(zip(own.by_path(), parsed.columns))
            return replace(
                parsed,
                columns=[by_path.get(each.path, nulls(len(raw), ARROW_TYPES[each.type])) for each in schema.columns],
                time=time if parsed.time is None else coalesce(parsed.time, time),
            )

        return lambda raw: route(raw, [(self.matches, parse)], left)


def _is_inside(path: FieldPath) -> bool:
    """Whether a field is a part of the metadata, as other objects with ``_aws`` may have one."""
    return path[:1] == METADATA != path
