"""Which properties replace a resource, which identify it, and which Regions lack it, from AWS's resource schemas.

The file beside this one is made from cfn-lint's copy of the schemas (``make schemas``); a test compares them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SCHEMAS_FILE = Path(__file__).with_name("resource_schemas.json")


@dataclass(frozen=True)
class ResourceSchema:
    """The schema of a resource type.

    Attributes:
        create_only: paths of properties that replace the resource if they change, such as ``Name``.
        conditional: paths of properties that may replace it.
        identifier: the properties that identify a resource, such as ``BucketName``.
        lacking_in: the Regions whose CloudFormation lacks the type.
    """

    create_only: tuple[str, ...] = ()
    conditional: tuple[str, ...] = ()
    identifier: tuple[str, ...] = ()
    lacking_in: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The property by which a template names the resource; empty if a template can't."""
        return next((path for path in self.create_only if path in self.identifier or path in _NAMES), "")


_NAMES = frozenset({"Name", "QueueName", "TopicName", "ManagedPolicyName"})
"""Name properties of resources that AWS identifies by something else, such as an ARN or a URL."""


@cache
def _schemas() -> Mapping[str, ResourceSchema]:
    return {
        name: ResourceSchema(
            tuple(schema["createOnly"]),
            tuple(schema["conditionalCreateOnly"]),
            tuple(schema["identifier"]),
            tuple(schema["lackingIn"]),
        )
        for name, schema in json.loads(SCHEMAS_FILE.read_text(encoding="utf-8"))["types"].items()
    }


def schema_of(resource_type: str) -> ResourceSchema:
    """The schema of a type; an empty schema if the type is not in the file."""
    return _schemas().get(resource_type, ResourceSchema())


def value_at(properties: Mapping[str, Any], path: str) -> Any:
    """The value at a path such as ``A/B``; None if there is none."""
    value: Any = properties
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def replaces(resource_type: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether new properties replace the resource. A property that only may replace it counts too."""
    schema = schema_of(resource_type)
    return any(value_at(before, path) != value_at(after, path) for path in (*schema.create_only, *schema.conditional))
