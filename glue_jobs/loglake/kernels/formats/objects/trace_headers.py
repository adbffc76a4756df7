"""The ids in trace headers, which get columns beside the header: W3C's ``traceparent``, and AWS X-Ray's.

https://www.w3.org/TR/trace-context/#traceparent-header,
https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Callable

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, column_name
from loglake.core.schema.trace_names import HEADER_SPAN_ID, HEADER_TRACE_ID
from loglake.kernels.arrow import NO_STRING, Array, Strings, choose, coalesce, matches, pc
from loglake.kernels.formats.text_fields import cut, least_type

HEADER_NAMES = ("traceparent", "X-Amzn-Trace-Id", "x-amzn-trace-id")
HEADER_PATHS: tuple[FieldPath, ...] = tuple(
    (*parent, name)
    for parent in ((), ("headers",), ("req", "headers"), ("request", "headers"))
    for name in HEADER_NAMES
)
"""Where an object has a trace header."""

_HEX = "[0-9a-fA-F]"
_PATTERNS = (
    r"^(?:[0-9a-e][0-9a-f]|f[0-9a-e])-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}(?:-|$)",
    rf"(?:^|;) *Root=(?P<trace>1-{_HEX}{{8}}-{_HEX}{{24}})(?:;|$)",
    rf"(?:^|;) *Parent=(?P<span>{_HEX}{{16}})(?:;|$)",
)

_INVALID = r"^[0-9a-f]{2}-(?:0{32}-|[0-9a-f]{32}-0{16}-)"
"""Ids of zeros: the whole header is to be ignored then, as with the version ``ff``."""

_ID_NAMES = frozenset({"trace_id", "span_id"})


def header_ids(headers: Iterable[Strings]) -> dict[FieldPath, Strings]:
    """The ids in trace headers, by the path of their field; none if no event has one.

    Both ids of an event are of the first of its headers that has one.
    """
    there = [each for each in headers if each.null_count < len(each)]
    if not there:
        return {}
    traces, spans = _ids(there[0])
    for header in there[1:]:
        is_first = pc.and_(pc.is_null(traces), pc.is_null(spans))
        more_traces, more_spans = _ids(header)
        traces, spans = choose(is_first, more_traces, traces), choose(is_first, more_spans, spans)
    ids = {HEADER_TRACE_ID: traces, HEADER_SPAN_ID: spans}
    return {path: values for path, values in ids.items() if values.null_count < len(values)}


def _ids(header: Strings) -> tuple[Strings, Strings]:
    """The trace ids and span ids of a header's texts."""
    texts = choose(pc.fill_null(matches(header, _INVALID), False), NO_STRING, header)
    w3c, root, parent = (cut(texts, pattern) for pattern in _PATTERNS)
    return coalesce(w3c["trace"], root["trace"]), coalesce(w3c["span"], parent["span"])


def with_header_ids(pairs: Mapping[str, Strings]) -> dict[str, Strings]:
    """Pairs of key and value, and the ids of the trace headers among them."""
    headers = [pairs[name] for name in HEADER_NAMES if name in pairs]
    return {**pairs, **{name: values for (name,), values in header_ids(headers).items()}}


def pair_type(name: str, texts: Strings) -> InferredType:
    """The least type of a pair's values; text for an id: one may be of digits alone, and the next one not."""
    is_id = column_name((name,)) in _ID_NAMES
    return InferredType(ColumnType.STRING if is_id else least_type(texts))


def id_filler(schema: TableSchema) -> Callable[[Sequence[Array], Iterable[Strings]], list[Array]]:
    """A function that gives a table's columns the ids of trace headers, if it keeps any; none is rescued."""
    places: dict[FieldPath, int] = {
        column.path: index
        for index, column in enumerate(schema.columns)
        if column.path in (HEADER_TRACE_ID, HEADER_SPAN_ID) and column.type is ColumnType.STRING
    }

    def filled(columns: Sequence[Array], headers: Iterable[Strings]) -> list[Array]:
        found, made = header_ids(headers) if places else {}, list(columns)
        for path in found.keys() & places.keys():
            made[places[path]] = coalesce(made[places[path]], found[path])
        return made

    return filled
