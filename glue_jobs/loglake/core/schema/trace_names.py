"""Fields that hold the ids of a trace, a span or a request, whatever a logger calls them: they share one name.

Fields of trace headers (`HEADER_TRACE_ID`) are named so too.

Sources: OpenTelemetry's log model and its bridges, the Elastic Common Schema, Datadog's and .NET's log correlation, the
contexts of log4j, logback and Quarkus, Serilog's compact format, AWS Lambda and its Powertools.
"""

from __future__ import annotations

from collections.abc import Mapping

HEADER_TRACE_ID, HEADER_SPAN_ID = ("trace_header.trace_id",), ("trace_header.span_id",)
"""The ids that a trace header holds, such as W3C's ``traceparent``: parts of its text, and no fields of the object."""

_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "trace_id": (
        "traceId",
        "TraceId",
        "traceID",
        "TraceID",
        "dd.trace_id",
        "otelTraceID",
        "x_trace_id",
        "xrayTraceId",
        "xray_trace_id",
        "@tr",
        "mdc.traceId",
        "mdc.trace_id",
        "contextMap.traceId",
        "contextMap.trace_id",
        *HEADER_TRACE_ID,
    ),
    "span_id": (
        "spanId",
        "SpanId",
        "spanID",
        "SpanID",
        "dd.span_id",
        "otelSpanID",
        "@sp",
        "mdc.spanId",
        "mdc.span_id",
        "contextMap.spanId",
        "contextMap.span_id",
        *HEADER_SPAN_ID,
    ),
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
        "mdc.requestId",
        "mdc.request_id",
        "contextMap.requestId",
        "contextMap.request_id",
        "record.requestId",
        "httpRequest.requestId",
        "AWSRequestId",
        "awsRequestId",
        "aws_request_id",
        "function_request_id",
        "lambda_request_id",
    ),
}

TRACE_NAMES: Mapping[tuple[str, ...], str] = {
    path: name
    for name, spellings in _SPELLINGS.items()
    for spelling in spellings
    for path in {(spelling,), tuple(spelling.split("."))}
}
"""The column's name by the path of the field. Paths that clean to the name anyway, such as ``trace.id``, need none."""
