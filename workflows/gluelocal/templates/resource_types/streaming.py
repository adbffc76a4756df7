"""AWS::KinesisFirehose::DeliveryStream, and the AWS::Logs types that it has beside it."""

from __future__ import annotations

from typing import Any

from gluelocal.templates.resource_types.base import (
    Context,
    Created,
    DeployedResource,
    Properties,
    ResourceType,
    changed,
    creating,
    deleting,
    overwriting,
    picked,
    resource_type,
)

_DESTINATION, _ENCRYPTION = "ExtendedS3DestinationConfiguration", "DeliveryStreamEncryptionConfigurationInput"


def _update_delivery_stream(context: Context, existing: DeployedResource, properties: Properties) -> None:
    named = {"DeliveryStreamName": existing.physical_id}
    if changed(existing, properties, _DESTINATION):
        found = _described(context, existing)
        update = {
            **named,
            "CurrentDeliveryStreamVersionId": found["VersionId"],
            "DestinationId": found["Destinations"][0]["DestinationId"],
            "ExtendedS3DestinationUpdate": properties[_DESTINATION],
        }
        context.call("firehose", "UpdateDestination", update)
    if changed(existing, properties, _ENCRYPTION):
        given = picked(properties, _ENCRYPTION)
        context.call("firehose", f"{'Start' if given else 'Stop'}DeliveryStreamEncryption", {**named, **given})


def _read_delivery_stream(context: Context, existing: DeployedResource) -> Properties:
    found = _described(context, existing)
    destination = found["Destinations"][0].get("ExtendedS3DestinationDescription", {})
    return {
        "DeliveryStreamName": found["DeliveryStreamName"],
        _DESTINATION: picked(destination, *existing.properties.get(_DESTINATION, {})),
    }


def _described(context: Context, existing: DeployedResource) -> dict[str, Any]:
    named = {"DeliveryStreamName": existing.physical_id}
    found: dict[str, Any] = context.call("firehose", "DescribeDeliveryStream", named)["DeliveryStreamDescription"]
    return found


def _log_stream(context: Context, properties: Properties) -> Created:
    name = context.name(properties, "LogStreamName", longest=512)
    context.call("logs", "CreateLogStream", {"logGroupName": properties["LogGroupName"], "logStreamName": name})
    return Created(name)


_POLICY = {
    "PolicyName": "policyName",
    "PolicyType": "policyType",
    "PolicyDocument": "policyDocument",
    "Scope": "scope",
    "SelectionCriteria": "selectionCriteria",
}


def _account_policy(context: Context, properties: Properties) -> Created:
    context.call("logs", "PutAccountPolicy", {_POLICY[key]: value for key, value in properties.items()})
    return Created(properties["PolicyName"], {"AccountId": context.account_id})


def _read_account_policy(context: Context, existing: DeployedResource) -> Properties:
    asked = {_POLICY[key]: existing.properties[key] for key in ("PolicyName", "PolicyType")}
    found = context.call("logs", "DescribeAccountPolicies", asked)["accountPolicies"]
    return {key: found[0][name] for key, name in _POLICY.items() if found and name in found[0]}


TYPES: dict[str, ResourceType] = {
    "AWS::KinesisFirehose::DeliveryStream": resource_type(
        creating("firehose", "CreateDeliveryStream", "DeliveryStreamName", longest=64, arn="DeliveryStreamARN"),
        f"DeliveryStreamName DeliveryStreamType Tags {_DESTINATION} {_ENCRYPTION}",
        update=_update_delivery_stream,
        delete=deleting("firehose", "DeleteDeliveryStream", "DeliveryStreamName"),
        read=_read_delivery_stream,
    ),
    "AWS::Logs::LogStream": resource_type(
        _log_stream,
        "LogGroupName LogStreamName",
        delete=deleting("logs", "DeleteLogStream", "logStreamName", LogGroupName="logGroupName"),
    ),
    "AWS::Logs::AccountPolicy": resource_type(
        _account_policy,
        " ".join(_POLICY),
        update=overwriting(_account_policy, "PolicyName"),
        delete=deleting("logs", "DeleteAccountPolicy", "policyName", PolicyType="policyType"),
        read=_read_account_policy,
    ),
}
