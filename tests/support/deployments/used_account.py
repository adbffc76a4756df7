"""An account with a deployment ``lake`` that ran for a while, as AWS's APIs would report it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.units import EpochMs, LogGroupName, to_ms
from loglake.core.windows import Window
from loglake_cli.operations.cost.actual import Usage, used
from support.aws.answering_clients import Answer, AnsweringClients
from support.worlds.ledger_rows import ledger_row

NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
NOW_MS = to_ms(NOW)
LONG_AGO = NOW - timedelta(days=80)
SHOP, WEB = LogGroupName("/app/shop"), LogGroupName("/app/web")
HOUR = Window(EpochMs(0), EpochMs(3_600_000))
IDLE, BUSY = {"WindowsPlanned": 0, "WindowsExported": 0, "SettledAge": 90_000}, {"WindowsExported": 3}


def before(**time: float) -> datetime:
    return NOW - timedelta(**time)


def before_ms(**time: float) -> EpochMs:
    return to_ms(before(**time))


def job_run(number: int, job: str, started: datetime, **more: Any) -> dict[str, Any]:
    """A job run of GetJobRuns, of the workflow run `number`."""
    return {
        "Id": f"jr_{number}{job}",
        "JobName": f"lake-{job}-logs",
        "TriggerName": "lake-log-export-wake",
        "StartedOn": started,
        "CompletedOn": started + timedelta(seconds=90),
        "JobRunState": "SUCCEEDED",
        "Arguments": {"--WORKFLOW_NAME": "lake-log-export", "--WORKFLOW_RUN_ID": f"wr_{number}"},
        "ExecutionTime": 90,
        **more,
    }


def export_run(number: int, started: datetime, **more: Any) -> dict[str, Any]:
    return job_run(number, "export", started, **{"MaxCapacity": 0.0625, **more})


def convert_run(number: int, started: datetime, **more: Any) -> dict[str, Any]:
    return job_run(number, "convert", started, **{"MaxCapacity": 5.0, "DPUSeconds": 180.0, **more})


def workflow_run(number: int, started: datetime, **reports: Any) -> dict[str, Any]:
    """A run of GetWorkflowRuns; `reports` are the numbers that a job noted, by the job."""
    noted = {
        f"loglake:{job}": report if isinstance(report, str) else json.dumps({"outcome": "ok", "numbers": report})
        for job, report in reports.items()
    }
    return {
        "Name": "lake-log-export",
        "WorkflowRunId": f"wr_{number}",
        "StartedOn": started,
        "CompletedOn": started + timedelta(minutes=5),
        "WorkflowRunProperties": noted,
    }


def crawl(started: datetime, seconds: int, **more: Any) -> dict[str, Any]:
    return {
        "CrawlId": "c",
        "State": "COMPLETED",
        "StartTime": started,
        "EndTime": started + timedelta(seconds=seconds),
        **more,
    }


def paged(member: str, *pages: list[Any]) -> Answer:
    """An answer of several pages."""

    def answer(request: Mapping[str, Any]) -> dict[str, Any]:
        at = int(request.get("NextToken", 0))
        token = {"NextToken": str(at + 1)} if at + 1 < len(pages) else {}
        return {member: pages[at], **token}

    return answer


def _runs_of(request: Mapping[str, Any]) -> Answer:
    started = before(hours=3), before(hours=2), before(hours=1)
    if request["JobName"] == "lake-export-logs":
        return paged(
            "JobRuns",
            [export_run(3, started[2]), export_run(2, started[1])],
            [export_run(1, started[0], ExecutionTime=20), export_run(0, LONG_AGO)],
        )
    flex = {"ExecutionClass": "FLEX"}
    return paged("JobRuns", [convert_run(3, started[2]), convert_run(2, started[1], **flex), convert_run(0, LONG_AGO)])


def _workflow_runs(request: Mapping[str, Any]) -> dict[str, Any]:
    if request["Name"] != "lake-log-export":
        return {}
    idle_convert = {"WindowsConverted": 0, "EventsIn": 0, "OldestPendingAge": 0}
    return {
        "Runs": [
            workflow_run(3, before(hours=1), export=IDLE, convert=idle_convert),
            workflow_run(2, before(hours=2), export=BUSY, convert={"EventsIn": 5}),
            workflow_run(1, before(hours=3), export='{"outcome": "failed", "error": "no"}'),
        ]
    }


def _statistics(request: Mapping[str, Any]) -> dict[str, Any]:
    of = {each["Name"]: each["Value"] for each in request["Dimensions"]}
    if of.get("BucketName") == "lake-raw-123456789012-eu-central-1" and of["StorageType"] == "StandardStorage":
        points = [{"Timestamp": before(days=1), "Average": 50e9}, {"Timestamp": before(days=2), "Average": 40e9}]
        return {"Datapoints": points}
    if request["MetricName"] == "ConsumedWriteCapacityUnits":
        return {"Datapoints": [{"Timestamp": before(days=day), "Sum": 1e6} for day in (1, 2)]}
    if of.get("DeliveryStreamName") == "lake-landing":
        return {"Datapoints": [{"Timestamp": before(days=day), "Sum": 5e9} for day in (1, 2)]}
    return {"Datapoints": []}


def _queries(request: Mapping[str, Any]) -> dict[str, Any]:
    sizes, sent = {"q1": 2_000_000_000_000, "q2": 1_000, "q3": 0}, {"old": LONG_AGO}
    return {
        "QueryExecutions": [
            {
                "QueryExecutionId": each,
                "Status": {"State": "SUCCEEDED", "SubmissionDateTime": sent.get(each, before(days=1))},
                "Statistics": {"DataScannedInBytes": sizes.get(each, 7)},
            }
            for each in request["QueryExecutionIds"]
        ]
    }


def used_account() -> AnsweringClients:
    """An account with changeable responses, in `answers`."""
    crawls = [crawl(before(hours=2), 120, DPUHour=0.1), crawl(before(days=1), 900, DPUHour=0.5)]
    watched = [{"Id": "a", "MetricStat": {"Metric": {}, "Period": 60, "Stat": "Sum"}}, {"Id": "b", "Expression": "a"}]
    metric = {"Namespace": "loglake", "MetricName": "RunsOk"}
    answers: dict[tuple[str, str], Answer] = {
        ("sts", "GetCallerIdentity"): lambda _: {"Account": "123456789012"},
        ("glue", "GetJobRuns"): lambda request: _runs_of(request)(request),
        ("glue", "GetWorkflowRuns"): _workflow_runs,
        ("glue", "ListCrawls"): paged("Crawls", [crawls[0]], [crawls[1]], [crawl(LONG_AGO, 60, DPUHour=9)]),
        ("athena", "ListWorkGroups"): paged("WorkGroups", [{"Name": "primary"}], [{"Name": "lake"}]),
        ("athena", "ListQueryExecutions"): paged("QueryExecutionIds", ["q1", "q2"], ["q3"], ["old"]),
        ("athena", "BatchGetQueryExecution"): _queries,
        ("cloudwatch", "GetMetricStatistics"): _statistics,
        ("cloudwatch", "ListMetrics"): paged(
            "Metrics",
            [{**metric, "Dimensions": [{"Name": "Workflow", "Value": "lake-log-export"}]}],
            [
                {**metric, "Dimensions": [{"Name": "Workflow", "Value": "lake-log-landing"}]},
                {**metric, "Dimensions": [{"Name": "Workflow", "Value": "other-log-export"}]},
            ],
        ),
        ("cloudwatch", "DescribeAlarms"): paged(
            "MetricAlarms", [{"AlarmName": "lake-a", "MetricName": "m"}], [{"AlarmName": "lake-b", "Metrics": watched}]
        ),
        ("cloudwatch", "ListDashboards"): paged("DashboardEntries", [{"DashboardName": "lake"}]),
    }
    return AnsweringClients(answers)


def row(group: LogGroupName, gb: float, hour: int = 0, **more: Any) -> LedgerRow:
    """A window that was converted an hour ago, with a given amount of text."""
    counts = Accounting(events_in=10, rows_out=10, text_bytes=int(gb * 1e9))
    window = Window(EpochMs(hour * 3_600_000), EpochMs((hour + 1) * 3_600_000))
    values = {"accounting": counts, "task_id": "t", "updated_at_ms": before_ms(hours=1), **more}
    return ledger_row(group, window, "app", WindowState.CONVERTED, **values)


ROWS = [row(SHOP, 3), row(WEB, 1)]


def usage(account: AnsweringClients, rows: Iterable[LedgerRow] = ROWS, days: int = 30) -> Usage:
    """The usage of the deployment ``lake``."""
    return used(account, "lake", days=days, now_ms=NOW_MS, rows=lambda: rows)
