"""What CloudFormation does to a stack: creates, updates, rolls back and deletes, one resource after the other.

Statuses and their order: user guide, "Stack status codes" and "Stack failure options".
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Callable

from loglake_cli.local.cloudformation.differences import differences
from loglake_cli.local.cloudformation.handlers import HandlerError, Handlers
from loglake_cli.local.cloudformation.history import History
from loglake_cli.local.cloudformation.reasons import reason_of
from loglake_cli.local.cloudformation.records import RETAINING, Definition, ResourceImport, Stack, Undo
from loglake_cli.local.cloudformation.resource_schemas import replaces, schema_of
from loglake_cli.local.templates.provision import DeployedResource, look_up
from loglake_cli.local.templates.template import BoundTemplate, Resource
from loglake_cli.local.templates.template_yaml import TemplateError


class _FailedError(Exception):
    """A resource could not be made or changed; its event says why."""

    def __init__(self, logical_id: str, verb: str) -> None:
        super().__init__(logical_id)
        self.logical_id = logical_id
        self.verb = verb


@dataclass(frozen=True)
class Old:
    """A resource that has to go once everything else is done."""

    resource: Resource
    deployed: DeployedResource
    policy: str


class Operation:
    """Carries out one operation. Each method returns when it has come to its end, good or bad: the status says so."""

    def __init__(
        self, stack: Stack, history: History, handlers: Callable[[Definition], Handlers], settled: Callable[[], None]
    ) -> None:
        """Takes its collaborators.

        Args:
            stack: what is operated on.
            history: writes what happens to it.
            handlers: those for what the stack is made from.
            settled: called once all resources are as they will be, before the stack says so.
        """
        self._stack = stack
        self._history = history
        self._handlers_of = handlers
        self._settled = settled

    def create(self, definition: Definition, imports: Mapping[str, ResourceImport], on_failure: str) -> None:
        """Creates all resources; takes them back if one fails, unless `on_failure` is DO_NOTHING."""
        self._stack.definition = definition
        self._history.status("CREATE_IN_PROGRESS", "User Initiated")
        try:
            self._apply(definition, imports)
        except _FailedError as failed:
            reason = f"The following resource(s) failed to create: [{failed.logical_id}]. "
            if on_failure == "DO_NOTHING":
                self._end("CREATE_FAILED", reason)
                return
            self._history.status("ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
            self._stack.undo = []
            left = self._delete_all(creating=True)
            self._end("ROLLBACK_FAILED" if left else "ROLLBACK_COMPLETE", _not_deleted(left))
        else:
            self._end("CREATE_COMPLETE")

    def update(self, definition: Definition, imports: Mapping[str, ResourceImport], *, roll_back: bool) -> None:
        """Makes the stack what a definition says; takes it back if a resource fails and `roll_back` says so."""
        self._change("UPDATE", definition, imports, roll_back=roll_back)

    def take_in(self, definition: Definition, imports: Mapping[str, ResourceImport]) -> None:
        """Imports resources, and does nothing else."""
        self._change("IMPORT", definition, imports, roll_back=True)

    def roll_on(self, skipped: Iterable[str]) -> None:
        """Goes on with the rollback of an update that failed; resources that are skipped stay as they are."""
        self._stack.undo = [one for one in self._stack.undo if one.logical_id not in set(skipped)]
        self._history.status("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        self._roll_back("UPDATE")

    def delete(self, retained: Iterable[str]) -> None:
        """Deletes the stack, with all resources whose policy doesn't keep them."""
        self._history.status("DELETE_IN_PROGRESS", "User Initiated")
        left = self._delete_all(creating=False, retained=frozenset(retained))
        self._end("DELETE_FAILED" if left else "DELETE_COMPLETE", _not_deleted(left))

    def _change(
        self, verb: str, definition: Definition, imports: Mapping[str, ResourceImport], *, roll_back: bool
    ) -> None:
        stack = self._stack
        stack.before, stack.undo = stack.definition, []
        stack.definition = definition
        self._history.status(f"{verb}_IN_PROGRESS", "User Initiated")
        try:
            olds = self._apply(definition, imports)
        except _FailedError as failed:
            reason = f"The following resource(s) failed to {failed.verb}: [{failed.logical_id}]. "
            if not roll_back:
                self._end("UPDATE_FAILED", reason)
                return
            self._history.status(f"{verb}_ROLLBACK_IN_PROGRESS", reason)
            self._roll_back(verb)
            return
        if verb == "UPDATE":
            self._history.status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            self._clean_up(olds)
        stack.undo = []
        self._end(f"{verb}_COMPLETE")

    def _apply(self, definition: Definition, imports: Mapping[str, ResourceImport]) -> list[Old]:
        """Makes and changes resources in order, and gives those that have to go."""
        handlers = self._handlers_of(definition)
        bound = definition.template.bind(definition.parameters, handlers.pseudo)
        olds: list[Old] = []
        for resource in bound.order():
            known = self._stack.resources.get(resource.logical_id)
            if known and known.deployed:
                olds += self._changed(handlers, bound, resource, known.declared, known.deployed)
            elif resource.logical_id in imports:
                self._import(handlers, bound, resource, imports[resource.logical_id])
            else:
                self._created(handlers, bound, resource)
        self._stack.outputs = bound.outputs(self._attribute)
        active = bound.active()
        removed = [item for name, item in self._stack.resources.items() if name not in active]
        gone = [Old(item.declared, item.deployed, item.declared.deletion_policy) for item in removed if item.deployed]
        return [*olds, *gone]

    def _attribute(self, logical_id: str, name: str | None) -> str:
        return look_up(self._stack.existing(), logical_id, name)

    def _properties(self, bound: BoundTemplate, resource: Resource, verb: str) -> dict[str, Any]:
        try:
            return bound.properties(resource, self._attribute)
        except TemplateError as error:
            raise self._failed(resource, verb, error) from error

    def _created(self, handlers: Handlers, bound: BoundTemplate, resource: Resource, salt: str = "") -> None:
        properties = self._properties(bound, resource, "create")
        self._stack.undo.append(Undo(resource.logical_id))
        self._make(handlers, resource, properties, salt)

    def _make(self, handlers: Handlers, resource: Resource, properties: Mapping[str, Any], salt: str) -> None:
        self._history.resource(resource, "CREATE_IN_PROGRESS", properties=properties)
        begun: list[DeployedResource] = []
        try:
            made = handlers.create(resource, properties, salt, begun)
        except TemplateError as error:
            raise self._failed(resource, "create", error, begun[0] if begun else None) from error
        initiated = "Resource creation Initiated"
        self._history.resource(resource, "CREATE_IN_PROGRESS", initiated, made, properties)
        self._history.resource(resource, "CREATE_COMPLETE", deployed=made, properties=properties)

    def _import(self, handlers: Handlers, bound: BoundTemplate, resource: Resource, imported: ResourceImport) -> None:
        properties = self._properties(bound, resource, "import")
        self._history.resource(resource, "IMPORT_IN_PROGRESS", "Resource import started.", properties=properties)
        self._stack.undo.append(Undo(resource.logical_id))
        try:
            taken = handlers.adopt(resource, imported.physical_id, properties)
        except TemplateError as error:
            raise self._failed(resource, "import", error) from error
        self._history.resource(resource, "IMPORT_COMPLETE", "Resource import completed.", taken, properties)

    def _changed(
        self,
        handlers: Handlers,
        bound: BoundTemplate,
        resource: Resource,
        declared: Resource,
        deployed: DeployedResource,
    ) -> list[Old]:
        """Updates or replaces a resource whose properties are to be others; gives the one that has to go."""
        properties = self._properties(bound, resource, "update")
        known = self._stack.resources[resource.logical_id]
        if not any(differences(deployed.properties, properties)):
            known.declared = resource
            return []
        self._stack.undo.append(Undo(resource.logical_id, deployed, declared, properties))
        if not replaces(resource.type, deployed.properties, properties):
            self._history.resource(resource, "UPDATE_IN_PROGRESS", deployed=deployed, properties=properties)
            self._update(handlers, resource, deployed, properties)
            return []
        return [self._replaced(handlers, resource, declared, deployed, properties)]

    def _replaced(
        self,
        handlers: Handlers,
        resource: Resource,
        declared: Resource,
        deployed: DeployedResource,
        properties: Mapping[str, Any],
    ) -> Old:
        name = schema_of(resource.type).name
        requested = "Requested update requires the creation of a new physical resource; hence creating one."
        self._history.resource(resource, "UPDATE_IN_PROGRESS", requested, deployed, properties)
        if name and name in properties and properties[name] == deployed.properties.get(name):
            reason = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {deployed.physical_id} and update the stack again."
            )
            self._stack.undo[-1] = Undo(resource.logical_id, deployed, declared, deployed.properties)
            raise self._failed(resource, "update", HandlerError(reason), deployed)
        begun: list[DeployedResource] = []
        try:
            made = handlers.create(resource, properties, str(uuid.uuid4()), begun)
        except TemplateError as error:
            failed = self._failed(resource, "update", error, deployed)
            for half in begun:
                self._delete_old(resource, half)
            raise failed from error
        self._history.resource(resource, "UPDATE_COMPLETE", deployed=made, properties=properties)
        return Old(declared, deployed, declared.update_replace_policy)

    def _update(
        self, handlers: Handlers, resource: Resource, deployed: DeployedResource, properties: Mapping[str, Any]
    ) -> None:
        try:
            updated = handlers.update(resource, deployed, properties)
        except TemplateError as error:
            raise self._failed(resource, "update", error, deployed) from error
        self._history.resource(resource, "UPDATE_COMPLETE", deployed=updated, properties=properties)

    def _failed(
        self, resource: Resource, verb: str, error: TemplateError, deployed: DeployedResource | None = None
    ) -> _FailedError:
        """Writes that a resource failed; what of it is there stays known."""
        reason = str(error) if isinstance(error, HandlerError) else reason_of(error)
        self._history.resource(resource, f"{verb.upper()}_FAILED", reason, deployed)
        return _FailedError(resource.logical_id, verb)

    def _roll_back(self, verb: str) -> None:
        """Takes an update back, the last step first; what it made goes at the end."""
        stack, olds = self._stack, []
        handlers = self._handlers_of(stack.before) if stack.before else self._handlers()
        while stack.undo:
            step = stack.undo[-1]
            now = stack.resources.get(step.logical_id)
            try:
                if step.before and step.declared and now and now.deployed:
                    olds += self._restore(handlers, step, step.declared, step.before, now.deployed)
                elif now and now.deployed:
                    olds.append(Old(now.declared, now.deployed, "Retain" if verb == "IMPORT" else "Delete"))
                elif now:
                    stack.resources.pop(step.logical_id)
            except _FailedError as failed:
                reason = f"The following resource(s) failed to update: [{failed.logical_id}]. "
                self._end(f"{verb}_ROLLBACK_FAILED", reason)
                return
            stack.undo.pop()
        if verb == "UPDATE":
            self._history.status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up(olds)
        if stack.before:  # there is none of a stack that an import was to make
            bound = stack.before.template.bind(stack.before.parameters, handlers.pseudo)
            stack.definition, stack.before, stack.outputs = stack.before, None, bound.outputs(self._attribute)
        self._end(f"{verb}_ROLLBACK_COMPLETE")

    def _restore(
        self, handlers: Handlers, step: Undo, declared: Resource, before: DeployedResource, now: DeployedResource
    ) -> list[Old]:
        self._history.resource(declared, "UPDATE_IN_PROGRESS", deployed=before, properties=before.properties)
        if now.physical_id != before.physical_id:
            self._history.resource(declared, "UPDATE_COMPLETE", deployed=before, properties=before.properties)
            return [Old(declared, now, "Delete")]
        self._update(handlers, declared, replace(now, properties=step.after), before.properties)
        return []

    def _clean_up(self, olds: Iterable[Old]) -> None:
        """Deletes what an update left, the last first. What can't be deleted is left, as CloudFormation does."""
        for old in reversed(list(olds)):
            now = self._stack.resources.get(old.resource.logical_id)
            replaced = now is not None and now.physical_id != old.deployed.physical_id
            if not replaced:
                self._stack.resources.pop(old.resource.logical_id, None)
            if old.policy in RETAINING:
                self._history.cleanup(old.resource, old.deployed, "DELETE_SKIPPED")
                continue
            self._delete_old(old.resource, old.deployed)

    def _delete_old(self, resource: Resource, deployed: DeployedResource) -> None:
        self._history.cleanup(resource, deployed, "DELETE_IN_PROGRESS")
        try:
            self._handlers().delete(resource, deployed)
        except TemplateError as error:
            self._history.cleanup(resource, deployed, "DELETE_FAILED", _reason(error))
        else:
            self._history.cleanup(resource, deployed, "DELETE_COMPLETE")

    def _delete_all(self, *, creating: bool, retained: frozenset[str] = frozenset()) -> list[str]:
        """Deletes the resources in reverse order, and gives the logical ids of those that could not be deleted.

        What a resource that stays refers to stays, too.
        """
        left: list[str] = []
        kept: set[str] = set()
        order, needed = self._order()
        for logical_id in order:
            item = self._stack.resources[logical_id]
            policy = item.declared.deletion_policy
            skipped = policy == "Retain" or (policy == "RetainExceptOnCreate" and not creating)
            if item.deployed is None:
                self._stack.resources.pop(logical_id)
            elif skipped or logical_id in retained:
                self._history.resource(item.declared, "DELETE_SKIPPED", deployed=item.deployed)
                kept.add(logical_id)
            elif any(logical_id in needed.get(other, ()) for other in left):
                left.append(logical_id)
            else:
                self._history.resource(item.declared, "DELETE_IN_PROGRESS", deployed=item.deployed)
                try:
                    self._handlers().delete(item.declared, item.deployed)
                except TemplateError as error:
                    self._history.resource(item.declared, "DELETE_FAILED", _reason(error), item.deployed)
                    left.append(logical_id)
                else:
                    self._history.resource(item.declared, "DELETE_COMPLETE", deployed=item.deployed)
                    self._stack.resources.pop(logical_id)
        if not left:
            for logical_id in kept:
                self._stack.resources.pop(logical_id)
        return [name for name in left if self._stack.resources[name].status == "DELETE_FAILED"]

    def _order(self) -> tuple[list[str], dict[str, list[str]]]:
        """The resources in the order in which they are deleted, and what each refers to."""
        definition = self._stack.definition
        if definition is None:
            return [], {}
        bound = definition.template.bind(definition.parameters, self._handlers().pseudo)
        made = [resource.logical_id for resource in bound.order() if resource.logical_id in self._stack.resources]
        return made[::-1], bound.dependencies()

    def _handlers(self) -> Handlers:
        assert self._stack.definition is not None
        return self._handlers_of(self._stack.definition)

    def _end(self, status: str, reason: str = "") -> None:
        self._settled()
        self._history.status(status, reason)


def _reason(error: TemplateError) -> str:
    return str(error) if isinstance(error, HandlerError) else reason_of(error)


def _not_deleted(left: list[str]) -> str:
    return f"The following resource(s) failed to delete: [{', '.join(left)}]. " if left else ""
