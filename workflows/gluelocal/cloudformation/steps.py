"""Changes the resources of a stack one after the other, and writes the events of each."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gluelocal.cloudformation.differences import differences
from gluelocal.cloudformation.handlers import Handlers
from gluelocal.cloudformation.history import History
from gluelocal.cloudformation.reasons import HandlerError, reason_of
from gluelocal.cloudformation.records import Definition, Old, Undo
from gluelocal.cloudformation.resource_schemas import replaces, schema_of
from gluelocal.templates.provision import look_up
from gluelocal.templates.resource_types.base import DeployedResource
from gluelocal.templates.template import BoundTemplate, Resource
from gluelocal.templates.template_yaml import TemplateError

HandlersOf = Callable[[Definition], Handlers]
"""The handlers for a stack definition."""

_INITIATED = "Resource creation Initiated"
_REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."


class FailedError(Exception):
    """A resource could not be made or changed; its event says why.

    Attributes:
        verb: the operation, such as ``create``.
    """

    def __init__(self, logical_id: str, verb: str) -> None:
        super().__init__(logical_id)
        self.logical_id = logical_id
        self.verb = verb


@dataclass(frozen=True)
class Steps:
    """Makes, imports and changes the resources of a definition. Each method raises FailedError if that fails.

    Attributes:
        bound: the target state of the stack.
        undo: gets each step, before it is done.
    """

    history: History
    handlers: Handlers
    bound: BoundTemplate
    undo: list[Undo]

    def create(self, resource: Resource) -> None:
        """Makes a resource."""
        properties = self._properties(resource, "create")
        self.undo.append(Undo(resource.logical_id))
        self.history.resource(resource, "CREATE_IN_PROGRESS", properties=properties)
        begun: list[DeployedResource] = []
        try:
            made = self.handlers.create(resource, properties, "", begun)
        except TemplateError as error:
            raise self._failed(resource, "create", error, begun[0] if begun else None) from error
        self.history.resource(resource, "CREATE_IN_PROGRESS", _INITIATED, made, properties)
        self.history.resource(resource, "CREATE_COMPLETE", deployed=made, properties=properties)

    def take_over(self, resource: Resource, physical_id: str) -> None:
        """Imports a resource."""
        properties = self._properties(resource, "import")
        self.history.resource(resource, "IMPORT_IN_PROGRESS", "Resource import started.", properties=properties)
        self.undo.append(Undo(resource.logical_id))
        try:
            taken = self.handlers.adopt(resource, physical_id, properties)
        except TemplateError as error:
            raise self._failed(resource, "import", error) from error
        self.history.resource(resource, "IMPORT_COMPLETE", "Resource import completed.", taken, properties)

    def change(self, resource: Resource, declared: Resource, deployed: DeployedResource) -> Old | None:
        """Updates or replaces a resource with changed properties; returns the one to delete.

        Args:
            resource: its new template.
            declared: its former template.
            deployed: the resource that exists.
        """
        properties = self._properties(resource, "update")
        if not any(differences(deployed.properties, properties)):
            self.history.stack.resources[resource.logical_id].declared = resource
            return None
        if replaces(resource.type, deployed.properties, properties):
            return self._replace(resource, declared, deployed, properties)
        self.undo.append(Undo(resource.logical_id, deployed, declared, properties))
        self._update(resource, deployed, properties)
        return None

    def restore(self, step: Undo, declared: Resource, before: DeployedResource, now: DeployedResource) -> Old | None:
        """Undoes a step; returns the resource that had replaced the former one."""
        if now.physical_id == before.physical_id:
            self._update(declared, replace(now, properties=step.after), before.properties)
            return None
        self.history.resource(declared, "UPDATE_IN_PROGRESS", deployed=before, properties=before.properties)
        self.history.resource(declared, "UPDATE_COMPLETE", deployed=before, properties=before.properties)
        return Old(declared, now, "Delete")

    def outputs(self) -> dict[str, str]:
        """The outputs, once the resources are there."""
        return self.bound.outputs(self._attribute)

    def _attribute(self, logical_id: str, name: str | None) -> str:
        return look_up(self.history.stack.existing(), logical_id, name)

    def _properties(self, resource: Resource, verb: str) -> dict[str, Any]:
        try:
            return self.bound.properties(resource, self._attribute)
        except TemplateError as error:
            raise self._failed(resource, verb, error) from error

    def _replace(
        self, resource: Resource, declared: Resource, deployed: DeployedResource, properties: Mapping[str, Any]
    ) -> Old:
        self.history.resource(resource, "UPDATE_IN_PROGRESS", _REPLACING, deployed, properties)
        name = schema_of(resource.type).name
        if name and name in properties and properties[name] == deployed.properties.get(name):
            self.undo.append(Undo(resource.logical_id, deployed, declared, deployed.properties))
            reason = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {deployed.physical_id} and update the stack again."
            )
            raise self._failed(resource, "update", HandlerError(reason), deployed)
        self.undo.append(Undo(resource.logical_id, deployed, declared, properties))
        begun: list[DeployedResource] = []
        try:
            made = self.handlers.create(resource, properties, str(uuid.uuid4()), begun)
        except TemplateError as error:
            failed = self._failed(resource, "update", error, deployed)
            for half in begun:
                deleted(self.handlers, resource, half, partial(self.history.cleanup, resource, half))
            raise failed from error
        self.history.resource(resource, "UPDATE_COMPLETE", deployed=made, properties=properties)
        return Old(declared, deployed, declared.update_replace_policy)

    def _update(self, resource: Resource, deployed: DeployedResource, properties: Mapping[str, Any]) -> None:
        self.history.resource(resource, "UPDATE_IN_PROGRESS", deployed=deployed, properties=properties)
        try:
            updated = self.handlers.update(resource, deployed, properties)
        except TemplateError as error:
            raise self._failed(resource, "update", error, deployed) from error
        self.history.resource(resource, "UPDATE_COMPLETE", deployed=updated, properties=properties)

    def _failed(
        self, resource: Resource, verb: str, error: TemplateError, deployed: DeployedResource | None = None
    ) -> FailedError:
        """Records that a resource failed; the parts of it that exist stay known."""
        self.history.resource(resource, f"{verb.upper()}_FAILED", reason_of(error), deployed)
        return FailedError(resource.logical_id, verb)


def deleted(
    handlers: Handlers, resource: Resource, deployed: DeployedResource, report: Callable[[str, str], None]
) -> bool:
    """Deletes a resource; returns whether it is gone. `report` gets each status, with the reason of a failure."""
    report("DELETE_IN_PROGRESS", "")
    try:
        handlers.delete(resource, deployed)
    except TemplateError as error:
        report("DELETE_FAILED", reason_of(error))
        return False
    report("DELETE_COMPLETE", "")
    return True
