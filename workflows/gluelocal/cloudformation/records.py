"""Stacks, their resources, events and change sets, as CloudFormation keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gluelocal.templates.resource_types.base import DeployedResource
from gluelocal.templates.template import Resource, Template

STACK_TYPE = "AWS::CloudFormation::Stack"
"""The resource type of events about the stack itself."""

RETAINING = frozenset({"Retain", "RetainExceptOnCreate"})
"""Deletion policies that retain a resource when its stack is deleted."""


@dataclass(frozen=True, eq=False)
class Definition:
    """The definition of a stack. Two are never equal, so that one can be a key.

    Attributes:
        body: the template's original text.
        parameters: the value of each parameter as text, defaults included.
    """

    template: Template
    body: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drift:
    """The result of the last drift detection for a resource.

    Attributes:
        status: IN_SYNC, MODIFIED, DELETED or NOT_CHECKED.
        expected: the template's properties that can be read back.
        actual: their current values.
        differences: as PropertyDifference.
    """

    status: str
    at_ms: int
    expected: Mapping[str, Any] = field(default_factory=dict)
    actual: Mapping[str, Any] = field(default_factory=dict)
    differences: tuple[Mapping[str, str], ...] = ()


@dataclass
class StackResource:
    """A resource of a stack.

    Attributes:
        declared: as the template has it.
        deployed: the resource that exists; None while it is made, or if that failed.
    """

    declared: Resource
    status: str
    at_ms: int
    reason: str = ""
    deployed: DeployedResource | None = None
    drift: Drift | None = None

    @property
    def physical_id(self) -> str:
        """The value of Ref; empty if nothing exists."""
        return self.deployed.physical_id if self.deployed else ""


@dataclass(frozen=True)
class Undo:
    """A step of an update, which its rollback undoes.

    Attributes:
        before: the resource before the step; None if there was none.
        declared: its template before the step; None if `before` is None.
        after: the properties that the step sets. If the step failed, it is unknown how many are set.
    """

    logical_id: str
    before: DeployedResource | None = None
    declared: Resource | None = None
    after: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Old:
    """A resource to delete once everything else is done, unless its policy retains it."""

    resource: Resource
    deployed: DeployedResource
    policy: str


@dataclass
class ChangeSet:
    """A change set; `changes` are in the API's form.

    Attributes:
        imports: the physical ids of the resources to import, by logical id.
        reverts: it also reverts changes made outside CloudFormation (DeploymentMode REVERT_DRIFT).
    """

    id: str
    name: str
    kind: str
    definition: Definition
    created_ms: int
    changes: list[dict[str, Any]]
    imports: Mapping[str, str]
    description: str = ""
    reverts: bool = False
    status: str = "CREATE_COMPLETE"
    reason: str = ""
    execution: str = "AVAILABLE"


@dataclass
class Stack:
    """A stack; its resources are in the order in which they were made, and its events are in the API's form.

    Attributes:
        drift_ms: when drift was last detected.
    """

    id: str
    name: str
    created_ms: int
    definition: Definition | None = None
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    updated_ms: int | None = None
    deleted_ms: int | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    resources: dict[str, StackResource] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    drift_ms: int | None = None

    @property
    def busy(self) -> bool:
        """Whether an operation is under way."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def gone(self) -> bool:
        """Whether it is deleted."""
        return self.status == "DELETE_COMPLETE"

    def existing(self) -> dict[str, DeployedResource]:
        """The resources that exist."""
        found = list(self.resources.items())  # an operation may add one meanwhile
        return {name: item.deployed for name, item in found if item.deployed}
