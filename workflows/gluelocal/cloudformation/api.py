"""The CloudFormation operations that deploying, destroying and checking a deployment need, and no others."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

from gluelocal.cloud.access_keys import AccessKey
from gluelocal.cloud.callers import CLIENT, CLOUDFORMATION, RUNTIME
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.wire.calls import Answer, Call, error_answer
from gluelocal.cloud.wire.json_service import ApiError, JsonService
from gluelocal.cloudformation import shapes
from gluelocal.cloudformation.change_sets import make_change_set
from gluelocal.cloudformation.drift import detect, resource_drifts
from gluelocal.cloudformation.records import ChangeSet, Stack
from gluelocal.cloudformation.stacks import Stacks
from gluelocal.cloudformation.template_texts import template_in, validated
from gluelocal.templates.resource_types.base import Clients
from gluelocal.templates.template_yaml import TemplateError

Request = dict[str, Any]

_CALLER: ContextVar[AccessKey] = ContextVar("caller")
"""The caller's access key: CloudFormation acts with the credentials of its caller."""


class CloudFormationApi(JsonService):
    """The service, for the stacks of an account."""

    def __init__(self, aws: EmbeddedAws, stacks: Stacks) -> None:
        self._aws = aws
        self._stacks = stacks
        self._detections: dict[str, tuple[Stack, str, int]] = {}  # by id: stack, failure and time
        operations: dict[str, Callable[[Request], dict[str, Any]]] = {
            "CreateChangeSet": self._create_change_set,
            "DescribeChangeSet": self._describe_change_set,
            "ExecuteChangeSet": self._execute_change_set,
            "DeleteChangeSet": self._delete_change_set,
            "ListChangeSets": self._list_change_sets,
            "DescribeStacks": self._describe_stacks,
            "DescribeStackEvents": self._describe_stack_events,
            "DescribeStackResources": self._describe_stack_resources,
            "GetTemplate": self._get_template,
            "ValidateTemplate": self._validate_template,
            "DeleteStack": self._delete_stack,
            "DetectStackDrift": self._detect_drift,
            "DescribeStackDriftDetectionStatus": self._describe_detection,
            "DescribeStackResourceDrifts": self._describe_drifts,
        }
        in_region = {name: partial(self._in_region, operation) for name, operation in operations.items()}
        super().__init__("cloudformation", in_region, invalid="ValidationError")

    def answer(self, call: Call) -> Answer | None:
        """Refuses all other operations: moto's own CloudFormation doesn't know these stacks."""
        if call.service != self.service:
            return None
        if call.operation not in self.operations:
            name = call.operation or "this operation"
            return error_answer(
                call, 400, "InvalidAction", f"The local runtime does not serve {name} of CloudFormation."
            )
        token = _CALLER.set(self._key(call))
        try:
            return super().answer(call)
        finally:
            _CALLER.reset(token)

    def _key(self, call: Call) -> AccessKey:
        if call.caller in {CLIENT, RUNTIME}:
            return self._aws.keys.of(CLOUDFORMATION)
        secret = self._aws.keys.secret_of(call.access_key) or ""
        return AccessKey(call.access_key, secret, call.environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""))

    def _in_region(
        self, operation: Callable[[Request], dict[str, Any]], region: str, request: Request
    ) -> dict[str, Any]:
        if region != self._aws.region:
            raise ApiError("ValidationError", f"The local runtime has stacks in {self._aws.region} alone.")
        return operation(request)

    def _create_change_set(self, request: Request) -> dict[str, Any]:
        _refuse(
            request,
            "TemplateURL",
            "ResourceTypes",
            "RoleARN",
            "RollbackConfiguration",
            "NotificationARNs",
            "IncludeNestedStacks",
            "ImportExistingResources",
            "OnStackFailure",
        )
        stack, change_set = make_change_set(self._stacks, request, self._clients())
        return {"Id": change_set.id, "StackId": stack.id}

    def _describe_change_set(self, request: Request) -> dict[str, Any]:
        _refuse(request, "IncludePropertyValues")
        return shapes.change_set(*self._change_set(request))

    def _execute_change_set(self, request: Request) -> dict[str, Any]:
        _refuse(request, "DisableRollback", "RetainExceptOnCreate")
        stack, change_set = self._change_set(request)
        if change_set.execution != "AVAILABLE":
            raise ApiError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.id}] cannot be executed in its current execution status of "
                f"[{change_set.execution}]",
            )
        if not self._stacks.claim(stack, f"{change_set.kind}_IN_PROGRESS", lambda one: not one.busy):
            raise ApiError("ValidationError", f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        stack.change_sets = {change_set.name: change_set}  # the others belong to a stack that was deleted
        self._stacks.execute(stack, change_set, self._clients(), request.get("ClientRequestToken", ""))
        return {}

    def _delete_change_set(self, request: Request) -> dict[str, Any]:
        stack, change_set = self._change_set(request)
        if change_set.execution == "EXECUTE_IN_PROGRESS":
            raise ApiError(
                "InvalidChangeSetStatus", f"ChangeSet [{change_set.id}] cannot be deleted while it is executed"
            )
        del stack.change_sets[change_set.name]
        return {}

    def _list_change_sets(self, request: Request) -> dict[str, Any]:
        stack = self._stack(request["StackName"])
        return shapes.page(
            "Summaries", [shapes.change_set_summary(stack, one) for one in stack.change_sets.values()], request
        )

    def _describe_stacks(self, request: Request) -> dict[str, Any]:
        if "StackName" in request:
            return {"Stacks": [shapes.stack(self._stack(request["StackName"]))]}
        return shapes.page(
            "Stacks", [shapes.stack(one) for one in reversed(self._stacks.all()) if not one.gone], request
        )

    def _describe_stack_events(self, request: Request) -> dict[str, Any]:
        stack = self._stack(request["StackName"])
        return shapes.page("StackEvents", list(stack.events)[::-1], request)

    def _describe_stack_resources(self, request: Request) -> dict[str, Any]:
        stack, name = self._named_or_owning(request), request.get("LogicalResourceId")
        items = [(key, item) for key, item in list(stack.resources.items()) if name in {None, key}]
        return {"StackResources": [shapes.resource(stack, key, item) for key, item in items]}

    def _named_or_owning(self, request: Request) -> Stack:
        """The stack that a request names, or the one that has the resource with a physical id."""
        if "StackName" in request:
            return self._stack(request["StackName"])
        physical_id = request.get("PhysicalResourceId", "")
        for stack in self._stacks.all():
            if not stack.gone and any(item.physical_id == physical_id for item in list(stack.resources.values())):
                return stack
        raise ApiError("ValidationError", f"Stack for {physical_id} does not exist")

    def _get_template(self, request: Request) -> dict[str, Any]:
        _refuse(request, "ChangeSetName")
        stack = self._stack(request["StackName"])
        if stack.definition is None:
            raise ApiError("ValidationError", f"Stack {stack.name} has no template yet")
        return {"TemplateBody": stack.definition.body, "StagesAvailable": ["Original", "Processed"]}

    def _validate_template(self, request: Request) -> dict[str, Any]:
        _refuse(request, "TemplateURL")
        return validated(template_in(request["TemplateBody"], "template", self._aws.region))

    def _delete_stack(self, request: Request) -> dict[str, Any]:
        _refuse(request, "RoleARN", "DeletionMode", "RetainResources")
        stack = self._stacks.find(request["StackName"])
        if stack is None or stack.gone:  # deleting a missing stack succeeds
            return {}
        if not self._stacks.claim(stack, "DELETE_IN_PROGRESS", lambda one: not one.busy):
            raise ApiError("ValidationError", f"Stack [{stack.id}] cannot be deleted while in status {stack.status}")
        self._stacks.delete(stack, self._clients(), request.get("ClientRequestToken", ""))
        return {}

    def _detect_drift(self, request: Request) -> dict[str, Any]:
        """The detection is complete when this answers."""
        stack, reason, stacks = self._stack(request["StackName"]), "", self._stacks
        if stack.definition is None or stack.busy or stack.gone:
            raise ApiError(
                "ValidationError",
                f"Drift detection cannot be performed on stack [{stack.id}] while it is in {stack.status} state.",
            )
        try:
            detect(stack, stacks.handlers(stack, stack.definition, self._clients()), stacks.now_ms)
        except TemplateError as error:
            reason = str(error)
        detection = str(uuid.uuid4())
        self._detections[detection] = (stack, reason, stacks.now_ms())
        return {"StackDriftDetectionId": detection}

    def _describe_detection(self, request: Request) -> dict[str, Any]:
        known = self._detections.get(request["StackDriftDetectionId"])
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

    def _describe_drifts(self, request: Request) -> dict[str, Any]:
        wanted = request.get("StackResourceDriftStatusFilters", [])
        drifts = resource_drifts(self._stack(request["StackName"]))
        found = [one for one in drifts if not wanted or one["StackResourceDriftStatus"] in wanted]
        return shapes.page("StackResourceDrifts", found, request)

    def _stack(self, name: str) -> Stack:
        found = self._stacks.find(name)
        if found is None:
            raise ApiError("ValidationError", f"Stack with id {name} does not exist")
        return found

    def _change_set(self, request: Request) -> tuple[Stack, ChangeSet]:
        name = request["ChangeSetName"]
        stacks = [self._stack(request["StackName"])] if "StackName" in request else self._stacks.all()
        for stack in stacks:
            for one in list(stack.change_sets.values()):
                if name in {one.id, one.name if "StackName" in request else one.id}:
                    return stack, one
        raise ApiError("ChangeSetNotFoundException", f"ChangeSet [{name}] does not exist")

    def _clients(self) -> Clients:
        return partial(self._aws.client_as, _CALLER.get())


def _refuse(request: Request, *members: str) -> None:
    """Refuses members that would change the result but have no effect here."""
    given = [name for name in members if request.get(name)]
    if given:
        raise ApiError("ValidationError", f"The local runtime does not support {', '.join(given)} here.")
