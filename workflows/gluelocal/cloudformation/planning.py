"""The changes that a change set would make: a template's resources compared with a stack's; pure.

Source: user guide, "Updating stacks using change sets", and the API's ResourceChange.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gluelocal.cloudformation.differences import differences
from gluelocal.cloudformation.records import StackResource
from gluelocal.cloudformation.resource_schemas import ResourceSchema, schema_of, value_at
from gluelocal.templates.provision import look_up
from gluelocal.templates.resource_types.base import AnyAttribute, DeployedResource
from gluelocal.templates.template import BoundTemplate, Resource
from gluelocal.templates.template_yaml import TemplateError

KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""CloudFormation's word for a value that is unknown until the change set is executed."""

_FIXED = frozenset({"Tags", "GlobalSecondaryIndexes"})
"""Properties that the local runtime gives a new resource and can't change. The tags of a stack are another thing."""

_RECREATION = {"True": "Always", "Conditional": "Conditionally", "False": "Never"}


class Plan:
    """The changes of a change set.

    Attributes:
        changes: as ResourceChange, in the order of execution; removals come last.
    """

    def __init__(
        self,
        bound: BoundTemplate,
        existing: Mapping[str, StackResource],
        imports: Mapping[str, str],
    ) -> None:
        """Compares.

        Args:
            bound: the target state of the stack.
            existing: its current resources, by logical id.
            imports: the physical ids of the resources to import, by logical id.

        Raises:
            TemplateError: a property can't be resolved.
        """
        self._bound = bound
        self._existing = existing
        self._imports = imports
        self._unknown: set[str] = set()
        self._deployed = {name: item.deployed for name, item in existing.items() if item.deployed}
        self.changes = [*self._made(), *self._removed()]

    def properties(self, resource: Resource) -> dict[str, Any]:
        """The properties of a resource, as far as they are known."""
        return self._bound.properties(resource, self._attribute)

    def outputs(self) -> dict[str, str]:
        """The outputs, as far as they are known."""
        return self._bound.outputs(self._attribute)

    def _attribute(self, logical_id: str, name: str | None) -> str:
        return KNOWN_AFTER_APPLY if logical_id in self._unknown else look_up(self._deployed, logical_id, name)

    def _made(self) -> Iterator[dict[str, Any]]:
        for resource in self._bound.order():
            deployed = self._deployed.get(resource.logical_id)
            imported = self._imports.get(resource.logical_id)
            if deployed:
                change = self._modified(resource, deployed)
                if change:
                    yield change
            elif imported:
                unknown = AnyAttribute(lambda _name: KNOWN_AFTER_APPLY)
                self._deployed[resource.logical_id] = DeployedResource(resource.type, imported, unknown, {})
                yield {**_change("Import", resource), "PhysicalResourceId": imported}
            else:
                self._unknown.add(resource.logical_id)
                self.properties(resource)  # fails if one can't be resolved
                yield {**_change("Add", resource), **_drift_of(self._existing.get(resource.logical_id))}

    def _modified(self, resource: Resource, deployed: DeployedResource) -> dict[str, Any] | None:
        declared = self._existing[resource.logical_id].declared
        properties = self.properties(resource)
        names = dict.fromkeys(each.path.split("/")[1] for each in differences(deployed.properties, properties))
        if fixed := _FIXED.intersection(names):
            raise TemplateError(f"{resource.logical_id}: the local runtime can't change {', '.join(sorted(fixed))}")
        details = [_detail(name, resource.type, deployed.properties, properties) for name in names]
        policies = [_target(name, "Never") for name in _changed_policies(declared, resource)]
        if not details and not policies:
            return None
        needed = {detail["Target"]["RequiresRecreation"] for detail in details}
        replacement = next(name for name, word in _RECREATION.items() if word in needed or name == "False")
        if replacement == "True":
            self._unknown.add(resource.logical_id)
        scope = {detail["Target"]["Attribute"]: None for detail in (*details, *policies)}
        return {
            **_change("Modify", resource),
            "PhysicalResourceId": deployed.physical_id,
            "Replacement": replacement,
            "Scope": list(scope),
            "Details": [*details, *policies],
            **_drift_of(self._existing[resource.logical_id]),
        }

    def _removed(self) -> Iterator[dict[str, Any]]:
        active = self._bound.active()
        for name, item in reversed(list(self._existing.items())):
            if name not in active and item.deployed:
                yield {
                    **_change("Remove", item.declared),
                    "PhysicalResourceId": item.physical_id,
                }


def _change(action: str, resource: Resource) -> dict[str, Any]:
    return {
        "Action": action,
        "LogicalResourceId": resource.logical_id,
        "ResourceType": resource.type,
        "Scope": [],
        "Details": [],
    }


def _replacement(schema: ResourceSchema, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Whether changing a property replaces its resource: True, Conditional or False."""
    if _changes(schema.create_only, name, before, after):
        return "Conditional" if KNOWN_AFTER_APPLY in json.dumps(after.get(name)) else "True"
    return "Conditional" if _changes(schema.conditional, name, before, after) else "False"


def _changes(paths: tuple[str, ...], name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return any(value_at(before, path) != value_at(after, path) for path in paths if path.partition("/")[0] == name)


def _detail(name: str, kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    recreation = _RECREATION[_replacement(schema_of(kind), name, before, after)]
    return _target("Properties", recreation, Name=name)


def _target(attribute: str, recreation: str, **named: str) -> dict[str, Any]:
    return {"Target": {"Attribute": attribute, "RequiresRecreation": recreation, **named}}


def _changed_policies(before: Resource, after: Resource) -> Iterator[str]:
    if before.deletion_policy != after.deletion_policy:
        yield "DeletionPolicy"
    if before.update_replace_policy != after.update_replace_policy:
        yield "UpdateReplacePolicy"


def _drift_of(item: StackResource | None) -> dict[str, str]:
    drift = item.drift.status if item and item.drift else ""
    return {"ResourceDriftStatus": drift} if drift in {"MODIFIED", "DELETED"} else {}
