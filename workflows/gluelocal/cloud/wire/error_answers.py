"""Errors in AWS's form: status, headers and body, by the caller's protocol."""

from __future__ import annotations

import http
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from gluelocal.cloud.wire.service_models import service_model

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

    from gluelocal.cloud.wire.calls import Call

_REQUEST_ID = "00000000-0000-4000-8000-000000000000"


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def error_answer(call: Call, status: int, code: str, message: str) -> Answer:
    """An error of a service, in the shape of the call's protocol.

    Sources: the Smithy pages of AWS JSON 1.0 and 1.1, AWS restJson1, AWS restXml and AWS query, and the error
    responses of the S3 API reference.
    """
    writers = {"json": _json, "rest-json": _rest_json, "rest-xml": _rest_xml, "query": _query}
    answer = writers[call.protocol](call, status, code, message)
    # HTTP allows no body in the answer to HEAD, so a client sees the status alone
    return answer._replace(body=b"") if call.environ["REQUEST_METHOD"] == "HEAD" else answer


def _json(call: Call, status: int, code: str, message: str) -> Answer:
    version = call.environ.get("CONTENT_TYPE", "application/x-amz-json-1.1")
    prefix = _namespace(call.service) if call.service and version.endswith("1.0") else ""
    body = {"__type": prefix + code, "message": message}
    headers = [("Content-Type", version), ("x-amzn-RequestId", _REQUEST_ID)]
    if call.service and "awsQueryCompatible" in service_model(call.service).metadata:
        headers.append(("x-amzn-query-error", f"{_query_code(call.service, code)};{_side(status)}"))
    return Answer(status, headers, json.dumps(body).encode())


def _namespace(service: str) -> str:
    """JSON 1.0 names an error with its namespace; clients read the part after the ``#``."""
    return f"com.amazonaws.{service}.v{service_model(service).metadata['apiVersion'].replace('-', '')}#"


def _query_code(service: str, code: str) -> str:
    """The error's code in the query protocol, which the service used before."""
    model = service_model(service)
    if code not in model.shape_names:
        return code
    return str(model.shape_for(code).metadata.get("error", {}).get("code", code))


def _rest_json(_call: Call, status: int, code: str, message: str) -> Answer:
    headers = [("x-amzn-ErrorType", code), ("x-amzn-RequestId", _REQUEST_ID)]
    return Answer(status, [("Content-Type", "application/json"), *headers], json.dumps({"message": message}).encode())


def _rest_xml(call: Call, status: int, code: str, message: str) -> Answer:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{escape(message)}</Message><Resource>{escape(call.path)}</Resource>"
        f"<RequestId>{_REQUEST_ID}</RequestId><HostId>{_REQUEST_ID}</HostId></Error>"
    )
    return Answer(status, [("Content-Type", "application/xml"), ("x-amz-request-id", _REQUEST_ID)], body.encode())


def _query(call: Call, status: int, code: str, message: str) -> Answer:
    space = service_model(call.service).metadata.get("xmlNamespace", "")
    query_code = _query_code(call.service, code)
    body = (
        f'<ErrorResponse xmlns="{space}"><Error><Type>{_side(status)}</Type><Code>{query_code}</Code>'
        f"<Message>{escape(message)}</Message></Error><RequestId>{_REQUEST_ID}</RequestId></ErrorResponse>"
    )
    return Answer(status, [("Content-Type", "text/xml"), ("x-amzn-RequestId", _REQUEST_ID)], body.encode())


def _side(status: int) -> str:
    return "Receiver" if status >= 500 else "Sender"


def send(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    """Sends an answer, as a WSGI application does."""
    headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
    start_response(f"{answer.status} {http.HTTPStatus(answer.status).phrase}", headers)
    return [answer.body]
