"""AWS::DynamoDB::Table."""

from __future__ import annotations

from typing import Any

from gluelocal.templates.resource_types.base import (
    Context,
    Created,
    DeployedResource,
    Properties,
    ResourceType,
    changed,
    deleting,
    picked,
    resource_type,
    without,
)

_SEPARATE = {
    "TimeToLiveSpecification": "UpdateTimeToLive",
    "PointInTimeRecoverySpecification": "UpdateContinuousBackups",
}
"""Properties with their own operation."""

_OFF: dict[str, dict[str, Any]] = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}}

_SETTINGS = ("BillingMode", "ProvisionedThroughput", "StreamSpecification", "DeletionProtectionEnabled", "TableClass")
"""UpdateTable's members, in template form."""


def _table(context: Context, properties: Properties) -> Created:
    name = context.name(properties, "TableName")
    parameters = {**without(properties, *_SEPARATE, "SSESpecification"), **_encryption(properties)}
    table = context.call("dynamodb", "CreateTable", {**parameters, "TableName": name})["TableDescription"]
    context.begun.append(_made(table))
    for key, operation in _SEPARATE.items():
        if key in properties:
            context.call("dynamodb", operation, {"TableName": name, key: properties[key]})
    return _made(table)


def _encryption(properties: Properties) -> dict[str, Any]:
    if "SSESpecification" not in properties:
        return {}
    encryption = dict(properties["SSESpecification"])
    encryption["Enabled"] = encryption.pop("SSEEnabled", True)
    return {"SSESpecification": encryption}


def _made(table: dict[str, Any]) -> Created:
    stream = {"StreamArn": table["LatestStreamArn"]} if "LatestStreamArn" in table else {}
    return Created(table["TableName"], {"Arn": table["TableArn"], **stream})


def _update_table(context: Context, existing: DeployedResource, properties: Properties) -> Created:
    name = {"TableName": existing.physical_id}
    given = picked(properties, *(key for key in _SETTINGS if changed(existing, properties, key)))
    if changed(existing, properties, "SSESpecification"):
        given |= _encryption(properties) or {"SSESpecification": {"Enabled": False}}
    if given:
        context.call("dynamodb", "UpdateTable", {**name, **given})
    for key, operation in _SEPARATE.items():
        if changed(existing, properties, key):
            off = _OFF.get(key, {**existing.properties.get(key, {}), "Enabled": False})
            context.call("dynamodb", operation, {**name, key: properties.get(key, off)})
    return _made(context.call("dynamodb", "DescribeTable", name)["Table"])


def _read_table(context: Context, existing: DeployedResource) -> Properties:
    """The properties from DescribeTable and DescribeContinuousBackups."""
    name = {"TableName": existing.physical_id}
    table = context.call("dynamodb", "DescribeTable", name)["Table"]
    given = table.get("GlobalSecondaryIndexes", [])
    indexes = [picked(index, "IndexName", "KeySchema", "Projection") for index in given]
    backups = context.call("dynamodb", "DescribeContinuousBackups", name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"
    return {
        **picked(table, "TableName", "KeySchema", "AttributeDefinitions"),
        "BillingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": recovery},
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        **picked(table, "DeletionProtectionEnabled"),
    }


def _adopt_table(context: Context, name: str) -> Created:
    return _made(context.call("dynamodb", "DescribeTable", {"TableName": name})["Table"])


TYPES: dict[str, ResourceType] = {
    "AWS::DynamoDB::Table": resource_type(
        _table,
        "TableName AttributeDefinitions KeySchema BillingMode ProvisionedThroughput GlobalSecondaryIndexes "
        "LocalSecondaryIndexes StreamSpecification SSESpecification DeletionProtectionEnabled TableClass Tags "
        "PointInTimeRecoverySpecification TimeToLiveSpecification",
        update=_update_table,
        delete=deleting("dynamodb", "DeleteTable", "TableName"),
        read=_read_table,
        adopt=_adopt_table,
    ),
}
