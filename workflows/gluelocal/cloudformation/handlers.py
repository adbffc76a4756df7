"""Carries out one operation on one resource: checks the fault rules, then calls the handler of its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Optional

from gluelocal.cloud.faults.fault_names import error_text
from gluelocal.cloud.faults.injection import Fault
from gluelocal.cloudformation.reasons import HandlerError, handler_code, handler_message, is_missing
from gluelocal.templates.provision import RESOURCE_TYPES, context_of, create_resource
from gluelocal.templates.resource_types.base import Clients, Context, DeployedResource
from gluelocal.templates.template import Resource, Template
from gluelocal.templates.template_yaml import TemplateError

FaultOf = Callable[[str, str], Optional[Fault]]
"""Takes a logical id and an operation of the Cloud Control API, such as CreateResource; counts it."""


@dataclass(frozen=True)
class Handlers:
    """The resource type handlers, for one stack.

    Attributes:
        pseudo: the pseudo parameters of the stack.
        clients: make the calls, with the credentials of the operation's caller.
        fault_of: the faults to inject.
        wait: waits some seconds, for a fault that delays.
    """

    template: Template
    pseudo: Mapping[str, str]
    clients: Clients
    fault_of: FaultOf
    wait: Callable[[float], object]

    def create(
        self, resource: Resource, properties: Mapping[str, Any], salt: str, begun: list[DeployedResource]
    ) -> DeployedResource:
        """Makes a resource. If that fails half-way, the parts that exist are added to `begun`."""
        self._strike(resource, "CreateResource")
        context = self._context(resource, salt)
        try:
            return create_resource(context, resource, properties, RESOURCE_TYPES[resource.type])
        except TemplateError:
            begun += (DeployedResource(resource.type, made.ref, made.attributes, properties) for made in context.begun)
            raise

    def update(self, resource: Resource, deployed: DeployedResource, properties: Mapping[str, Any]) -> DeployedResource:
        """Changes a resource's properties without replacing it."""
        self._strike(resource, "UpdateResource")
        kind, context = RESOURCE_TYPES[resource.type], self._context(resource)
        if kind.update is None:
            raise context.error(f"{resource.type} can't be updated")
        try:
            updated = kind.update(context, deployed, properties)
        except KeyError as error:
            raise context.error(f"the property {error.args[0]} is missing; add it") from error
        return replace(deployed, attributes=(updated or deployed).attributes, properties=properties)

    def delete(self, resource: Resource, deployed: DeployedResource) -> None:
        """Deletes a resource; a missing one is not an error."""
        self._strike(resource, "DeleteResource")
        kind, context = RESOURCE_TYPES[resource.type], self._context(resource)
        if kind.delete is None:
            raise context.error(f"{resource.type} can't be deleted")
        try:
            kind.delete(context, deployed)
        except TemplateError as error:
            if not is_missing(error):
                raise

    def adopt(self, resource: Resource, physical_id: str, properties: Mapping[str, Any]) -> DeployedResource:
        """Imports a resource that exists."""
        kind, context = RESOURCE_TYPES[resource.type], self._context(resource)
        if kind.adopt is None:
            raise context.error(f"{resource.type} can't be imported")
        adopted = kind.adopt(context, physical_id)
        return DeployedResource(resource.type, adopted.ref, adopted.attributes, properties)

    def read(self, resource: Resource, deployed: DeployedResource) -> Mapping[str, Any] | None:
        """The current properties of a resource; None if its type can't read them."""
        kind = RESOURCE_TYPES[resource.type]
        return kind.read(self._context(resource), deployed) if kind.read else None

    def _context(self, resource: Resource, salt: str = "") -> Context:
        return context_of(self.template, resource, self.clients, self.pseudo, salt)

    def _strike(self, resource: Resource, operation: str) -> None:
        fault = self.fault_of(resource.logical_id, operation)
        if fault is None:
            return
        if fault.delay_s:
            self.wait(fault.delay_s)
        if fault.kind == "error":
            _, code, message = error_text(fault)
            action = f"cloudformation:{operation}"
            raise HandlerError(handler_message(message.format(action=action), handler_code(code)))
        if fault.kind != "slow":  # CloudFormation's own connection breaks; it retries until it gives up
            raise HandlerError(handler_message("Exceeded attempts to wait", "NotStabilized"))
