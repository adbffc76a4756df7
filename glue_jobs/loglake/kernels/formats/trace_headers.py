"""The ids in trace headers, which get columns beside the header: W3C's ``traceparent``, and AWS X-Ray's.

https://www.w3.org/TR/trace-context/#traceparent-header,
https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from __future__ import annotations

from collections.abc import Mapping

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType
from loglake.core.schema.trace_names import HEADER_SPAN_ID, HEADER_TRACE_ID
from loglake.kernels.arrow import Strings, coalesce
from loglake.kernels.formats.text_fields import cut

HEADER_PATHS: tuple[FieldPath, ...] = tuple(
    (*parent, name) for parent in ((), ("headers",)) for name in ("traceparent", "X-Amzn-Trace-Id", "x-amzn-trace-id")
)
"""Where an object has a trace header."""

_HEX = "[0-9a-fA-F]"
XRAY_ROOT = rf"(?:^|;) *Root=(?P<xray_trace_id>1-{_HEX}{{8}}-{_HEX}{{24}})"
_PATTERNS = (
    r"^[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}(?:-|$)",
    rf"(?:^|;) *Root=(?P<trace>1-{_HEX}{{8}}-{_HEX}{{24}})(?:;|$)",
    rf"(?:^|;) *Parent=(?P<span>{_HEX}{{16}})(?:;|$)",
)


def header_ids(picked: Mapping[FieldPath, Strings]) -> dict[FieldPath, Strings]:
    """The ids in the headers at `HEADER_PATHS`, by the path of their field; none if no event has one."""
    headers = [picked[path] for path in HEADER_PATHS if picked[path].null_count < len(picked[path])]
    if not headers:
        return {}
    texts = coalesce(*headers)
    found: dict[FieldPath, list[Strings]] = {HEADER_TRACE_ID: [], HEADER_SPAN_ID: []}
    for pattern in _PATTERNS:
        groups = cut(texts, pattern)
        for path, name in ((HEADER_TRACE_ID, "trace"), (HEADER_SPAN_ID, "span")):
            if name in groups:
                found[path].append(groups[name])
    ids = {path: coalesce(*values) for path, values in found.items()}
    return {path: values for path, values in ids.items() if values.null_count < len(values)}


def id_types(ids: Mapping[FieldPath, Strings]) -> dict[FieldPath, InferredType]:
    """The types of what `header_ids` found."""
    return dict.fromkeys(ids, InferredType(ColumnType.STRING))
