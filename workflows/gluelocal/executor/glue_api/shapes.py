"""The engine's state in the shapes of the Glue API; pure. Times are seconds since the epoch, as JSON has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gluelocal.cloud.wire.json_service import given
from gluelocal.engine.predicates import statistics
from gluelocal.engine.state import RUNNING, WAITING, ActionRun, Attempt, EngineState, WorkflowRun
from gluelocal.executor.jobs.log_groups import log_group_prefix
from gluelocal.model.graph import Node, edges, nodes
from gluelocal.model.model import DPU_OF_WORKER, Action, Condition, Crawler, Job, Model, Trigger

Shape = dict[str, Any]

CRAWLER_LOGS = "/aws-glue/crawlers"
_LOCAL_WORKERS = 2
"""The DPU value of every run and crawl: this machine doesn't measure it."""
_HISTORY = {RUNNING: RUNNING, "SUCCEEDED": "COMPLETED", "FAILED": "FAILED", "CANCELLED": "STOPPED"}
"""Crawl states as CrawlerHistory names them."""


def workflow_run(model: Model, run: WorkflowRun, include_graph: bool) -> Shape:
    """A WorkflowRun."""
    cause = run.starting_event_batch_condition
    batch = {"BatchSize": cause.batch_size, "BatchWindow": cause.batch_window_s} if cause else {}
    return given(
        Name=run.name,
        WorkflowRunId=run.id,
        WorkflowRunProperties=dict(run.properties),
        StartedOn=run.started_ms / 1000,
        CompletedOn=_seconds(run.ended_ms),
        Status=run.status,
        ErrorMessage=run.error or None,
        Statistics=statistics(run),
        StartingEventBatchCondition=given(**batch) or None,
        Graph=graph(model, run.name, run.triggers, run.actions) if include_graph else None,
    )


def graph(model: Model, name: str, triggers: tuple[Trigger, ...], actions: Iterable[ActionRun] = ()) -> Shape:
    """The Graph of some triggers of a workflow, with the state of the nodes that a run has started."""
    done = {(action.trigger_name, action.position): action for action in actions}
    return {
        "Nodes": [_node(model, node, triggers, done) for node in nodes(name, triggers)],
        "Edges": [{"SourceId": source, "DestinationId": target} for source, target in edges(name, triggers)],
    }


def job_defaults(job: Job) -> Shape:
    """Members that a Job always has, given or not."""
    return {
        "GlueVersion": job.glue_version,
        "Timeout": job.timeout_minutes,
        "MaxRetries": job.max_retries,
        "ExecutionProperty": {"MaxConcurrentRuns": job.max_concurrent_runs},
        "JobRunQueuingEnabled": job.job_run_queuing,
    }


def job_runs(model: Model, state: EngineState, job_name: str) -> list[Shape]:
    """Every attempt of a job, the newest first."""
    found = sorted(_attempts(state, "JOB", job_name), key=lambda pair: pair[1].started_ms)
    return [_job_run(model, action, attempt) for action, attempt in reversed(found)]


def crawls(state: EngineState, crawler_name: str) -> list[Attempt]:
    """Every crawl of a crawler, the newest first."""
    return sorted((a for _, a in _attempts(state, "CRAWLER", crawler_name)), key=lambda a: a.started_ms, reverse=True)


def crawl_history(crawler_name: str, attempt: Attempt) -> Shape:
    """A CrawlerHistory."""
    return given(
        CrawlId=attempt.id,
        State=_HISTORY[attempt.state],
        StartTime=attempt.started_ms / 1000,
        EndTime=_seconds(attempt.ended_ms),
        ErrorMessage=attempt.error or None,
        LogGroup=CRAWLER_LOGS,
        LogStream=crawler_name,
        DPUHour=None if attempt.ended_ms is None else _took_ms(attempt) * _LOCAL_WORKERS / 3_600_000,
    )


def crawler_state(state: EngineState, crawler: Crawler, now_ms: int) -> Shape:
    """Members of a Crawler about its crawls."""
    done = crawls(state, crawler.name)
    running = next((attempt for attempt in done if attempt.state == RUNNING), None)
    last = next((attempt for attempt in done if attempt.state != RUNNING), None)
    shape: Shape = {"State": "READY", "CrawlElapsedTime": 0}
    if running:
        shape = {
            "State": "STOPPING" if running.stopping else RUNNING,
            "CrawlElapsedTime": now_ms - running.started_ms,
        }
    if last:
        shape["LastCrawl"] = given(
            Status=last.state,
            ErrorMessage=last.error or None,
            LogGroup=CRAWLER_LOGS,
            LogStream=crawler.name,
            MessagePrefix=last.id,
            StartTime=last.started_ms / 1000,
        )
    return shape


def _attempts(state: EngineState, kind: str, name: str) -> Iterator[tuple[ActionRun, Attempt]]:
    ran = [action for run in state.runs for action in run.actions]
    for action in [*ran, *state.alone]:
        if (action.kind, action.name) == (kind, name):
            yield from ((action, attempt) for attempt in action.attempts if not attempt.refused)


