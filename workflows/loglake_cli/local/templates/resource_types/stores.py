"""AWS::SQS::* and AWS::Logs::LogGroup."""

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
    changed,
    resource_type,
    tag_map,
    without,
)


def _queue(context: Context, properties: Properties) -> Created:
    fifo = text(properties.get("FifoQueue", False)) == "true"
    name = context.name(properties, "QueueName", longest=75) + (
        ".fifo" if fifo and "QueueName" not in properties else ""
    )
    attributes = {key: _attribute(value) for key, value in without(properties, "QueueName", "Tags").items()}
    parameters = {"QueueName": name, "Attributes": attributes, "tags": tag_map(properties)}
    url = context.call("sqs", "CreateQueue", parameters)["QueueUrl"]
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


def _update_queue(context: Context, existing: Existing, properties: Properties) -> None:
    given = {
        key: _attribute(properties[key]) if key in properties else default
        for key, default in _QUEUE_DEFAULTS.items()
        if changed(existing, properties, key)
    }
    queue = {"QueueUrl": existing.ref}
    if given:
        context.call("sqs", "SetQueueAttributes", {**queue, "Attributes": given})
    before, after = tag_map(existing.properties), tag_map(properties)
    gone = sorted(set(before) - set(after))
    if gone:
        context.call("sqs", "UntagQueue", {**queue, "TagKeys": gone})
    if before != after and after:
        context.call("sqs", "TagQueue", {**queue, "Tags": after})


def _delete_queue(context: Context, existing: Existing) -> None:
    context.call("sqs", "DeleteQueue", {"QueueUrl": existing.ref})


def _read_queue(context: Context, existing: Existing) -> Properties:
    parameters = {"QueueUrl": existing.ref, "AttributeNames": ["All"]}
    found = context.call("sqs", "GetQueueAttributes", parameters).get("Attributes", {})
    redrive = found.get("RedrivePolicy")
    read = {key: found.get(key) or None for key in _QUEUE_DEFAULTS}
    return {**read, "RedrivePolicy": redrive and json.loads(redrive)}


def _attribute(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict) else text(value)


def _queue_policy(context: Context, properties: Properties) -> Created:
    _put_queue_policy(context, properties["Queues"], json.dumps(properties["PolicyDocument"]))
    return Created(context.name({}, "Id"))


def _update_queue_policy(context: Context, existing: Existing, properties: Properties) -> None:
    gone = [url for url in existing.properties["Queues"] if url not in properties["Queues"]]
    _put_queue_policy(context, gone, "")
    _put_queue_policy(context, properties["Queues"], json.dumps(properties["PolicyDocument"]))


def _delete_queue_policy(context: Context, existing: Existing) -> None:
    _put_queue_policy(context, existing.properties["Queues"], "")


def _put_queue_policy(context: Context, urls: list[str], policy: str) -> None:
    for url in urls:
        context.call("sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": policy}})


def _log_group(context: Context, properties: Properties) -> Created:
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


def _update_log_group(context: Context, existing: Existing, properties: Properties) -> None:
    group = {"logGroupName": existing.ref}
    if changed(existing, properties, "KmsKeyId", "LogGroupClass", "Tags"):
        raise context.error("the local runtime can change the RetentionInDays of a log group, and nothing else")
    if "RetentionInDays" in properties:
        retention = {**group, "retentionInDays": properties["RetentionInDays"]}
        context.call("logs", "PutRetentionPolicy", retention)
    elif "RetentionInDays" in existing.properties:
        context.call("logs", "DeleteRetentionPolicy", group)


def _delete_log_group(context: Context, existing: Existing) -> None:
    context.call("logs", "DeleteLogGroup", {"logGroupName": existing.ref})


TYPES: dict[str, ResourceType] = {
    "AWS::SQS::Queue": resource_type(
        _queue,
        "QueueName DelaySeconds MaximumMessageSize MessageRetentionPeriod ReceiveMessageWaitTimeSeconds "
        "VisibilityTimeout RedrivePolicy KmsMasterKeyId KmsDataKeyReusePeriodSeconds SqsManagedSseEnabled "
        "FifoQueue ContentBasedDeduplication Tags",
        update=_update_queue,
        delete=_delete_queue,
        read=_read_queue,
    ),
    "AWS::SQS::QueuePolicy": resource_type(
        _queue_policy, "Queues PolicyDocument", update=_update_queue_policy, delete=_delete_queue_policy
    ),
    "AWS::Logs::LogGroup": resource_type(
        _log_group,
        "LogGroupName RetentionInDays KmsKeyId LogGroupClass Tags",
        update=_update_log_group,
        delete=_delete_log_group,
    ),
}
