"""Permissions that deploying needs in addition to the jobs'.

They are for CloudFormation, IAM, EventBridge and Scheduler, and for what the extra stacks have: SNS, Athena, Firehose,
Budgets, alarms and dashboards.

Sources: the Service Authorization Reference's pages of these services. If a call names a stack that doesn't exist yet,
its resource is every stack with that name. If a call hands a role to a service, it needs iam:PassRole (IAM user guide,
"Granting a user permissions to pass a role to an AWS service").
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gluelocal.iam.policies import UNKNOWN

Members = Mapping[str, Any]

_NO_STACK = frozenset({"ListStacks", "ValidateTemplate", "DescribeStackDriftDetectionStatus"})


def cloudformation_resources(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    """The stack of a call; ``*`` for a call without a stack."""
    name = str(members.get("StackName", ""))
    if name.startswith("arn:"):
        yield operation, name
    elif name:
        yield operation, f"arn:aws:cloudformation:{place}:stack/{name}/*"
    elif operation in _NO_STACK or operation == "DescribeStacks":
        yield operation, "*"
    else:  # the ARN of a change set doesn't name its stack
        yield operation, UNKNOWN


def iam_resources(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    """The role or the managed policy of a call."""
    account = place.partition(":")[2]
    path = str(members.get("Path", "/"))
    if "RoleName" in members:
        yield operation, f"arn:aws:iam::{account}:role{path}{members['RoleName']}"
    elif "PolicyArn" in members:
        yield operation, str(members["PolicyArn"])
    elif operation == "CreatePolicy":
        yield operation, f"arn:aws:iam::{account}:policy{path}{members.get('PolicyName', '')}"
    else:
        yield operation, "*" if operation.startswith("List") else UNKNOWN


def events_resources(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    """The rule of a call, and the roles of its targets."""
    name, bus = members.get("Rule") or members.get("Name"), members.get("EventBusName", "default")
    if "Rule" in operation or "Targets" in operation:
        named = f"{name}" if bus == "default" else f"{bus}/{name}"
        yield operation, f"arn:aws:events:{place}:rule/{named}" if name else "*"
    else:
        yield operation, UNKNOWN
    targets = (target.get("RoleArn") for target in members.get("Targets", []))
    yield from passed_roles([members.get("RoleArn"), *targets], place)


def scheduler_resources(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    """The schedule of a call, and its role. The name is in the call's path."""
    name, group = members.get("Name", ""), members.get("GroupName") or members.get("groupName") or "default"
    if operation.startswith("List"):
        yield operation, "*"
    else:
        yield operation, f"arn:aws:scheduler:{place}:schedule/{group}/{name}"
    yield from passed_roles([members.get("Target", {}).get("RoleArn")], place)


def passed_roles(roles: list[Any], place: str) -> Iterator[tuple[str, str]]:
    """iam:PassRole for each role, given by ARN or name; None and empty ones are ignored."""
    account = place.partition(":")[2]
    for role in dict.fromkeys(filter(None, roles)):
        yield "iam:PassRole", str(role) if str(role).startswith("arn:") else f"arn:aws:iam::{account}:role/{role}"


def sns_resources(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    """The topic or the subscription of a call."""
    named = members.get("TopicArn") or members.get("SubscriptionArn") or members.get("ResourceArn")
    if operation == "CreateTopic":
        named = f"arn:aws:sns:{place}:{members.get('Name', '')}"
    yield operation, str(named or ("*" if operation.startswith("List") else UNKNOWN))


def athena_resources(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    """The workgroup of a call. A call that names a saved query by its id doesn't have it."""
    name = members.get("WorkGroup") or (members.get("Name") if operation == "CreateWorkGroup" else "")
    yield operation, f"arn:aws:athena:{place}:workgroup/{name}" if name else UNKNOWN


def firehose_resources(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    """The delivery stream of a call, and its role."""
    name = members.get("DeliveryStreamName", "")
    yield operation, f"arn:aws:firehose:{place}:deliverystream/{name}" if name else "*"
    destinations = (members.get(f"ExtendedS3Destination{kind}", {}) for kind in ("Configuration", "Update"))
    yield from passed_roles([each.get("RoleARN") for each in destinations], place)


def budgets_resources(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    """The budget of a call. Budgets has two actions: one to view, one for everything else."""
    budget = members.get("Budget") or members.get("NewBudget") or {}
    name = members.get("BudgetName") or budget.get("BudgetName") or "*"
    action = "ViewBudget" if operation.startswith("Describe") else "ModifyBudget"
    yield action, f"arn:aws:budgets::{place.partition(':')[2]}:budget/{name}"


def cloudwatch_resources(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    """The alarms or dashboards of a call; metrics have no ARN."""
    alarms = members.get("AlarmNames") or [members.get("AlarmName")]
    dashboards = members.get("DashboardNames") or [members.get("DashboardName")]
    if "Alarm" in operation:
        yield from ((operation, f"arn:aws:cloudwatch:{place}:alarm:{name or '*'}") for name in alarms)
    elif "Dashboard" in operation:
        account = place.partition(":")[2]
        yield from ((operation, f"arn:aws:cloudwatch::{account}:dashboard/{name or '*'}") for name in dashboards)
    else:
        yield operation, "*" if "Metric" in operation else UNKNOWN


def subscription_roles(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    """iam:PassRole for the role that CloudWatch Logs uses to send events to a destination."""
    if operation == "PutSubscriptionFilter":
        yield from passed_roles([members.get("roleArn")], place)
    elif operation == "PutAccountPolicy":
        try:
            document = json.loads(members.get("policyDocument", "{}"))
        except ValueError:  # the service refuses the call
            return
        yield from passed_roles([document.get("RoleArn")] if isinstance(document, dict) else [], place)
