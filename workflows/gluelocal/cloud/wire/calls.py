"""A request to the embedded AWS (its service, its operation, its caller), and errors as answers in AWS's form.

Services that speak JSON may be asked by the query protocol (a form in, XML out), too: older CloudWatch clients use it.
"""

from __future__ import annotations

import http
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request
from moto.core.routing import NotFound, get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from gluelocal.cloud.wire.service_models import is_known, service_model
from gluelocal.cloud.wire.signatures import read_claim

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


_BY_SIGNING_NAME = {"monitoring": "cloudwatch"}
"""Services that sign with a name other than botocore's."""

CALLER = "loglake.caller"
"""The WSGI environment key of the caller, once the caller is proved."""


@dataclass(frozen=True)
class Call:
    """One request, read from its signature, headers and path.

    Attributes:
        environ: the WSGI environment; its body can be read repeatedly.
        access_key: the id of the key that signed it; empty if it isn't signed.
        region: the Region in its signature.
        service: botocore's name, such as ``logs`` or ``cloudwatch``; empty if it isn't signed or names no service.
    """

    environ: WSGIEnvironment
    access_key: str
    region: str
    service: str

    @cached_property
    def body(self) -> bytes:
        """The body."""
        stream: io.BytesIO = self.environ["wsgi.input"]
        stream.seek(0)
        body = stream.read()
        stream.seek(0)
        return body

    @property
    def caller(self) -> str:
        """The caller, such as the jobs or the runtime, or else the id of the access key; empty until it is proved."""
        return str(self.environ.get(CALLER, ""))

    @property
    def target(self) -> str:
        """The ``X-Amz-Target`` of a JSON service; empty for other services."""
        return str(self.environ.get("HTTP_X_AMZ_TARGET", ""))

    @property
    def path(self) -> str:
        """The path, such as ``/bucket/key``."""
        return str(self.environ.get("PATH_INFO", ""))

    @cached_property
    def operation(self) -> str:
        """The operation, such as ``PutObject``; empty if the service doesn't have it, or not in this protocol."""
        if self.target:
            return self.target.partition(".")[2]
        if not self.service:
            return ""
        try:
            operation, _ = get_service_router(self.service).match(Request(self.environ))
        except (NotFound, NotImplementedError):  # no such path; or a protocol that the service does not speak
            return ""
        finally:
            self.environ["wsgi.input"].seek(0)
        return str(operation.name)

    @property
    def protocol(self) -> str:
        """The protocol, which decides how errors look: json, query, rest-json or rest-xml."""
        if self.target:
            return "json"
        spoken = service_model(self.service).metadata["protocol"] if self.service else "rest-xml"
        return spoken if spoken.startswith("rest") else "query"


def read_call(environ: WSGIEnvironment) -> Call:
    """The call that a request claims to be."""
    claim = read_claim(environ)
    service = _BY_SIGNING_NAME.get(claim.service, claim.service)
    return Call(environ, claim.key_id, claim.region, service if is_known(service) else "")


def bucket_and_key(call: Call) -> tuple[str, str]:
    """The bucket of a call in path style, which every admitted call has; empty if there is none."""
    path = call.path.encode("latin-1").decode("utf-8", "replace")  # WSGI gives bytes as Latin-1
    bucket, _, key = path.lstrip("/").partition("/")
    return bucket, key


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
