"""A request to the embedded AWS: its service, its operation and its caller."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from moto.core.request import Request
from moto.core.routing import NotFound, get_service_router

from gluelocal.cloud.wire.service_models import is_known, service_model
from gluelocal.cloud.wire.signatures import read_claim

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

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
