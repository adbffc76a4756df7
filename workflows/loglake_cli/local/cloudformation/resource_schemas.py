"""What replaces a resource, and what identifies it: AWS's resource provider schemas, as far as they say that.

The file beside this one is made from cfn-lint's copy of the schemas (``make schemas``), and a test holds it to that.
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
    """A resource type's.

    Attributes:
        create_only: paths of properties that replace the resource when they change, such as ``Name``.
        conditional: paths of those that may.
        identifier: the properties that identify a resource, such as ``BucketName``.
    """

    create_only: tuple[str, ...] = ()
    conditional: tuple[str, ...] = ()
    identifier: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The property in which a template names a resource itself; empty if it can't."""
        known = (path for path in self.create_only if path in self.identifier or path in _NAMES)
        return next(known, "")


_NAMES = frozenset({"Name", "QueueName", "TopicName", "ManagedPolicyName"})
"""Names of resources that are identified by what AWS makes of them, such as an ARN or a URL."""

_UNKNOWN = ResourceSchema()


@cache
def _schemas() -> Mapping[str, ResourceSchema]:
    document = json.loads(SCHEMAS_FILE.read_text(encoding="utf-8"))
    return {
        name: ResourceSchema(
            tuple(schema["createOnly"]), tuple(schema["conditionalCreateOnly"]), tuple(schema["identifier"])
        )
        for name, schema in document["types"].items()
    }


def schema_of(resource_type: str) -> ResourceSchema:
    """The schema of a type; of one that is not in the file, one that knows nothing."""
    return _schemas().get(resource_type, _UNKNOWN)


def value_at(properties: Mapping[str, Any], path: str) -> Any:
    """What is at a path such as ``A/B``; None for nothing."""
    value: Any = properties
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def replaces(resource_type: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether other properties make another resource. What may replace one, by its schema, does."""
    schema = schema_of(resource_type)
    paths = (*schema.create_only, *schema.conditional)
    return any(value_at(before, path) != value_at(after, path) for path in paths)
