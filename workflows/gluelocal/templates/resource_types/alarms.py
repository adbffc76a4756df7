"""AWS::SNS::*, AWS::CloudWatch::* and AWS::Budgets::Budget. The embedded AWS stores them; no alarm ever fires."""

from __future__ import annotations

import json
from dataclasses import replace

from gluelocal.templates.intrinsics import text
from gluelocal.templates.resource_types.base import (
    Context,
    Created,
    DeployedResource,
    Properties,
    ResourceType,
    creating,
    deleting,
    overwriting,
    picked,
    resource_type,
)

_TOPIC_ATTRIBUTES = ("DisplayName", "KmsMasterKeyId")


def _topic(context: Context, properties: Properties) -> Created:
    name = context.name(properties, "TopicName", longest=256)
    parameters = {"Name": name, "Attributes": picked(properties, *_TOPIC_ATTRIBUTES), **picked(properties, "Tags")}
    arn = context.call("sns", "CreateTopic", parameters)["TopicArn"]
    return Created(arn, {"TopicArn": arn, "TopicName": name})


def _update_topic(context: Context, existing: DeployedResource, properties: Properties) -> None:
    for key in _TOPIC_ATTRIBUTES:
        _set_attribute(context, existing.physical_id, key, text(properties.get(key, "")))


def _read_topic(context: Context, existing: DeployedResource) -> Properties:
    found = context.call("sns", "GetTopicAttributes", {"TopicArn": existing.physical_id})["Attributes"]
    return {key: found[key] for key in _TOPIC_ATTRIBUTES if found.get(key)}


def _topic_policy(context: Context, properties: Properties) -> Created:
    for topic in properties["Topics"]:
        _set_attribute(context, topic, "Policy", json.dumps(properties["PolicyDocument"]))
    return Created(context.name({}, "Id"))


def _update_topic_policy(context: Context, existing: DeployedResource, properties: Properties) -> None:
    gone = [topic for topic in existing.properties["Topics"] if topic not in properties["Topics"]]
    _delete_topic_policy(context, replace(existing, properties={"Topics": gone}))
    _topic_policy(context, properties)


def _delete_topic_policy(context: Context, existing: DeployedResource) -> None:
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
    context.call("sns", "SetTopicAttributes", {"TopicArn": topic, "AttributeName": name, "AttributeValue": value})


def _subscription(context: Context, properties: Properties) -> Created:
    answer = context.call("sns", "Subscribe", {**properties, "ReturnSubscriptionArn": True})
    return Created(answer["SubscriptionArn"])


def _alarm(context: Context, properties: Properties) -> Created:
    name = context.name(properties, "AlarmName")
    context.call("cloudwatch", "PutMetricAlarm", {**properties, "AlarmName": name})
    return Created(name, {"Arn": context.arn("cloudwatch", f"alarm:{name}")})


def _read_alarm(context: Context, existing: DeployedResource) -> Properties:
    """The current properties of an alarm, without the API's own additions; empty if the alarm doesn't exist."""
    alarms = context.call("cloudwatch", "DescribeAlarms", {"AlarmNames": [existing.physical_id]})["MetricAlarms"]
    return {key: alarms[0][key] for key in existing.properties if alarms and key in alarms[0] and key != "Metrics"}


_put_dashboard = creating("cloudwatch", "PutDashboard", "DashboardName")


def _read_dashboard(context: Context, existing: DeployedResource) -> Properties:
    return picked(context.call("cloudwatch", "GetDashboard", {"DashboardName": existing.physical_id}), "DashboardBody")


def _budget(context: Context, properties: Properties) -> Created:
    name = context.name(properties["Budget"], "BudgetName", longest=100)
    given = {"NotificationsWithSubscribers": [], **properties, "Budget": {**properties["Budget"], "BudgetName": name}}
    context.call("budgets", "CreateBudget", {"AccountId": context.account_id, **given})
    return Created(name)


def _update_budget(context: Context, existing: DeployedResource, properties: Properties) -> None:
    budget = {**properties["Budget"], "BudgetName": existing.physical_id}
    context.call("budgets", "UpdateBudget", {"AccountId": context.account_id, "NewBudget": budget})


def _delete_budget(context: Context, existing: DeployedResource) -> None:
    context.call("budgets", "DeleteBudget", {"AccountId": context.account_id, "BudgetName": existing.physical_id})


TYPES: dict[str, ResourceType] = {
    "AWS::SNS::Topic": resource_type(
        _topic,
        "TopicName DisplayName KmsMasterKeyId Tags",
        update=_update_topic,
        delete=deleting("sns", "DeleteTopic", "TopicArn"),
        read=_read_topic,
    ),
    "AWS::SNS::TopicPolicy": resource_type(
        _topic_policy, "Topics PolicyDocument", update=_update_topic_policy, delete=_delete_topic_policy
    ),
    "AWS::SNS::Subscription": resource_type(
        _subscription, "TopicArn Protocol Endpoint", delete=deleting("sns", "Unsubscribe", "SubscriptionArn")
    ),
    "AWS::CloudWatch::Alarm": resource_type(
        _alarm,
        "AlarmName AlarmDescription ActionsEnabled AlarmActions OKActions InsufficientDataActions ComparisonOperator "
        "DatapointsToAlarm Dimensions EvaluationPeriods ExtendedStatistic MetricName Metrics Namespace Period "
        "Statistic Tags Threshold TreatMissingData Unit",
        update=overwriting(_alarm, "AlarmName"),
        delete=deleting("cloudwatch", "DeleteAlarms", "AlarmNames", listed=True),
        read=_read_alarm,
    ),
    "AWS::CloudWatch::Dashboard": resource_type(
        _put_dashboard,
        "DashboardName DashboardBody",
        update=overwriting(_put_dashboard, "DashboardName"),
        delete=deleting("cloudwatch", "DeleteDashboards", "DashboardNames", listed=True),
        read=_read_dashboard,
    ),
    "AWS::Budgets::Budget": resource_type(
        _budget, "Budget NotificationsWithSubscribers", update=_update_budget, delete=_delete_budget
    ),
}
