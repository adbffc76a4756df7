"""AWS::S3::*: buckets and their policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Callable

from botocore.exceptions import ClientError

from gluelocal.templates.resource_types.base import (
    Context,
    Created,
    DeployedResource,
    Properties,
    ResourceType,
    changed,
    deleting,
    overwriting,
    picked,
    resource_type,
)
from gluelocal.templates.resource_types.s3_reading import (
    BY_DEFAULT,
    policy_of,
    read_bucket,
    read_bucket_policy,
    renamed,
)

_Setting = Callable[[Context, str, Any], None]


def _bucket(context: Context, properties: Properties) -> Created:
    """Makes a bucket. In us-east-1 CreateBucket succeeds for one's own bucket; CloudFormation fails."""
    name = context.name(properties, "BucketName", longest=63, lower=True)
    if _exists(context, name):
        raise context.error(f"{name} already exists")
    parameters: dict[str, Any] = {"Bucket": name}
    if context.region != "us-east-1":  # the API refuses us-east-1 as a LocationConstraint
        parameters["CreateBucketConfiguration"] = {"LocationConstraint": context.region}
    context.call("s3", "CreateBucket", parameters)
    context.begun.append(_made(context, name))
    for key, put in _SETTINGS.items():
        if key in properties:
            put(context, name, properties[key])
    return _made(context, name)


def _exists(context: Context, name: str) -> bool:
    """Lists the bucket, because HeadBucket's refusal has no message. Both need s3:ListBucket."""
    try:
        context.clients("s3").list_objects_v2(Bucket=name, MaxKeys=1)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            return False
        raise context.refused("s3", "ListObjectsV2", error) from error
    return True


def _made(context: Context, name: str) -> Created:
    return Created(
        name,
        {
            "Arn": f"arn:{context.partition}:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{context.region}.amazonaws.com",
        },
    )


def _update_bucket(context: Context, existing: DeployedResource, properties: Properties) -> None:
    for key, put in _SETTINGS.items():
        if changed(existing, properties, key):
            if key in properties:
                put(context, existing.physical_id, properties[key])
            else:
                operation, rest = _RESETS[key]
                context.call("s3", operation, {"Bucket": existing.physical_id, **rest})


def _adopt_bucket(context: Context, name: str) -> Created:
    if not _exists(context, name):
        raise context.error(f"{name} does not exist")
    return _made(context, name)


def _policy(context: Context, properties: Properties) -> Created:
    """PutBucketPolicy replaces; CloudFormation's handler does not."""
    if policy_of(context, properties["Bucket"]) is not None:
        raise context.error(f"The bucket policy already exists on bucket {properties['Bucket']}.")
    return _put_policy(context, properties)


def _put_policy(context: Context, properties: Properties) -> Created:
    policy = json.dumps(properties["PolicyDocument"])
    context.call("s3", "PutBucketPolicy", {"Bucket": properties["Bucket"], "Policy": policy})
    return Created(properties["Bucket"])


def _adopt_policy(context: Context, bucket: str) -> Created:
    if policy_of(context, bucket) is None:
        raise context.error(f"The bucket policy of {bucket} does not exist")
    return Created(bucket)


def _encryption(context: Context, bucket: str, value: Any) -> None:
    context.only(value, {"ServerSideEncryptionConfiguration"}, "BucketEncryption")
    rules = [renamed(rule, BY_DEFAULT, f"Apply{BY_DEFAULT}") for rule in value["ServerSideEncryptionConfiguration"]]
    context.call("s3", "PutBucketEncryption", {"Bucket": bucket, "ServerSideEncryptionConfiguration": {"Rules": rules}})


def _notification(context: Context, bucket: str, value: Any) -> None:
    context.only(value, {"EventBridgeConfiguration"}, "NotificationConfiguration")
    context.only(value["EventBridgeConfiguration"], {"EventBridgeEnabled"}, "EventBridgeConfiguration")
    enabled = str(value["EventBridgeConfiguration"].get("EventBridgeEnabled", True)).lower() == "true"
    configuration: dict[str, Any] = {"EventBridgeConfiguration": {}} if enabled else {}
    _put("PutBucketNotificationConfiguration", "NotificationConfiguration")(context, bucket, configuration)


