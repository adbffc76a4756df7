"""Permissions that deploying the extra stacks needs: for SNS, Athena, Firehose, Budgets, alarms and dashboards.

Source: the Service Authorization Reference's pages of these services.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from gluelocal.iam.deployer_accesses import Members, passed_roles
from gluelocal.iam.policies import UNKNOWN


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
