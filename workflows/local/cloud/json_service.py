"""Answers calls of an AWS JSON 1.1 service, held to that service's botocore model in both directions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Callable

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

if TYPE_CHECKING:
    from botocore.model import Shape

Operation = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Takes the Region and a request, returns the response; raises ApiError."""


class ApiError(Exception):
    """An error that a service answers with, by its AWS code.

    Attributes:
        code: such as ``ResourceNotFoundException``.
        message: as AWS words it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@lru_cache(maxsize=8)
def service_model(service: str) -> ServiceModel:
    """The botocore model of a service, such as ``logs``."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


class JsonService:
    """Some operations of a JSON 1.1 service.

    A request that the model refuses is an ``InvalidParameterException``; a response that it refuses is a bug here
    and raises.
    """

    def __init__(self, service: str, operations: Mapping[str, Operation]) -> None:
        self._model = service_model(service)
        self._operations = operations
        self._target_prefix = self._model.metadata["targetPrefix"]

    def answers(self, target: str) -> bool:
        """Whether an ``X-Amz-Target`` header names one of the operations."""
        prefix, _, name = target.partition(".")
        return prefix == self._target_prefix and name in self._operations

    def answer(self, target: str, region: str, body: bytes) -> tuple[int, bytes]:
        """The HTTP status and body that answer a call."""
        name = target.partition(".")[2]
        model = self._model.operation_model(name)
        try:
            request = _decode(body)
            problem = model.input_shape and _problem(request, model.input_shape)
            if problem:
                raise ApiError("InvalidParameterException", problem)
            response = self._operations[name](region, request)
        except ApiError as error:
            return 400, json.dumps({"__type": error.code, "message": error.message}).encode()
        if model.output_shape:
            problem = _problem(response, model.output_shape)
            if problem:
                raise ValueError(f"the answer to {name} is not what AWS's model says: {problem}")
            return 200, json.dumps(response).encode()
        return 200, b""


def _decode(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise ApiError("SerializationException", f"the request is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise ApiError("SerializationException", "the request is not a JSON object")
    return request


def _problem(value: Any, shape: Shape) -> str:
    """What the model holds against a value; empty if nothing.

    botocore checks members, types and minimums, which is all that its own client sends; maximums, patterns and
    enumerations are checked by the service, so they are checked here.
    """
    report = ParamValidator().validate(value, shape)
    if report.has_errors():
        return str(report.generate_report())
    for name, member in getattr(shape, "members", {}).items():
        if value.get(name) is not None:
            problem = _constraint(name, value[name], member)
            if problem:
                return f"1 validation error detected: Value at '{name}' failed to satisfy constraint: {problem}"
    return ""


def _constraint(name: str, value: Any, shape: Shape) -> str:
    rules = shape.metadata
    if shape.type_name == "string":
        if "max" in rules and len(value) > rules["max"]:
            return f"Member must have length less than or equal to {rules['max']}"
        if "pattern" in rules and not re.fullmatch(rules["pattern"], value):
            return f"Member must satisfy regular expression pattern: {rules['pattern']}"
        if "enum" in rules and value not in rules["enum"]:
            return f"Member must satisfy enum value set: {rules['enum']}"
    elif shape.type_name in {"integer", "long"} and "max" in rules and value > rules["max"]:
        return f"Member must have value less than or equal to {rules['max']}"
    return ""