def _job_run(model: Model, action: ActionRun, attempt: Attempt) -> Shape:
    job = model.jobs.get(action.name)
    earlier = action.attempts[attempt.number - 1].id if attempt.number else None
    ended_ms = attempt.ended_ms
    return given(
        Id=attempt.id,
        Attempt=attempt.number,
        PreviousRunId=earlier,
        TriggerName=action.trigger_name or None,
        JobName=action.name,
        StartedOn=attempt.started_ms / 1000,
        LastModifiedOn=(attempt.started_ms if ended_ms is None else ended_ms) / 1000,
        CompletedOn=_seconds(ended_ms),
        JobRunState="STOPPING" if attempt.stopping and attempt.state == RUNNING else attempt.state,
        StateDetail="Max concurrent job runs per job exceeded" if attempt.state == WAITING else None,
        Arguments=dict(action.arguments),
        ErrorMessage=attempt.error or None,
        ExecutionTime=0 if ended_ms is None else _took_s(attempt),
        Timeout=action.timeout_minutes or None,
        LogGroupName=log_group_prefix(job, action.arguments) or None if job else None,
        GlueVersion=job.glue_version if job else None,
        **(_capacity(job, action, attempt) if job else {}),
    )


def _capacity(job: Job, action: ActionRun, attempt: Attempt) -> Shape:
    """The DPU that a run may take. If it scales, also what it took: here always a driver and one executor."""
    scales = job.execution_class == "FLEX" or action.arguments.get("--enable-auto-scaling") == "true"
    used = None
    if job.command == "glueetl" and scales and attempt.ended_ms is not None:
        used = float(_took_s(attempt) * _LOCAL_WORKERS * DPU_OF_WORKER.get(job.worker_type, 1))
    return {
        "MaxCapacity": job.capacity,
        "WorkerType": job.worker_type or None,
        "NumberOfWorkers": job.number_of_workers or None,
        "ExecutionClass": job.execution_class if job.command == "glueetl" else None,
        "DPUSeconds": used,
    }


def _took_ms(attempt: Attempt) -> int:
    """Milliseconds of an attempt that has ended."""
    return (attempt.ended_ms or attempt.started_ms) - attempt.started_ms


def _took_s(attempt: Attempt) -> int:
    return _took_ms(attempt) // 1000


def _crawl(name: str, attempt: Attempt) -> Shape:
    return given(
        State="CANCELLING" if attempt.stopping and attempt.state == RUNNING else attempt.state,
        StartedOn=attempt.started_ms / 1000,
        CompletedOn=_seconds(attempt.ended_ms),
        ErrorMessage=attempt.error or None,
        LogGroup=CRAWLER_LOGS,
        LogStream=name,
    )


def _node(model: Model, node: Node, triggers: Iterable[Trigger], done: Mapping[tuple[str, int], ActionRun]) -> Shape:
    shape: Shape = {"Type": node.type, "Name": node.name, "UniqueId": node.id}
    action = done.get((node.trigger_name, node.position))
    if node.type == "TRIGGER":
        trigger = next(trigger for trigger in triggers if trigger.name == node.trigger_name)
        shape["TriggerDetails"] = {"Trigger": _trigger(trigger)}
    elif node.type == "JOB":
        runs = [_job_run(model, action, attempt) for attempt in action.attempts] if action else []
        shape["JobDetails"] = {"JobRuns": runs}
    else:
        shape["CrawlerDetails"] = {"Crawls": [_crawl(node.name, one) for one in action.attempts] if action else []}
    return shape


def _trigger(trigger: Trigger) -> Shape:
    batching, predicate = trigger.event_batching_condition, trigger.predicate
    return given(
        Name=trigger.name,
        WorkflowName=trigger.workflow_name or None,
        Type=trigger.type,
        State=trigger.state,
        Schedule=trigger.schedule or None,
        Actions=[_action(action) for action in trigger.actions],
        Predicate={"Logical": predicate.logical, "Conditions": [*map(_condition, predicate.conditions)]}
        if predicate
        else None,
        EventBatchingCondition=(
            {"BatchSize": batching.batch_size, "BatchWindow": batching.batch_window_s} if batching else None
        ),
    )


def _action(action: Action) -> Shape:
    return given(
        JobName=action.job_name or None,
        CrawlerName=action.crawler_name or None,
        Arguments=dict(action.arguments) or None,
        Timeout=action.timeout_minutes,
    )


def _condition(condition: Condition) -> Shape:
    return given(
        LogicalOperator=condition.logical_operator,
        JobName=condition.job_name or None,
        State=condition.state or None,
        CrawlerName=condition.crawler_name or None,
        CrawlState=condition.crawl_state or None,
    )


def _seconds(at_ms: int | None) -> float | None:
    return None if at_ms is None else at_ms / 1000
