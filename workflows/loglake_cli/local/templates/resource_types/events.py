"""AWS::Events::Rule and AWS::Scheduler::*."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from loglake_cli.local.templates.resource_types.base import (
    Context,
    Created,
    Existing,
    Properties,
    ResourceType,
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
    return _put_rule(context, context.name(properties, "Name", longest=64), properties)


def _put_rule(context: Context, name: str, properties: Properties) -> Created:
    parameters = without(properties, "Name", "Targets", "EventPattern")
    if "EventPattern" in properties:
        parameters["EventPattern"] = json.dumps(properties["EventPattern"])
    arn = context.call("events", "PutRule", {**parameters, "Name": name})["RuleArn"]
    targets = [target for target in properties.get("Targets", []) if not _stays_out(context, target)]
    if targets:
        context.call("events", "PutTargets", {"Rule": name, "Targets": targets, **_bus(properties)})
    return Created(name, {"Arn": arn})


def _update_rule(context: Context, existing: Existing, properties: Properties) -> Created:
    """PutRule overwrites a rule's definition; targets that it no longer has are removed."""
    kept = {target["Id"] for target in properties.get("Targets", []) if not _stays_out(context, target)}
    _remove_targets(context, existing, kept)
    return _put_rule(context, existing.ref, properties)


def _delete_rule(context: Context, existing: Existing) -> None:
    _remove_targets(context, existing, set())
    context.call("events", "DeleteRule", {"Name": existing.ref, **_bus(existing.properties)})


def _remove_targets(context: Context, existing: Existing, kept: set[str]) -> None:
    targets = existing.properties.get("Targets", [])
    gone = [target["Id"] for target in targets if not _stays_out(context, target) and target["Id"] not in kept]
    if gone:
        context.call("events", "RemoveTargets", {"Rule": existing.ref, "Ids": gone, **_bus(existing.properties)})


def _read_rule(context: Context, existing: Existing) -> Properties:
    """The rule without its targets: the embedded EventBridge lacks Glue workflow targets."""
    found = context.call("events", "DescribeRule", {"Name": existing.ref, **_bus(existing.properties)})
    names = ("Name", "Description", "ScheduleExpression", "State", "RoleArn")
    pattern = found.get("EventPattern")
    return {**{name: found.get(name) or None for name in names}, "EventPattern": pattern and json.loads(pattern)}


def _bus(properties: Properties) -> dict[str, Any]:
    return {key: properties[key] for key in ("EventBusName",) if key in properties}


def _stays_out(context: Context, target: Mapping[str, Any]) -> bool:
    parts = str(target.get("Arn")).split(":", 5)
    service = parts[2] if len(parts) == 6 else ""
    transformed = {"InputTransformer"} if service == "sns" else set()
    context.only(target, {"Id", "Arn", "RoleArn", "DeadLetterConfig", "RetryPolicy", *transformed}, "Targets")
    if service == "sns":
        return True
    if service == "glue" and parts[5].startswith("workflow/"):
        return True
    if service not in _DELIVERED:
        raise context.error(
            f"the target {target.get('Arn')} is neither a Glue workflow nor one of {sorted(_DELIVERED | {'sns'})}"
        )
    return False


def _schedule(context: Context, properties: Properties) -> Created:
    name = context.name(properties, "Name", longest=64)
    arn = context.call("scheduler", "CreateSchedule", {**without(properties, "Name"), "Name": name})["ScheduleArn"]
    return Created(name, {"Arn": arn})


def _update_schedule(context: Context, existing: Existing, properties: Properties) -> None:
    """UpdateSchedule overwrites the whole schedule. A new group would replace the schedule, by the API's rules."""
    if properties.get("GroupName") != existing.properties.get("GroupName"):
        raise context.error("the local runtime can't move a schedule to another group; give it another name, too")
    context.call("scheduler", "UpdateSchedule", {**without(properties, "Name"), "Name": existing.ref})


def _delete_schedule(context: Context, existing: Existing) -> None:
    context.call("scheduler", "DeleteSchedule", {"Name": existing.ref, **_group(existing)})


def _read_schedule(context: Context, existing: Existing) -> Properties:
    found = context.call("scheduler", "GetSchedule", {"Name": existing.ref, **_group(existing)})
    return {name: found.get(name) for name in existing.properties}


def _group(existing: Existing) -> dict[str, Any]:
    return {key: existing.properties[key] for key in ("GroupName",) if key in existing.properties}


def _schedule_group(context: Context, properties: Properties) -> Created:
    name = context.name(properties, "Name", longest=64)
    parameters = {**without(properties, "Name"), "Name": name}
    arn = context.call("scheduler", "CreateScheduleGroup", parameters)["ScheduleGroupArn"]
    return Created(name, {"Arn": arn})


def _delete_schedule_group(context: Context, existing: Existing) -> None:
    context.call("scheduler", "DeleteScheduleGroup", {"Name": existing.ref})


TYPES: dict[str, ResourceType] = {
    "AWS::Events::Rule": resource_type(
        _rule,
        "Name Description EventPattern ScheduleExpression State EventBusName RoleArn Targets Tags",
        update=_update_rule,
        delete=_delete_rule,
        read=_read_rule,
    ),
    "AWS::Scheduler::Schedule": resource_type(
        _schedule,
        "Name GroupName Description ScheduleExpression ScheduleExpressionTimezone FlexibleTimeWindow StartDate EndDate "
        "State Target KmsKeyArn",
        update=_update_schedule,
        delete=_delete_schedule,
        read=_read_schedule,
    ),
    "AWS::Scheduler::ScheduleGroup": resource_type(_schedule_group, "Name Tags", delete=_delete_schedule_group),
}
