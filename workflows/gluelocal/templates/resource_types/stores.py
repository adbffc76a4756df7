"""AWS::SQS::* and AWS::Logs::LogGroup."""

from __future__ import annotations

import json
from typing import Any

from gluelocal.templates.intrinsics import text
from gluelocal.templates.resource_types.base import (
    Context,
    Created,
    DeployedResource,
    Properties,
    ResourceType,
    changed,
    deleting,
    resource_type,
    without,
)


def _queue(context: Context, properties: Properties) -> Created:
    fifo = text(properties.get("FifoQueue", False)) == "true"
    name = context.name(properties, "QueueName", longest=75) + (
        ".fifo" if fifo and "QueueName" not in properties else ""
    )
    attributes = {key: _attribute(value) for key, value in without(properties, "QueueName", "Tags").items()}
    queue = {"QueueName": name, "Attributes": attributes, "tags": _tag_map(properties)}
    url = context.call("sqs", "CreateQueue", queue)["QueueUrl"]
    return Created(url, {"Arn": context.arn("sqs", name), "QueueName": name, "QueueUrl": url})


_QUEUE_DEFAULTS = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "262144",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
    "RedrivePolicy": "",
    "KmsMasterKeyId": "",
    "KmsDataKeyReusePeriodSeconds": "300",
    "SqsManagedSseEnabled": "true",
    "ContentBasedDeduplication": "false",
}
"""SQS API, CreateQueue, Attributes: the defaults of a new queue."""


def _update_queue(context: Context, existing: DeployedResource, properties: Properties) -> None:
    given = {
        key: _attribute(properties[key]) if key in properties else default
        for key, default in _QUEUE_DEFAULTS.items()
        if changed(existing, properties, key)
    }
    if given:
        context.call("sqs", "SetQueueAttributes", {"QueueUrl": existing.physical_id, "Attributes": given})


def _read_queue(context: Context, existing: DeployedResource) -> Properties:
    parameters = {"QueueUrl": existing.physical_id, "AttributeNames": ["All"]}
    found = context.call("sqs", "GetQueueAttributes", parameters).get("Attributes", {})
    redrive = found.get("RedrivePolicy")
    return {
        **{key: found.get(key) or None for key in _QUEUE_DEFAULTS},
        "RedrivePolicy": redrive and json.loads(redrive),
    }


def _tag_map(properties: Properties) -> dict[str, str]:
    """``Tags: [{Key, Value}]`` as the map that the APIs take."""
    return {text(tag["Key"]): text(tag["Value"]) for tag in properties.get("Tags", [])}


def _attribute(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict) else text(value)


def _queue_policy(context: Context, properties: Properties) -> Created:
    _put_queue_policy(context, properties["Queues"], json.dumps(properties["PolicyDocument"]))
    return Created(context.name({}, "Id"))


def _update_queue_policy(context: Context, existing: DeployedResource, properties: Properties) -> None:
    gone = [url for url in existing.properties["Queues"] if url not in properties["Queues"]]
    _put_queue_policy(context, gone, "")
    _queue_policy(context, properties)


def _delete_queue_policy(context: Context, existing: DeployedResource) -> None:
    _put_queue_policy(context, existing.properties["Queues"], "")


def _put_queue_policy(context: Context, urls: list[str], policy: str) -> None:
    for url in urls:
        context.call("sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": policy}})


def _log_group(context: Context, properties: Properties) -> Created:
    name = context.name(properties, "LogGroupName", longest=512)
    names = {"KmsKeyId": "kmsKeyId", "LogGroupClass": "logGroupClass"}
    given = {name: properties[key] for key, name in names.items() if key in properties}
    context.call("logs", "CreateLogGroup", {**given, "logGroupName": name, "tags": _tag_map(properties)})
    if "RetentionInDays" in properties:
        _put_retention(context, name, properties)
    return Created(name, {"Arn": context.arn("logs", f"log-group:{name}:*")})


def _put_retention(context: Context, name: str, properties: Properties) -> None:
    retention = {"logGroupName": name, "retentionInDays": properties["RetentionInDays"]}
    context.call("logs", "PutRetentionPolicy", retention)


def _update_log_group(context: Context, existing: DeployedResource, properties: Properties) -> None:
    if changed(existing, properties, "KmsKeyId", "LogGroupClass"):
        raise context.error("the local runtime can change the RetentionInDays of a log group, and nothing else")
    if "RetentionInDays" in properties:
        _put_retention(context, existing.physical_id, properties)
    elif "RetentionInDays" in existing.properties:
        context.call("logs", "DeleteRetentionPolicy", {"logGroupName": existing.physical_id})


TYPES: dict[str, ResourceType] = {
    "AWS::SQS::Queue": resource_type(
        _queue,
        "QueueName DelaySeconds MaximumMessageSize MessageRetentionPeriod ReceiveMessageWaitTimeSeconds "
        "VisibilityTimeout RedrivePolicy KmsMasterKeyId KmsDataKeyReusePeriodSeconds SqsManagedSseEnabled "
        "FifoQueue ContentBasedDeduplication Tags",
        update=_update_queue,
        delete=deleting("sqs", "DeleteQueue", "QueueUrl"),
        read=_read_queue,
    ),
    "AWS::SQS::QueuePolicy": resource_type(
        _queue_policy, "Queues PolicyDocument", update=_update_queue_policy, delete=_delete_queue_policy
    ),
    "AWS::Logs::LogGroup": resource_type(
        _log_group,
        "LogGroupName RetentionInDays KmsKeyId LogGroupClass Tags",
        update=_update_log_group,
        delete=deleting("logs", "DeleteLogGroup", "logGroupName"),
    ),
}
