"""AWS::SNS::*, AWS::CloudWatch::* and AWS::Budgets::Budget. The embedded AWS stores them; no alarm ever fires."""

from __future__ import annotations

import json
from typing import Any

from loglake_cli.local.templates.intrinsics import text
from loglake_cli.local.templates.resource_types.base import (
    Context,
    Created,
    Existing,
    Properties,
    ResourceType,
    resource_type,
)

_TOPIC_ATTRIBUTES = ("DisplayName", "KmsMasterKeyId")


def _topic(context: Context, properties: Properties) -> Created:
    name = context.name(properties, "TopicName", longest=256)
    attributes = {key: text(properties[key]) for key in _TOPIC_ATTRIBUTES if key in properties}
    tags = {"Tags": properties["Tags"]} if "Tags" in properties else {}
    arn = context.call("sns", "CreateTopic", {"Name": name, "Attributes": attributes, **tags})["TopicArn"]
    return Created(arn, {"TopicArn": arn, "TopicName": name})


def _update_topic(context: Context, existing: Existing, properties: Properties) -> None:
    for key in _TOPIC_ATTRIBUTES:
        _set_attribute(context, existing.ref, key, text(properties.get(key, "")))


def _delete_topic(context: Context, existing: Existing) -> None:
    context.call("sns", "DeleteTopic", {"TopicArn": existing.ref})


def _read_topic(context: Context, existing: Existing) -> Properties:
    found = context.call("sns", "GetTopicAttributes", {"TopicArn": existing.ref})["Attributes"]
    return {key: found[key] for key in _TOPIC_ATTRIBUTES if found.get(key)}


def _topic_policy(context: Context, properties: Properties) -> Created:
    for topic in properties["Topics"]:
        _set_attribute(context, topic, "Policy", json.dumps(properties["PolicyDocument"]))
    return Created(context.name({}, "Id"))


def _update_topic_policy(context: Context, existing: Existing, properties: Properties) -> None:
    gone = {"Topics": [topic for topic in existing.properties["Topics"] if topic not in properties["Topics"]]}
    _delete_topic_policy(context, Existing(existing.ref, existing.attributes, gone))
    _topic_policy(context, properties)


def _delete_topic_policy(context: Context, existing: Existing) -> None:
    """Restores a topic's default policy: only its owner's account has access."""
    for topic in existing.properties["Topics"]:
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": ["SNS:Publish", "SNS:Subscribe", "SNS:GetTopicAttributes", "SNS:SetTopicAttributes"],
            "Resource": topic,
            "Condition": {"StringEquals": {"AWS:SourceOwner": context.account_id}},
        }
        document = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
        _set_attribute(context, topic, "Policy", json.dumps(document))


def _set_attribute(context: Context, topic: str, name: str, value: str) -> None:
    parameters = {"TopicArn": topic, "AttributeName": name, "AttributeValue": value}
    context.call("sns", "SetTopicAttributes", parameters)


def _subscription(context: Context, properties: Properties) -> Created:
    parameters = {**properties, "ReturnSubscriptionArn": True}
    return Created(context.call("sns", "Subscribe", parameters)["SubscriptionArn"])


def _delete_subscription(context: Context, existing: Existing) -> None:
    context.call("sns", "Unsubscribe", {"SubscriptionArn": existing.ref})


def _alarm(context: Context, properties: Properties) -> Created:
    return _put_alarm(context, context.name(properties, "AlarmName"), properties)


def _update_alarm(context: Context, existing: Existing, properties: Properties) -> Created:
    """PutMetricAlarm overwrites the whole alarm."""
    return _put_alarm(context, existing.ref, properties)


def _put_alarm(context: Context, name: str, properties: Properties) -> Created:
    context.call("cloudwatch", "PutMetricAlarm", {**properties, "AlarmName": name})
    return Created(name, {"Arn": context.arn("cloudwatch", f"alarm:{name}")})


def _delete_alarm(context: Context, existing: Existing) -> None:
    context.call("cloudwatch", "DeleteAlarms", {"AlarmNames": [existing.ref]})


def _read_alarm(context: Context, existing: Existing) -> Properties:
    """The current properties of an alarm, without the API's own additions; empty if the alarm doesn't exist."""
    alarms = context.call("cloudwatch", "DescribeAlarms", {"AlarmNames": [existing.ref]})["MetricAlarms"]
    return {key: alarms[0][key] for key in existing.properties if alarms and key in alarms[0] and key != "Metrics"}


def _dashboard(context: Context, properties: Properties) -> Created:
    name = context.name(properties, "DashboardName")
    context.call("cloudwatch", "PutDashboard", {**properties, "DashboardName": name})
    return Created(name)


def _update_dashboard(context: Context, existing: Existing, properties: Properties) -> None:
    context.call("cloudwatch", "PutDashboard", {**properties, "DashboardName": existing.ref})


def _delete_dashboard(context: Context, existing: Existing) -> None:
    context.call("cloudwatch", "DeleteDashboards", {"DashboardNames": [existing.ref]})


def _read_dashboard(context: Context, existing: Existing) -> Properties:
    return {
        "DashboardBody": context.call("cloudwatch", "GetDashboard", {"DashboardName": existing.ref})["DashboardBody"]
    }


def _budget(context: Context, properties: Properties) -> Created:
    budget = _named_budget(context, properties)
    given = {"NotificationsWithSubscribers": properties.get("NotificationsWithSubscribers", []), "Budget": budget}
    context.call("budgets", "CreateBudget", {"AccountId": context.account_id, **given})
    return Created(budget["BudgetName"])


def _update_budget(context: Context, existing: Existing, properties: Properties) -> None:
    budget = {**properties["Budget"], "BudgetName": existing.ref}
    context.call("budgets", "UpdateBudget", {"AccountId": context.account_id, "NewBudget": budget})


def _delete_budget(context: Context, existing: Existing) -> None:
    context.call("budgets", "DeleteBudget", {"AccountId": context.account_id, "BudgetName": existing.ref})


def _named_budget(context: Context, properties: Properties) -> dict[str, Any]:
    return {**properties["Budget"], "BudgetName": context.name(properties["Budget"], "BudgetName", longest=100)}


TYPES: dict[str, ResourceType] = {
    "AWS::SNS::Topic": resource_type(
        _topic,
        "TopicName DisplayName KmsMasterKeyId Tags",
        update=_update_topic,
        delete=_delete_topic,
        read=_read_topic,
    ),
    "AWS::SNS::TopicPolicy": resource_type(
        _topic_policy, "Topics PolicyDocument", update=_update_topic_policy, delete=_delete_topic_policy
    ),
    "AWS::SNS::Subscription": resource_type(_subscription, "TopicArn Protocol Endpoint", delete=_delete_subscription),
    "AWS::CloudWatch::Alarm": resource_type(
        _alarm,
        "AlarmName AlarmDescription ActionsEnabled AlarmActions OKActions InsufficientDataActions ComparisonOperator "
        "DatapointsToAlarm Dimensions EvaluationPeriods ExtendedStatistic MetricName Metrics Namespace Period "
        "Statistic Tags Threshold TreatMissingData Unit",
        update=_update_alarm,
        delete=_delete_alarm,
        read=_read_alarm,
    ),
    "AWS::CloudWatch::Dashboard": resource_type(
        _dashboard,
        "DashboardName DashboardBody",
        update=_update_dashboard,
        delete=_delete_dashboard,
        read=_read_dashboard,
    ),
    "AWS::Budgets::Budget": resource_type(
        _budget, "Budget NotificationsWithSubscribers", update=_update_budget, delete=_delete_budget
    ),
}
