"""The query protocol (a form in, XML out) for services that also speak JSON: older CloudWatch clients use it."""

from __future__ import annotations

from typing import Any

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from gluelocal.cloud.wire.calls import Answer, Call


def read_form(call: Call) -> dict[str, Any]:
    """The request in its JSON form; times are datetimes."""
    request = Request(call.environ)
    operation = get_service_model(call.service).operation_model(call.operation)
    parsed = PROTOCOL_PARSERS["query"](operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": call.body,
            "url_path": request.path,
            "url_params": {},
        }
    )
    call.environ["wsgi.input"].seek(0)  # for whoever reads it next
    return {name: value for name, value in parsed.items() if value is not None}


def xml_answer(call: Call, response: dict[str, Any]) -> Answer:
    """A response in XML; times are epoch seconds."""
    operation = get_service_model(call.service).operation_model(call.operation)
    serialized = get_serializer_class(call.service, "query")(operation).serialize(response)
    return Answer(serialized["status_code"], list(serialized["headers"].items()), serialized["body"].encode())
