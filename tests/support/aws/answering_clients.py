"""boto3 clients that answer from a dictionary. botocore's models check the requests and responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

import botocore.session
from botocore.validate import validate_parameters

Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Takes the members of a request, gives those of the answer."""


class Refused(Exception):  # noqa: N818 - an answer, and no error of a test
    """An error as the response."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


@dataclass
class AnsweringClients:
    """Gives the client of a service.

    Attributes:
        answers: by service and operation; any other call fails, as if the service lacked the operation.
        calls: the calls so far, in order.
    """

    answers: dict[tuple[str, str], Answer]
    region: str = "eu-central-1"
    calls: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, service: str) -> Any:
        """The same client each time, with the answers of its last user."""
        client, place = _client(service, self.region)
        place.owner = self
        return client

    def answer(self, service: str, operation: str, members: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and parsed response of a call."""
        self.calls.append((service, operation))
        try:
            if (service, operation) not in self.answers:
                raise Refused("InternalFailure", f"{operation} is not answered here", 501)
            return 200, dict(self.answers[service, operation](members))
        except Refused as error:
            return error.status, {"Error": {"Code": error.code, "Message": error.message}}


@cache
def _client(service: str, region: str) -> tuple[Any, Any]:
    """A client, and the place with its current answers. Making a client takes longer than a hundred calls."""
    client = _session().create_client(
        service, region_name=region, aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    place = SimpleNamespace(owner=None, members={})

    def asked(params: dict[str, Any], **_: Any) -> None:
        place.members = params

    def answered(model: Any, **_: Any) -> tuple[Any, dict[str, Any]]:
        status, answer = place.owner.answer(service, model.name, place.members)
        if status < 300 and model.output_shape is not None:
            validate_parameters(answer, model.output_shape)
        metadata = {"ResponseMetadata": {"HTTPStatusCode": status}}
        return SimpleNamespace(status_code=status, raw=None), {**answer, **metadata}

    client.meta.events.register("provide-client-params.*.*", asked)
    client.meta.events.register("before-call.*.*", answered)  # type: ignore[arg-type]  # what it returns is the answer
    return client, place


@cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()
