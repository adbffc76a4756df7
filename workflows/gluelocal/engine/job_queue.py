"""Job run queuing: if the job has JobRunQueuingEnabled, runs over its MaxConcurrentRuns wait for a slot.

Source: Glue developer guide, "Job run statuses". Glue doesn't document which waiting run starts first: here the one
that waits longest does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

from gluelocal.engine.action_starts import ended, has_free_slot, job_command
from gluelocal.engine.state import RUNNING, WAITING, ActionRun, EngineState, WorkflowRun
from gluelocal.engine.work import Work

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
    """Starts waiting job runs as far as their jobs' MaxConcurrentRuns allows. Their time-out starts now."""
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
