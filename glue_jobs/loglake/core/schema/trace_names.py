"""Fields that hold the ids of a trace, a span or a request, whatever a logger calls them: they share one name.

Sources: OpenTelemetry's log model and its bridges, the Elastic Common Schema, Datadog's and .NET's log correlation.
"""

from __future__ import annotations

from collections.abc import Mapping

_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "trace_id": ("traceId", "TraceId", "traceID", "TraceID", "dd.trace_id", "otelTraceID", "x_trace_id"),
    "span_id": ("spanId", "SpanId", "spanID", "SpanID", "dd.span_id", "otelSpanID"),
    "request_id": (
        "requestId",
        "RequestId",
        "requestID",
        "RequestID",
        "reqId",
        "reqID",
        "x_request_id",
        "X-Request-Id",
        "x-request-id",
    ),
}

TRACE_NAMES: Mapping[tuple[str, ...], str] = {
    path: name
    for name, spellings in _SPELLINGS.items()
    for spelling in spellings
    for path in {(spelling,), tuple(spelling.split("."))}
}
"""The column's name by the path of the field. Paths that clean to the name anyway, such as ``trace.id``, need none."""
