"""The use of job runs and crawls, from Glue, and which runs did nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from loglake.core.run.outcome import CONVERT, EXPORT
from loglake.core.units import EpochMs, to_ms
from loglake_cli.deploy.calls import call, pages
from loglake_cli.operations.jobs import JOB_SUFFIXES

WORKFLOWS = ("log-export", "log-landing", "log-catalog")
"""The workflows of a deployment, behind its prefix (workflows/log_lake.yaml)."""

ELSEWHERE = "by hand"
"""The workflow of runs that no workflow started."""

_DID = (
    "WindowsPlanned",
    "WindowsExported",
    "WindowsConverted",
    "WindowsFailed",
    "WindowsRetriedEmpty",
    "RequestsRejected",
    "EventsIn",
    "FilesCompacted",
)
"""Numbers of a run's report: if all are 0, the run did nothing."""


@dataclass(frozen=True)
class Use:
    """The use of one job run or crawl.

    Attributes:
        job: `EXPORT`, `CONVERT` or ``crawl``.
        workflow: what started it: one of `WORKFLOWS`, or `ELSEWHERE`.
        dpu_hours: that are billed.
        flex: whether it is billed as FLEX.
        idle: whether it did nothing; None if it noted nothing.
        at_most: Glue does not say the use, so this is an upper bound.
    """

    job: str
    workflow: str
    dpu_hours: float
    flex: bool = False
    idle: bool | None = None
    at_most: bool = False

    def usd(self, a: Mapping[str, float]) -> float:
        """Its cost."""
        return self.dpu_hours * a["flex_dpu_hour" if self.flex else "dpu_hour"]


def used_by_jobs(glue: Any, prefix: str, since_ms: EpochMs, a: Mapping[str, float]) -> Iterator[Use]:
    """The use of both jobs' runs that started since a time.

    Raises:
        AccessDeniedError: Glue may not be asked.
    """
    reports = {name: _reports(glue, f"{prefix}-{name}", since_ms) for name in WORKFLOWS[:2]}
    for job in (EXPORT, CONVERT):
        name = f"{prefix}{JOB_SUFFIXES[job]}"
        for run in _since(pages(glue, "get_job_runs", name, JobName=name), "JobRuns", "StartedOn", since_ms):
            if "CompletedOn" in run and run["JobRunState"] != "WAITING":
                yield _use(job, run, prefix, reports, a)


def used_by_crawls(glue: Any, prefix: str, since_ms: EpochMs, a: Mapping[str, float]) -> list[Use]:
    """The use of crawls that started since a time: each is billed for ten minutes at least.

    Raises:
        AccessDeniedError: Glue may not be asked.
    """
    crawler = f"{prefix}-crawl-lake"
    crawls = _since(
        token_pages(glue, "list_crawls", crawler, CrawlerName=crawler, MaxResults=1000), "Crawls", "StartTime", since_ms
    )
    return [_crawl_use(crawl, a) for crawl in crawls if "EndTime" in crawl]


def token_pages(client: Any, operation: str, resource: str, **parameters: Any) -> Iterator[Any]:
    """All pages of an operation for which boto3 has no paginator."""
    token: dict[str, str] = {}
    while True:
        page = call(client, operation, resource, **parameters, **token)
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _since(found: Iterator[Any], member: str, started: str, since_ms: EpochMs) -> Iterator[Mapping[str, Any]]:
    """What started since a time. Glue lists the newest first, so the first page with older ones is the last."""
    for page in found:
        items = page.get(member, [])
        mine = [item for item in items if started in item and to_ms(item[started]) >= since_ms]
        yield from mine
        if items and not mine:
            return


Report = tuple[EpochMs, EpochMs | None, Mapping[str, Any]]
"""When a workflow run started and ended, and its properties."""


def _reports(glue: Any, workflow: str, since_ms: EpochMs) -> dict[str, Report]:
    """The notes of the workflow runs, by their ids."""
    return {
        run["WorkflowRunId"]: (
            to_ms(run["StartedOn"]),
            to_ms(run["CompletedOn"]) if "CompletedOn" in run else None,
            run.get("WorkflowRunProperties", {}),
        )
        for run in _since(pages(glue, "get_workflow_runs", workflow, Name=workflow), "Runs", "StartedOn", since_ms)
    }


def _use(
    job: str,
    run: Mapping[str, Any],
    prefix: str,
    reports: Mapping[str, Mapping[str, Report]],
    a: Mapping[str, float],
) -> Use:
    capacity, seconds = float(run.get("MaxCapacity", a["shell_dpu"])), float(run.get("ExecutionTime", 0))
    used = run.get("DPUSeconds", max(seconds, a["job_minimum"]) * capacity)
    workflow = _workflow(run, prefix)
    return Use(
        job,
        workflow,
        float(used) / 3600,
        flex=run.get("ExecutionClass") == "FLEX",
        idle=_idle(job, run, reports.get(workflow, {})),
        at_most="DPUSeconds" not in run and job == CONVERT,
    )


def _workflow(run: Mapping[str, Any], prefix: str) -> str:
    """The triggers of a workflow are named after it, and a job gets the workflow's name as an argument."""
    named = run.get("Arguments", {}).get("--WORKFLOW_NAME", "")
    trigger = run.get("TriggerName", "")
    ways = (name for name in WORKFLOWS if named == f"{prefix}-{name}" or trigger.startswith(f"{prefix}-{name}-"))
    return next(ways, ELSEWHERE)


def _idle(job: str, run: Mapping[str, Any], reports: Mapping[str, Report]) -> bool | None:
    """By what the run noted as a property of its workflow run (`loglake:export`, `loglake:convert`)."""
    noted = _report_of(run, reports).get(f"loglake:{job}")
    if not noted:
        return None
    try:
        report = json.loads(noted)
        numbers: Mapping[str, Any] = report["numbers"] if report["outcome"] == "ok" else {"WindowsFailed": 1}
    except (ValueError, KeyError, TypeError):
        return None
    return not any(numbers.get(name) for name in _DID)


def _report_of(run: Mapping[str, Any], reports: Mapping[str, Report]) -> Mapping[str, Any]:
    """The properties of the workflow run that a job run belongs to: by its id, else by the time."""
    by_id = reports.get(run.get("Arguments", {}).get("--WORKFLOW_RUN_ID", ""))
    if by_id:
        return by_id[2]
    started = to_ms(run["StartedOn"])
    around = [each for each in reports.values() if each[0] <= started and (each[1] is None or started <= each[1])]
    return around[0][2] if len(around) == 1 else {}


def _crawl_use(crawl: Mapping[str, Any], a: Mapping[str, float]) -> Use:
    hours = (to_ms(crawl["EndTime"]) - to_ms(crawl["StartTime"])) / 3_600_000
    least = a["crawl_minutes"] / 60
    used = crawl.get("DPUHour")
    if used is None:
        return Use("crawl", WORKFLOWS[2], max(hours, least) * a["crawl_dpu"], at_most=True)
    return Use("crawl", WORKFLOWS[2], float(used) * least / hours if 0 < hours < least else float(used))
