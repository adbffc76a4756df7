"""Deploys CloudFormation templates into the embedded AWS, resource by resource, in dependency order.

moto's CloudFormation skips types that it doesn't know and reports success, so it isn't used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gluelocal.templates.resource_types import declared, events, glue
from gluelocal.templates.resource_types.base import Clients, Context, DeployedResource, ResourceType
from gluelocal.templates.template import Resource, Template, load_template
from gluelocal.templates.template_yaml import TemplateError

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    **glue.TYPES,
    **events.TYPES,
    **declared.TYPES,
}


@dataclass(frozen=True)
class DeployedStack:
    """A deployed stack, with its resources by logical id in order of creation."""

    name: str
    template: Path
    outputs: Mapping[str, str]
    resources: Mapping[str, DeployedResource]


def deploy(
    template: Path | Template, stack_name: str, parameters: Mapping[str, str], clients: Clients
) -> DeployedStack:
    """Creates every resource of a template, after it has checked the whole template.

    Args:
        template: the CloudFormation template, or its file (YAML).
        stack_name: part of generated names.
        parameters: values by parameter name.
        clients: makes the boto3 client of a service.

    Raises:
        TemplateError: with template, logical id and what to do. Resources made before it stay.
    """
    read = template if isinstance(template, Template) else load_template(template)
    check_supported(read)
    return create(read, stack_name, parameters, clients, RESOURCE_TYPES)


def create(
    template: Template,
    stack_name: str,
    parameters: Mapping[str, str],
    clients: Clients,
    types: Mapping[str, ResourceType],
) -> DeployedStack:
    """Creates every resource of a template, with `types` as the only resource types.

    Raises:
        TemplateError: as `deploy`.
    """
    pseudo = pseudo_parameters(stack_name, clients)
    bound = template.bind(parameters, pseudo)
    resources: dict[str, DeployedResource] = {}
    attribute = partial(look_up, resources)
    for resource in bound.order():
        properties = bound.properties(resource, attribute)
        context = context_of(template, resource, clients, pseudo)
        resources[resource.logical_id] = create_resource(context, resource, properties, types[resource.type])
    return DeployedStack(stack_name, template.path, bound.outputs(attribute), resources)


def check_supported(template: Template) -> None:
    """Refuses a template with resource types or properties that have no handler.

    Raises:
        TemplateError: for each, logical id, type and properties.
    """
    problems = list(unsupported(template))
    if problems:
        raise TemplateError("\n".join(problems))


def unsupported(template: Template) -> Iterator[str]:
    """A sentence for each resource type, or for the properties of a resource, that have no handler."""
    advice = "add it to gluelocal/templates/resource_types or take it out of the template"
    for logical_id, what in unhandled(template):
        yield f"{template.path}: {logical_id}: the local runtime doesn't support {what}; {advice}"


def unhandled(template: Template) -> Iterator[tuple[str, str]]:
    """Each resource, by its logical id, with its type or properties that have no handler."""
    for logical_id, resource in template.resources.items():
        if resource.type not in RESOURCE_TYPES:
            yield logical_id, resource.type
        elif unknown := set(resource.properties) - RESOURCE_TYPES[resource.type].properties:
            yield logical_id, f"{', '.join(sorted(unknown))} of {resource.type}"


def look_up(resources: Mapping[str, DeployedResource], logical_id: str, name: str | None) -> str:
    """The value of Ref (name None) or GetAtt of a deployed resource.

    Raises:
        LookupError: the resource doesn't exist because its condition is false, or it has no such attribute.
    """
    if logical_id not in resources:
        raise LookupError(f"{logical_id} is not created, because its Condition is false")
    resource = resources[logical_id]
    if name is None:
        return resource.physical_id
    if name not in resource.attributes:
        raise LookupError(f"{resource.type} has the attributes {sorted(resource.attributes)}")
    return resource.attributes[name]


def context_of(
    template: Template, resource: Resource, clients: Clients, pseudo: Mapping[str, str], salt: str = ""
) -> Context:
    """The context in which a resource is made."""
    return Context(
        where=f"{template.path}: {resource.logical_id} ({resource.type})",
        stack_name=pseudo["AWS::StackName"],
        logical_id=resource.logical_id,
        clients=clients,
        region=pseudo["AWS::Region"],
        account_id=pseudo["AWS::AccountId"],
        partition=pseudo["AWS::Partition"],
        salt=salt,
    )


def create_resource(
    context: Context, resource: Resource, properties: Mapping[str, Any], kind: ResourceType
) -> DeployedResource:
    """Makes one resource.

    Raises:
        TemplateError: the service refused it, or a property is missing.
    """
    try:
        created = kind.create(context, properties)
    except KeyError as error:
        raise context.error(f"the property {error.args[0]} is missing; add it") from error
    return DeployedResource(resource.type, created.ref, created.attributes, properties)


def pseudo_parameters(stack_name: str, clients: Clients, stack_id: str = "") -> dict[str, str]:
    """The values of ``AWS::Region`` and similar; without an id, a stack's id is derived from its name."""
    identity = clients("sts")
    account_id = identity.get_caller_identity()["Account"]
    region = identity.meta.region_name
    return {
        "AWS::Region": region,
        "AWS::AccountId": account_id,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackName": stack_name,
        "AWS::StackId": stack_id or f"arn:aws:cloudformation:{region}:{account_id}:stack/{stack_name}/local",
    }
