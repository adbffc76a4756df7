"""AWS::Events::Rule and AWS::Scheduler::*."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from loglake_cli.local.templates.resource_types.base import Context, Created, ResourceType, resource_type, without

_DELIVERED = {"sqs", "logs", "events"}
"""Services whose targets the embedded EventBridge delivers to."""


def _rule(context: Context, properties: Mapping[str, Any]) -> Created:
    """Puts the rule, with the targets that the embedded EventBridge can deliver to.

    A Glue target stays out: it would silently block the rules after it there. The local runtime matches such rules
    itself, from the same properties.
    """
    name = context.name(properties, "Name", longest=64)
    parameters = without(properties, "Name", "Targets", "EventPattern")
    if "EventPattern" in properties:
        parameters["EventPattern"] = json.dumps(properties["EventPattern"])
    arn = context.call("events", "PutRule", {**parameters, "Name": name})["RuleArn"]
    targets = [target for target in properties.get("Targets", []) if not _is_workflow(context, target)]
    if targets:
        bus = {"EventBusName": properties["EventBusName"]} if "EventBusName" in properties else {}
        context.call("events", "PutTargets", {"Rule": name, "Targets": targets, **bus})
    return Created(name, {"Arn": arn})


def _is_workflow(context: Context, target: Mapping[str, Any]) -> bool:
    context.only(target, {"Id", "Arn", "RoleArn", "DeadLetterConfig", "RetryPolicy"}, "Targets")
    parts = str(target.get("Arn")).split(":", 5)
    service = parts[2] if len(parts) == 6 else ""
    if service == "glue" and parts[5].startswith("workflow/"):
        return True
    if service not in _DELIVERED:
        raise context.error(
            f"the target {target.get('Arn')} is neither a Glue workflow nor one of {sorted(_DELIVERED)}"
        )
    return False


def _schedule(context: Context, properties: Mapping[str, Any]) -> Created:
    name = context.name(properties, "Name", longest=64)
    arn = context.call("scheduler", "CreateSchedule", {**without(properties, "Name"), "Name": name})["ScheduleArn"]
    return Created(name, {"Arn": arn})


def _schedule_group(context: Context, properties: Mapping[str, Any]) -> Created:
    name = context.name(properties, "Name", longest=64)
    parameters = {**without(properties, "Name"), "Name": name}
    arn = context.call("scheduler", "CreateScheduleGroup", parameters)["ScheduleGroupArn"]
    return Created(name, {"Arn": arn})


TYPES: dict[str, ResourceType] = {
    "AWS::Events::Rule": resource_type(
        _rule, "Name Description EventPattern ScheduleExpression State EventBusName RoleArn Targets Tags"
    ),
    "AWS::Scheduler::Schedule": resource_type(
        _schedule,
        "Name GroupName Description ScheduleExpression ScheduleExpressionTimezone FlexibleTimeWindow StartDate EndDate "
        "State Target KmsKeyArn",
    ),
    "AWS::Scheduler::ScheduleGroup": resource_type(_schedule_group, "Name Tags"),
}
