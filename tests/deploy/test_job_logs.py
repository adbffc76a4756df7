"""The retention of the log groups that all Glue jobs of an account share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake.aws.system_clock import SystemClock
from loglake_cli.deploy.job_logs import SHARED_LOG_GROUPS, keep_for, kept_forever

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

pytestmark = pytest.mark.infra

CRAWLERS, ERROR, OUTPUT = SHARED_LOG_GROUPS


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


def test_in_a_new_account_all_of_them_would_be_kept_forever(logs: CloudWatchLogsClient) -> None:
    assert kept_forever(logs) == SHARED_LOG_GROUPS
    keep_for(logs, kept_forever(logs), 90)
    assert retentions(logs) == dict.fromkeys(SHARED_LOG_GROUPS, 90)
    assert kept_forever(logs) == ()


def test_a_retention_that_somebody_chose_stays_and_so_do_log_groups_of_others(logs: CloudWatchLogsClient) -> None:
    for name in (OUTPUT, ERROR, f"{OUTPUT}-of-others", "/aws-glue/jobs/output"):
        logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName=ERROR, retentionInDays=365)
    keep_for(logs, kept_forever(logs), 30)
    assert retentions(logs) == {
        OUTPUT: 30,
        CRAWLERS: 30,
        ERROR: 365,
        f"{OUTPUT}-of-others": 0,
        "/aws-glue/jobs/output": 0,
    }
