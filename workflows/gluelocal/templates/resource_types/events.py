"""AWS::Events::Rule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gluelocal.templates.resource_types.base import (
    Context,
    Created,
    DeployedResource,
    Properties,
    ResourceType,
    picked,
    resource_type,
    without,
)

_DELIVERED = {"sqs", "logs", "events"}
"""Services that the embedded EventBridge delivers to."""


def _rule(context: Context, properties: Properties) -> Created:
    """Puts the rule, with the targets that the embedded EventBridge can deliver to.

    Glue targets and topics stay out: in moto they would silently block the rules after them. The local runtime matches
    rules with Glue targets itself, from the same properties; it publishes to no topic.
    """
    name = context.name(properties, "Name", longest=64)
    parameters = {**without(properties, "Targets"), "Name": name}
    if "EventPattern" in properties:
        parameters["EventPattern"] = json.dumps(properties["EventPattern"])
    arn = context.call("events", "PutRule", parameters)["RuleArn"]
    targets = _delivered(context, properties)
    if targets:
        context.call("events", "PutTargets", {"Rule": name, "Targets": targets, **picked(properties, "EventBusName")})
    return Created(name, {"Arn": arn})


def _update_rule(context: Context, existing: DeployedResource, properties: Properties) -> Created:
    """PutRule overwrites a rule's definition; targets that it no longer has are removed."""
    _remove_targets(context, existing, {target["Id"] for target in _delivered(context, properties)})
    return _rule(context, {**properties, "Name": existing.physical_id})


def _delete_rule(context: Context, existing: DeployedResource) -> None:
    _remove_targets(context, existing, set())
    context.call("events", "DeleteRule", {"Name": existing.physical_id, **picked(existing.properties, "EventBusName")})


def _remove_targets(context: Context, existing: DeployedResource, kept: set[str]) -> None:
    gone = [target["Id"] for target in _delivered(context, existing.properties) if target["Id"] not in kept]
    if gone:
        bus = picked(existing.properties, "EventBusName")
        context.call("events", "RemoveTargets", {"Rule": existing.physical_id, "Ids": gone, **bus})


def _read_rule(context: Context, existing: DeployedResource) -> Properties:
    """The rule without its targets: the embedded EventBridge lacks Glue workflow targets."""
    rule = {"Name": existing.physical_id, **picked(existing.properties, "EventBusName")}
    found = context.call("events", "DescribeRule", rule)
    names = ("Name", "Description", "ScheduleExpression", "State", "RoleArn")
    pattern = found.get("EventPattern")
    return {**{name: found.get(name) or None for name in names}, "EventPattern": pattern and json.loads(pattern)}


def _delivered(context: Context, properties: Properties) -> list[Any]:
    """The targets of a rule that the embedded EventBridge delivers to."""
    return [target for target in properties.get("Targets", []) if not _stays_out(context, target)]


def _stays_out(context: Context, target: Mapping[str, Any]) -> bool:
    parts = str(target.get("Arn")).split(":", 5)
    service = parts[2] if len(parts) == 6 else ""
    transformed = {"InputTransformer"} if service == "sns" else set()
    context.only(target, {"Id", "Arn", "RoleArn", "DeadLetterConfig", "RetryPolicy", *transformed}, "Targets")
    if service == "sns" or (service == "glue" and parts[5].startswith("workflow/")):
        return True
    if service not in _DELIVERED:
        raise context.error(
            f"the target {target.get('Arn')} is neither a Glue workflow nor one of {sorted(_DELIVERED | {'sns'})}"
        )
    return False


TYPES: dict[str, ResourceType] = {
    "AWS::Events::Rule": resource_type(
        _rule,
        "Name Description EventPattern ScheduleExpression State EventBusName RoleArn Targets Tags",
        update=_update_rule,
        delete=_delete_rule,
        read=_read_rule,
    ),
}
