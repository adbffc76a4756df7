"""CloudFormation, as deploying uses it: stacks, change sets, and waiting for both."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loglake.core.ports.clock import Clock
from loglake.errors import NotFoundError, PermanentError
from loglake_cli.deploy.calls import StackError, Wait, call, pages
from loglake_cli.deploy.change_sets.changes import Change, StackState, Standing, read_change, read_stack
from loglake_cli.deploy.change_sets.stack_events import StackFeed, end_of, reason_of

POLL_S = 3.0
"""Between two looks at a change set or a stack."""

OURS = "loglake-"
"""What the names of our change sets begin with."""

_MOST_PLAN_S, _MOST_CHANGE_S = 15 * 60, 60 * 60
"""CloudFormation makes a change set in seconds and changes a stack of ours in minutes."""

_BEGINNING_POLLS = 10
"""Looks at a stack before what was asked for has begun: CloudFormation may show the state of before for a moment."""

_NO_CHANGES = ("didn't contain changes", "No updates are to be performed", "no changes")
_LACKING = re.compile(r"Unrecognized resource types: \[(?P<types>[^\]]+)\]")
_LEFTOVER_MS = 60 * 60 * 1000
"""A change set of ours that is older was left by somebody who was interrupted."""


@dataclass(frozen=True)
class Order:
    """The wanted state of a stack.

    Attributes:
        template: the template's text; None keeps the stack's template.
        tags: the stack's tags; without any, none are sent, and a stack keeps its own.
        parameters: values; the other parameters get the template's defaults.
        capabilities: the capabilities that its resources need.
    """

    stack_name: str
    template: str | None
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True)
class ToImport:
    """An existing resource that a stack will import."""

    logical_id: str
    type: str
    identifier: Mapping[str, str]


@dataclass(frozen=True)
class ChangeSet:
    """The changes that an order would make.

    Attributes:
        id: its ARN; empty if nothing would change.
        stack_id: the id of its stack.
    """

    id: str
    stack_id: str
    changes: tuple[Change, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to execute; outputs alone may change without a change of a resource."""
        return not self.id


