"""The log groups that all Glue jobs of an account share, whoever owns the jobs.

No stack owns them: a template with these groups would fail if they already exist, and deleting its stack would delete
other jobs' logs. A retention deletes other teams' events, too, so they get one only if the settings file asks for it
(`shared_log_days`).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from loglake.errors import AlreadyExistsError
from loglake_cli.deploy.calls import call, pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_logs import CloudWatchLogsClient

SHARED_LOG_GROUPS = ("/aws-glue/crawlers", "/aws-glue/python-jobs/error", "/aws-glue/python-jobs/output")
"""Those to which export-logs and the crawler write. A Spark job can have log groups of its own, and ours has."""

JOB_LOG_GROUPS = (
    "/aws-glue/jobs/output",
    "/aws-glue/jobs/error",
    "/aws-glue/jobs/logs-v2",  # of continuous logging before Glue 5.0
    *SHARED_LOG_GROUPS,
)
"""Those of all kinds of jobs."""


def kept_forever(logs: CloudWatchLogsClient) -> tuple[str, ...]:
    """The shared log groups without a retention. Missing ones count, because Glue makes them without one."""
    found = pages(logs, "describe_log_groups", "*", logGroupNamePrefix="/aws-glue/")
    limited = {group["logGroupName"] for page in found for group in page["logGroups"] if group.get("retentionInDays")}
    return tuple(name for name in SHARED_LOG_GROUPS if name not in limited)


def keep_for(logs: CloudWatchLogsClient, names: Iterable[str], days: int) -> None:
    """Sets the retention of log groups, and creates missing ones.

    Args:
        logs: a client of the account and Region.
        names: of the log groups.
        days: one of the numbers that PutRetentionPolicy takes.
    """
    for name in names:
        with suppress(AlreadyExistsError):
            call(logs, "create_log_group", name, logGroupName=name)
        call(logs, "put_retention_policy", name, logGroupName=name, retentionInDays=days)
