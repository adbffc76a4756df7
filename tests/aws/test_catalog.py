"""Whether a crawl follows a run, and what the catalog has, from what Glue tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from loglake.aws.catalog import GlueCatalog
from loglake.config import ConvertConfig, WorkflowRun
from loglake.core.catalog_gaps import Missing
from loglake.errors import AccessDeniedError

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
CONFIG = ConvertConfig(
    "c", "r", "t", "s3://x/y", "jr_own", 60, "lake", "convert-logs", 60, 0.01, WorkflowRun("log-export", "wr_1")
)


@pytest.fixture
def glue() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client("glue", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()
    client.close()


def crawler(stubber: Stubber, state: str = "READY", last: str = "SUCCEEDED", began: datetime | None = NOON) -> None:
    reported = {"LastCrawl": {"Status": last, "StartTime": began}} if began else {}
    stubber.add_response(
        "get_crawler", {"Crawler": {"Name": "x", "State": state, **reported}}, {"Name": CONFIG.crawler}
    )


def runs(stubber: Stubber, *others: tuple[str, datetime | None]) -> None:
    own = {"Id": "jr_own", "JobRunState": "RUNNING"}
    reported = [
        {"Id": f"jr_{number}", "JobRunState": state, **({"CompletedOn": ended} if ended else {})}
        for number, (state, ended) in enumerate(others)
    ]
    stubber.add_response("get_job_runs", {"JobRuns": [own, *reported]}, {"JobName": "convert-logs", "MaxResults": 25})


def follows(glue: tuple[Any, Stubber]) -> bool:
    return GlueCatalog(glue[0], CONFIG).crawl_follows()


def test_a_run_that_is_alone_is_followed_by_its_crawl(glue: tuple[Any, Stubber]) -> None:
    crawler(glue[1], began=None)
    runs(glue[1])
    assert follows(glue)
    crawler(glue[1])
    runs(glue[1], ("SUCCEEDED", NOON - timedelta(seconds=5)), ("FAILED", NOON - timedelta(hours=1)))
    assert follows(glue)


@pytest.mark.parametrize(
    "other",
    [("RUNNING", None), ("STARTING", None), ("SUCCEEDED", NOON + timedelta(seconds=1)), ("SUCCEEDED", None)],
)
def test_another_run_that_is_under_way_or_not_crawled_yet_may_be_in_the_way(
    glue: tuple[Any, Stubber], other: tuple[str, datetime | None]
) -> None:
    crawler(glue[1])
    runs(glue[1], other)
    assert not follows(glue)


@pytest.mark.parametrize(
    ("state", "last"),
    [("RUNNING", "SUCCEEDED"), ("STOPPING", "SUCCEEDED"), ("READY", "FAILED"), ("READY", "CANCELLED")],
)
def test_a_crawler_that_is_at_work_or_failed_is_not_relied_on(glue: tuple[Any, Stubber], state: str, last: str) -> None:
    crawler(glue[1], state, last)
    assert not follows(glue)


def test_outside_of_a_workflow_no_crawl_follows(glue: tuple[Any, Stubber]) -> None:
    assert not GlueCatalog(glue[0], replace(CONFIG, workflow=WorkflowRun())).crawl_follows()


def test_what_may_not_be_asked_is_named_by_its_action(glue: tuple[Any, Stubber]) -> None:
    glue[1].add_client_error("get_crawler", "AccessDeniedException", "no", 400)
    with pytest.raises(AccessDeniedError, match="glue:GetCrawler"):
        follows(glue)


def test_partitions_that_glue_did_not_get_to_are_asked_for_again_but_not_for_ever(glue: tuple[Any, Stubber]) -> None:
    client, stubber = glue
    keys = [{"Values": [day]} for day in ("1", "2", "3")]
    table = {"Table": {"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "n"}]}}}
    stubber.add_response("get_table", table)
    for asked, found, left in ((keys, keys[:1], keys[1:]), (keys[1:], keys[1:2], keys[2:]), (keys[2:], [], keys[2:])):
        answer = {"Partitions": found, "UnprocessedKeys": left}
        expected = {"DatabaseName": CONFIG.database, "TableName": "t", "PartitionsToGet": asked}
        stubber.add_response("batch_get_partition", answer, expected)
    asked_for = Missing(("dt=1", "dt=2", "dt=3"), ("n", "m"))
    assert GlueCatalog(client, CONFIG).missing("t", asked_for) == Missing(("dt=3",), ("m",))
