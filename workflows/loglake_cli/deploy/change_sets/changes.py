"""How stacks are, which changes they allow, and what a change set would do to their resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Standing(Enum):
    """What can be done with a stack."""

    READY = "it can be changed"
    BUSY = "it is being changed: that has to end first"
    EMPTY = "only a change set was made for it, so it can be created"
    BROKEN = "it can only be deleted"
    STUCK = "its rollback has to be continued first"


_STANDINGS = {
    "CREATE_COMPLETE": Standing.READY,
    "UPDATE_COMPLETE": Standing.READY,
    "UPDATE_ROLLBACK_COMPLETE": Standing.READY,
    "UPDATE_FAILED": Standing.READY,
    "IMPORT_COMPLETE": Standing.READY,
    "IMPORT_ROLLBACK_COMPLETE": Standing.READY,
    "REVIEW_IN_PROGRESS": Standing.EMPTY,
    "CREATE_FAILED": Standing.BROKEN,
    "ROLLBACK_COMPLETE": Standing.BROKEN,
    "ROLLBACK_FAILED": Standing.BROKEN,
    "DELETE_FAILED": Standing.BROKEN,
    "UPDATE_ROLLBACK_FAILED": Standing.STUCK,
    "IMPORT_ROLLBACK_FAILED": Standing.STUCK,
}
"""By StackStatus (CloudFormation user guide, "Stack status codes"); the others end with _IN_PROGRESS: it is busy."""


@dataclass(frozen=True)
class StackState:
    """A stack as DescribeStacks shows it."""

    name: str
    id: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def standing(self) -> Standing:
        """What can be done with it."""
        return _STANDINGS.get(self.status, Standing.BUSY)


def read_stack(entry: Mapping[str, Any]) -> StackState:
    """A stack as DescribeStacks gives it."""
    return StackState(
        entry["StackName"],
        entry["StackId"],
        entry["StackStatus"],
        entry.get("StackStatusReason", ""),
        {each["ParameterKey"]: each.get("ParameterValue", "") for each in entry.get("Parameters", [])},
        {each["OutputKey"]: each["OutputValue"] for each in entry.get("Outputs", [])},
        {each["Key"]: each["Value"] for each in entry.get("Tags", [])},
    )


DATA_TYPES: Mapping[str, tuple[str, str]] = {
    "AWS::S3::Bucket": ("BucketName", "bucket"),
    "AWS::DynamoDB::Table": ("TableName", "table"),
}
"""The types that hold what can't be made again, with the property that names one, and its word."""

KEPT_TYPES: Mapping[str, tuple[str, str]] = {**DATA_TYPES, "AWS::S3::BucketPolicy": ("Bucket", "bucket policy")}
"""The types that a retained resource may have: a bucket keeps its policy, with what others added to it."""

_EFFECTS = {"Add": "created", "Modify": "changed", "Remove": "removed", "Import": "imported"}
_DRIFTED = {"MODIFIED", "DELETED"}
_REPLACED = {"True": "replaced", "Conditional": "perhaps replaced"}


@dataclass(frozen=True)
class Change:
    """A change of one resource.

    Attributes:
        action: Add, Modify, Remove, Import, Dynamic or SyncWithActual, as CloudFormation has it.
        logical_id: its name in the template.
        type: such as ``AWS::Glue::Job``.
        physical_id: its name in the account; empty if it is not there yet.
        replacement: True, False or Conditional, of a Modify.
        causes: the properties that change, sorted.
        drifted: whether it was changed or deleted without CloudFormation; only a change set that restores says so.
    """

    action: str
    logical_id: str
    type: str
    physical_id: str = ""
    replacement: str = ""
    causes: tuple[str, ...] = ()
    drifted: bool = False

    @property
    def effect(self) -> str:
        """What happens to the resource, in a word or two."""
        replaced = _REPLACED.get(self.replacement) if self.action == "Modify" else None
        return replaced or _EFFECTS.get(self.action, "changed")

    @property
    def loses_data(self) -> bool:
        """Whether a bucket or a table would be replaced or leave its stack."""
        return self.type in DATA_TYPES and (self.action == "Remove" or self.replacement in {"True", "Conditional"})

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "effect": self.effect,
            "logical_id": self.logical_id,
            "type": self.type,
            "physical_id": self.physical_id or None,
            "properties": list(self.causes),
        }


def read_change(entry: Mapping[str, Any]) -> Change:
    """A change as DescribeChangeSet gives it."""
    resource = entry["ResourceChange"]
    targets = [detail.get("Target", {}) for detail in resource.get("Details", [])]
    causes = {str(target.get("Name") or target.get("Attribute", "")) for target in targets} - {""}
    return Change(
        resource["Action"],
        resource["LogicalResourceId"],
        resource["ResourceType"],
        resource.get("PhysicalResourceId", ""),
        resource.get("Replacement", ""),
        tuple(sorted(causes)),
        resource.get("ResourceDriftStatus") in _DRIFTED,
    )
