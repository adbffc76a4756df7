"""What a request to the embedded AWS is: which operation of which service, called by whom."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from moto.core.request import Request
from moto.core.routing import NotFound, get_service_router

from workflows.local.cloud.service_models import service_model

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_BY_SIGNING_NAME = {"monitoring": "cloudwatch"}
"""Services that sign with another name than botocore knows them by."""

_DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Call:
    """One request, read from its signature, headers and path.

    Attributes:
        environ: the WSGI environment; its body can be read any number of times.
        access_key: who signed it; empty where nobody did.
        region: the Region that it was signed for.
        service: by botocore's name, such as ``logs`` or ``cloudwatch``; empty where it is not signed.
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
    def target(self) -> str:
        """The ``X-Amz-Target`` of a JSON service; empty for the others."""
        return str(self.environ.get("HTTP_X_AMZ_TARGET", ""))

    @property
    def path(self) -> str:
        """The path, such as ``/bucket/key``."""
        return str(self.environ.get("PATH_INFO", ""))

    @cached_property
    def operation(self) -> str:
        """The operation, such as ``PutObject``; empty where the service has none such, or in another protocol."""
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
        """How it is spoken, and so how an error must be told: json, query, rest-json or rest-xml."""
        if self.target:
            return "json"
        spoken = service_model(self.service).metadata["protocol"] if self.service else "rest-xml"
        return spoken if spoken.startswith("rest") else "query"


def read_call(environ: WSGIEnvironment) -> Call:
    """The call that a request is: ``Credential=<key>/<date>/<region>/<service>/aws4_request``."""
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition(",")[0].split("/")
    if len(scope) < 4:
        return Call(environ, "", _DEFAULT_REGION, "")
    return Call(environ, scope[0], scope[2], _BY_SIGNING_NAME.get(scope[3], scope[3]))


def bucket_and_key(call: Call) -> tuple[str, str]:
    """Of a call in path style, the only one that clients have for an endpoint that is an address; empty for none."""
    path = call.path.encode("latin-1").decode("utf-8", "replace")  # WSGI gives bytes as Latin-1
    bucket, _, key = path.lstrip("/").partition("/")
    return bucket, key
