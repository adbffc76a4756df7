"""Deletes the resources of a stack: all of them, or the ones that an update replaced or removed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from gluelocal.cloudformation.handlers import Handlers
from gluelocal.cloudformation.history import History
from gluelocal.cloudformation.records import RETAINING, Definition, Old
from gluelocal.cloudformation.steps import deleted


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
