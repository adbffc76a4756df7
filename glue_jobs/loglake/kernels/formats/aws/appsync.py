"""Logs of AppSync as lines: each starts with the id of the request; its logs of fields are JSON."""

from __future__ import annotations

from loglake.kernels.formats.base import TEXT, WHOLE, About
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.text_fields import cut

_ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_STARTS = (
    "Begin Request|End Request|Begin Execution|End Execution|Begin Tracing|End Tracing|End Field Execution|"
    "GraphQL Query: |Tokens Consumed: |Request Headers: |Response Headers: "
)
_PARTS = (
    r"^Begin Execution - Type Name: (?P<type_name>\w+) and Field Name: (?P<field_name>\w+)",
    r", Operation: (?:null|(?P<operation>\w+)), Variables: ",
    r"^Tokens Consumed: (?P<tokens_consumed>\d+)",
)


class AppSyncFormat(LayoutsFormat):
    """Lines such as ``8f5e2f64-1c53-4d6c-9c1c-0c6a5a2d7b11 Begin Execution - Type Name: Query and Field Name: a``."""

    layouts = Layouts(
        shapes=(rf"^(?P<request_id>{_ID}) (?P<message>(?:{_STARTS})(?s:.*))$",),
        fields={"request_id": TEXT},
        derived={
            "type_name": TEXT,
            "field_name": TEXT,
            "operation": TEXT,
            "tokens_consumed": WHOLE,
        },
    )
    signs = (Sign("[0-9a-f]{8}-"),)
    id = "appsync"
    about = About(
        title="AppSync: requests to a GraphQL API, as lines",
        source="https://docs.aws.amazon.com/appsync/latest/devguide/monitoring.html",
        detection="The id of a request, then how AppSync's lines start, such as Begin Request or GraphQL Query.",
        level="None.",
        example="8f5e2f64-1c53-4d6c-9c1c-0c6a5a2d7b11 Begin Execution - Type Name: Query and Field Name: orders",
        rare=layouts.types,
    )

    def adjust(self, groups: Groups) -> Groups:
        """Cuts the names out of the text."""
        text = groups["message"]
        return {**groups, **{name: texts for pattern in _PARTS for name, texts in cut(text, pattern).items()}}
