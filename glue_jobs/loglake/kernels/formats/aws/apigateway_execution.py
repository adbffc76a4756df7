"""Execution logs of API Gateway: what each step did with a request, an event per step that starts with its id."""

from __future__ import annotations

from loglake.kernels.arrow import NO_STRING, choose, coalesce, matches
from loglake.kernels.formats.base import TEXT, WHOLE, About
from loglake.kernels.formats.levels import level_in_text
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.text_fields import REST, cut

_ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TIME = r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d UTC \d{4}"
_STEP = "|".join(
    (
        *(
            "Starting execution for request",
            "Extended Request Id",
            "X-ray Tracing ID",
            "Verifying Usage Plan for request",
        ),
        *("API Key ID", "API Key authorized", "API Key", "Usage Plan check succeeded for API Key", "HTTP Method"),
        *(
            "Key throttle limit exceeded for Usage Plan",
            "Usage plan quota exceeded for Usage Plan",
            "Starting authorizer",
        ),
        *("Using valid authorizer policy for principal", "Successfully completed authorizer execution"),
        *("Authorizer result body before parsing", "Unauthorized request", "Request body does not match model schema"),
        "Method request (?:path|query string|headers|body before transformations)",
        "Endpoint request (?:URI|headers|body after transformations)",
        "Endpoint response (?:headers|body before transformations)",
        "Method response (?:headers|body after transformations)",
        *("Sending request to", "Received response", "AWS Integration Endpoint RequestId", "Gateway response type"),
        *("Successfully completed execution", "Method completed with status", "Execution failed(?: due to [a-z ]+)?"),
        *("Execution aborted", "Lambda execution failed with status"),
    )
)
_PARTS = {
    "step": rf"^(?P<step>{_STEP})(?:[:.\s]|$)",
    "http_method": r"^HTTP Method: (?P<http_method>[A-Z]+)",
    "resource_path": r"^HTTP Method: [A-Z]+, Resource Path: (?P<resource_path>\S+)",
    "status": (
        r"^(?:Method completed with status: |Received response\. Status: |Lambda execution failed with status )"
        r"(?P<status>\d+)"
    ),
    "integration_latency_ms": r"Integration latency: (?P<integration_latency_ms>\d+) ms",
    "extended_request_id": r"^Extended Request Id: (?P<extended_request_id>\S+)",
}
_FAILED = (
    r"^(?:Execution failed|Lambda execution failed|Execution aborted|Gateway response type: DEFAULT_5XX)"
    r"|^Method completed with status: 5\d\d"
)


class ApiGatewayExecutionFormat(LayoutsFormat):
    """Events such as ``(8f5e2f64-1c53-4d6c-9c1c-0c6a5a2d7b11) Method completed with status: 200``."""

    layouts = Layouts(
        shapes=(
            rf"^\((?P<request_id>{_ID})\) {REST}",
            rf"^Execution log for request (?P<request_id>[\w-]+)\r?\n(?:(?P<timestamp>{_TIME}) : )?{REST}",
            rf"^(?P<timestamp>{_TIME}) : {REST}",
        ),
        fields={"request_id": TEXT, "timestamp": TEXT},
        derived={
            "step": TEXT,
            "http_method": TEXT,
            "resource_path": TEXT,
            "status": WHOLE,
            "integration_latency_ms": WHOLE,
            "extended_request_id": TEXT,
        },
    )
    signs = (Sign(r"\([0-9a-f]{8}-|Execution log|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]"),)
    id = "apigateway_execution"
    about = About(
        title="Execution logs of API Gateway",
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
        detection="The id of a request in parentheses at the start; or the times of a test in the console.",
        level=(
            "ERROR if the execution failed or the method's status is 5xx; of a text that is no step, a word such as "
            "ERROR near its start."
        ),
        example="(8f5e2f64-1c53-4d6c-9c1c-0c6a5a2d7b11) HTTP Method: GET, Resource Path: /orders/17",
        rare=layouts.types,
    )

    def adjust(self, groups: Groups) -> Groups:
        """Cuts the step and its values out of the text."""
        text = groups["message"]
        found = {name: cut(text, pattern)[name] for name, pattern in _PARTS.items()}
        named = choose(found["step"].is_null(), level_in_text(text), NO_STRING)
        level = coalesce(choose(matches(text, _FAILED), "ERROR", NO_STRING), named)
        return {**groups, **found, "level": level}
