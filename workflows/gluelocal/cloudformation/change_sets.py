"""Makes change sets: checks a CreateChangeSet request and compares it with the existing stack."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from gluelocal.cloud.wire.json_service import ApiError
from gluelocal.cloudformation.drift import as_found
from gluelocal.cloudformation.planning import Plan
from gluelocal.cloudformation.records import ChangeSet, Definition, Stack
from gluelocal.cloudformation.resource_schemas import schema_of
from gluelocal.cloudformation.stacks import Stacks
from gluelocal.cloudformation.template_texts import check_capabilities, parameter_values, template_in
from gluelocal.templates.provision import RESOURCE_TYPES
from gluelocal.templates.resource_types.base import Clients
from gluelocal.templates.template import BoundTemplate, Template
from gluelocal.templates.template_yaml import TemplateError

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
"""CloudFormation's StatusReason for a change set that would change nothing."""

UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
        "UPDATE_FAILED",
    }
)
"""Statuses in which a stack can be updated."""


def make_change_set(stacks: Stacks, request: Mapping[str, Any], clients: Clients) -> tuple[Stack, ChangeSet]:
    """Makes a change set. With CREATE or IMPORT it also makes the stack.

    Raises:
        ApiError: the request is refused; no change set is made.
    """
    name, kind = request["StackName"], request.get("ChangeSetType", "UPDATE")
    stack = stacks.find(name)
    _check_state(name, stack, request["ChangeSetName"], kind)
    definition = _definition(request, stack, stacks.account.region)
    check_capabilities(definition.template, definition.capabilities)
    known, stack = stack, stack or stacks.new(name)
    same = stack.change_sets.get(request["ChangeSetName"])
    if same and not same.execution.startswith("EXECUTE_"):
        raise ApiError("AlreadyExistsException", f"ChangeSet {request['ChangeSetName']} already exists")
    place = stack.id.split(":stack/")[0]
    change_set = ChangeSet(
        id=f"{place}:changeSet/{request['ChangeSetName']}/{uuid.uuid4()}",
        name=request["ChangeSetName"],
        kind=kind,
        definition=definition,
        created_ms=stacks.now_ms(),
        changes=[],
        imports={},
        description=request.get("Description", ""),
        reverts=request.get("DeploymentMode") == "REVERT_DRIFT",
    )
    try:
        _plan(stacks, stack, change_set, request, clients)
    except TemplateError as error:
        _fail(change_set, f"Template error: {error}")
    stack.change_sets[change_set.name] = change_set
    if known is None:
        stacks.add(stack)
    return stack, change_set


