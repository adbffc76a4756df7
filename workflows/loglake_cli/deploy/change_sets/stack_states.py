"""The state of a stack, and which changes it allows."""

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
