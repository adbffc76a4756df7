"""Stacks and change sets in the shapes of CloudFormation's API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gluelocal.cloud.wire import json_service
from gluelocal.cloud.wire.json_service import given
from gluelocal.cloudformation.records import ChangeSet, Definition, Stack, StackResource
from gluelocal.templates.intrinsics import text
from gluelocal.templates.resource_types.base import picked
from gluelocal.units import from_ms

_PAGE = 100
"""The page size of events and resources, as CloudFormation has it."""


def page(member: str, items: Sequence[dict[str, Any]], request: Mapping[str, Any]) -> dict[str, Any]:
    """One page of a listing, as an answer."""
    chosen, token = json_service.page(items, request, _PAGE, "ValidationError")
    return {member: chosen, **token}


def stack(one: Stack) -> dict[str, Any]:
    """As Stack."""
    declared = one.definition.template.outputs if one.definition else {}
    outputs = [
        {"OutputKey": name, "OutputValue": value, **given(Description=declared.get(name, {}).get("Description"))}
        for name, value in one.outputs.items()
    ]
    return {
        "StackId": one.id,
        "StackName": one.name,
        **(_defined(one.definition) if one.definition else {}),
        "CreationTime": instant(one.created_ms),
        **given(
            StackStatusReason=one.reason or None,
            LastUpdatedTime=instant(one.updated_ms),
            DeletionTime=instant(one.deleted_ms),
            Outputs=outputs or None,
        ),
        "StackStatus": one.status,
        "DisableRollback": False,
        "EnableTerminationProtection": False,
        "NotificationARNs": [],
        "RollbackConfiguration": {},
        "DriftInformation": {
            "StackDriftStatus": drift_status(one),
            **given(LastCheckTimestamp=instant(one.drift_ms)),
        },
    }


def _defined(definition: Definition) -> dict[str, Any]:
    template = definition.template
    hidden = {name for name, one in template.parameters.items() if text(one.get("NoEcho", False)) == "true"}
    return {
        **given(Description=template.description or None),
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": "****" if name in hidden else value}
            for name, value in definition.parameters.items()
        ],
        "Capabilities": list(definition.capabilities),
        "Tags": [{"Key": key, "Value": value} for key, value in definition.tags.items()],
    }


def change_set(owner: Stack, one: ChangeSet) -> dict[str, Any]:
    """As DescribeChangeSet answers, without the values of properties and the causes of changes."""
    described = _defined(one.definition)
    described.pop("Description", None)
    return {
        "ChangeSetName": one.name,
        "ChangeSetId": one.id,
        "StackId": owner.id,
        "StackName": owner.name,
        **given(Description=one.description or None, StatusReason=one.reason or None),
        **described,
        "CreationTime": instant(one.created_ms),
        "ExecutionStatus": one.execution,
        "Status": one.status,
        "NotificationARNs": [],
        "RollbackConfiguration": {},
        "Changes": [{"Type": "Resource", "ResourceChange": each} for each in one.changes],
        "IncludeNestedStacks": False,
    }


def change_set_summary(owner: Stack, one: ChangeSet) -> dict[str, Any]:
    """As ChangeSetSummary."""
    whole = change_set(owner, one)
    names = ("StackId", "StackName", "ChangeSetId", "ChangeSetName", "ExecutionStatus", "Status", "StatusReason")
    return picked(whole, *names, "CreationTime", "Description")


def resource(owner: Stack, logical_id: str, one: StackResource) -> dict[str, Any]:
    """As StackResource."""
    return {
        "StackName": owner.name,
        "StackId": owner.id,
        "LogicalResourceId": logical_id,
        **given(PhysicalResourceId=one.physical_id or None),
        "ResourceType": one.declared.type,
        "ResourceStatus": one.status,
        **given(ResourceStatusReason=one.reason or None),
        "Timestamp": instant(one.at_ms),
        "DriftInformation": {
            "StackResourceDriftStatus": one.drift.status if one.drift else "NOT_CHECKED",
            **given(LastCheckTimestamp=instant(one.drift.at_ms) if one.drift else None),
        },
    }


def drift_status(one: Stack) -> str:
    """The StackDriftStatus of a stack."""
    if one.drift_ms is None:
        return "NOT_CHECKED"
    return "DRIFTED" if drifted(one) else "IN_SYNC"


def drifted(one: Stack) -> int:
    """How many resources were changed or deleted by the last detection."""
    drifts = [item.drift for item in list(one.resources.values()) if item.drift]
    return sum(drift.status in {"MODIFIED", "DELETED"} for drift in drifts)


def instant(at_ms: int | None) -> Any:
    """A time in the serializer's form; None stays None."""
    return None if at_ms is None else from_ms(at_ms)
