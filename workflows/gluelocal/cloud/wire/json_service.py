"""Answers calls of an AWS service that speaks JSON. Requests and responses must fit the service's botocore model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

from botocore.validate import ParamValidator

from gluelocal.cloud.wire.calls import Answer, Call, error_answer, read_form, xml_answer
from gluelocal.cloud.wire.service_models import service_model

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape


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


def shape_problem(value: Any, shape: Shape) -> str:
    """Violations of the model in a value, at any depth; empty if there are none."""
    report = ParamValidator().validate(value, shape)
    return str(report.generate_report()) if report.has_errors() else next(_problems("", value, shape), "")


def _problems(name: str, value: Any, shape: Shape) -> Iterator[str]:
    problem = _constraint(value, shape)
    if problem:
        yield f"1 validation error detected: Value at '{name}' failed to satisfy constraint: {problem}"
    if shape.type_name == "structure":
        for member, member_shape in shape.members.items():  # type: ignore[attr-defined]  # a StructureShape
            if value.get(member) is not None:
                yield from _problems(f"{name}.{member}" if name else member, value[member], member_shape)
    elif shape.type_name == "list":
        for number, item in enumerate(value, 1):
            yield from _problems(f"{name}.{number}.member", item, shape.member)  # type: ignore[attr-defined]
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _problems(f"{name}.{key}", key, shape.key)  # type: ignore[attr-defined]
            yield from _problems(f"{name}.{key}", item, shape.value)  # type: ignore[attr-defined]


def _constraint(value: Any, shape: Shape) -> str:
    rules = shape.metadata
    if shape.type_name in {"string", "list", "map"} and "max" in rules and len(value) > rules["max"]:
        return f"Member must have length less than or equal to {rules['max']}"
    if shape.type_name == "string":
        if "pattern" in rules and not re.fullmatch(_in_python(rules["pattern"]), value):
            return f"Member must satisfy regular expression pattern: {rules['pattern']}"
        if "enum" in rules and value not in rules["enum"]:
            return f"Member must satisfy enum value set: {rules['enum']}"
    elif shape.type_name in {"integer", "long"} and "max" in rules and value > rules["max"]:
        return f"Member must have value less than or equal to {rules['max']}"
    return ""


@lru_cache(maxsize=256)
def _in_python(pattern: str) -> str:
    """AWS's pattern (Java syntax) in Python's syntax.

    Java patterns name characters beyond U+FFFF by two surrogates, and letters, digits and spaces by Unicode class.
    Python has no class of letters, so that class becomes a little wider. A case-insensitive alternative begins with
    ``(?i)``; Python needs a group there.
    """
    any_case = re.sub(r"\(\?i\)([^()|]*)", r"(?i:\1)", pattern)
    beyond = any_case.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    return beyond.replace(r"\p{L}", r"\w").replace(r"\p{N}", r"\d").replace(r"\p{Z}", " ")


_T = TypeVar("_T")


def page(items: Sequence[_T], request: Mapping[str, Any], most: int, invalid: str) -> tuple[list[_T], dict[str, Any]]:
    """One page, and the token of the next page as a member of the answer. The token says where the next page begins.

    Args:
        items: all of them.
        request: may have NextToken and MaxResults.
        most: items per page at most, and if the request doesn't say.
        invalid: the error code for an invalid token.

    Raises:
        ApiError: the token is invalid.
    """
    token = request.get("NextToken", "0")
    if not token.isdecimal():
        raise ApiError(invalid, "The specified NextToken is invalid.")
    start, end = int(token), int(token) + min(request.get("MaxResults", most), most)
    return list(items[start:end]), {"NextToken": str(end)} if end < len(items) else {}


def given(**members: Any) -> dict[str, Any]:
    """The members that have a value."""
    return {name: value for name, value in members.items() if value is not None}
