"""Writes the statuses and events of a stack and its resources; callers see them during the operation."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gluelocal.cloud.wire.json_service import given
from gluelocal.cloudformation.records import STACK_TYPE, Stack, StackResource
from gluelocal.templates.resource_types.base import DeployedResource
from gluelocal.templates.template import Resource
from gluelocal.units import from_ms


@dataclass(frozen=True)
class History:
    """The history of one operation on a stack. Each change is visible at once, and complete.

    Attributes:
        now_ms: the clock.
        token: the operation's ClientRequestToken, which its events carry.
    """

    stack: Stack
    now_ms: Callable[[], int]
    token: str = ""

    def status(self, status: str, reason: str = "") -> None:
        """Sets the stack's status."""
        stack, now_ms = self.stack, self.now_ms()
        stack.status, stack.reason = status, reason
        if status.startswith(("UPDATE_IN", "IMPORT_IN")):
            stack.updated_ms = now_ms
        if status == "DELETE_COMPLETE":
            stack.deleted_ms = now_ms
        if not status.endswith("_CLEANUP_IN_PROGRESS"):  # botocore's model has no event with such a status
            self._add((stack.name, stack.id, STACK_TYPE), status, reason)

    def resource(
        self,
        resource: Resource,
        status: str,
        reason: str = "",
        deployed: DeployedResource | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        """Sets a resource's status.

        Args:
            resource: as the template has it.
            status: such as CREATE_COMPLETE.
            reason: why.
            deployed: the part of it that exists; None if nothing known does.
            properties: the properties that it is to have.
        """
        known = self.stack.resources.get(resource.logical_id)
        self.stack.resources[resource.logical_id] = StackResource(
            resource, status, self.now_ms(), reason, deployed, known.drift if known else None
        )
        physical_id = deployed.physical_id if deployed else ""
        resolved = json.dumps(properties) if properties is not None else ""
        self._add((resource.logical_id, physical_id, resource.type), status, reason, resolved)

    def cleanup(self, resource: Resource, deployed: DeployedResource, status: str, reason: str = "") -> None:
        """An event of a former resource: its logical id now names another resource, or none."""
        self._add((resource.logical_id, deployed.physical_id, resource.type), status, reason)

    def _add(self, names: tuple[str, str, str], status: str, reason: str, properties: str = "") -> None:
        """An event, in the API's form; `names` are its logical id, physical id and type."""
        logical_id, physical_id, kind = names
        prefix = "" if kind == STACK_TYPE else f"{logical_id}-{status}-"
        self.stack.events.append(
            {
                "StackId": self.stack.id,
                "StackName": self.stack.name,
                "EventId": f"{prefix}{uuid.uuid4()}",
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": physical_id,
                "ResourceType": kind,
                "Timestamp": from_ms(self.now_ms()),
                "ResourceStatus": status,
                **given(
                    ResourceStatusReason=reason or None,
                    ResourceProperties=properties or None,
                    ClientRequestToken=self.token or None,
                ),
            }
        )
