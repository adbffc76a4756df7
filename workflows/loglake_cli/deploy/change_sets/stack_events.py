"""The events of a stack: how far it is, and why something failed, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from loglake_cli.deploy.calls import denied, not_granted, pages

if TYPE_CHECKING:
    from loglake_cli.deploy.change_sets.changes import StackState


STACK = "AWS::CloudFormation::Stack"
_BEGUN = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS", "DELETE_IN_PROGRESS"})
_DONE = {
    "CREATE_COMPLETE": "created",
    "UPDATE_COMPLETE": "changed",
    "IMPORT_COMPLETE": "imported",
    "DELETE_COMPLETE": "deleted",
    "DELETE_SKIPPED": "stays",
}
_CANCELLED = re.compile(r"^Resource (creation|update|deletion|import|handler)? ?cancell?ed", re.IGNORECASE)


@dataclass(frozen=True)
class StackEvent:
    """Something that happened to a resource of a stack, or to the stack."""

    id: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str

    @property
    def of_the_stack(self) -> bool:
        """Whether it is about the stack itself."""
        return self.type == STACK

    @property
    def begins(self) -> bool:
        """Whether an operation on the stack begins here; all older events belong to earlier operations."""
        return self.of_the_stack and self.status in _BEGUN

    @property
    def failed(self) -> bool:
        """Whether a resource failed for its own reason, and not because another resource failed."""
        return self.status.endswith("_FAILED") and not self.of_the_stack and not _CANCELLED.match(self.reason)

    def line(self) -> str:
        """A line of progress; empty if no resource is done or has failed."""
        if self.of_the_stack:
            return ""
        what = f"{self.logical_id} ({short_type(self.type)})"
        if self.status in _DONE:
            return f"{what} {_DONE[self.status]}"
        return f"{what} failed: {in_words(self)}" if self.failed else ""


def read_event(entry: Mapping[str, Any]) -> StackEvent:
    """An event as DescribeStackEvents gives it."""
    return StackEvent(
        entry["EventId"],
        entry.get("LogicalResourceId", ""),
        entry.get("PhysicalResourceId", ""),
        entry.get("ResourceType", ""),
        entry.get("ResourceStatus", ""),
        entry.get("ResourceStatusReason", ""),
    )


def short_type(name: str) -> str:
    """``AWS::S3::BucketPolicy`` as ``S3 BucketPolicy``."""
    return name.removeprefix("AWS::").replace("::", " ")


def in_words(event: StackEvent) -> str:
    """Why a resource failed, and what to do about it."""
    reason = event.reason.rstrip(". ") or "CloudFormation gives no reason"
    refused = denied(event.reason)
    if refused:
        return not_granted(*refused)
    advice = next((text for pattern, text in _ADVICE if pattern.search(reason)), "")
    return f"{reason}. {advice.format(name=event.physical_id or event.logical_id)}".strip()


_ADVICE = (
    (
        re.compile(r"already exists|AlreadyExists|EntityAlreadyExists", re.IGNORECASE),
        "It is there and belongs to no stack of this deployment: delete it, or choose another --prefix.",
    ),
    (
        re.compile(r"BucketNotEmpty|bucket you tried to delete is not empty", re.IGNORECASE),
        "`loglake destroy --delete-data` empties it first.",
    ),
    (
        re.compile(r"LimitExceeded|limit exceeded|quota", re.IGNORECASE),
        "Ask for a higher quota in Service Quotas, or delete what is not needed any more.",
    ),
    (
        re.compile(r"KMS key.*not allowed to be used", re.IGNORECASE),
        "The policy of KmsKeyArn needs the statements of docs/aws/first-deployment.md, Your own KMS key.",
    ),
    (
        re.compile(r"Lake Formation", re.IGNORECASE),
        "Whoever deploys must be a data lake administrator, and the parameter LakeFormation on.",
    ),
    (
        re.compile(r"Throttling|Rate exceeded", re.IGNORECASE),
        "Run the same command again: it goes on where this ended.",
    ),
)
"""What to do, by what AWS's words have in them."""


class StackFeed:
    """The events of the running operation, each once, the oldest first."""

    def __init__(self, client: Any, stack_id: str) -> None:
        self._client, self._stack_id = client, stack_id
        self._seen: set[str] = set()
        self.heard: list[StackEvent] = []

    def skip(self) -> None:
        """Skips all events so far: they belong to earlier operations."""
        self._seen.update(event.id for event in self._newest())

    def new(self) -> list[StackEvent]:
        """The events since the last call."""
        found = list(takewhile(lambda event: event.id not in self._seen, self._newest()))[::-1]
        self._seen.update(event.id for event in found)
        self.heard += found
        return found

    def _newest(self) -> Iterator[StackEvent]:
        """The newest events first, back to the one that begins the operation."""
        for page in pages(self._client, "describe_stack_events", self._stack_id, StackName=self._stack_id):
            for entry in page["StackEvents"]:
                event = read_event(entry)
                yield event
                if event.begins:
                    return


def end_of(name: str, state: StackState | None, events: Sequence[StackEvent]) -> str:
    """The error of a failed operation, with the reason."""
    return f"{name} is {state.status if state else 'gone'}: {reason_of(state, events)}"


def reason_of(state: StackState | None, events: Sequence[StackEvent]) -> str:
    """Why a stack is as it is: the first cause among its events, else what CloudFormation says of the stack."""
    # All else followed from the oldest failure that is no consequence of another.
    cause = next((event for event in events if event.failed), None)
    if cause:
        return f"{cause.logical_id} ({short_type(cause.type)}) failed: {in_words(cause)}"
    return (state.reason if state else "") or "CloudFormation gives no reason"
