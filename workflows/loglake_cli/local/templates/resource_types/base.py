"""What every resource type is built from: its accepted properties, and API calls in the shape that botocore wants."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from loglake_cli.local.templates.intrinsics import text
from loglake_cli.local.templates.template_yaml import TemplateError

Clients = Callable[[str], Any]
"""Makes (or hands out) the boto3 client of a service, such as ``s3``."""


@dataclass(frozen=True)
class Created:
    """What the rest of the template sees of a new resource: the value of Ref, and those of GetAtt by name."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """Where a resource is made."""

    where: str
    stack_name: str
    logical_id: str
    clients: Clients
    region: str
    account_id: str
    partition: str

    def error(self, message: str) -> TemplateError:
        """A TemplateError that names the template and the logical id."""
        return TemplateError(f"{self.where}: {message}")

    def name(self, properties: Mapping[str, Any], key: str, longest: int = 255, lower: bool = False) -> str:
        """The name that the template gives, else one from stack and logical id, the same for the same two."""
        if key in properties:
            return text(properties[key])
        suffix = hashlib.sha256(f"{self.stack_name}/{self.logical_id}".encode()).hexdigest()[:12]
        name = f"{self.stack_name}-{self.logical_id}"[: longest - len(suffix) - 1] + f"-{suffix}"
        return name.lower() if lower else name

    def arn(self, service: str, resource: str, region: bool = True) -> str:
        """The ARN of something in this account (and Region, where its ARNs have one)."""
        return f"arn:{self.partition}:{service}:{self.region if region else ''}:{self.account_id}:{resource}"

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Calls an API operation, such as ``CreateJob``, with values that have template types.

        Raises:
            TemplateError: a parameter is not in the API, or the service refused the call.
        """
        client = self.clients(service)
        shape = client.meta.service_model.operation_model(operation).input_shape
        arguments = self.shaped(parameters, shape, operation)
        try:
            response: dict[str, Any] = client._make_api_call(operation, arguments)
        except (ClientError, BotoCoreError) as error:
            raise self.error(f"{service}:{operation} was refused: {error}") from error
        return response

    def shaped(self, value: Any, shape: Shape, path: str) -> Any:
        """A template's value as the API's shape wants it: CloudFormation gives numbers and booleans as text too."""
        if isinstance(shape, StructureShape):
            return self._structure(value, shape, path)
        if isinstance(shape, ListShape):
            if not isinstance(value, list):
                raise self.error(f"{path} must be a list, not {value!r}")
            return [self.shaped(item, shape.member, f"{path}[{index}]") for index, item in enumerate(value)]
        if isinstance(shape, MapShape):
            self.only(value, value, path)
            return {text(key): self.shaped(item, shape.value, f"{path}.{key}") for key, item in value.items()}
        return self._scalar(value, shape.type_name, path)

    def only(self, value: Any, accepted: Iterable[str], path: str) -> None:
        """Refuses what is no mapping, and keys of it that aren't accepted.

        Raises:
            TemplateError: with the path of the first wrong thing.
        """
        if not isinstance(value, Mapping):
            raise self.error(f"{path} must be a mapping, not {value!r}")
        unknown = sorted(set(value) - set(accepted))
        if unknown:
            raise self.error(f"{path}: {', '.join(unknown)} is not supported by the local runtime; remove it")

    def _structure(self, value: Any, shape: StructureShape, path: str) -> dict[str, Any]:
        self.only(value, shape.members, path)
        return {key: self.shaped(item, shape.members[key], f"{path}.{key}") for key, item in value.items()}

    def _scalar(self, value: Any, kind: str, path: str) -> Any:
        try:
            return _SCALARS[kind](value) if kind in _SCALARS else value
        except (ValueError, KeyError, TypeError) as error:
            raise self.error(f"{path} must be of type {kind}, not {value!r}") from error


def _string(value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise TypeError("no scalar")
    return text(value)


def _boolean(value: Any) -> bool:
    return {"true": True, "false": False}[text(value).lower()]


def _integer(value: Any) -> int:
    return int(text(value))


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "float": float,
    "double": float,
}


@dataclass(frozen=True)
class ResourceType:
    """A supported resource type.

    Attributes:
        properties: the properties that the handler honours; any other is an error.
        create: makes the resource from resolved properties.
    """

    properties: frozenset[str]
    create: Callable[[Context, Mapping[str, Any]], Created]


def resource_type(create: Callable[[Context, Mapping[str, Any]], Created], properties: str) -> ResourceType:
    """A ResourceType from its property names, separated by white space."""
    return ResourceType(frozenset(properties.split()), create)


def without(properties: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The properties that aren't in `keys`: those that an API call takes under the same name."""
    return {key: value for key, value in properties.items() if key not in keys}


def tag_map(properties: Mapping[str, Any]) -> dict[str, str]:
    """``Tags: [{Key, Value}]`` as the map that some APIs take."""
    return {text(tag["Key"]): text(tag["Value"]) for tag in properties.get("Tags", [])}