class CloudFormation:
    """The stacks of an account and Region."""

    def __init__(self, client: Any, clock: Clock, say: Callable[[str], None]) -> None:
        self._client, self._clock, self._say = client, clock, say

    def stack(self, name: str) -> StackState | None:
        """A stack by its name or id; None if it does not exist, or no longer."""
        try:
            (found,) = call(self._client, "describe_stacks", name, StackName=name)["Stacks"]
        except NotFoundError:
            return None
        state = read_stack(found)
        return None if state.status == "DELETE_COMPLETE" else state

    def settled(self, name: str) -> StackState | None:
        """A stack at rest: waits until a running operation ends, such as one that an interrupted run began."""
        state = self.stack(name)
        if state is None or state.standing is not Standing.BUSY:
            return state
        self._say(f"{name} is {state.status}: waiting until that has ended")
        return self._wait(state.id, name, StackFeed(self._client, state.id))

    def change_set(
        self, order: Order, kind: str, imports: tuple[ToImport, ...] = (), *, revert_drift: bool = False
    ) -> ChangeSet:
        """Makes a change set, and waits until it is there.

        Args:
            order: the wanted state of the stack.
            kind: CREATE, UPDATE or IMPORT.
            imports: the resources of an IMPORT, which may change nothing else.
            revert_drift: for an UPDATE: also undoes changes made without CloudFormation.

        Raises:
            StackError: CloudFormation can't make the change set.
        """
        change_set = self._compared(order, kind, imports, revert_drift=revert_drift)
        if revert_drift and not change_set.changes:  # whether outputs change, a plain change set says more reliably
            self.drop(change_set)
            return self.change_set(order, kind)
        return change_set

    def drift(self, order: Order) -> tuple[Change, ...]:
        """What was changed in an existing stack without CloudFormation, by a change set that would undo it."""
        change_set = self._compared(order, "UPDATE", revert_drift=True)
        self.drop(change_set)
        return tuple(change for change in change_set.changes if change.drifted)

    def _compared(
        self, order: Order, kind: str, imports: tuple[ToImport, ...] = (), *, revert_drift: bool
    ) -> ChangeSet:
        name = f"{OURS}{uuid.uuid4().hex[:16]}"
        made = call(
            self._client,
            "create_change_set",
            order.stack_name,
            StackName=order.stack_name,
            ChangeSetName=name,
            ChangeSetType=kind,
            **({"UsePreviousTemplate": True} if order.template is None else {"TemplateBody": order.template}),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in order.parameters.items()],
            Capabilities=list(order.capabilities),
            **({"Tags": [{"Key": key, "Value": value} for key, value in order.tags.items()]} if order.tags else {}),
            **({"ResourcesToImport": [_to_import(each) for each in imports]} if imports else {}),
            **({"DeploymentMode": "REVERT_DRIFT"} if revert_drift else {}),
        )
        found = self._made(made["Id"], order.stack_name)
        change_set = ChangeSet(made["Id"], made["StackId"], tuple(map(read_change, found["Changes"])))
        if found["Status"] == "CREATE_COMPLETE":
            return change_set
        self.drop(change_set)
        reason = found.get("StatusReason", "CloudFormation gives no reason")
        if any(words in reason for words in _NO_CHANGES):
            return ChangeSet("", made["StackId"])
        raise StackError(f"CloudFormation can't plan {order.stack_name}: {reason}")

    def drop(self, change_set: ChangeSet) -> None:
        """Deletes a change set without executing it, and the stack if it has nothing else."""
        if not change_set.empty:
            stack_id = change_set.stack_id
            call(self._client, "delete_change_set", stack_id, StackName=stack_id, ChangeSetName=change_set.id)
        state = self.stack(change_set.stack_id)
        if state and state.standing is Standing.EMPTY:
            self.delete(state)

    def drop_leftovers(self, name: str) -> None:
        """Deletes the change sets that interrupted runs left with a stack."""
        for page in pages(self._client, "list_change_sets", name, StackName=name):
            for found in page["Summaries"]:
                made_ms = found["CreationTime"].timestamp() * 1000
                ours = found["ChangeSetName"].startswith(OURS) and found.get("ExecutionStatus") != "EXECUTE_IN_PROGRESS"
                if ours and self._clock.now_ms() - made_ms > _LEFTOVER_MS:
                    call(self._client, "delete_change_set", name, StackName=name, ChangeSetName=found["ChangeSetId"])

    def execute(self, change_set: ChangeSet, name: str) -> StackState:
        """Executes a change set and waits until its stack has the changes.

        Raises:
            StackError: the change failed; names the first cause.
        """
        feed = StackFeed(self._client, change_set.stack_id)
        feed.skip()
        call(self._client, "execute_change_set", name, StackName=change_set.stack_id, ChangeSetName=change_set.id)
        state = self._wait(change_set.stack_id, name, feed, begun=False)
        if state is None or state.status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}:
            raise StackError(end_of(name, state, feed.heard))
        return state

    def delete(self, state: StackState) -> None:
        """Deletes a stack and waits until it is gone. If it is already being deleted, only waits.

        Raises:
            StackError: the stack still exists; has the reason.
        """
        feed = StackFeed(self._client, state.id)
        begun = state.status == "DELETE_IN_PROGRESS"
        if not begun:
            feed.skip()
            call(self._client, "delete_stack", state.name, StackName=state.id)
        left = self._wait(state.id, state.name, feed, begun=begun)
        if left is not None:
            raise StackError(end_of(state.name, left, feed.heard))

    def resources(self, name: str) -> dict[str, tuple[str, str]]:
        """Type and physical id of the resources that a stack has, by logical id."""
        found = self._resources(name, StackName=name)
        return {each["LogicalResourceId"]: (each["ResourceType"], each.get("PhysicalResourceId", "")) for each in found}

    def lacking_types(self, name: str, template: str) -> str:
        """Has CloudFormation check a template.

        Returns:
            The resource types that the Region lacks, as CloudFormation lists them; empty if it lacks none.

        Raises:
            PermanentError: something else is wrong with the template.
        """
        try:
            call(self._client, "validate_template", name, TemplateBody=template)
        except PermanentError as error:
            lacking = _LACKING.search(str(error))
            if lacking is None:
                raise
            return lacking["types"]
        return ""

    def template(self, state: StackState) -> str:
        """The text of the template that a stack has."""
        body = call(self._client, "get_template", state.name, StackName=state.id)["TemplateBody"]
        return body if isinstance(body, str) else json.dumps(body)  # boto3 has read JSON already

    def owner_of(self, physical_id: str) -> str:
        """The stack that a resource belongs to; empty if none has it."""
        try:
            found = self._resources(physical_id, PhysicalResourceId=physical_id)
        except NotFoundError:
            return ""
        return next((each["StackName"] for each in found if each.get("PhysicalResourceId") == physical_id), "")

    def _resources(self, resource: str, **named: str) -> list[Any]:
        """The resources of a stack, without those that are deleted."""
        found = call(self._client, "describe_stack_resources", resource, **named)["StackResources"]
        return [each for each in found if not each["ResourceStatus"].startswith("DELETE_")]

    def why(self, state: StackState) -> str:
        """The reason for a stack's state, if its events have one."""
        feed = StackFeed(self._client, state.id)
        feed.new()
        return reason_of(state, feed.heard)

    def _made(self, change_set_id: str, name: str) -> Any:
        wait = Wait(self._clock, f"The change set of {name}", _MOST_PLAN_S)
        while True:
            found: Any = {"Changes": []}
            for page in pages(self._client, "describe_change_set", name, StackName=name, ChangeSetName=change_set_id):
                found = {**page, "Changes": [*found["Changes"], *page.get("Changes", [])]}
            if found["Status"] in {"CREATE_COMPLETE", "FAILED"}:
                return found
            wait.sleep(POLL_S)

    def _wait(self, stack_id: str, name: str, feed: StackFeed, *, begun: bool = True) -> StackState | None:
        """Waits for the end of the running operation, which may take a moment to begin."""
        patience = 0 if begun else _BEGINNING_POLLS
        wait = Wait(self._clock, f"The change of {name}", _MOST_CHANGE_S)
        while True:
            self._tell(name, feed)
            patience = 0 if any(event.begins for event in feed.heard) else patience - 1
            state = self.stack(stack_id)  # after its events: it is not older than these
            if state is None or (state.standing is not Standing.BUSY and patience <= 0):
                self._tell(name, feed)
                return state
            wait.sleep(POLL_S)

    def _tell(self, name: str, feed: StackFeed) -> None:
        for line in filter(None, (event.line() for event in feed.new())):
            self._say(f"{name}: {line}")


def _to_import(each: ToImport) -> dict[str, Any]:
    return {
        "LogicalResourceId": each.logical_id,
        "ResourceType": each.type,
        "ResourceIdentifier": dict(each.identifier),
    }
