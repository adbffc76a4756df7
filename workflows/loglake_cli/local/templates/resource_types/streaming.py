"""AWS::KinesisFirehose::DeliveryStream, and the AWS::Logs types that send events to one."""

from __future__ import annotations

from typing import Any

from loglake_cli.local.templates.resource_types.base import (
    Context,
    Created,
    Existing,
    Properties,
    ResourceType,
    changed,
    resource_type,
)

_DESTINATION, _ENCRYPTION = "ExtendedS3DestinationConfiguration", "DeliveryStreamEncryptionConfigurationInput"


def _delivery_stream(context: Context, properties: Properties) -> Created:
    name = context.name(properties, "DeliveryStreamName", longest=64)
    arn = context.call("firehose", "CreateDeliveryStream", {**properties, "DeliveryStreamName": name})
    return Created(name, {"Arn": arn["DeliveryStreamARN"]})


def _update_delivery_stream(context: Context, existing: Existing, properties: Properties) -> None:
    named = {"DeliveryStreamName": existing.ref}
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
        given = {_ENCRYPTION: properties[_ENCRYPTION]} if _ENCRYPTION in properties else {}
        context.call("firehose", f"{'Start' if given else 'Stop'}DeliveryStreamEncryption", {**named, **given})


def _delete_delivery_stream(context: Context, existing: Existing) -> None:
    context.call("firehose", "DeleteDeliveryStream", {"DeliveryStreamName": existing.ref})


def _read_delivery_stream(context: Context, existing: Existing) -> Properties:
    found = _described(context, existing)
    destination = found["Destinations"][0].get("ExtendedS3DestinationDescription", {})
    wanted = existing.properties.get(_DESTINATION, {})
    return {
        "DeliveryStreamName": found["DeliveryStreamName"],
        _DESTINATION: {key: value for key, value in destination.items() if key in wanted},
    }


def _described(context: Context, existing: Existing) -> dict[str, Any]:
    named = {"DeliveryStreamName": existing.ref}
    found: dict[str, Any] = context.call("firehose", "DescribeDeliveryStream", named)["DeliveryStreamDescription"]
    return found


def _log_stream(context: Context, properties: Properties) -> Created:
    name = context.name(properties, "LogStreamName", longest=512)
    parameters = {"logGroupName": properties["LogGroupName"], "logStreamName": name}
    context.call("logs", "CreateLogStream", parameters)
    return Created(name)


def _delete_log_stream(context: Context, existing: Existing) -> None:
    parameters = {"logGroupName": existing.properties["LogGroupName"], "logStreamName": existing.ref}
    context.call("logs", "DeleteLogStream", parameters)


_FILTER = {
    "LogGroupName": "logGroupName",
    "FilterPattern": "filterPattern",
    "DestinationArn": "destinationArn",
    "RoleArn": "roleArn",
    "Distribution": "distribution",
}


def _subscription_filter(context: Context, properties: Properties) -> Created:
    return _put_filter(context, context.name(properties, "FilterName", longest=512), properties)


def _update_subscription_filter(context: Context, existing: Existing, properties: Properties) -> Created:
    """PutSubscriptionFilter replaces a filter of the same name."""
    return _put_filter(context, existing.ref, properties)


def _put_filter(context: Context, name: str, properties: Properties) -> Created:
    given = {_FILTER[key]: value for key, value in properties.items() if key in _FILTER}
    context.call("logs", "PutSubscriptionFilter", {**given, "filterName": name})
    return Created(name)


def _delete_subscription_filter(context: Context, existing: Existing) -> None:
    parameters = {"logGroupName": existing.properties["LogGroupName"], "filterName": existing.ref}
    context.call("logs", "DeleteSubscriptionFilter", parameters)


def _read_subscription_filter(context: Context, existing: Existing) -> Properties:
    asked = {"logGroupName": existing.properties["LogGroupName"], "filterNamePrefix": existing.ref}
    found = context.call("logs", "DescribeSubscriptionFilters", asked)["subscriptionFilters"]
    mine: Properties = next((each for each in found if each["filterName"] == existing.ref), {})
    return {key: mine[name] for key, name in _FILTER.items() if key in existing.properties and name in mine}


_POLICY = {
    "PolicyName": "policyName",
    "PolicyType": "policyType",
    "PolicyDocument": "policyDocument",
    "Scope": "scope",
    "SelectionCriteria": "selectionCriteria",
}


def _account_policy(context: Context, properties: Properties) -> Created:
    _put_policy(context, properties)
    return Created(properties["PolicyName"], {"AccountId": context.account_id})


def _update_account_policy(context: Context, _existing: Existing, properties: Properties) -> None:
    _put_policy(context, properties)


def _put_policy(context: Context, properties: Properties) -> None:
    context.call("logs", "PutAccountPolicy", {_POLICY[key]: value for key, value in properties.items()})


def _delete_account_policy(context: Context, existing: Existing) -> None:
    parameters = {_POLICY[key]: existing.properties[key] for key in ("PolicyName", "PolicyType")}
    context.call("logs", "DeleteAccountPolicy", parameters)


def _read_account_policy(context: Context, existing: Existing) -> Properties:
    asked = {_POLICY[key]: existing.properties[key] for key in ("PolicyName", "PolicyType")}
    found = context.call("logs", "DescribeAccountPolicies", asked)["accountPolicies"]
    return {key: found[0][name] for key, name in _POLICY.items() if found and name in found[0]}


TYPES: dict[str, ResourceType] = {
    "AWS::KinesisFirehose::DeliveryStream": resource_type(
        _delivery_stream,
        f"DeliveryStreamName DeliveryStreamType Tags {_DESTINATION} {_ENCRYPTION}",
        update=_update_delivery_stream,
        delete=_delete_delivery_stream,
        read=_read_delivery_stream,
    ),
    "AWS::Logs::LogStream": resource_type(_log_stream, "LogGroupName LogStreamName", delete=_delete_log_stream),
    "AWS::Logs::SubscriptionFilter": resource_type(
        _subscription_filter,
        " ".join(["FilterName", *_FILTER]),
        update=_update_subscription_filter,
        delete=_delete_subscription_filter,
        read=_read_subscription_filter,
    ),
    "AWS::Logs::AccountPolicy": resource_type(
        _account_policy,
        " ".join(_POLICY),
        update=_update_account_policy,
        delete=_delete_account_policy,
        read=_read_account_policy,
    ),
}
