"""Sets how long the logs of the jobs are kept.

Glue writes them to log groups that all Glue jobs of an account share, so no stack owns these groups. A template with
these groups would fail if they already exist, and deleting its stack would delete other jobs' logs.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from loglake.errors import AlreadyExistsError
from loglake_cli.deploy.calls import call, pages

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

JOB_LOG_GROUPS = (
    "/aws-glue/jobs/output",
    "/aws-glue/jobs/error",
    "/aws-glue/jobs/logs-v2",  # of continuous logging, beside the two above
    "/aws-glue/python-jobs/output",
    "/aws-glue/python-jobs/error",
    "/aws-glue/crawlers",
)

KEPT_DAYS = 90
"""As long as Glue keeps the history of job runs. CloudWatch Logs keeps what has no retention forever, and bills it."""


def limit_job_logs(logs: CloudWatchLogsClient, days: int = KEPT_DAYS) -> list[str]:
    """Sets the retention of the job log groups that have none; creates missing log groups.

    A retention that somebody chose stays as it is. Doing it again changes nothing.

    Args:
        logs: a client of the account and Region.
        days: one of the numbers that PutRetentionPolicy takes.

    Returns:
        A sentence for each log group, about what was done.
    """
    return [_limit(logs, name, days) for name in JOB_LOG_GROUPS]


def _limit(logs: CloudWatchLogsClient, name: str, days: int) -> str:
    made = False
    found = _find(logs, name)
    if found is None:
        with suppress(AlreadyExistsError):  # a job was faster
            call(logs, "create_log_group", name, logGroupName=name)
            made = True
    elif found:
        return f"{name} keeps its events for {found} days already."
    call(logs, "put_retention_policy", name, logGroupName=name, retentionInDays=days)
    return f"{name} {'is new, and ' if made else ''}keeps its events for {days} days from now on."


def _find(logs: CloudWatchLogsClient, name: str) -> int | None:
    """The retention of a log group in days, 0 if it has none; None if there is no such group."""
    found = pages(logs, "describe_log_groups", name, logGroupNamePrefix=name)
    mine = (group for page in found for group in page["logGroups"] if group["logGroupName"] == name)
    return next((int(group.get("retentionInDays", 0)) for group in mine), None)
