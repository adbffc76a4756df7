"""Starting, refusing and retrying jobs and crawlers; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from gluelocal.engine.state import (
    RUNNING,
    WAITING,
    ActionRun,
    Attempt,
    Command,
    StartCrawl,
    StartJobRun,
    WorkflowRun,
)
from gluelocal.model.model import Action, Job, Model

Started = tuple[ActionRun, list[Command]]


@dataclass(frozen=True)
class Start:
    """Where and when an action starts; `run` is None outside of workflows."""

    run: WorkflowRun | None
    trigger_name: str
    position: int
    id: str
    now_ms: int

    @property
    def run_id(self) -> str:
        """The id of the workflow run, empty outside of one."""
        return self.run.id if self.run else ""

    def action(self, kind: str, name: str, error: str = "") -> ActionRun:
        """The running action, or the failed one if there is an error."""
        attempt = Attempt(self.id, 0, RUNNING, self.now_ms)
        if error:
            attempt = replace(attempt, state="FAILED", ended_ms=self.now_ms, error=error, refused=True)
        return ActionRun(kind, name, self.trigger_name, (attempt,), position=self.position)


def start_action(model: Model, others: Iterable[ActionRun], start: Start, action: Action) -> Started:
    """Starts the action's job or crawler; a refused start is a FAILED attempt with the name of Glue's exception.

    Args:
        model: the jobs and crawlers.
        others: all actions so far, for the limits.
        start: where and when.
        action: a job or a crawler.
    """
    if action.crawler_name:
        return _start_crawler(model, others, start, action.crawler_name)
    return _start_job(model, others, start, action)


def _start_job(model: Model, others: Iterable[ActionRun], start: Start, action: Action) -> Started:
    """Starts a job.

    If a run exceeds its MaxConcurrentRuns, it waits if the job queues its runs. Else the start is refused, which fails
    the node; it isn't retried.
    """
    name = action.job_name
    job = model.jobs.get(name)
    if job is None:
        return start.action("JOB", name, f"EntityNotFoundException: there is no job {name}"), []
    free = has_free_slot(job, others)
    if not free and not job.job_run_queuing:
        error = f"ConcurrentRunsExceededException: {name} has {job.max_concurrent_runs} concurrent runs already"
        return start.action("JOB", name, error), []
    started = replace(
        start.action("JOB", name),
        arguments=MappingProxyType(merged_arguments(job, action.arguments, start.run)),
        timeout_minutes=action.timeout_minutes or job.timeout_minutes,
    )
    if not free:
        return _with_last(started, state=WAITING), []
    return started, [job_command(start.run_id, started)]


def has_free_slot(job: Job, others: Iterable[ActionRun]) -> bool:
    """Whether the job's MaxConcurrentRuns allows one more run."""
    return _running(others, "JOB", job.name) < job.max_concurrent_runs


def ended(action: ActionRun, state: str, now_ms: int, error: str = "") -> ActionRun:
    """The action with its last attempt ended."""
    return _with_last(action, state=state, ended_ms=now_ms, error=error)


def _start_crawler(model: Model, others: Iterable[ActionRun], start: Start, name: str) -> Started:
    """Starts a crawler. It runs once at a time: a second start is refused, which fails the node."""
    if name not in model.crawlers:
        return start.action("CRAWLER", name, f"EntityNotFoundException: there is no crawler {name}"), []
    if _running(others, "CRAWLER", name):
        return start.action("CRAWLER", name, f"CrawlerRunningException: {name} is running already"), []
    return start.action("CRAWLER", name), [StartCrawl(start.run_id, start.id, name)]


def retries_left(model: Model, run: WorkflowRun | None, action: ActionRun) -> bool:
    """Whether an ended action gets another attempt: only a job that FAILED, unless it or its run is being stopped.

    Not restarted: a job that timed out (developer guide, job properties), and a job that Glue refused to start.
    """
    job = model.jobs.get(action.name) if action.kind == "JOB" else None
    wanted = (run is None or run.status == RUNNING) and not action.last.stopping
    return wanted and action.last.state == "FAILED" and job is not None and len(action.attempts) <= job.max_retries


def retry(run_id: str, action: ActionRun, attempt_id: str, now_ms: int) -> tuple[ActionRun, Command]:
    """The action with one more attempt, which has the first attempt's arguments."""
    attempt = Attempt(attempt_id, len(action.attempts), RUNNING, now_ms)
    retried = replace(action, attempts=(*action.attempts, attempt))
    return retried, job_command(run_id, retried)


def stopping(action: ActionRun, now_ms: int) -> ActionRun:
    """The action, now stopping. A waiting one is STOPPED at once."""
    if action.last.state == WAITING:
        return ended(action, "STOPPED", now_ms)
    return _with_last(action, stopping=True)


def _with_last(action: ActionRun, **changes: Any) -> ActionRun:
    return replace(action, attempts=(*action.attempts[:-1], replace(action.last, **changes)))


def merged_arguments(job: Job, overrides: Mapping[str, str], run: WorkflowRun | None) -> dict[str, str]:
    """A job run's arguments: the trigger's override the defaults, and nothing overrides NonOverridableArguments."""
    own = {"--WORKFLOW_NAME": run.name, "--WORKFLOW_RUN_ID": run.id} if run and run.name else {}
    return {**job.default_arguments, **overrides, **job.non_overridable_arguments, **own}


def _running(actions: Iterable[ActionRun], kind: str, name: str) -> int:
    return sum((action.kind, action.name, action.last.state) == (kind, name, RUNNING) for action in actions)


def job_command(run_id: str, action: ActionRun) -> StartJobRun:
    """The command that starts the last attempt of a job."""
    attempt = action.last
    return StartJobRun(run_id, attempt.id, action.name, attempt.number, action.arguments, action.timeout_minutes)
