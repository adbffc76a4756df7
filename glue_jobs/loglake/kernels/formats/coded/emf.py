"""CloudWatch's embedded metric format: JSON objects whose member ``_aws`` says which other members are metrics."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import NO_STRING, Booleans, Mask, Strings, choose, coalesce, matches, no_mask, pc, texts_of
from loglake.kernels.formats.base import BRACE, FieldTypes, Format, Parse, Parsed, Sign, route
from loglake.kernels.formats.json_kinds import has_all
from loglake.kernels.formats.json_lines import JsonFormat, parsed_objects
from loglake.kernels.formats.objects.paths import ObjectFitter, infer_objects
from loglake.kernels.formats.text_fields import cut
from loglake.kernels.json.read import no_numbers, read_objects
from loglake.kernels.json.walk import NotJsonError, walk

METADATA: FieldPath = ("_aws",)
FIELDS: FieldTypes = {METADATA[0]: InferredType(ColumnType.STRING, json=True)}

_DEPTH = 8
_STRING = r'"(?:[^"\\]|\\.)*"'


def _nested(depth: int) -> str:
    """Brackets that pair up to a depth, whatever is between them."""
    inner = f"|{_nested(depth - 1)}" if depth > 1 else ""
    return rf'[\[{{](?:[^"\[\]{{}}]|{_STRING}{inner})*[\]}}]'


_NESTED = _nested(_DEPTH)
_MEMBER = rf'\s*{_STRING}\s*:\s*(?:[^"\[\]{{}},\s]+|{_STRING}|{_NESTED})\s*'
_PARTS = (
    rf'^\s*\{{(?P<before>(?:{_MEMBER},)*)\s*"_aws"\s*:\s*(?P<metadata>{_NESTED})\s*'
    rf"(?P<after>(?:,{_MEMBER})*)\}}\s*$"
)
"""Whole members only are before and after, so that the key is one of the outermost object."""

_TIMESTAMP = r'"Timestamp"\s*:\s*(?P<time>\d{13})'
_NO_METADATA = r'"_aws"\s*:\s*[^{\s]'
"""A member of that name that is no object, such as an array: it is a value like any other."""


class EmfFormat(Format):
    """JSON objects with ``_aws`` and ``CloudWatchMetrics`` in it, among other JSON objects.

    Metrics and dimensions are columns as in plain JSON, and so are message and level. ``_aws`` is one column, its JSON
    text. In an event that nests deeper than eight brackets its members are fields as any others.
    """

    signs = (Sign(BRACE, "CloudWatchM"),)
    id = "emf"
    fields = FIELDS

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event has both keys."""
        return has_all(raw, '"_aws"', '"CloudWatchMetrics"')

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The metadata as JSON text, then what `infer_objects` sees in the rest."""
        apart = _are_apart(raw)
        metadata, rest = _part(raw.filter(apart))
        column = {METADATA: InferredType(ColumnType.STRING, json=True)} if metadata.null_count < len(metadata) else {}
        return join_types([column, infer_objects(rest)[0], infer_objects(raw.filter(pc.invert(apart)))[0]])

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """`rest` parses other events; without it other JSON is parsed as JSON, and all else is plain text.

        If the table has no text column for the metadata, its members are fields like any others.
        """
        left = rest or JsonFormat().parser(schema)
        column = schema.by_path().get(METADATA)
        if column is None or column.type is not ColumnType.STRING:
            return left
        index = schema.columns.index(column)
        # A second `_aws` is an object like any other: the column is for the one that is taken out.
        columns = (*schema.columns[:index], replace(column, json=False), *schema.columns[index + 1 :])
        parse = _apart_parser(ObjectFitter(replace(schema, columns=columns)), index)
        return lambda raw: route(raw, [(self._is_apart, parse)], left)

    def _is_apart(self, raw: Strings) -> Booleans:
        looks = self.matches(raw)
        return pc.and_(looks, _are_apart(raw)) if pc.any(looks).as_py() else looks


def _are_apart(raw: Strings) -> Booleans:
    """Which events the pattern takes apart into metadata and the rest."""
    return pc.and_(matches(raw, _PARTS), pc.invert(matches(raw, _NO_METADATA)))


def _apart_parser(fitter: ObjectFitter, index: int) -> Parse:
    """Parses events without their metadata; the metadata goes to the column at the index."""

    def parse(raw: Strings) -> Parsed:
        metadata, rest = _part(raw)
        objects = fitter.fit(rest)
        columns = list(objects.fitted.columns)
        # If an event has `_aws` twice, the first one stays in the rest, and is rescued.
        columns[index] = pc.if_else(objects.fitted.valid, metadata, pa.scalar(None, pa.string()))
        parsed = parsed_objects(raw, objects)
        time = cut(metadata, _TIMESTAMP)["time"]
        return replace(parsed, columns=columns, time=time if parsed.time is None else coalesce(parsed.time, time))

    return parse


def _is_object(text: str) -> bool:
    try:
        walk(text)
    except NotJsonError:
        return False
    return True


def _part(raw: Strings) -> tuple[Strings, Strings]:
    """Splits events that match the pattern: the metadata, and the event without it.

    If the found metadata is no JSON, the event is no JSON either, and stays whole.
    """
    parts = cut(raw, _PARTS)
    before = pc.utf8_rtrim(pc.fill_null(parts["before"], ""), ",")
    members = pc.utf8_ltrim(pc.binary_join_element_wise(before, pc.fill_null(parts["after"], ""), ""), ",")
    rest = pc.binary_join_element_wise("{", members, "}", "")
    whole = pa.array(_no_objects(parts["metadata"]))
    return choose(whole, NO_STRING, parts["metadata"]), choose(whole, raw, rest)


def _no_objects(metadata: Strings) -> Mask:
    """Which texts are no JSON objects; decided one by one, but only if Arrow refuses the batch."""
    if not len(metadata):
        return no_mask(0)
    doubt = no_numbers(metadata) if read_objects(metadata, None) is not None else ~no_mask(len(metadata))
    bad = doubt.copy()
    bad[doubt] = [not _is_object(text) for text in texts_of(metadata.filter(pa.array(doubt)))]
    return bad
