"""Answers calls of an AWS service that speaks JSON. Requests and responses must fit the service's botocore model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, Optional

from gluelocal.cloud.wire.error_answers import Answer, error_answer
from gluelocal.cloud.wire.query_form import read_form, xml_answer
from gluelocal.cloud.wire.service_models import service_model
from gluelocal.cloud.wire.shape_check import shape_problem

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from gluelocal.cloud.wire.calls import Call

Operation = Callable[[str, dict[str, Any]], Optional[dict[str, Any]]]
"""Takes the Region and a request; returns the response, or None if moto answers. Raises ApiError."""


class ApiError(Exception):
    """An AWS error with which a service answers.

    Attributes:
        code: such as ``ResourceNotFoundException``.
        message: AWS's message.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class JsonService:
    """Some operations of a JSON service.

    A response that doesn't fit the model is a bug here and raises.

    Attributes:
        service: its name in botocore.
        operations: the function that answers each of them.
    """

    def __init__(
        self, service: str, operations: Mapping[str, Operation], invalid: str = "InvalidParameterException"
    ) -> None:
        """`invalid` is the error code for a request that doesn't fit the model."""
        self.service = service
        self.operations = dict(operations)
        self._invalid = invalid
        self._model = service_model(service)

    def answer(self, call: Call) -> Answer | None:
        """The answer to a call; None if another service answers it."""
        prefix = self._model.metadata.get("targetPrefix")  # none if the service has only the query protocol in botocore
        named = call.service == self.service or (prefix and call.target.startswith(f"{prefix}."))
        if not named or call.operation not in self.operations:
            return None
        as_form = call.protocol == "query"
        operation = self._model.operation_model(call.operation)
        try:
            request = read_form(call) if as_form else _decode(call.body)
            response = self._response(operation, call.region, request)
        except ApiError as error:
            return error_answer(call, 400, error.code, error.message)
        if response is None:
            return None
        if as_form:
            return xml_answer(call, response)
        content_type = f"application/x-amz-json-{self._model.metadata.get('jsonVersion', '1.0')}"
        body = json.dumps(response).encode() if operation.output_shape else b""
        return Answer(200, [("Content-Type", content_type)], body)

    def _response(self, operation: OperationModel, region: str, request: dict[str, Any]) -> dict[str, Any] | None:
        """The response to a request; both are checked against the model."""
        problem = operation.input_shape and shape_problem(request, operation.input_shape)
        if problem:
            raise ApiError(self._invalid, problem)
        response = self.operations[operation.name](region, request)
        if response is not None and operation.output_shape:
            problem = shape_problem(response, operation.output_shape)
            if problem:
                raise ValueError(f"the answer to {operation.name} is not what AWS's model says: {problem}")
        return response


def _decode(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise ApiError("SerializationException", f"the request is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise ApiError("SerializationException", "the request is not a JSON object")
    return request
