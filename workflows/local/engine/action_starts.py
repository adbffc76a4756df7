"""Starting, refusing and retrying the actions of triggers; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from workflows.local.engine.model import Action, Job, Model
from workflows.local.engine.state import RUNNING, ActionRun, Attempt, Command, StartCrawl, StartJobRun, WorkflowRun

Runs = Iterable[WorkflowRun]


@dataclass(frozen=True)
class Start:
    """Where and when an action starts."""

    run: WorkflowRun
    trigger_name: str
    id: str
    now_ms: int

    def action(self, kind: str, name: str, error: str = "") -> ActionRun:
        """The running action, or the failed one where there is an error."""
        attempt = Attempt(self.id, 0, RUNNING, self.now_ms)
        if error:
            attempt = replace(attempt, state="FAILED", ended_ms=self.now_ms, error=error)
        return ActionRun(kind, name, self.trigger_name, (attempt,))


def start_job(model: Model, runs: Runs, start: Start, action: Action) -> tuple[ActionRun, list[Command]]:
    """Starts a job. Over its MaxConcurrentRuns the start is refused, which fails the node; it isn't retried."""
    name = action.job_name
    job = model.jobs.get(name)
    if job is None:
        return start.action("JOB", name, f"EntityNotFoundException: there is no job {name}"), []
    if _running(runs, "JOB", name) >= job.max_concurrent_runs:
        error = f"ConcurrentRunsExceededException: {name} has {job.max_concurrent_runs} concurrent runs already"
        return start.action("JOB", name, error), []
    started = replace(
        start.action("JOB", name),
        arguments=MappingProxyType(merged_arguments(job, action.arguments, start.run)),
        timeout_minutes=action.timeout_minutes or job.timeout_minutes,
    )
    return started, [_job_command(start.run, started)]


def start_crawler(model: Model, runs: Runs, start: Start, name: str) -> tuple[ActionRun, list[Command]]:
    """Starts a crawler. It crawls once at a time: a second start is refused, which fails the node."""
    if name not in model.crawlers:
        return start.action("CRAWLER", name, f"EntityNotFoundException: there is no crawler {name}"), []
    if _running(runs, "CRAWLER", name):
        return start.action("CRAWLER", name, f"CrawlerRunningException: {name} is running already"), []
    return start.action("CRAWLER", name), [StartCrawl(start.run.id, start.id, name)]


def retries_left(model: Model, run: WorkflowRun, action: ActionRun) -> bool:
    """Whether an ended action gets another attempt: a job that FAILED, unless the run is being stopped.

    A job that reached its time-out is not restarted (developer guide, job properties), nor one whose start was refused.
    """
    job = model.jobs.get(action.name) if action.kind == "JOB" else None
    failed = run.status == RUNNING and action.last.state == "FAILED"
    return failed and job is not None and len(action.attempts) <= job.max_retries


def retry(run: WorkflowRun, action: ActionRun, attempt_id: str, now_ms: int) -> tuple[ActionRun, Command]:
    """The action with one more attempt, which has the arguments of the first."""
    attempt = Attempt(attempt_id, len(action.attempts), RUNNING, now_ms)
    retried = replace(action, attempts=(*action.attempts, attempt))
    return retried, _job_command(run, retried)


def merged_arguments(job: Job, overrides: Mapping[str, str], run: WorkflowRun) -> dict[str, str]:
    """A job run's arguments: the trigger's override the defaults, and nothing overrides NonOverridableArguments."""
    own = {"--WORKFLOW_NAME": run.name, "--WORKFLOW_RUN_ID": run.id}
    return {**job.default_arguments, **overrides, **job.non_overridable_arguments, **own}


def _running(runs: Runs, kind: str, name: str) -> int:
    wanted = (kind, name, RUNNING)
    return sum((action.kind, action.name, action.last.state) == wanted for run in runs for action in run.actions)


def _job_command(run: WorkflowRun, action: ActionRun) -> StartJobRun:
    attempt = action.last
    return StartJobRun(run.id, attempt.id, action.name, attempt.number, action.arguments, action.timeout_minutes)
