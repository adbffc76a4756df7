"""The operations that detect drift. A detection is complete when DetectStackDrift answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gluelocal.cloud.wire.json_service import ApiError
from gluelocal.cloudformation import shapes
from gluelocal.cloudformation.drift import detect, resource_drifts
from gluelocal.cloudformation.records import Stack
from gluelocal.cloudformation.stacks import Stacks
from gluelocal.templates.resource_types.base import Clients
from gluelocal.templates.template_yaml import TemplateError

Request = dict[str, Any]


@dataclass(frozen=True)
class DriftOperations:
    """The drift operations for a Region's stacks.

    Attributes:
        stacks: all stacks.
        find: returns a stack by its name or id, or refuses the request.
        clients: the caller's clients.
        detections: stack, failure and time of each detection, by its id.
    """

    stacks: Stacks
    find: Callable[[str], Stack]
    clients: Callable[[], Clients]
    detections: dict[str, tuple[Stack, str, int]] = field(default_factory=dict)

    def operations(self) -> dict[str, Callable[[Request], dict[str, Any]]]:
        """The operations by name."""
        return {
            "DetectStackDrift": self._detect,
            "DescribeStackDriftDetectionStatus": self._describe_detection,
            "DescribeStackResourceDrifts": self._describe_resources,
        }

    def _detect(self, request: Request) -> dict[str, Any]:
        stack, reason = self.find(request["StackName"]), ""
        if stack.definition is None or stack.busy or stack.gone:
            raise ApiError(
                "ValidationError",
                f"Drift detection cannot be performed on stack [{stack.id}] while it is in {stack.status} state.",
            )
        try:
            handlers = self.stacks.handlers(stack, stack.definition, self.clients())
            detect(stack, handlers, self.stacks.now_ms)
        except TemplateError as error:
            reason = str(error)
        detection = str(uuid.uuid4())
        self.detections[detection] = (stack, reason, self.stacks.now_ms())
        return {"StackDriftDetectionId": detection}

    def _describe_detection(self, request: Request) -> dict[str, Any]:
        known = self.detections.get(request["StackDriftDetectionId"])
        if known is None:
            raise ApiError("ValidationError", "The drift detection does not exist")
        stack, reason, at_ms = known
        found = {"StackDriftStatus": shapes.drift_status(stack), "DriftedStackResourceCount": shapes.drifted(stack)}
        return {
            "StackId": stack.id,
            "StackDriftDetectionId": request["StackDriftDetectionId"],
            "DetectionStatus": "DETECTION_FAILED" if reason else "DETECTION_COMPLETE",
            "Timestamp": shapes.instant(at_ms),
            **({"DetectionStatusReason": reason} if reason else found),
        }

    def _describe_resources(self, request: Request) -> dict[str, Any]:
        wanted = request.get("StackResourceDriftStatusFilters", [])
        drifts = resource_drifts(self.find(request["StackName"]))
        found = [one for one in drifts if not wanted or one["StackResourceDriftStatus"] in wanted]
        return shapes.page("StackResourceDrifts", found, request)
