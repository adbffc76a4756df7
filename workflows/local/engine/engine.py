"""The workflow engine: a pure reducer from (model, state, event) to (state, commands). Time comes with the events.

What Glue's documentation leaves open is decided here, and said where it is decided.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from workflows.local.engine.action_starts import Start, retries_left, retry, start_crawler, start_job
from workflows.local.engine.batching import Batch, ClosedBatch, StartingEventBatchCondition, add, close, due_ms
from workflows.local.engine.model import Action, EventBatchingCondition, Model, Trigger
from workflows.local.engine.predicates import is_met
from workflows.local.engine.state import (
    RUNNING,
    ActionEnded,
    Command,
    EngineState,
    Event,
    GlueError,
    Notified,
    RunEnded,
    RunStarted,
    StartRequested,
    StopAction,
    StopRequested,
    WorkflowRun,
)


def step(model: Model, state: EngineState, event: Event) -> tuple[EngineState, tuple[Command, ...]]:
    """Takes one event.

    Batches whose window is over at the event's time close first; after the event, waiting batches start as far as
    MaxConcurrentRuns allows.

    Returns:
        The new state, and the commands in the order in which they are to be executed.

    Raises:
        GlueError: Glue would refuse the call that the event stands for. The state is unchanged.
    """
    work = _Step(model, state)
    work.close_due_batches(event.now_ms)
    if isinstance(event, Notified):
        work.notify(event)
    elif isinstance(event, StartRequested):
        work.start_requested(event)
    elif isinstance(event, StopRequested):
        work.stop_requested(event)
    elif isinstance(event, ActionEnded):
        work.action_ended(event)
    work.start_waiting(event.now_ms)
    return work.result()


def next_due_ms(model: Model, state: EngineState) -> int | None:
    """When the next batch window is over, None without an open batch: a Ticked at that time closes it."""
    return min((due_ms(batch, _batching(model, name)) for name, batch in state.batches.items()), default=None)


def _event_trigger(model: Model, workflow_name: str) -> Trigger | None:
    return next((trigger for trigger in model.triggers_of(workflow_name) if trigger.type == "EVENT"), None)


def _batching(model: Model, workflow_name: str) -> EventBatchingCondition | None:
    trigger = _event_trigger(model, workflow_name)
    return trigger.event_batching_condition if trigger else None


class _Step:
    """The state while one event is taken; thrown away after `result`."""

    def __init__(self, model: Model, state: EngineState) -> None:
        self._model = model
        self._state = state
        self._counter = state.counter
        self._batches = dict(state.batches)
        self._waiting = dict(state.waiting)
        self._runs = {run.id: run for run in state.runs}
        self._commands: list[Command] = []

    def result(self) -> tuple[EngineState, tuple[Command, ...]]:
        state = EngineState(
            seed=self._state.seed,
            counter=self._counter,
            batches=MappingProxyType(self._batches),
            waiting=MappingProxyType({name: batches for name, batches in self._waiting.items() if batches}),
            runs=tuple(self._runs.values()),
        )
        return state, tuple(self._commands)

    def close_due_batches(self, now_ms: int) -> None:
        for name, batch in list(self._batches.items()):
            condition = _batching(self._model, name)
            if due_ms(batch, condition) <= now_ms:
                self._keep(name, close(batch, condition))

    def notify(self, event: Notified) -> None:
        self._known_workflow(event.workflow_name)
        trigger = _event_trigger(self._model, event.workflow_name)
        if trigger is None:
            raise GlueError("InvalidInputException", f"the workflow {event.workflow_name} has no EVENT trigger")
        batch = self._batches.get(event.workflow_name)
        self._keep(event.workflow_name, add(batch, event.event_id, trigger.event_batching_condition, event.now_ms))

    def start_requested(self, event: StartRequested) -> None:
        """StartWorkflowRun works with any start trigger, also with EVENT; the run then has no event ids."""
        self._known_workflow(event.workflow_name)
        if not self._has_free_slot(event.workflow_name):
            raise GlueError(
                "ConcurrentRunsExceededException", f"the workflow {event.workflow_name} has MaxConcurrentRuns runs"
            )
        self._start_run(event.workflow_name, event.properties, event.now_ms)

    def stop_requested(self, event: StopRequested) -> None:
        run = self._runs.get(event.run_id)
        if run is None:
            raise GlueError("EntityNotFoundException", f"there is no workflow run {event.run_id}")
        if run.status != RUNNING:
            raise GlueError("IllegalWorkflowStateException", f"the workflow run {run.id} is {run.status}")
        self._runs[run.id] = replace(run, status="STOPPING")
        self._commands += [StopAction(action.last.id) for action in run.actions if action.last.state == RUNNING]
        self._settle(run.id, event.now_ms)

    def action_ended(self, event: ActionEnded) -> None:
        run, index = self._running_action(event.id)
        action = run.actions[index]
        ended = replace(action.last, state=event.state, ended_ms=event.now_ms, error=event.error)
        action = replace(action, attempts=(*action.attempts[:-1], ended))
        if retries_left(self._model, run, action):
            action, command = retry(run, action, self._new_id("jr_"), event.now_ms)
            self._commands.append(command)
        self._runs[run.id] = replace(run, actions=(*run.actions[:index], action, *run.actions[index + 1 :]))
        self._settle(run.id, event.now_ms)

    def start_waiting(self, now_ms: int) -> None:
        """Starts runs for closed batches, oldest first.

        What Glue does with events that come while MaxConcurrentRuns is reached is not documented. Here they are kept,
        and start a run when one ends: no event is lost, and no two batches become one run.
        """
        for name in list(self._waiting):
            while self._waiting[name] and self._has_free_slot(name):
                batch, *rest = self._waiting[name]
                self._waiting[name] = tuple(rest)
                properties = {"aws:eventIds": f"[{', '.join(batch.event_ids)}]"}
                self._start_run(name, properties, now_ms, batch.event_ids, batch.cause)

    def _keep(self, workflow_name: str, batch: Batch | ClosedBatch) -> None:
        if isinstance(batch, Batch):
            self._batches[workflow_name] = batch
        else:
            self._batches.pop(workflow_name, None)
            self._waiting[workflow_name] = (*self._waiting.get(workflow_name, ()), batch)

    def _known_workflow(self, name: str) -> None:
        if name not in self._model.workflows:
            raise GlueError("EntityNotFoundException", f"there is no workflow {name}")

    def _has_free_slot(self, workflow_name: str) -> bool:
        limit = self._model.workflows[workflow_name].max_concurrent_runs
        active = sum(1 for run in self._runs.values() if run.name == workflow_name and run.active)
        return limit is None or active < limit

    def _new_id(self, prefix: str) -> str:
        self._counter += 1
        return prefix + hashlib.sha256(f"{self._state.seed}:{self._counter}".encode()).hexdigest()

    def _start_run(
        self,
        workflow_name: str,
        properties: Mapping[str, str],
        now_ms: int,
        event_ids: tuple[str, ...] = (),
        cause: StartingEventBatchCondition | None = None,
    ) -> None:
        defaults = self._model.workflows[workflow_name].default_run_properties
        run = WorkflowRun(
            name=workflow_name,
            id=self._new_id("wr_"),
            status=RUNNING,
            properties=MappingProxyType({**defaults, **properties}),
            triggers=self._model.triggers_of(workflow_name),
            started_ms=now_ms,
            event_ids=event_ids,
            starting_event_batch_condition=cause,
        )
        self._runs[run.id] = run
        self._commands.append(RunStarted(run.id))
        for trigger in run.triggers:
            if trigger.type != "CONDITIONAL":
                self._fire(run.id, trigger, now_ms)
        self._settle(run.id, now_ms)

    def _settle(self, run_id: str, now_ms: int) -> None:
        """Fires what can fire, then ends the run if nothing runs any more.

        A trigger fires once, so this ends. An action can end at once (it was refused), and make another trigger fire.
        """
        while (trigger := self._ready(self._runs[run_id])) is not None:
            self._fire(run_id, trigger, now_ms)
        run = self._runs[run_id]
        if not any(action.last.state == RUNNING for action in run.actions):
            status = "STOPPED" if run.status == "STOPPING" else "COMPLETED"
            self._runs[run_id] = replace(run, status=status, ended_ms=now_ms)
            self._commands.append(RunEnded(run_id, status))

    def _ready(self, run: WorkflowRun) -> Trigger | None:
        """A trigger of the run's snapshot that has not fired and whose predicate is met; none while stopping."""
        if run.status != RUNNING:
            return None
        for trigger in run.triggers:
            if trigger.predicate and trigger.name not in run.fired_ms and is_met(trigger.predicate, run.actions):
                return trigger
        return None

    def _fire(self, run_id: str, trigger: Trigger, now_ms: int) -> None:
        run = self._runs[run_id]
        self._runs[run_id] = replace(run, fired_ms=MappingProxyType({**run.fired_ms, trigger.name: now_ms}))
        for action in trigger.actions:
            self._start(run_id, trigger, action, now_ms)

    def _start(self, run_id: str, trigger: Trigger, action: Action, now_ms: int) -> None:
        run = self._runs[run_id]
        start = Start(run, trigger.name, self._new_id("crawl_" if action.crawler_name else "jr_"), now_ms)
        if action.crawler_name:
            started, commands = start_crawler(self._model, self._runs.values(), start, action.crawler_name)
        else:
            started, commands = start_job(self._model, self._runs.values(), start, action)
        self._runs[run_id] = replace(run, actions=(*run.actions, started))
        self._commands += commands

    def _running_action(self, action_id: str) -> tuple[WorkflowRun, int]:
        for run in self._runs.values():
            for index, action in enumerate(run.actions):
                if action.last.id == action_id and action.last.state == RUNNING:
                    return run, index
        raise GlueError("EntityNotFoundException", f"no job run or crawl {action_id} is running")
