"""The graph of a workflow: its nodes, their ids, and their order; pure.

In the Glue API a graph has a node for each trigger and for each action of a trigger, and edges between them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gluelocal.model.model import Action, Condition, Trigger


@dataclass(frozen=True)
class Node:
    """A node of a graph.

    Attributes:
        type: TRIGGER, JOB or CRAWLER.
        id: equal in every run of a workflow.
        trigger_name: the trigger itself, or the trigger that starts the node.
        position: the number of the trigger's action; -1 for the trigger itself.
    """

    type: str
    name: str
    id: str
    trigger_name: str
    position: int = -1


def nodes(workflow_name: str, triggers: Iterable[Trigger]) -> Iterator[Node]:
    """The nodes of a workflow: each trigger, followed by its actions."""
    for trigger in triggers:
        yield Node("TRIGGER", trigger.name, _id(workflow_name, trigger.name, -1), trigger.name)
        for position, action in enumerate(trigger.actions):
            kind, name = kind_and_name(action)
            yield Node(kind, name, _id(workflow_name, trigger.name, position), trigger.name, position)


def edges(workflow_name: str, triggers: tuple[Trigger, ...]) -> Iterator[tuple[str, str]]:
    """Source and destination ids: from a trigger to its actions, from an action to the triggers that listen to it."""
    for node in nodes(workflow_name, triggers):
        if node.position >= 0:
            yield _id(workflow_name, node.trigger_name, -1), node.id
            for trigger in triggers:
                if listens(trigger, node.type, node.name):
                    yield node.id, _id(workflow_name, trigger.name, -1)


def kind_and_name(target: Action | Condition) -> tuple[str, str]:
    """The type and name of an action's or a condition's node."""
    return ("JOB", target.job_name) if target.job_name else ("CRAWLER", target.crawler_name)


def listens(trigger: Trigger, kind: str, name: str) -> bool:
    """Whether a trigger has a condition about a job or crawler."""
    conditions = trigger.predicate.conditions if trigger.predicate else ()
    return any(kind_and_name(condition) == (kind, name) for condition in conditions)


def downstream(triggers: tuple[Trigger, ...], starts: Iterable[tuple[str, str]]) -> set[str]:
    """The names of all triggers that come after some jobs and crawlers, directly or indirectly.

    Args:
        triggers: the workflow's triggers.
        starts: types and names of the jobs and crawlers.
    """
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        kind, name = waiting.pop()
        for trigger in triggers:
            if trigger.name not in found and listens(trigger, kind, name):
                found.add(trigger.name)
                waiting += map(kind_and_name, trigger.actions)
    return found


def _id(workflow_name: str, trigger_name: str, position: int) -> str:
    return "wnode_" + hashlib.sha256(f"{workflow_name}\0{trigger_name}\0{position}".encode()).hexdigest()
