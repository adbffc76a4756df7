"""Shared by all resource types: their accepted properties, and API calls in botocore's shapes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from gluelocal.templates.intrinsics import text
from gluelocal.templates.template_yaml import TemplateError

Clients = Callable[[str], Any]
"""Returns a boto3 client of a service, such as ``s3``."""


class RefusedError(TemplateError):
    """A service refused a call, so a resource can't be made, changed or deleted.

    Attributes:
        service: by botocore's name.
        error: the client's exception.
    """

    def __init__(self, message: str, service: str, error: Exception) -> None:
        super().__init__(message)
        self.service = service
        self.error = error


@dataclass(frozen=True)
class Created:
    """The values of a new resource for the rest of the template: Ref, and GetAtt by name."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DeployedResource:
    """A deployed resource.

    Attributes:
        type: such as ``AWS::Glue::Job``.
        physical_id: the value of Ref.
        attributes: the values of GetAtt.
        properties: its last given properties, functions resolved.
    """

    type: str
    physical_id: str
    attributes: Mapping[str, str]
    properties: Mapping[str, Any]


class AnyAttribute(dict[str, str]):
    """Has a value for every attribute that a template may use; `value` makes it from the attribute's name."""

    def __init__(self, value: Callable[[str], str]) -> None:
        super().__init__()
        self._value = value

    def __contains__(self, _name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return self._value(name)


@dataclass(frozen=True)
class Context:
    """The context in which a resource is made.

    Attributes:
        salt: gives another name for the same stack and logical id, for a resource that replaces one.
        begun: gets what a handler has made, in case it fails half-way.
    """

    where: str
    stack_name: str
    logical_id: str
    clients: Clients
    region: str
    account_id: str
    partition: str
    salt: str = ""
    begun: list[Created] = field(default_factory=list)

    def error(self, message: str) -> TemplateError:
        """A TemplateError with the template and the logical id."""
        return TemplateError(f"{self.where}: {message}")

    def name(self, properties: Mapping[str, Any], key: str, longest: int = 255, lower: bool = False) -> str:
        """The name in the template, else a name that depends only on stack, logical id and salt."""
        if key in properties:
            return text(properties[key])
        salted = f"/{self.salt}" if self.salt else ""
        suffix = hashlib.sha256(f"{self.stack_name}/{self.logical_id}{salted}".encode()).hexdigest()[:12]
        name = f"{self.stack_name}-{self.logical_id}"[: longest - len(suffix) - 1] + f"-{suffix}"
        return name.lower() if lower else name

    def arn(self, service: str, resource: str, region: bool = True) -> str:
        """An ARN in this account (and Region, if such ARNs have one)."""
        return f"arn:{self.partition}:{service}:{self.region if region else ''}:{self.account_id}:{resource}"

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Calls an API operation, such as ``CreateJob``, with values in template types.

        Raises:
            TemplateError: the API lacks a parameter, or the service refused the call.
        """
        client = self.clients(service)
        shape = client.meta.service_model.operation_model(operation).input_shape
        arguments = self.shaped(parameters, shape, operation)
        try:
            response: dict[str, Any] = client._make_api_call(operation, arguments)
        except (ClientError, BotoCoreError) as error:
            raise self.refused(service, operation, error) from error
        return response

    def refused(self, service: str, operation: str, error: Exception) -> RefusedError:
        """The exception for a failed call."""
        return RefusedError(f"{self.where}: {service}:{operation} was refused: {error}", service, error)

    def shaped(self, value: Any, shape: Shape, path: str) -> Any:
        """A template value in the API's shape: CloudFormation also gives numbers and booleans as text."""
        if isinstance(shape, StructureShape):
            self.only(value, shape.members, path)
            return {key: self.shaped(item, shape.members[key], f"{path}.{key}") for key, item in value.items()}
        if isinstance(shape, ListShape):
            if not isinstance(value, list):
                raise self.error(f"{path} must be a list, not {value!r}")
            return [self.shaped(item, shape.member, f"{path}[{index}]") for index, item in enumerate(value)]
        if isinstance(shape, MapShape):
            self.only(value, value, path)
            return {text(key): self.shaped(item, shape.value, f"{path}.{key}") for key, item in value.items()}
        kind = shape.type_name
        try:
            return _SCALARS[kind](value) if kind in _SCALARS else value
        except (ValueError, KeyError, TypeError) as error:
            raise self.error(f"{path} must be of type {kind}, not {value!r}") from error

    def only(self, value: Any, accepted: Iterable[str], path: str) -> None:
        """Refuses a value that is not a mapping, and unaccepted keys.

        Raises:
            TemplateError: with the path of the first error.
        """
        if not isinstance(value, Mapping):
            raise self.error(f"{path} must be a mapping, not {value!r}")
        unknown = sorted(set(value) - set(accepted))
        if unknown:
            raise self.error(f"{path}: {', '.join(unknown)} is not supported by the local runtime; remove it")


def _string(value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise TypeError("no scalar")
    return text(value)


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "string": _string,
    "boolean": lambda value: {"true": True, "false": False}[text(value).lower()],
    "integer": lambda value: int(text(value)),
    "long": lambda value: int(text(value)),
    "float": float,
    "double": float,
}


Properties = Mapping[str, Any]
"""Properties of a template, functions resolved."""

Create = Callable[[Context, Properties], Created]
Update = Callable[[Context, DeployedResource, Properties], Optional[Created]]
Delete = Callable[[Context, DeployedResource], None]
Read = Callable[[Context, DeployedResource], Properties]
Adopt = Callable[[Context, str], Created]


@dataclass(frozen=True)
class ResourceType:
    """A supported resource type.

    Attributes:
        properties: the properties that the handler honours; any other is an error.
        create: makes the resource from resolved properties.
        delete: deletes a resource. A missing one is an API error, which the caller treats as success.
        update: changes a resource's properties without replacing it; returns None if Ref and GetAtt stay the same.
            Without it, every change replaces the resource.
        read: the resource's current properties in template form. It has exactly the properties that can be read back,
            None for a property that is not set. Without it, drift is not checked.
        adopt: the Ref and GetAtt values of an existing resource, by its physical id; fails if it doesn't exist. Without
            it, the type can't be imported.
    """

    properties: frozenset[str]
    create: Create
    delete: Delete
    update: Update | None = None
    read: Read | None = None
    adopt: Adopt | None = None


def resource_type(
    create: Create,
    properties: str,
    *,
    delete: Delete,
    update: Update | None = None,
    read: Read | None = None,
    adopt: Adopt | None = None,
) -> ResourceType:
    """A ResourceType; its property names are separated by white space."""
    return ResourceType(frozenset(properties.split()), create, delete, update, read, adopt)


def without(properties: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The properties without `keys`: an API call takes them under the same name."""
    return {key: value for key, value in properties.items() if key not in keys}


def picked(properties: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The properties under `keys` that are there."""
    return {key: properties[key] for key in keys if key in properties}