def _logging(context: Context, bucket: str, value: Any) -> None:
    context.only(value, {"DestinationBucketName", "LogFilePrefix"}, "LoggingConfiguration")
    enabled = {"TargetBucket": value["DestinationBucketName"], "TargetPrefix": value.get("LogFilePrefix", "")}
    _put("PutBucketLogging", "BucketLoggingStatus")(context, bucket, {"LoggingEnabled": enabled})


def _put(operation: str, member: str) -> _Setting:
    """A setting that has the same names in the API and in the property."""

    def put(context: Context, bucket: str, value: Any) -> None:
        context.call("s3", operation, {"Bucket": bucket, member: value})

    return put


def _lifecycle(context: Context, bucket: str, value: Any) -> None:
    context.only(value, {"Rules"}, "LifecycleConfiguration")
    configuration = {"Rules": [_lifecycle_rule(context, rule) for rule in value["Rules"]]}
    _put("PutBucketLifecycleConfiguration", "LifecycleConfiguration")(context, bucket, configuration)


def _lifecycle_rule(context: Context, rule: Any) -> dict[str, Any]:
    """CloudFormation flattens what the API nests (AWS::S3::Bucket Rule, API LifecycleRule)."""
    context.only(rule, {*_LIFECYCLE_SAME, *_LIFECYCLE_MOVED}, "LifecycleConfiguration.Rules")
    result = {**picked(rule, *_LIFECYCLE_SAME), "Filter": {"Prefix": rule.get("Prefix", "")}}
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


_LIFECYCLE_SAME = ("Status", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
_LIFECYCLE_MOVED = ("Id", "Prefix", "ExpirationInDays", "ExpiredObjectDeleteMarker", "Transitions")

_SETTINGS: dict[str, _Setting] = {
    "BucketEncryption": _encryption,
    "PublicAccessBlockConfiguration": _put("PutPublicAccessBlock", "PublicAccessBlockConfiguration"),
    "OwnershipControls": _put("PutBucketOwnershipControls", "OwnershipControls"),
    "VersioningConfiguration": _put("PutBucketVersioning", "VersioningConfiguration"),
    "LifecycleConfiguration": _lifecycle,
    "LoggingConfiguration": _logging,
    "NotificationConfiguration": _notification,
    "Tags": lambda context, bucket, tags: _put("PutBucketTagging", "Tagging")(context, bucket, {"TagSet": tags}),
}

_RESETS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "BucketEncryption": ("DeleteBucketEncryption", {}),
    "PublicAccessBlockConfiguration": ("DeletePublicAccessBlock", {}),
    "OwnershipControls": ("DeleteBucketOwnershipControls", {}),
    "VersioningConfiguration": ("PutBucketVersioning", {"VersioningConfiguration": {"Status": "Suspended"}}),
    "LifecycleConfiguration": ("DeleteBucketLifecycle", {}),
    "LoggingConfiguration": ("PutBucketLogging", {"BucketLoggingStatus": {}}),
    "NotificationConfiguration": ("PutBucketNotificationConfiguration", {"NotificationConfiguration": {}}),
}
"""The call that removes a setting that the template no longer has."""

TYPES: dict[str, ResourceType] = {
    "AWS::S3::Bucket": resource_type(
        _bucket,
        " ".join(["BucketName", *_SETTINGS]),
        update=_update_bucket,
        delete=deleting("s3", "DeleteBucket", "Bucket"),
        read=read_bucket,
        adopt=_adopt_bucket,
    ),
    "AWS::S3::BucketPolicy": resource_type(
        _policy,
        "Bucket PolicyDocument",
        update=overwriting(_put_policy, "Bucket"),
        delete=deleting("s3", "DeleteBucketPolicy", "Bucket"),
        read=read_bucket_policy,
        adopt=_adopt_policy,
    ),
}
