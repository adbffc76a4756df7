"""AWS::S3::*: buckets and their policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Callable

from loglake_cli.local.templates.resource_types.base import Context, Created, ResourceType, resource_type, without

_Setting = Callable[[Context, str, Any], None]


def _bucket(context: Context, properties: Mapping[str, Any]) -> Created:
    name = context.name(properties, "BucketName", longest=63, lower=True)
    parameters: dict[str, Any] = {"Bucket": name}
    if context.region != "us-east-1":  # the API refuses us-east-1 as a LocationConstraint
        parameters["CreateBucketConfiguration"] = {"LocationConstraint": context.region}
    context.call("s3", "CreateBucket", parameters)
    for key, put in _SETTINGS.items():
        if key in properties:
            put(context, name, properties[key])
    arn = f"arn:{context.partition}:s3:::{name}"
    domain = {"DomainName": f"{name}.s3.amazonaws.com"}
    regional = {"RegionalDomainName": f"{name}.s3.{context.region}.amazonaws.com"}
    return Created(name, {"Arn": arn, **domain, **regional})


def _policy(context: Context, properties: Mapping[str, Any]) -> Created:
    policy = json.dumps(properties["PolicyDocument"])
    context.call("s3", "PutBucketPolicy", {"Bucket": properties["Bucket"], "Policy": policy})
    return Created(properties["Bucket"])


def _encryption(context: Context, bucket: str, value: Any) -> None:
    context.only(value, {"ServerSideEncryptionConfiguration"}, "BucketEncryption")
    rules = []
    for rule in value["ServerSideEncryptionConfiguration"]:
        rest = without(rule, "ServerSideEncryptionByDefault")
        if "ServerSideEncryptionByDefault" in rule:
            rest["ApplyServerSideEncryptionByDefault"] = rule["ServerSideEncryptionByDefault"]
        rules.append(rest)
    parameters = {"Bucket": bucket, "ServerSideEncryptionConfiguration": {"Rules": rules}}
    context.call("s3", "PutBucketEncryption", parameters)


def _notification(context: Context, bucket: str, value: Any) -> None:
    context.only(value, {"EventBridgeConfiguration"}, "NotificationConfiguration")
    context.only(value["EventBridgeConfiguration"], {"EventBridgeEnabled"}, "EventBridgeConfiguration")
    if str(value["EventBridgeConfiguration"].get("EventBridgeEnabled", True)).lower() == "true":
        parameters = {"Bucket": bucket, "NotificationConfiguration": {"EventBridgeConfiguration": {}}}
        context.call("s3", "PutBucketNotificationConfiguration", parameters)


def _put(operation: str, member: str) -> _Setting:
    """A setting whose API structure has the names of the property."""

    def put(context: Context, bucket: str, value: Any) -> None:
        context.call("s3", operation, {"Bucket": bucket, member: value})

    return put


def _tags(context: Context, bucket: str, value: Any) -> None:
    context.call("s3", "PutBucketTagging", {"Bucket": bucket, "Tagging": {"TagSet": value}})


def _lifecycle(context: Context, bucket: str, value: Any) -> None:
    context.only(value, {"Rules"}, "LifecycleConfiguration")
    rules = [_lifecycle_rule(context, rule) for rule in value["Rules"]]
    parameters = {"Bucket": bucket, "LifecycleConfiguration": {"Rules": rules}}
    context.call("s3", "PutBucketLifecycleConfiguration", parameters)


def _lifecycle_rule(context: Context, rule: Any) -> dict[str, Any]:
    """CloudFormation flattens what the API nests (AWS::S3::Bucket Rule, API LifecycleRule)."""
    context.only(rule, _LIFECYCLE_SAME | _LIFECYCLE_MOVED, "LifecycleConfiguration.Rules")
    result = {key: rule[key] for key in _LIFECYCLE_SAME & set(rule)}
    result["Filter"] = {"Prefix": rule.get("Prefix", "")}
    if "Id" in rule:
        result["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        result["Expiration"] = {"Days": rule["ExpirationInDays"]}
    elif "ExpiredObjectDeleteMarker" in rule:
        result["Expiration"] = {"ExpiredObjectDeleteMarker": rule["ExpiredObjectDeleteMarker"]}
    if "Transitions" in rule:
        result["Transitions"] = [
            {"StorageClass": item["StorageClass"], "Days": item["TransitionInDays"]} for item in rule["Transitions"]
        ]
    return result


_LIFECYCLE_SAME = {"Status", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"}
_LIFECYCLE_MOVED = {"Id", "Prefix", "ExpirationInDays", "ExpiredObjectDeleteMarker", "Transitions"}

_SETTINGS: dict[str, _Setting] = {
    "BucketEncryption": _encryption,
    "PublicAccessBlockConfiguration": _put("PutPublicAccessBlock", "PublicAccessBlockConfiguration"),
    "OwnershipControls": _put("PutBucketOwnershipControls", "OwnershipControls"),
    "VersioningConfiguration": _put("PutBucketVersioning", "VersioningConfiguration"),
    "LifecycleConfiguration": _lifecycle,
    "NotificationConfiguration": _notification,
    "Tags": _tags,
}

TYPES: dict[str, ResourceType] = {
    "AWS::S3::Bucket": resource_type(_bucket, " ".join(["BucketName", *_SETTINGS])),
    "AWS::S3::BucketPolicy": resource_type(_policy, "Bucket PolicyDocument"),
}
