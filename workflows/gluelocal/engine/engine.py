"""The workflow engine: a pure reducer from (model, state, event) to (state, commands). Time comes with the events.

If Glue's documentation leaves something open, this module decides it, and says so at that place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Optional

from gluelocal.engine.action_starts import ended, has_free_slot, job_command, retries_left, retry, stopping
from gluelocal.engine.batching import add, close, due_ms
from gluelocal.engine.events import (
    ActionEnded,
    ActionStopRequested,
    CrawlRequested,
    Event,
    JobRequested,
    Notified,
    PropertiesPut,
    StartRequested,
    StopRequested,
    Ticked,
    TriggerFired,
)
from gluelocal.engine.state import RUNNING, WAITING, ActionRun, Command, EngineState, GlueError, StopAction, WorkflowRun
from gluelocal.engine.timetable import due, fire_schedules
from gluelocal.engine.work import Work
from gluelocal.model.model import Action, EventBatchingCondition, Model, Trigger

LONGEST_WAIT_MS = 15 * 60_000
"""The longest time that Glue tries to start a run; after that the run is FAILED."""

Placed = tuple[Optional[WorkflowRun], ActionRun]


def overdue_ms(state: EngineState) -> list[int]:
    """When each waiting job run times out."""
    actions = [*state.alone, *(action for run in state.runs if run.active for action in run.actions)]
    return [action.last.started_ms + LONGEST_WAIT_MS for action in actions if action.last.state == WAITING]


def fail_overdue(work: Work, now_ms: int) -> None:
    """Fails job runs that have waited too long."""
    for run, action in _queued(work):
        if action.last.started_ms + LONGEST_WAIT_MS <= now_ms:
            minutes = LONGEST_WAIT_MS // 60_000
            error = f"ConcurrentRunsExceededException: {action.name} had no free slot for {minutes} minutes"
            work.replace_action(run, action, ended(action, "FAILED", now_ms, error), now_ms)


def start_queued(work: Work, now_ms: int) -> None:
    """Starts waiting job runs as far as their jobs' MaxConcurrentRuns allows. Their time-out starts now.

    Runs wait if their job has JobRunQueuingEnabled (Glue developer guide, "Job run statuses"). Glue doesn't document
    which one starts first: here the one that waits longest does.
    """
    for run, action in _queued(work):
        job = work.model.jobs.get(action.name)
        if job is None:
            error = f"EntityNotFoundException: there is no job {action.name}"
            work.replace_action(run, action, ended(action, "FAILED", now_ms, error), now_ms)
        elif has_free_slot(job, work.actions()):
            attempt = replace(action.last, state=RUNNING, started_ms=now_ms)
            started = replace(action, attempts=(attempt,))  # only a first attempt can wait
            work.replace_action(run, action, started, now_ms)
            work.commands.append(job_command(run.id if run else "", started))


def _queued(work: Work) -> list[Placed]:
    """The waiting job runs, with their workflow runs; the longest wait first."""
    found = (placed for placed in work.placed() if placed[1].last.state == WAITING)
    return sorted(found, key=lambda placed: placed[1].last.started_ms)


def begin(model: Model, seed: str, now_ms: int) -> EngineState:
    """The state before anything has run. Schedules wait for their first time after now.

    Raises:
        ConfigError: a schedule can't be read.
    """
    return EngineState(seed, due_ms=due(model, now_ms))


def adapted(model: Model, state: EngineState, now_ms: int) -> EngineState:
    """The state after a Glue API call changed the model. Schedules count from now on.

    First send a Ticked, so that everything due happens with the former model. Runs keep the graph that they started
    with; jobs and crawlers come from the new model. If a workflow is gone, its waiting batches go too.
    """
    known = model.workflows
    return replace(
        state,
        batches=MappingProxyType({name: batch for name, batch in state.batches.items() if name in known}),
        waiting=MappingProxyType({name: batches for name, batches in state.waiting.items() if name in known}),
        due_ms=due(model, now_ms),
    )


def step(model: Model, state: EngineState, event: Event) -> tuple[EngineState, tuple[Command, ...]]:
    """Processes one event.

    Before the event: batches close if their window is over, schedules fire, and job runs fail if they waited too long.
    After the event: waiting job runs and then waiting batches start, as far as MaxConcurrentRuns allows.

    Returns:
        The new state, and the commands in the order of execution.

    Raises:
        GlueError: Glue would refuse this call. The state is unchanged.
    """
    work = Work(model, state)
    _close_due_batches(work, event.now_ms)
    fire_schedules(work, event.now_ms)
    fail_overdue(work, event.now_ms)
    _HANDLERS[type(event)](work, event)
    start_queued(work, event.now_ms)
    _start_waiting(work, event.now_ms)
    return work.result()


def next_due_ms(model: Model, state: EngineState) -> int | None:
    """When a Ticked is needed next: a batch window is over, a schedule is due or a job run has waited too long.

    None if nothing of this is ahead.
    """
    batches = [due_ms(batch, _batching(model, name)) for name, batch in state.batches.items()]
    return min([*batches, *overdue_ms(state), *state.due_ms.values()], default=None)


def _close_due_batches(work: Work, now_ms: int) -> None:
    for name, batch in list(work.batches.items()):
        condition = _batching(work.model, name)
        if due_ms(batch, condition) <= now_ms:
            work.keep(name, close(batch, condition))


def _notify(work: Work, event: Notified) -> None:
    work.known_workflow(event.workflow_name)
    trigger = _event_trigger(work.model, event.workflow_name)
    if trigger is None:
        raise GlueError("InvalidInputException", f"the workflow {event.workflow_name} has no EVENT trigger")
    if not trigger.active:  # Glue doesn't document what happens to its events: here they are dropped
        return
    batch = work.batches.get(event.workflow_name)
    work.keep(event.workflow_name, add(batch, event.event_id, trigger.event_batching_condition, event.now_ms))


def _start_requested(work: Work, event: StartRequested) -> None:
    """StartWorkflowRun works with any start trigger, EVENT included; the run then has no event ids."""
    work.known_workflow(event.workflow_name)
    _need_slot(work, event.workflow_name)
    work.start_run(event.workflow_name, event.properties, event.now_ms)


def _trigger_fired(work: Work, event: TriggerFired) -> None:
    """Fires an ON_DEMAND trigger, which in a workflow starts a run. For other triggers StartTrigger activates them."""
    trigger = work.model.triggers.get(event.trigger_name)
    if trigger is None:
        raise GlueError("EntityNotFoundException", f"there is no trigger {event.trigger_name}")
    if trigger.workflow_name:
        _start_requested(work, StartRequested(trigger.workflow_name, event.now_ms))
    else:
        work.start_chain(trigger, event.now_ms)


def _stop_requested(work: Work, event: StopRequested) -> None:
    run = work.run(event.run_id)
    if run.status != RUNNING:
        raise GlueError("IllegalWorkflowStateException", f"the workflow run {run.id} is {run.status}")
    ids = [action.last.id for action in run.actions if action.last.state == RUNNING]
    actions = tuple(stopping(action, event.now_ms) if action.last.active else action for action in run.actions)
    work.runs[run.id] = replace(run, status="STOPPING", actions=actions)
    work.commands += map(StopAction, ids)
    work.settle(run.id, event.now_ms)


def _put_properties(work: Work, event: PropertiesPut) -> None:
    run = work.run(event.run_id)
    work.runs[run.id] = replace(run, properties=MappingProxyType({**run.properties, **event.properties}))


def _job_requested(work: Work, event: JobRequested) -> None:
    action = Action(event.job_name, arguments=event.arguments, timeout_minutes=event.timeout_minutes)
    work.start_alone(action, event.now_ms)


def _crawl_requested(work: Work, event: CrawlRequested) -> None:
    work.start_alone(Action(crawler_name=event.crawler_name), event.now_ms)


def _action_stop_requested(work: Work, event: ActionStopRequested) -> None:
    """Stops one job run or crawl. A workflow run continues: triggers may listen to STOPPED."""
    run, action = work.active_action(event.id)
    if action.last.stopping:
        code = "CrawlerStoppingException" if action.kind == "CRAWLER" else "InvalidInputException"
        raise GlueError(code, f"{action.name} is being stopped already")
    if action.last.state == RUNNING:
        work.commands.append(StopAction(event.id))
    work.replace_action(run, action, stopping(action, event.now_ms), event.now_ms)


def _action_ended(work: Work, event: ActionEnded) -> None:
    run, action = work.active_action(event.id)
    new = ended(action, event.state, event.now_ms, event.error)
    if not event.final and retries_left(work.model, run, new):
        new, command = retry(run.id if run else "", new, work.new_id("jr_"), event.now_ms)
        work.commands.append(command)
    work.replace_action(run, action, new, event.now_ms)


def _start_waiting(work: Work, now_ms: int) -> None:
    """Starts runs for closed batches, oldest first.

    Glue doesn't document what happens to events while MaxConcurrentRuns is reached. Here they are kept and start a run
    when one ends: no event is lost, and two batches never become one run.
    """
    for name in list(work.waiting):
        while work.waiting[name] and work.has_free_slot(name):
            batch, *rest = work.waiting[name]
            work.waiting[name] = tuple(rest)
            properties = {"aws:eventIds": f"[{', '.join(batch.event_ids)}]"}
            work.start_run(name, properties, now_ms, batch.event_ids, batch.cause)


_HANDLERS: Mapping[type[Event], Callable[[Work, Any], None]] = {
    Notified: _notify,
    Ticked: lambda _work, _event: None,  # everything that is due has already happened
    StartRequested: _start_requested,
    TriggerFired: _trigger_fired,
    StopRequested: _stop_requested,
    PropertiesPut: _put_properties,
    JobRequested: _job_requested,
    CrawlRequested: _crawl_requested,
    ActionStopRequested: _action_stop_requested,
    ActionEnded: _action_ended,
}


def _need_slot(work: Work, workflow_name: str) -> None:
    if not work.has_free_slot(workflow_name):
        raise GlueError("ConcurrentRunsExceededException", f"the workflow {workflow_name} has MaxConcurrentRuns runs")


def _event_trigger(model: Model, workflow_name: str) -> Trigger | None:
    return next((trigger for trigger in model.triggers_of(workflow_name) if trigger.type == "EVENT"), None)


def _batching(model: Model, workflow_name: str) -> EventBatchingCondition | None:
    trigger = _event_trigger(model, workflow_name)
    return trigger.event_batching_condition if trigger else None