def _check_state(name: str, stack: Stack | None, change_set: str, kind: str) -> None:
    if kind == "CREATE":
        if stack and stack.status != "REVIEW_IN_PROGRESS":
            raise ApiError(
                "ValidationError",
                f"Stack [{name}] already exists and cannot be created again with the changeSet [{change_set}].",
            )
    elif stack is None:
        if kind == "UPDATE":
            raise ApiError("ValidationError", f"Stack [{name}] does not exist")
    elif stack.status not in UPDATABLE and (kind, stack.status) != ("IMPORT", "REVIEW_IN_PROGRESS"):
        raise ApiError("ValidationError", f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def _definition(request: Mapping[str, Any], stack: Stack | None, region: str) -> Definition:
    known = stack.definition if stack else None
    if request.get("UsePreviousTemplate"):
        if known is None:
            raise ApiError("ValidationError", "Previous template cannot be used: the stack has none")
        body, template = known.body, known.template
    elif "TemplateBody" in request:
        body = request["TemplateBody"]
        template = template_in(body, request["StackName"], region)
    else:
        raise ApiError("ValidationError", "Either Template URL or Template Body must be specified.")
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
    return Definition(
        template=template,
        body=body,
        parameters=parameter_values(template, request.get("Parameters", []), known.parameters if known else None),
        tags=tags if "Tags" in request or known is None else known.tags,
        capabilities=tuple(request.get("Capabilities", [])),
    )


def _plan(stacks: Stacks, stack: Stack, change_set: ChangeSet, request: Mapping[str, Any], clients: Clients) -> None:
    definition, known = change_set.definition, stack.definition
    try:
        bound = definition.template.bind(definition.parameters, stacks.pseudo(stack))
    except TemplateError as error:
        raise ApiError("ValidationError", str(error)) from error
    change_set.imports = _imports(request, bound, stack)
    resources = stack.resources
    if change_set.reverts and known:
        resources = as_found(stack, stacks.handlers(stack, known, clients), stacks.now_ms())
    plan = Plan(bound, resources, change_set.imports)
    _check_types(stack, definition.template)
    change_set.changes = plan.changes
    if change_set.kind == "IMPORT":
        _check_import(plan, definition, known)
    elif not plan.changes and known and definition.tags == known.tags and dict(stack.outputs) == plan.outputs():
        _fail(change_set, NO_CHANGES)


def _fail(change_set: ChangeSet, reason: str) -> None:
    change_set.status, change_set.reason, change_set.execution = "FAILED", reason, "UNAVAILABLE"


def _imports(request: Mapping[str, Any], bound: BoundTemplate, stack: Stack) -> dict[str, str]:
    """The resources that a request names, each with its identifying physical id."""
    listed = request.get("ResourcesToImport", [])
    if (request.get("ChangeSetType") == "IMPORT") != bool(listed):
        raise ApiError("ValidationError", "ResourcesToImport is for change sets of the type IMPORT, which need it.")
    found, active = {}, bound.active()
    for item in listed:
        name, kind, identifier = item["LogicalResourceId"], item["ResourceType"], item["ResourceIdentifier"]
        if name not in active or active[name].type != kind:
            raise ApiError("ValidationError", f"Resources [{name}] are not in the template.")
        if name in stack.existing():
            raise ApiError("ValidationError", f"Resources [{name}] are already in the stack.")
        if kind not in RESOURCE_TYPES or RESOURCE_TYPES[kind].adopt is None:
            raise ApiError("ValidationError", f"ResourceTypes [{kind}] are not supported for Import")
        if set(identifier) != set(schema_of(kind).identifier):
            wanted = ", ".join(schema_of(kind).identifier)
            raise ApiError("ValidationError", f"Invalid identifier for {name}: {kind} is identified by {wanted}")
        found[name] = next(iter(identifier.values()))
    missing = [name for name in found if bound.template.resources[name].deletion_policy == "Delete"]
    if missing:
        raise ApiError(
            "ValidationError",
            f"When importing resources, all resources must specify a DeletionPolicy: [{', '.join(missing)}]",
        )
    return found


def _check_types(stack: Stack, template: Template) -> None:
    other = [
        name
        for name, item in stack.resources.items()
        if name in template.resources and template.resources[name].type != item.declared.type
    ]
    if other:
        raise ApiError(
            "ValidationError",
            "Update of resource type is not permitted. The new template modifies resource type of the following "
            f"resources: [{', '.join(other)}]",
        )


def _check_import(plan: Plan, definition: Definition, known: Definition | None) -> None:
    """Refuses an IMPORT change set that does anything but import; a new stack has neither outputs nor tags yet."""
    outputs = known.template.outputs if known else {}
    for name, same in (
        ("Outputs", definition.template.outputs == outputs),
        ("Tags", definition.tags == (known.tags if known else {})),
    ):
        if not same:
            raise ApiError("ValidationError", f"As part of the import operation, you cannot modify or add [{name}]")
    added = [change["LogicalResourceId"] for change in plan.changes if change["Action"] == "Add"]
    if added:
        raise ApiError("ValidationError", f"Resources [{', '.join(added)}] is missing from ResourceToImport list")
    others = [change["LogicalResourceId"] for change in plan.changes if change["Action"] != "Import"]
    if others:
        raise ApiError(
            "ValidationError",
            "You have modified resources in your template that are not being imported. Update, create or delete "
            f"operations cannot be executed during import operations: [{', '.join(others)}]",
        )
