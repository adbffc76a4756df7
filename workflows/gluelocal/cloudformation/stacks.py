"""The stacks of a Region and their operations. Listeners get the result of each operation."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from functools import cache, partial

from gluelocal.cloud.events.eventbridge import Clients as Account
from gluelocal.cloudformation.drift import as_found
from gluelocal.cloudformation.handlers import Before, Handlers
from gluelocal.cloudformation.history import History
from gluelocal.cloudformation.operation import Operation
from gluelocal.cloudformation.records import ChangeSet, Definition, Stack, StackResource
from gluelocal.templates.provision import DeployedStack, pseudo_parameters
from gluelocal.templates.resource_types.base import Clients
from gluelocal.templates.template_yaml import TemplateError


class Stacks:
    """Any thread may use it. Each operation runs in its own thread, one at a time per stack.

    Attributes:
        failure: an error of our own, not of a resource; None: there is none.
        before: called before each operation that changes a resource. Set it to make some fail.
    """

    def __init__(self, account: Account, now_ms: Callable[[], int]) -> None:
        """Has no stack.

        Args:
            account: the account of the stacks.
            now_ms: the clock for event times.
        """
        self.account = account
        self.now_ms = now_ms
        self.failure: BaseException | None = None
        self.before: Before = lambda _logical_id, _operation: None
        self._lock = threading.RLock()
        self._stacks: list[Stack] = []
        self._threads: list[threading.Thread] = []
        self._settled: Callable[[list[DeployedStack]], None] = lambda _stacks: None

    def follow(self, settled: Callable[[list[DeployedStack]], None]) -> None:
        """Calls a listener with all stacks at the end of each operation, before the operation is seen to have ended."""
        self._settled = settled

    def deployed(self) -> list[DeployedStack]:
        """All stacks with their resources, in the order in which they were made."""
        return [
            DeployedStack(stack.name, stack.definition.template.path, stack.outputs, stack.existing())
            for stack in self.all()
            if stack.definition and not stack.gone
        ]

    def all(self) -> list[Stack]:
        """Every stack, deleted ones included, in order."""
        with self._lock:
            return list(self._stacks)

    def find(self, name: str) -> Stack | None:
        """A stack by its name or its id. The id also finds a deleted stack."""
        found = (one for one in reversed(self.all()) if one.id == name or (one.name == name and not one.gone))
        return next(found, None)

    def new(self, name: str) -> Stack:
        """An empty stack that nobody sees yet."""
        place = f"{self.account.region}:{self.account.account_id}"
        return Stack(f"arn:aws:cloudformation:{place}:stack/{name}/{uuid.uuid4()}", name, self.now_ms())

    def add(self, stack: Stack) -> None:
        """Adds a stack."""
        with self._lock:
            self._stacks.append(stack)

    def adopt(self, deployed: DeployedStack, definition: Definition) -> None:
        """Adds a stack that was made without a change set."""
        stack, now_ms = self.new(deployed.name), self.now_ms()
        stack.definition, stack.outputs, stack.status = definition, deployed.outputs, "CREATE_COMPLETE"
        declared = definition.template.resources
        stack.resources = {
            name: StackResource(declared[name], "CREATE_COMPLETE", now_ms, deployed=resource)
            for name, resource in deployed.resources.items()
        }
        history = History(stack, self.now_ms)
        for resource in stack.resources.values():
            history.resource(resource.declared, "CREATE_COMPLETE", deployed=resource.deployed)
        history.status("CREATE_COMPLETE")
        self.add(stack)

    def claim(self, stack: Stack, status: str, allowed: Callable[[Stack], bool]) -> bool:
        """Sets a status that blocks other operations, if the stack's current status allows it."""
        with self._lock:
            if not allowed(stack):
                return False
            stack.status = status
            return True

    def execute(self, stack: Stack, change_set: ChangeSet, clients: Clients, token: str = "") -> None:
        """Starts to execute a change set; its stack is claimed."""
        change_set.execution = "EXECUTE_IN_PROGRESS"
        operation = self._operation(stack, clients, token)
        if change_set.kind == "CREATE":
            work = partial(operation.create, change_set.definition, change_set.imports)
        else:
            work = partial(operation.change, change_set.kind, change_set.definition, change_set.imports)

        def carry_out() -> None:
            try:
                if change_set.reverts and stack.definition:
                    stack.resources = as_found(stack, self.handlers(stack, stack.definition, clients), self.now_ms())
            except TemplateError as error:  # the template could be read when the change set was made
                History(stack, self.now_ms, token).status("UPDATE_FAILED", str(error))
            else:
                work()
            done = stack.status == f"{change_set.kind}_COMPLETE"
            change_set.execution = "EXECUTE_COMPLETE" if done else "EXECUTE_FAILED"

        self._begin(stack, carry_out)

    def delete(self, stack: Stack, clients: Clients, token: str = "") -> None:
        """Starts to delete a stack, which is claimed."""
        self._begin(stack, self._operation(stack, clients, token).delete)

    def handlers(self, stack: Stack, definition: Definition, clients: Clients) -> Handlers:
        """The handlers for a stack."""
        return Handlers(definition.template, self.pseudo(stack), clients, self.before)

    def pseudo(self, stack: Stack) -> Mapping[str, str]:
        """The pseudo parameters of a stack."""
        return pseudo_parameters(stack.name, self.account.client, stack.id)

    def stop(self) -> None:
        """Waits for all operations. Raises our own error if there was one."""
        for thread in self._threads:
            thread.join()
        if self.failure:
            raise self.failure

    def _operation(self, stack: Stack, clients: Clients, token: str) -> Operation:
        handlers = cache(lambda definition: self.handlers(stack, definition, clients))
        return Operation(History(stack, self.now_ms, token), handlers, lambda: self._settled(self.deployed()))

    def _begin(self, stack: Stack, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # our own bug: reported by `stop` and `failure`
                self.failure = error
                stack.status, stack.reason = "UPDATE_FAILED", f"Internal Failure: {error!r}"

        thread = threading.Thread(target=run, name=f"cloudformation-{stack.name}", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()
