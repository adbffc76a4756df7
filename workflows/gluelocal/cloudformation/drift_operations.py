"""The operations that detect drift. A detection is complete when DetectStackDrift answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from gluelocal.cloud.wire.json_service import ApiError
from gluelocal.cloudformation import shapes
from gluelocal.cloudformation.drift import detect, resource_drifts
from gluelocal.cloudformation.records import Stack
from gluelocal.cloudformation.stacks import Stacks
from gluelocal.templates.resource_types.base import Clients
from gluelocal.templates.template_yaml import TemplateError

Request = dict[str, Any]


def drift_operations(
    stacks: Stacks, find: Callable[[str], Stack], clients: Callable[[], Clients]
) -> dict[str, Callable[[Request], dict[str, Any]]]:
    """The drift operations for a Region's stacks, by name.

    Args:
        stacks: all stacks.
        find: returns a stack by its name or id, or refuses the request.
        clients: the caller's clients.
    """
    detections: dict[str, tuple[Stack, str, int]] = {}  # by id: stack, failure and time

    def detect_drift(request: Request) -> dict[str, Any]:
        stack, reason = find(request["StackName"]), ""
        if stack.definition is None or stack.busy or stack.gone:
            raise ApiError(
                "ValidationError",
                f"Drift detection cannot be performed on stack [{stack.id}] while it is in {stack.status} state.",
            )
        try:
            detect(stack, stacks.handlers(stack, stack.definition, clients()), stacks.now_ms)
        except TemplateError as error:
            reason = str(error)
        detection = str(uuid.uuid4())
        detections[detection] = (stack, reason, stacks.now_ms())
        return {"StackDriftDetectionId": detection}

    def describe_detection(request: Request) -> dict[str, Any]:
        known = detections.get(request["StackDriftDetectionId"])
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

    def describe_resources(request: Request) -> dict[str, Any]:
        wanted = request.get("StackResourceDriftStatusFilters", [])
        drifts = resource_drifts(find(request["StackName"]))
        found = [one for one in drifts if not wanted or one["StackResourceDriftStatus"] in wanted]
        return shapes.page("StackResourceDrifts", found, request)

    return {
        "DetectStackDrift": detect_drift,
        "DescribeStackDriftDetectionStatus": describe_detection,
        "DescribeStackResourceDrifts": describe_resources,
    }
