"""The ids in trace headers, which get columns beside the header: W3C's ``traceparent``, and AWS X-Ray's.

https://www.w3.org/TR/trace-context/#traceparent-header,
https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from __future__ import annotations

from collections.abc import Mapping

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType
from loglake.core.schema.trace_names import HEADER_SPAN_ID, HEADER_TRACE_ID
from loglake.kernels.arrow import NO_STRING, Strings, choose, coalesce, matches, pc
from loglake.kernels.formats.text_fields import cut

HEADER_PATHS: tuple[FieldPath, ...] = tuple(
    (*parent, name) for parent in ((), ("headers",)) for name in ("traceparent", "X-Amzn-Trace-Id", "x-amzn-trace-id")
)
"""Where an object has a trace header."""

_HEX = "[0-9a-fA-F]"
XRAY_ROOT = rf"(?:^|;) *Root=(?P<xray_trace_id>1-{_HEX}{{8}}-{_HEX}{{24}})"
_PATTERNS = (
    r"^(?:[0-9a-e][0-9a-f]|f[0-9a-e])-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}(?:-|$)",
    rf"(?:^|;) *Root=(?P<trace>1-{_HEX}{{8}}-{_HEX}{{24}})(?:;|$)",
    rf"(?:^|;) *Parent=(?P<span>{_HEX}{{16}})(?:;|$)",
)

_INVALID = r"^[0-9a-f]{2}-(?:0{32}-|[0-9a-f]{32}-0{16}-)"
"""Ids of zeros: the whole header is to be ignored then, as with the version ``ff``."""


def header_ids(picked: Mapping[FieldPath, Strings]) -> dict[FieldPath, Strings]:
    """The ids in the headers at `HEADER_PATHS`, by the path of their field; none if no event has one.

    Both ids of an event are of the first of its headers that has one.
    """
    headers = [picked[path] for path in HEADER_PATHS if picked[path].null_count < len(picked[path])]
    if not headers:
        return {}
    traces, spans = _ids(headers[0])
    for header in headers[1:]:
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


def id_types(ids: Mapping[FieldPath, Strings]) -> dict[FieldPath, InferredType]:
    """The types of what `header_ids` found."""
    return dict.fromkeys(ids, InferredType(ColumnType.STRING))
