"""boto3 clients without a network: botocore builds each request and checks each answer against its models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.validate import validate_parameters

REGION, ACCOUNT = "eu-central-1", "123456789012"


class AwsError(Exception):
    """An error as the response."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True)
class MadeCall:
    """A call that was made."""

    service: str
    operation: str
    parameters: Mapping[str, Any]


Answers = Callable[[MadeCall], Mapping[str, Any]]


@dataclass
class CheckedClients:
    """Makes clients whose calls `answer` answers.

    Attributes:
        calls: all that were made, in their order.
        denied: operations that are refused, with AWS's words.
    """

    answer: Answers
    calls: list[MadeCall] = field(default_factory=list)
    denied: dict[str, str] = field(default_factory=dict)

    def __call__(self, service: str) -> Any:
        """The client of a service: one for all tests, with the answers of its last user."""
        client = _client(service)
        _ANSWERING[service] = self
        return client

    def answered(self, made: MadeCall) -> Mapping[str, Any]:
        self.calls.append(made)
        if made.operation in self.denied:
            raise AwsError("AccessDenied", self.denied[made.operation], 403)
        return self.answer(made)


_ANSWERING: dict[str, CheckedClients] = {}


@lru_cache(maxsize=16)
def _client(service: str) -> Any:
    client: Any = _session().client(service)  # type: ignore[call-overload]
    client.meta.events.register_first("before-parameter-build", _note)
    client.meta.events.register_first("before-call", _answered)
    return client


def _note(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
    context["made"] = MadeCall(model.service_model.service_name, model.name, dict(params))


def _answered(model: Any, context: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
    made: MadeCall = context["made"]
    try:
        answer = dict(_ANSWERING[made.service].answered(made))
    except AwsError as error:
        said = {"Error": {"Code": error.code, "Message": error.message}}
        return _response(error.status), {**said, "ResponseMetadata": {"HTTPStatusCode": error.status}}
    if model.output_shape:
        validate_parameters(answer, model.output_shape)
    else:
        assert answer == {}, f"{made.operation} answers nothing"
    return _response(200), {**answer, "ResponseMetadata": {"HTTPStatusCode": 200}}


@lru_cache(maxsize=1)
def _session() -> boto3.Session:
    """One session for all tests, so that each model is read once."""
    return boto3.Session("testing", "testing", region_name=REGION)


def _response(status: int) -> AWSResponse:
    return AWSResponse("https://aws.invalid", status, HTTPHeaders(), None)
