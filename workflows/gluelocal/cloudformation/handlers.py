"""Carries out one operation on one resource: calls the handler of its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gluelocal.cloudformation.reasons import is_missing
from gluelocal.templates.provision import RESOURCE_TYPES, context_of, create_resource
from gluelocal.templates.resource_types.base import Clients, Context, DeployedResource
from gluelocal.templates.template import Resource, Template
from gluelocal.templates.template_yaml import TemplateError

Before = Callable[[str, str], None]
"""Takes a logical id and an operation of the Cloud Control API, such as CreateResource, before it is done."""


@dataclass(frozen=True)
class Handlers:
    """The resource type handlers, for one stack.

    Attributes:
        pseudo: the pseudo parameters of the stack.
        clients: make the calls, with the credentials of the operation's caller.
        before: called before each operation that changes a resource.
    """

    template: Template
    pseudo: Mapping[str, str]
    clients: Clients
    before: Before

    def create(
        self, resource: Resource, properties: Mapping[str, Any], salt: str, begun: list[DeployedResource]
    ) -> DeployedResource:
        """Makes a resource. If that fails half-way, the parts that exist are added to `begun`."""
        self.before(resource.logical_id, "CreateResource")
        context = self._context(resource, salt)
        try:
            return create_resource(context, resource, properties, RESOURCE_TYPES[resource.type])
        except TemplateError:
            begun += (DeployedResource(resource.type, made.ref, made.attributes, properties) for made in context.begun)
            raise

    def update(self, resource: Resource, deployed: DeployedResource, properties: Mapping[str, Any]) -> DeployedResource:
        """Changes a resource's properties without replacing it."""
        self.before(resource.logical_id, "UpdateResource")
        context, update = self._context(resource), RESOURCE_TYPES[resource.type].update
        assert update  # without it, each property replaces the resource
        try:
            updated = update(context, deployed, properties)
        except KeyError as error:
            raise context.error(f"the property {error.args[0]} is missing; add it") from error
        return replace(deployed, attributes=(updated or deployed).attributes, properties=properties)

    def delete(self, resource: Resource, deployed: DeployedResource) -> None:
        """Deletes a resource; a missing one is not an error."""
        self.before(resource.logical_id, "DeleteResource")
        try:
            RESOURCE_TYPES[resource.type].delete(self._context(resource), deployed)
        except TemplateError as error:
            if not is_missing(error):
                raise

    def adopt(self, resource: Resource, physical_id: str, properties: Mapping[str, Any]) -> DeployedResource:
        """Imports a resource that exists."""
        adopt = RESOURCE_TYPES[resource.type].adopt
        assert adopt  # a change set refuses to import other types
        adopted = adopt(self._context(resource), physical_id)
        return DeployedResource(resource.type, adopted.ref, adopted.attributes, properties)

    def read(self, resource: Resource, deployed: DeployedResource) -> Mapping[str, Any] | None:
        """The current properties of a resource; None if its type can't read them."""
        kind = RESOURCE_TYPES[resource.type]
        return kind.read(self._context(resource), deployed) if kind.read else None

    def _context(self, resource: Resource, salt: str = "") -> Context:
        return context_of(self.template, resource, self.clients, self.pseudo, salt)
