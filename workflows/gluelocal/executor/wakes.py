"""EventBridge's Glue target: the rules that start a model's workflows, and the delivery to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Callable

from gluelocal.cloud.events.eventbridge import BusRule, Deliver
from gluelocal.cloud.wire.json_service import JsonService
from gluelocal.executor.role_access import RoleAccess
from gluelocal.executor.runtime import Runtime
from gluelocal.iam.enforcement import AccessDeniedError
from gluelocal.model.model import Model


def bus_rules(model: Model) -> list[BusRule]:
    """The rules that start workflows, in the bus's form."""
    return [
        BusRule(rule.name, dict(rule.event_pattern), [dict(target) for target in rule.targets], rule.state == "ENABLED")
        for rule in model.rules.values()
        if rule.workflow_names()
    ]


def targets_api(runtime: Runtime) -> JsonService:
    """ListTargetsByRule for the rules that start workflows: the embedded EventBridge doesn't have their targets."""

    def listed(_region: str, request: dict[str, Any]) -> dict[str, Any] | None:
        rule = runtime.model.rules.get(request["Rule"])
        return {"Targets": [dict(target) for target in rule.targets]} if rule and rule.workflow_names() else None

    return JsonService("events", {"ListTargetsByRule": listed})


def wake(runtime: Runtime, access: RoleAccess, dropped: Callable[[str], None] | None = None) -> Deliver:
    """Delivers events to workflows with an EVENT trigger; all other targets get nothing.

    Args:
        runtime: has the workflows, and gets the events.
        access: says whether a target's role allows it.
        dropped: called for an event that the role doesn't allow, which AWS drops. None: the delivery raises
            AccessDeniedError, because the workflow would never run and nobody would know why.
    """

    def deliver(rule: BusRule, target: dict[str, Any], event: dict[str, Any]) -> None:
        _, is_workflow, name = target["Arn"].partition(":workflow/")
        if not is_workflow or not any(one.type == "EVENT" for one in runtime.model.triggers_of(name)):
            return
        try:
            access.check_notify(rule.name, target)
        except AccessDeniedError as error:
            _bury(access, target, event)
            if dropped is None:
                raise
            dropped(f"An event of the rule {rule.name} is dropped: {error}")
        else:
            runtime.notify(name, event["id"])

    return deliver


def _bury(access: RoleAccess, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    """Puts an event into its target's dead-letter queue, if there is one.

    It isn't retried first, because a missing permission doesn't go away (user guide, "Using dead-letter queues to
    process undelivered events").
    """
    arn = target.get("DeadLetterConfig", {}).get("Arn", "")
    if arn:
        sqs = access.aws.client("sqs")
        queue = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(event))
