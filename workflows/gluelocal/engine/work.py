"""The engine's state during one event: runs that start, fire triggers and end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from gluelocal.engine.action_starts import Start, start_action
from gluelocal.engine.batching import Batch, ClosedBatch, StartingEventBatchCondition
from gluelocal.engine.predicates import is_met
from gluelocal.engine.state import (
    RUNNING,
    ActionRun,
    Command,
    EngineState,
    GlueError,
    RunEnded,
    RunStarted,
    WorkflowRun,
)
from gluelocal.model.graph import downstream, kind_and_name
from gluelocal.model.model import EMPTY, Action, Model, Trigger


class Work:
    """A mutable state; discarded after `result`.

    Attributes:
        model: the workflows, triggers, jobs and crawlers.
        runs: all runs by id, oldest first.
        commands: the commands so far.
    """

    def __init__(self, model: Model, state: EngineState) -> None:
        self.model = model
        self.runs = {run.id: run for run in state.runs}
        self.batches = dict(state.batches)
        self.waiting = dict(state.waiting)
        self.alone = list(state.alone)
        self.due_ms = dict(state.due_ms)
        self.commands: list[Command] = []
        self._seed = state.seed
        self._counter = state.counter

    def result(self) -> tuple[EngineState, tuple[Command, ...]]:
        """The new state and the commands."""
        state = EngineState(
            seed=self._seed,
            counter=self._counter,
            batches=MappingProxyType(self.batches),
            waiting=MappingProxyType({name: batches for name, batches in self.waiting.items() if batches}),
            runs=tuple(self.runs.values()),
            alone=tuple(self.alone),
            due_ms=MappingProxyType(self.due_ms),
        )
        return state, tuple(self.commands)

    def keep(self, workflow_name: str, batch: Batch | ClosedBatch) -> None:
        """Keeps a batch: an open one as it is, a closed one until its run can start."""
        if isinstance(batch, Batch):
            self.batches[workflow_name] = batch
        else:
            self.batches.pop(workflow_name, None)
            self.waiting[workflow_name] = (*self.waiting.get(workflow_name, ()), batch)

    def known_workflow(self, name: str) -> None:
        """Raises GlueError if the workflow doesn't exist."""
        if name not in self.model.workflows:
            raise GlueError("EntityNotFoundException", f"there is no workflow {name}")

    def run(self, run_id: str) -> WorkflowRun:
        """A run by its id. Raises GlueError if it doesn't exist."""
        if run_id not in self.runs:
            raise GlueError("EntityNotFoundException", f"there is no workflow run {run_id}")
        return self.runs[run_id]

    def has_free_slot(self, workflow_name: str) -> bool:
        """Whether MaxConcurrentRuns allows one more run."""
        limit = self.model.workflows[workflow_name].max_concurrent_runs
        active = sum(1 for run in self.runs.values() if run.name == workflow_name and run.active)
        return limit is None or active < limit

    def new_id(self, prefix: str) -> str:
        """An id like Glue's: a prefix and 64 hexadecimal digits."""
        self._counter += 1
        return prefix + hashlib.sha256(f"{self._seed}:{self._counter}".encode()).hexdigest()

    def start_run(
        self,
        workflow_name: str,
        properties: Mapping[str, str],
        now_ms: int,
        event_ids: tuple[str, ...] = (),
        cause: StartingEventBatchCondition | None = None,
    ) -> None:
        """Starts a run; its properties override the workflow's defaults."""
        run = self._new_run(workflow_name, properties, now_ms)
        self._begin(replace(run, event_ids=event_ids, starting_event_batch_condition=cause), now_ms)

    def start_chain(self, trigger: Trigger, now_ms: int) -> None:
        """Fires a start trigger outside of workflows; CONDITIONAL triggers outside of workflows follow it."""
        others = tuple(other for other in self.model.triggers_of("") if other.type == "CONDITIONAL")
        after = downstream(others, map(kind_and_name, trigger.actions))
        triggers = (trigger, *(other for other in others if other.name in after))
        self._begin(WorkflowRun("", self.new_id("chain_"), RUNNING, EMPTY, triggers, now_ms), now_ms)

    def _begin(self, run: WorkflowRun, now_ms: int) -> None:
        self.runs[run.id] = run
        self.commands.append(RunStarted(run.id))
        for trigger in run.triggers:
            if trigger.type != "CONDITIONAL":
                self._fire(run.id, trigger, now_ms)
        self.settle(run.id, now_ms)

    def refuse_run(self, workflow_name: str, now_ms: int) -> None:
        """A run that could not start: its status is ERROR (Glue API, WorkflowRun.ErrorMessage)."""
        error = f"Concurrent runs exceeded for workflow: {workflow_name}."
        run = replace(self._new_run(workflow_name, {}, now_ms), status="ERROR", error=error, ended_ms=now_ms)
        self.runs[run.id] = run
        self.commands += [RunStarted(run.id), RunEnded(run.id, "ERROR")]

    def start_alone(self, action: Action, now_ms: int) -> None:
        """Starts a job or crawler outside of workflows. Raises GlueError if Glue refuses it."""
        started = self._started(None, "", 0, action, now_ms)
        if started.last.error:
            code, _, message = started.last.error.partition(": ")
            raise GlueError(code, message)
        self.alone.append(started)

    def settle(self, run_id: str, now_ms: int) -> None:
        """Fires all triggers that can fire, then ends the run if nothing runs.

        Each trigger fires once, so this terminates. A refused action ends at once, and can make another trigger fire.
        """
        while (trigger := _ready(self.runs[run_id])) is not None:
            self._fire(run_id, trigger, now_ms)
        run = self.runs[run_id]
        if not any(action.last.active for action in run.actions):
            status = "STOPPED" if run.status == "STOPPING" else "COMPLETED"
            self.runs[run_id] = replace(run, status=status, ended_ms=now_ms)
            self.commands.append(RunEnded(run_id, status))

    def active_action(self, action_id: str) -> tuple[WorkflowRun | None, ActionRun]:
        """A running or waiting job run or crawl, with its workflow run if it is in one.

        Raises:
            GlueError: it doesn't exist.
        """
        for run, action in self.placed():
            if action.last.id == action_id and action.last.active:
                return run, action
        raise GlueError("EntityNotFoundException", f"no job run or crawl {action_id} is running")

    def placed(self) -> list[tuple[WorkflowRun | None, ActionRun]]:
        """Every action with its workflow run."""
        inside = ((run, action) for run in self.runs.values() for action in run.actions)
        return [*inside, *((None, action) for action in self.alone)]

    def replace_action(self, run: WorkflowRun | None, old: ActionRun, new: ActionRun, now_ms: int) -> None:
        """Replaces an action with its new version, and settles its run."""
        if run is None:
            self.alone[self.alone.index(old)] = new
        else:
            now = self.runs[run.id]  # it may have changed since `run` was read
            actions = tuple(new if action is old else action for action in now.actions)
            self.runs[run.id] = replace(now, actions=actions)
            self.settle(run.id, now_ms)

    def actions(self) -> Iterator[ActionRun]:
        """Everything that was started."""
        return (action for _, action in self.placed())

    def _new_run(self, workflow_name: str, properties: Mapping[str, str], now_ms: int) -> WorkflowRun:
        return WorkflowRun(
            name=workflow_name,
            id=self.new_id("wr_"),
            status=RUNNING,
            properties=MappingProxyType({**self.model.workflows[workflow_name].default_run_properties, **properties}),
            triggers=self.model.triggers_of(workflow_name),
            started_ms=now_ms,
        )

    def _fire(self, run_id: str, trigger: Trigger, now_ms: int) -> None:
        run = self.runs[run_id]
        self.runs[run_id] = replace(run, fired_ms=MappingProxyType({**run.fired_ms, trigger.name: now_ms}))
        for position, action in enumerate(trigger.actions):
            run = self.runs[run_id]
            started = self._started(run, trigger.name, position, action, now_ms)
            self.runs[run_id] = replace(run, actions=(*run.actions, started))

    def _started(
        self, run: WorkflowRun | None, trigger_name: str, position: int, action: Action, now_ms: int
    ) -> ActionRun:
        new_id = self.new_id("crawl_" if action.crawler_name else "jr_")
        started, commands = start_action(
            self.model, self.actions(), Start(run, trigger_name, position, new_id, now_ms), action
        )
        self.commands += commands
        return started


def _ready(run: WorkflowRun) -> Trigger | None:
    """A trigger of the run's graph that has not fired yet and can; None while the run is stopping.

    A CONDITIONAL trigger doesn't fire if it was not started, or was stopped, when the run began.
    """
    if run.status != RUNNING:
        return None
    for trigger in run.triggers:
        predicate = trigger.predicate if trigger.active and trigger.name not in run.fired_ms else None
        if predicate and is_met(predicate, run.actions):
            return trigger
    return None
