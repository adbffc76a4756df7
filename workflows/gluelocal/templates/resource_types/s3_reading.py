"""The current settings of buckets, in template form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from gluelocal.templates.resource_types.base import Context, DeployedResource, Properties, picked

BY_DEFAULT = "ServerSideEncryptionByDefault"
"""The member of an encryption rule that has another name in the API."""

_UNSET = frozenset(
    {
        "NoSuchBucketPolicy",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
        "OwnershipControlsNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)
"""S3's error codes for a setting that a bucket doesn't have."""


def read_bucket(context: Context, existing: DeployedResource) -> Properties:
    """The settings of a bucket."""
    bucket = existing.physical_id
    context.call("s3", "HeadBucket", {"Bucket": bucket})
    setting = partial(_setting, context, bucket)
    encryption = setting("GetBucketEncryption", "ServerSideEncryptionConfiguration")
    lifecycle = setting("GetBucketLifecycleConfiguration", "Rules")
    status = setting("GetBucketVersioning", "Status")
    logged = setting("GetBucketLogging", "LoggingEnabled")
    enabled = setting("GetBucketNotificationConfiguration", "EventBridgeConfiguration") is not None
    return {
        "BucketName": bucket,
        "BucketEncryption": encryption
        and {
            "ServerSideEncryptionConfiguration": [
                renamed(rule, f"Apply{BY_DEFAULT}", BY_DEFAULT) for rule in encryption["Rules"]
            ]
        },
        "PublicAccessBlockConfiguration": setting("GetPublicAccessBlock", "PublicAccessBlockConfiguration"),
        "OwnershipControls": setting("GetBucketOwnershipControls", "OwnershipControls"),
        "VersioningConfiguration": status and {"Status": status},
        "LifecycleConfiguration": lifecycle and {"Rules": [_lifecycle_rule(rule) for rule in lifecycle]},
        "LoggingConfiguration": logged
        and {"DestinationBucketName": logged["TargetBucket"], "LogFilePrefix": logged["TargetPrefix"]},
        "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": enabled}},
        "Tags": setting("GetBucketTagging", "TagSet"),
    }


def read_bucket_policy(context: Context, existing: DeployedResource) -> Properties:
    """The policy of a bucket."""
    bucket = existing.properties["Bucket"]
    policy = context.call("s3", "GetBucketPolicy", {"Bucket": bucket})["Policy"]
    return {"Bucket": bucket, "PolicyDocument": json.loads(policy)}


def policy_of(context: Context, bucket: str) -> str | None:
    """The policy of a bucket; None if it has none."""
    return _setting(context, bucket, "GetBucketPolicy", "Policy")  # type: ignore[no-any-return]


def _setting(context: Context, bucket: str, operation: str, member: str) -> Any:
    """A member of an answer; None if the bucket has no such setting."""
    try:
        return context.clients("s3")._make_api_call(operation, {"Bucket": bucket}).get(member)
    except ClientError as error:
        if error.response["Error"]["Code"] in _UNSET:
            return None
        raise context.refused("s3", operation, error) from error


def renamed(properties: Mapping[str, Any], before: str, after: str) -> dict[str, Any]:
    """The properties, one of them with another name."""
    return {after if key == before else key: value for key, value in properties.items()}


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """The API nests what CloudFormation flattens (AWS::S3::Bucket Rule, API LifecycleRule)."""
    flat = picked(rule, "Status", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
    if "ID" in rule:
        flat["Id"] = rule["ID"]
    prefix = rule.get("Filter", {}).get("Prefix", rule.get("Prefix", ""))
    if prefix:
        flat["Prefix"] = prefix
    expiration = rule.get("Expiration", {})
    if "Days" in expiration:
        flat["ExpirationInDays"] = expiration["Days"]
    flat |= picked(expiration, "ExpiredObjectDeleteMarker")
    if "Transitions" in rule:
        flat["Transitions"] = [
            {"StorageClass": each["StorageClass"], "TransitionInDays": each["Days"]} for each in rule["Transitions"]
        ]
    return flat
