"""CloudFormation in memory: stacks, change sets and events, as in its API reference and recorded responses."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from support.aws.checked_clients import ACCOUNT, REGION, AwsError, MadeCall
from support.gluelocal.change_sets import ChangeSet, Stack, bound_to, compare, document_of, outputs_of, resources_of

STACK = "AWS::CloudFormation::Stack"


class FakeCloudFormation:
    """Answers the calls of CloudFormation.

    Attributes:
        fails: reasons by logical id: this resource fails.
        stuck: a rollback fails, too.
        account: physical ids of what exists, whoever made it.
        lacking: resource types that the Region lacks.
        drifted: what a change set would undo that also restores (as ResourceChange).
    """

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms, self._number = now_ms, itertools.count(1)
        self.stacks: dict[str, Stack] = {}
        self.gone: dict[str, Stack] = {}
        self.change_sets: dict[str, ChangeSet] = {}
        self.fails: dict[str, str] = {}
        self.stuck = False
        self.account: set[str] = set()
        self.drifted: list[dict[str, Any]] = []
        self.lacking: set[str] = set()

    def answer(self, made: MadeCall) -> Mapping[str, Any]:
        handler: Callable[..., Mapping[str, Any]] = getattr(self, f"_{made.operation}")
        return handler(**made.parameters)

    def begin_all(self) -> None:
        """Lets all requested operations begin, as they would a moment later."""
        for stack in self.stacks.values():
            if stack.steps and (stack.status == "REVIEW_IN_PROGRESS" or not stack.status.endswith("_IN_PROGRESS")):
                stack.steps.pop(0)()

    def _find(self, name: str) -> Stack:
        for stack in [*self.stacks.values(), *self.gone.values()]:
            if name == stack.id or (name == stack.name and stack.name in self.stacks and stack is self.stacks[name]):
                return stack
        raise AwsError("ValidationError", f"Stack with id {name} does not exist")

    def _DescribeStacks(self, StackName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        stack = self._find(StackName)
        shown = {
            "StackName": stack.name,
            "StackId": stack.id,
            "StackStatus": stack.status,
            "CreationTime": self._time(),
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in stack.parameters.items()],
            "Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in stack.outputs.items()],
            "Tags": [{"Key": k, "Value": v} for k, v in stack.tags.items()],
        }
        if stack.steps:
            stack.steps.pop(0)()
        return {"Stacks": [shown]}

    def _CreateChangeSet(self, **given: Any) -> Mapping[str, Any]:  # noqa: N802
        name, kind = given["StackName"], given["ChangeSetType"]
        stack = self.stacks.get(name)
        if kind == "UPDATE" and stack is None:
            raise AwsError("ValidationError", f"Stack [{name}] does not exist")
        if kind == "CREATE" and stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise AwsError("ValidationError", f"Stack [{name}] already exists and cannot be created again")
        if stack is not None and (stack.steps or stack.status.startswith("ROLLBACK")):
            raise AwsError("ValidationError", f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        if stack is None:
            stack = Stack(name, f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/{next(self._number)}")
            self.stacks[name] = stack
            self._event(stack, name, stack.id, STACK, "REVIEW_IN_PROGRESS", "User Initiated")
        made = ChangeSet(
            f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/{given['ChangeSetName']}/{next(self._number)}",
            given["ChangeSetName"],
            stack,
            kind,
            stack.template if given.get("UsePreviousTemplate") else given["TemplateBody"],
            {each["ParameterKey"]: each["ParameterValue"] for each in given["Parameters"]},
            {each["Key"]: each["Value"] for each in given["Tags"]} if "Tags" in given else dict(stack.tags),
            self._time(),
            {
                each["LogicalResourceId"]: next(iter(each["ResourceIdentifier"].values()))
                for each in given.get("ResourcesToImport", [])
            },
        )
        document = document_of(made.template)
        if any(item["Type"].startswith("AWS::IAM::") for item in document["Resources"].values()) and not given.get(
            "Capabilities"
        ):
            raise AwsError("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]")
        made.changes, made.reason = compare(made, document)
        if given.get("DeploymentMode") == "REVERT_DRIFT":
            undone = [each for each in self.drifted if each["LogicalResourceId"] in stack.resources]
            made.changes = [*undone, *(each for each in made.changes if each not in undone)]
            made.reason = "" if undone else made.reason
        self.change_sets[made.id] = made
        return {"Id": made.id, "StackId": stack.id}

    def _DescribeChangeSet(self, StackName: str, ChangeSetName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        self._find(StackName)
        made = self._change_set(ChangeSetName)
        changes = [{"Type": "Resource", "ResourceChange": each} for each in made.changes]
        said = {"StatusReason": made.reason} if made.reason else {}
        return {"Status": "FAILED" if made.reason else "CREATE_COMPLETE", "Changes": changes, **said}

    def _ValidateTemplate(self, TemplateBody: str) -> Mapping[str, Any]:  # noqa: N802, N803
        types = {item["Type"] for item in document_of(TemplateBody)["Resources"].values()}
        if lacking := sorted(types & self.lacking):
            raise AwsError(
                "ValidationError", f"Template format error: Unrecognized resource types: [{', '.join(lacking)}]"
            )
        return {"Parameters": []}

    def _GetTemplate(self, StackName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        return {"TemplateBody": self._find(StackName).template}

    def _ListChangeSets(self, StackName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        stack = self._find(StackName)
        own = [each for each in self.change_sets.values() if each.stack is stack]
        return {
            "Summaries": [
                {"ChangeSetId": each.id, "ChangeSetName": each.name, "CreationTime": each.made_at} for each in own
            ]
        }

    def _DeleteChangeSet(self, StackName: str, ChangeSetName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        self._find(StackName)
        del self.change_sets[self._change_set(ChangeSetName).id]
        return {}

    def _change_set(self, name: str) -> ChangeSet:
        if name not in self.change_sets:
            raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
        return self.change_sets[name]

    def _ExecuteChangeSet(self, StackName: str, ChangeSetName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        made = self._change_set(ChangeSetName)
        assert made.stack is self._find(StackName)
        if made.reason:
            raise AwsError("InvalidChangeSetStatus", f"ChangeSet [{made.id}] cannot be executed")
        for each in [each for each in self.change_sets.values() if each.stack is made.stack]:
            del self.change_sets[each.id]
        stack, first = made.stack, made.stack.status == "REVIEW_IN_PROGRESS"
        kind = {"IMPORT": "IMPORT", "CREATE": "CREATE", "UPDATE": "UPDATE"}[made.kind]
        stack.steps = [lambda: self._begin(stack, kind)]
        failing = [
            each for each in made.changes if each["LogicalResourceId"] in self.fails and each["Action"] != "Remove"
        ]
        stack.steps.append(lambda: self._fail(made, kind, failing, first) if failing else self._finish(made, kind))
        return {}

    def _begin(self, stack: Stack, kind: str) -> None:
        stack.status = f"{kind}_IN_PROGRESS"
        self._event(stack, stack.name, stack.id, STACK, stack.status, "User Initiated")

    def _finish(self, made: ChangeSet, kind: str) -> None:
        stack, document = made.stack, document_of(made.template)
        for each in made.changes:
            name = each["LogicalResourceId"]
            verb = {"Add": "CREATE", "Modify": "UPDATE", "Remove": "DELETE", "Import": "IMPORT"}[each["Action"]]
            self._event(stack, name, "", each["ResourceType"], f"{verb}_COMPLETE", "")
        stack.template, stack.tags = made.template, made.tags
        stack.resources, stack.outputs = resources_of(made, document), outputs_of(made, document)
        self.account |= {item["id"] for item in stack.resources.values()}
        stack.parameters = dict(bound_to(made, document).values)
        stack.parameters = {k: v for k, v in stack.parameters.items() if not k.startswith("AWS::")}
        stack.status = f"{kind}_COMPLETE"
        self._event(stack, stack.name, stack.id, STACK, stack.status, "")

    def _fail(self, made: ChangeSet, kind: str, failing: list[dict[str, Any]], first: bool) -> None:
        stack = made.stack
        for each in failing:
            reason = self.fails[each["LogicalResourceId"]]
            self._event(stack, each["LogicalResourceId"], "", each["ResourceType"], f"{kind}_FAILED", reason)
        for each in made.changes:
            if each not in failing:
                self._event(
                    stack,
                    each["LogicalResourceId"],
                    "",
                    each["ResourceType"],
                    f"{kind}_FAILED",
                    "Resource creation cancelled",
                )
        rolling = "ROLLBACK_IN_PROGRESS" if first else "UPDATE_ROLLBACK_IN_PROGRESS"
        names = ", ".join(each["LogicalResourceId"] for each in failing)
        stack.status = rolling
        self._event(
            stack, stack.name, stack.id, STACK, rolling, f"The following resource(s) failed to create: [{names}]."
        )
        end = rolling.replace("IN_PROGRESS", "FAILED" if self.stuck else "COMPLETE")
        stack.steps.append(lambda: self._end(stack, end))

    def _end(self, stack: Stack, status: str) -> None:
        stack.status = status
        self._event(stack, stack.name, stack.id, STACK, status, "")

    def _DescribeStackEvents(self, StackName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        return {"StackEvents": self._find(StackName).events[::-1]}

    def _DescribeStackResources(self, StackName: str = "", PhysicalResourceId: str = "") -> Mapping[str, Any]:  # noqa: N802, N803
        if PhysicalResourceId:
            for stack in self.stacks.values():
                if any(item["id"] == PhysicalResourceId for item in stack.resources.values()):
                    return {"StackResources": self._shown(stack)}
            raise AwsError("ValidationError", f"Stack for {PhysicalResourceId} does not exist")
        return {"StackResources": self._shown(self._find(StackName))}

    def _shown(self, stack: Stack) -> list[dict[str, Any]]:
        return [
            {
                "StackName": stack.name,
                "LogicalResourceId": name,
                "PhysicalResourceId": item["id"],
                "ResourceType": item["type"],
                "Timestamp": self._time(),
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for name, item in stack.resources.items()
        ]

    def _DeleteStack(self, StackName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        stack = self._find(StackName)
        if stack.status != "DELETE_COMPLETE":
            stack.steps = [lambda: self._begin(stack, "DELETE"), lambda: self._deleted(stack)]
            if stack.status == "REVIEW_IN_PROGRESS":
                stack.steps = stack.steps[1:]
        return {}

    def _deleted(self, stack: Stack) -> None:
        failing = [name for name in stack.resources if name in self.fails]
        if failing:
            for name in failing:
                kind = stack.resources[name]["type"]
                self._event(stack, name, stack.resources[name]["id"], kind, "DELETE_FAILED", self.fails[name])
            self._end(stack, "DELETE_FAILED")
            return
        document = document_of(stack.template) if stack.template else {"Resources": {}}
        for name, item in stack.resources.items():
            kept = "Retain" in document["Resources"].get(name, {}).get("DeletionPolicy", "")
            self._event(stack, name, item["id"], item["type"], "DELETE_SKIPPED" if kept else "DELETE_COMPLETE", "")
            if not kept:
                self.account.discard(item["id"])
        stack.resources = {}
        self._end(stack, "DELETE_COMPLETE")
        self.gone[stack.id] = self.stacks.pop(stack.name)
        for each in [each for each in self.change_sets.values() if each.stack is stack]:
            del self.change_sets[each.id]

    def _event(self, stack: Stack, *what: str) -> None:
        name, physical_id, kind, status, reason = what
        stack.events.append(
            {
                "StackId": stack.id,
                "EventId": str(next(self._number)),
                "StackName": stack.name,
                "LogicalResourceId": name,
                "PhysicalResourceId": physical_id,
                "ResourceType": kind,
                "Timestamp": self._time(),
                "ResourceStatus": status,
                **({"ResourceStatusReason": reason} if reason else {}),
            }
        )

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self._now_ms() / 1000, tz=timezone.utc)
