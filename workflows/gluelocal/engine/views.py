"""What a person sees of the runs: immutable snapshots of the engine's state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Optional

from gluelocal.engine.batching import StartingEventBatchCondition
from gluelocal.engine.predicates import statistics
from gluelocal.engine.state import ActionRun, Attempt, EngineState, WorkflowRun
from gluelocal.model.graph import kind_and_name
from gluelocal.model.model import Trigger


@dataclass(frozen=True)
class Part:
    """How much of its work a job or crawler has done, if it counts it.

    Attributes:
        done: the units done.
        of: all units that are known so far.
        unit: the name of the units: ``windows``, ``bytes``, ``partitions``.
    """

    done: int
    of: int
    unit: str


PartOf = Callable[[ActionRun], Optional[Part]]
"""How much an action has done; None if that is unknown."""

LogTail = Callable[[str], "tuple[str, ...]"]
"""The last log lines of a job run, by its id."""


@dataclass(frozen=True)
class NodeView:
    """A node of a run's graph.

    Attributes:
        type: TRIGGER, JOB or CRAWLER, as in the Glue API.
        state: for a job or crawler, its last attempt's state. Before it starts it is WAITING; if the run ends without
            it, SKIPPED. A trigger is WAITING, FIRED or SKIPPED.
        trigger_name: the trigger that starts the node; empty for triggers.
        started_ms: when the first attempt started; None before.
        seconds: from the first attempt's start to the last attempt's end, or until now; None before it starts.
        error: why the last attempt failed.
        log_tail: the last log lines of the last attempt, oldest first.
        part: how much of its work is done; None if that is unknown.
    """

    type: str
    name: str
    state: str
    trigger_name: str = ""
    started_ms: int | None = None
    ended_ms: int | None = None
    seconds: float | None = None
    error: str = ""
    attempts: tuple[Attempt, ...] = ()
    log_tail: tuple[str, ...] = ()
    part: Part | None = None


@dataclass(frozen=True)
class RunView:
    """A workflow run, or a chain outside of workflows, which has its first trigger's name.

    `nodes` are in the graph's order: each trigger before its actions.
    """

    name: str
    id: str
    status: str
    statistics: Mapping[str, int]
    nodes: tuple[NodeView, ...]
    started_ms: int
    ended_ms: int | None
    seconds: float
    event_ids: tuple[str, ...]
    starting_event_batch_condition: StartingEventBatchCondition | None


@dataclass(frozen=True)
class Snapshot:
    """All runs, oldest first."""

    runs: tuple[RunView, ...]
    idle: bool


def view(state: EngineState, log_tail: LogTail, now_ms: int, part_of: PartOf = lambda _: None) -> Snapshot:
    """A snapshot of the engine's state."""
    return Snapshot(tuple(_run(run, log_tail, now_ms, part_of) for run in state.runs), state.idle)


def recent(state: EngineState, ended: int | None) -> EngineState:
    """The state with all active runs and the newest `ended` of the ended ones; None keeps all."""
    if ended is None:
        return state
    over = [run.id for run in state.runs if not run.active]
    old = set(over[: max(len(over) - ended, 0)])
    return replace(state, runs=tuple(run for run in state.runs if run.id not in old))


def _run(run: WorkflowRun, log_tail: LogTail, now_ms: int, part_of: PartOf) -> RunView:
    nodes: list[NodeView] = []
    for trigger in run.triggers:
        nodes.append(_trigger(run, trigger))
        started = {action.position: action for action in run.actions if action.trigger_name == trigger.name}
        for position, action in enumerate(trigger.actions):
            if position in started:
                nodes.append(_action(started[position], log_tail, now_ms, part_of))
            else:
                nodes.append(NodeView(*kind_and_name(action), _pending(run), trigger_name=trigger.name))
    return RunView(
        name=run.title,
        id=run.id,
        status=run.status,
        statistics=statistics(run),
        nodes=tuple(nodes),
        started_ms=run.started_ms,
        ended_ms=run.ended_ms,
        seconds=_seconds(run.started_ms, run.ended_ms, now_ms),
        event_ids=run.event_ids,
        starting_event_batch_condition=run.starting_event_batch_condition,
    )


def _trigger(run: WorkflowRun, trigger: Trigger) -> NodeView:
    fired_ms = run.fired_ms.get(trigger.name)
    if fired_ms is None:
        return NodeView("TRIGGER", trigger.name, _pending(run))
    return NodeView("TRIGGER", trigger.name, "FIRED", started_ms=fired_ms, ended_ms=fired_ms, seconds=0.0)


def _action(action: ActionRun, log_tail: LogTail, now_ms: int, part_of: PartOf) -> NodeView:
    first, last = action.attempts[0], action.last
    return NodeView(
        type=action.kind,
        name=action.name,
        state=last.state,
        trigger_name=action.trigger_name,
        started_ms=first.started_ms,
        ended_ms=last.ended_ms,
        seconds=_seconds(first.started_ms, last.ended_ms, now_ms),
        error=last.error,
        attempts=action.attempts,
        log_tail=log_tail(last.id),
        part=part_of(action),
    )


def _pending(run: WorkflowRun) -> str:
    return "WAITING" if run.active else "SKIPPED"


def _seconds(started_ms: int, ended_ms: int | None, now_ms: int) -> float:
    return ((now_ms if ended_ms is None else ended_ms) - started_ms) / 1000
