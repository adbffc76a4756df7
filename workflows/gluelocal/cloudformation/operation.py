"""CloudFormation's operations on a stack: create, update, roll back and delete.

Statuses and their order: user guide, "Stack status codes" and "Stack failure options".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from gluelocal.cloudformation.handlers import Handlers
from gluelocal.cloudformation.history import History
from gluelocal.cloudformation.records import RETAINING, Definition, Old, Undo
from gluelocal.cloudformation.steps import FailedError, HandlersOf, Steps, deleted


@dataclass(frozen=True)
class Operation:
    """Carries out one operation. Each method returns when the operation has ended; the status says how.

    Attributes:
        history: writes the events.
        handlers_of: makes the handlers for a stack definition.
        settled: called when all resources are in their final state, before the stack's status says so.
        undo: the steps so far.
    """

    history: History
    handlers_of: HandlersOf
    settled: Callable[[], None]
    undo: list[Undo] = field(default_factory=list)

    def create(self, definition: Definition, imports: Mapping[str, str]) -> None:
        """Creates all resources. If one fails it removes them."""
        self.history.stack.definition = definition
        self.history.status("CREATE_IN_PROGRESS", "User Initiated")
        try:
            self._apply(definition, imports)
        except FailedError as failed:
            reason = _failed_to("create", failed.logical_id)
            self.history.status("ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
            left = delete_all(self.history, self._handlers(), definition, creating=True)
            self._end("ROLLBACK_FAILED" if left else "ROLLBACK_COMPLETE", _failed_to("delete", *left))
        else:
            self._end("CREATE_COMPLETE")

    def change(self, verb: str, definition: Definition, imports: Mapping[str, str]) -> None:
        """Updates the stack to a definition (UPDATE), or imports resources and nothing else (IMPORT).

        If a resource fails, it undoes the change.
        """
        before, self.history.stack.definition = self.history.stack.definition, definition
        self.history.status(f"{verb}_IN_PROGRESS", "User Initiated")
        try:
            olds = self._apply(definition, imports)
        except FailedError as failed:
            self.history.status(f"{verb}_ROLLBACK_IN_PROGRESS", _failed_to(failed.verb, failed.logical_id))
            self._roll_back(verb, before)
            return
        if verb == "UPDATE":
            self.history.status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            clean_up(self.history, self._handlers(), olds)
        self._end(f"{verb}_COMPLETE")

    def delete(self) -> None:
        """Deletes the stack, with all resources except those that their policy retains."""
        self.history.status("DELETE_IN_PROGRESS", "User Initiated")
        definition = self.history.stack.definition
        left = delete_all(self.history, self._handlers(), definition) if definition else []
        self._end("DELETE_FAILED" if left else "DELETE_COMPLETE", _failed_to("delete", *left))

    def _apply(self, definition: Definition, imports: Mapping[str, str]) -> list[Old]:
        """Makes and changes resources in order, and returns the ones to delete."""
        handlers = self.handlers_of(definition)
        bound = definition.template.bind(definition.parameters, handlers.pseudo)
        steps = Steps(self.history, handlers, bound, self.undo)
        olds: list[Old | None] = []
        for resource in bound.order():
            known = self.history.stack.resources.get(resource.logical_id)
            if known and known.deployed:
                olds.append(steps.change(resource, known.declared, known.deployed))
            elif resource.logical_id in imports:
                steps.take_over(resource, imports[resource.logical_id])
            else:
                steps.create(resource)
        self.history.stack.outputs = steps.outputs()
        active = bound.active()
        removed = [item for name, item in self.history.stack.resources.items() if name not in active]
        gone = (Old(item.declared, item.deployed, item.declared.deletion_policy) for item in removed if item.deployed)
        return [*filter(None, olds), *gone]

    def _roll_back(self, verb: str, before: Definition | None) -> None:
        """Undoes an update, the last step first; resources that it made are deleted at the end."""
        stack = self.history.stack
        target = before or stack.definition
        assert target is not None
        handlers = self.handlers_of(target)
        bound = target.template.bind(target.parameters, handlers.pseudo)
        steps = Steps(self.history, handlers, bound, [])
        olds: list[Old] = []
        for step in reversed(self.undo):
            now = stack.resources.get(step.logical_id)
            try:
                if step.before and step.declared and now and now.deployed:
                    olds += filter(None, [steps.restore(step, step.declared, step.before, now.deployed)])
                elif now and now.deployed:
                    olds.append(Old(now.declared, now.deployed, "Retain" if verb == "IMPORT" else "Delete"))
                elif now:
                    stack.resources.pop(step.logical_id)
            except FailedError as failed:
                self._end(f"{verb}_ROLLBACK_FAILED", _failed_to("update", failed.logical_id))
                return
        if verb == "UPDATE":
            self.history.status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        clean_up(self.history, self._handlers(), olds)
        if before:  # a stack that an import was to make has none
            stack.definition, stack.outputs = before, steps.outputs()
        self._end(f"{verb}_ROLLBACK_COMPLETE")

    def _handlers(self) -> Handlers:
        assert self.history.stack.definition is not None
        return self.handlers_of(self.history.stack.definition)

    def _end(self, status: str, reason: str = "") -> None:
        self.settled()
        self.history.status(status, reason)


def _failed_to(verb: str, *logical_ids: str) -> str:
    return f"The following resource(s) failed to {verb}: [{', '.join(logical_ids)}]. " if logical_ids else ""


def clean_up(history: History, handlers: Handlers, olds: Iterable[Old]) -> None:
    """Deletes the resources that an update replaced or removed, the last first, unless a policy retains them.

    What can't be deleted stays, as in CloudFormation.
    """
    resources = history.stack.resources
    for old in reversed(list(olds)):
        now = resources.get(old.resource.logical_id)
        if now is not None and now.physical_id == old.deployed.physical_id:
            resources.pop(old.resource.logical_id)
        if old.policy in RETAINING:
            history.cleanup(old.resource, old.deployed, "DELETE_SKIPPED")
        else:
            deleted(handlers, old.resource, old.deployed, partial(history.cleanup, old.resource, old.deployed))


def delete_all(
    history: History,
    handlers: Handlers,
    definition: Definition,
    *,
    creating: bool = False,
) -> list[str]:
    """Deletes resources in reverse order; returns the logical ids of the ones that could not be deleted.

    If a resource stays, so does everything that it refers to.

    Args:
        history: the history of the operation.
        handlers: delete them.
        definition: the stack's definition.
        creating: the operation undoes their creation, which matters for RetainExceptOnCreate.
    """
    resources = history.stack.resources
    bound = definition.template.bind(definition.parameters, handlers.pseudo)
    needed = bound.dependencies()
    failed: list[str] = []
    left: list[str] = []
    kept: list[str] = []
    keeping = RETAINING - {"RetainExceptOnCreate"} if creating else RETAINING
    for logical_id in [resource.logical_id for resource in bound.order() if resource.logical_id in resources][::-1]:
        item = resources[logical_id]
        if item.deployed is None:
            resources.pop(logical_id)
        elif item.declared.deletion_policy in keeping:
            history.resource(item.declared, "DELETE_SKIPPED", deployed=item.deployed)
            kept.append(logical_id)
        elif any(logical_id in needed[other] for other in (*failed, *left)):
            left.append(logical_id)
        elif deleted(
            handlers, item.declared, item.deployed, partial(history.resource, item.declared, deployed=item.deployed)
        ):
            resources.pop(logical_id)
        else:
            failed.append(logical_id)
    for logical_id in () if failed else kept:
        resources.pop(logical_id)
    return failed
