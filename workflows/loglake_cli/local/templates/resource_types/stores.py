"""AWS::DynamoDB::Table, AWS::SQS::* and AWS::Logs::LogGroup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from loglake_cli.local.templates.intrinsics import text
from loglake_cli.local.templates.resource_types.base import (
    Context,
    Created,
    ResourceType,
    resource_type,
    tag_map,
    without,
)


def _table(context: Context, properties: Mapping[str, Any]) -> Created:
    name = context.name(properties, "TableName")
    parameters = without(properties, "PointInTimeRecoverySpecification", "TimeToLiveSpecification", "SSESpecification")
    if "SSESpecification" in properties:
        encryption = dict(properties["SSESpecification"])
        encryption["Enabled"] = encryption.pop("SSEEnabled", True)
        parameters["SSESpecification"] = encryption
    table = context.call("dynamodb", "CreateTable", {**parameters, "TableName": name})["TableDescription"]
    for key, operation in (
        ("TimeToLiveSpecification", "UpdateTimeToLive"),
        ("PointInTimeRecoverySpecification", "UpdateContinuousBackups"),
    ):
        if key in properties:
            context.call("dynamodb", operation, {"TableName": name, key: properties[key]})
    stream = {"StreamArn": table["LatestStreamArn"]} if "LatestStreamArn" in table else {}
    return Created(name, {"Arn": table["TableArn"], **stream})


def _queue(context: Context, properties: Mapping[str, Any]) -> Created:
    fifo = text(properties.get("FifoQueue", False)) == "true"
    name = context.name(properties, "QueueName", longest=75) + (
        ".fifo" if fifo and "QueueName" not in properties else ""
    )
    attributes = {
        key: json.dumps(value) if isinstance(value, dict) else text(value)
        for key, value in without(properties, "QueueName", "Tags").items()
    }
    parameters = {"QueueName": name, "Attributes": attributes, "tags": tag_map(properties)}
    url = context.call("sqs", "CreateQueue", parameters)["QueueUrl"]
    return Created(url, {"Arn": context.arn("sqs", name), "QueueName": name, "QueueUrl": url})


def _queue_policy(context: Context, properties: Mapping[str, Any]) -> Created:
    for url in properties["Queues"]:
        policy = {"Policy": json.dumps(properties["PolicyDocument"])}
        context.call("sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": policy})
    return Created(context.name({}, "Id"))


def _log_group(context: Context, properties: Mapping[str, Any]) -> Created:
    name = context.name(properties, "LogGroupName", longest=512)
    parameters = without(properties, "LogGroupName", "RetentionInDays", "Tags", "KmsKeyId")
    if "KmsKeyId" in properties:
        parameters["kmsKeyId"] = properties["KmsKeyId"]
    if "LogGroupClass" in parameters:
        parameters["logGroupClass"] = parameters.pop("LogGroupClass")
    context.call("logs", "CreateLogGroup", {**parameters, "logGroupName": name, "tags": tag_map(properties)})
    if "RetentionInDays" in properties:
        retention = {"logGroupName": name, "retentionInDays": properties["RetentionInDays"]}
        context.call("logs", "PutRetentionPolicy", retention)
    return Created(name, {"Arn": context.arn("logs", f"log-group:{name}:*")})


TYPES: dict[str, ResourceType] = {
    "AWS::DynamoDB::Table": resource_type(
        _table,
        "TableName AttributeDefinitions KeySchema BillingMode ProvisionedThroughput GlobalSecondaryIndexes "
        "LocalSecondaryIndexes StreamSpecification SSESpecification DeletionProtectionEnabled TableClass Tags "
        "PointInTimeRecoverySpecification TimeToLiveSpecification",
    ),
    "AWS::SQS::Queue": resource_type(
        _queue,
        "QueueName DelaySeconds MaximumMessageSize MessageRetentionPeriod ReceiveMessageWaitTimeSeconds "
        "VisibilityTimeout RedrivePolicy KmsMasterKeyId KmsDataKeyReusePeriodSeconds SqsManagedSseEnabled "
        "FifoQueue ContentBasedDeduplication Tags",
    ),
    "AWS::SQS::QueuePolicy": resource_type(_queue_policy, "Queues PolicyDocument"),
    "AWS::Logs::LogGroup": resource_type(_log_group, "LogGroupName RetentionInDays KmsKeyId LogGroupClass Tags"),
}
