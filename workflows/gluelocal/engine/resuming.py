"""Resuming an ended run: what the new run takes over, and what it starts again; pure.

Source: Glue developer guide, "Repairing and resuming a workflow run": the selected nodes and everything after them run
again, the rest stays. Glue doesn't document a node that comes after another selected one: here it runs once, when its
trigger fires.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

from gluelocal.engine.state import RUNNING, ActionRun, GlueError, WorkflowRun
from gluelocal.model.graph import Node, downstream, nodes


def resume(
    old: WorkflowRun, node_ids: tuple[str, ...], new_id: str, now_ms: int
) -> tuple[WorkflowRun, tuple[Node, ...]]:
    """The new run that resumes an ended one, and the nodes that it must start.

    It has the graph and properties of the old run. Actions that don't run again are carried over, so that predicates
    that need all of several actions can be met.

    Raises:
        GlueError: the run isn't COMPLETED, or a node isn't in its graph or was not attempted.
    """
    if old.status != "COMPLETED":
        raise GlueError(
            "IllegalWorkflowStateException", f"only a COMPLETED run can be resumed; {old.id} is {old.status}"
        )
    restarted = _roots(old, _selected(old, node_ids))
    cleared = downstream(old.triggers, _names(restarted)) - {node.trigger_name for node in restarted}
    places = {(node.trigger_name, node.position) for node in restarted}
    carried = tuple(
        replace(action, carried=True)
        for action in old.actions
        if action.trigger_name not in cleared and (action.trigger_name, action.position) not in places
    )
    run = replace(
        old,
        id=new_id,
        previous_run_id=old.id,
        status=RUNNING,
        started_ms=now_ms,
        ended_ms=None,
        actions=carried,
        fired_ms=MappingProxyType({name: ms for name, ms in old.fired_ms.items() if name not in cleared}),
        event_ids=(),
        starting_event_batch_condition=None,
    )
    return run, restarted


def _selected(old: WorkflowRun, node_ids: tuple[str, ...]) -> list[Node]:
    known = {node.id: node for node in nodes(old.name, old.triggers) if node.position >= 0}
    attempted = {(action.trigger_name, action.position) for action in old.actions}
    if not node_ids:
        raise GlueError("InvalidInputException", "name at least one node to restart")
    for node_id in node_ids:
        node = known.get(node_id)
        if node is None:
            raise GlueError("InvalidInputException", f"{node_id} is not a job or crawler of the graph of {old.id}")
        if (node.trigger_name, node.position) not in attempted:
            raise GlueError("InvalidInputException", f"the node {node.name} was not attempted in {old.id}")
    return [node for node in known.values() if node.id in node_ids]


def _roots(old: WorkflowRun, selected: list[Node]) -> tuple[Node, ...]:
    """The selected nodes that come after no other selected node; in a cycle, the first one."""
    roots = [
        node
        for node in selected
        if node.trigger_name not in downstream(old.triggers, _names(other for other in selected if other != node))
    ]
    for node in selected:
        if node not in roots and node.trigger_name not in downstream(old.triggers, _names(roots)):
            roots.append(node)
    return tuple(roots)


def _names(of: Iterable[Node]) -> list[tuple[str, str]]:
    return [(node.type, node.name) for node in of]


def evidence(run: WorkflowRun, logical: str) -> list[ActionRun]:
    """The actions of a run that a predicate considers.

    Carried actions are no news: they alone must not fire a trigger again that listens to any of several. If a job runs
    again, its earlier run doesn't count.
    """
    own = [action for action in run.actions if not action.carried]
    if logical != "AND":
        return own
    again = {(action.kind, action.name) for action in own}
    return [*own, *(action for action in run.actions if action.carried and (action.kind, action.name) not in again)]
