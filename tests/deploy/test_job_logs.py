"""The retention of the log groups that Glue's jobs share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake.aws.system_clock import SystemClock
from loglake_cli.deploy.job_logs import JOB_LOG_GROUPS, KEPT_DAYS, limit_job_logs

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

pytestmark = pytest.mark.infra

OUTPUT, ERROR = JOB_LOG_GROUPS[:2]


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(SystemClock()) as made:
        yield made


@pytest.fixture
def logs(aws: EmbeddedAws) -> Iterator[CloudWatchLogsClient]:
    client: CloudWatchLogsClient = aws.client("logs")
    yield client
    for name in retentions(client):
        client.delete_log_group(logGroupName=name)


def retentions(logs: CloudWatchLogsClient) -> dict[str, int]:
    """The retention of all log groups; 0 means none."""
    pages = logs.get_paginator("describe_log_groups").paginate()
    return {group["logGroupName"]: group.get("retentionInDays", 0) for page in pages for group in page["logGroups"]}


def test_a_new_account_gets_the_groups_with_a_retention(logs: CloudWatchLogsClient) -> None:
    said = limit_job_logs(logs)
    assert retentions(logs) == dict.fromkeys(JOB_LOG_GROUPS, KEPT_DAYS)
    assert said[0] == f"{OUTPUT} is new, and keeps its events for 90 days from now on."


def test_only_a_group_without_a_retention_gets_one(logs: CloudWatchLogsClient) -> None:
    for name in (OUTPUT, ERROR, f"{OUTPUT}-of-others"):
        logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName=ERROR, retentionInDays=365)
    said = limit_job_logs(logs, days=30)
    assert said[:2] == [
        f"{OUTPUT} keeps its events for 30 days from now on.",
        f"{ERROR} keeps its events for 365 days already.",
    ]
    found = retentions(logs)
    assert (found[OUTPUT], found[ERROR], found[f"{OUTPUT}-of-others"]) == (30, 365, 0)


def test_a_second_time_changes_nothing(logs: CloudWatchLogsClient) -> None:
    limit_job_logs(logs, days=30)
    assert limit_job_logs(logs, days=60)[0] == f"{OUTPUT} keeps its events for 30 days already."
