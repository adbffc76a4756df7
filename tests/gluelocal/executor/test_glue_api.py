"""Refused calls of the Glue API, and calls about things that no template has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.gluelocal.glue_accounts import GlueAccount, crawler, job, trigger, workflow

from gluelocal.engine.events import StartRequested
from gluelocal.engine.state import GlueError
from gluelocal.executor.jobs.log_groups import JobLogGroups
from gluelocal.executor.scheduler import Scheduler
from gluelocal.model.model import ScheduledCall
from gluelocal.settable_clock import SettableClock

pytestmark = pytest.mark.local


@pytest.fixture
def account(tmp_path: Path) -> Iterator[GlueAccount]:
    resources = {
        **workflow(),
        **job("a"),
        **crawler("crawl-x"),
        **trigger("first", "EVENT", "a", EventBatchingCondition={"BatchSize": 2, "BatchWindow": 60}),
    }
    with GlueAccount(tmp_path, resources) as one:
        yield one


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("get_workflow_run", {"Name": "flow", "RunId": "wr_0"}, "EntityNotFoundException"),
        ("get_workflow_runs", {"Name": "none"}, "EntityNotFoundException"),
        ("start_workflow_run", {"Name": "none"}, "EntityNotFoundException"),
        ("stop_workflow_run", {"Name": "flow", "RunId": "wr_0"}, "EntityNotFoundException"),
        ("get_job_runs", {"JobName": "none"}, "EntityNotFoundException"),
        ("get_job_runs", {"JobName": "a", "NextToken": "x"}, "InvalidInputException"),
        ("start_job_run", {"JobName": "none"}, "EntityNotFoundException"),
        ("start_crawler", {"Name": "none"}, "EntityNotFoundException"),
        ("stop_crawler", {"Name": "none"}, "EntityNotFoundException"),
        ("get_crawler", {"Name": "none"}, "EntityNotFoundException"),
        ("get_workflow", {"Name": "none"}, "EntityNotFoundException"),
    ],
)
def test_what_is_refused(account: GlueAccount, operation: str, request_: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(account.glue, operation)(**request_)
    assert caught.value.response["Error"]["Code"] == code


def test_a_workflow_and_a_crawler_before_their_first_run(account: GlueAccount) -> None:
    assert "LastRun" not in account.glue.get_workflow(Name="flow")["Workflow"]
    assert "LastCrawl" not in account.glue.get_crawler(Name="crawl-x")["Crawler"]
    assert account.glue.get_workflow_runs(Name="flow").get("Runs", []) == []


def test_crawlers_that_were_made_through_the_api_are_reported_as_moto_describes_them(account: GlueAccount) -> None:
    account.glue.create_crawler(Name="own", Role="r", DatabaseName="d", Targets={"S3Targets": [{"Path": "s3://b/"}]})
    assert [one["Name"] for one in account.glue.get_crawlers(MaxResults=1)["Crawlers"]] == ["crawl-x"]
    assert account.glue.get_crawler(Name="own")["Crawler"]["State"] == "READY"


def test_the_graph_describes_a_trigger_as_it_was_made(account: GlueAccount) -> None:
    node = account.glue.get_workflow(Name="flow", IncludeGraph=True)["Workflow"]["Graph"]["Nodes"][0]
    reported = node["TriggerDetails"]["Trigger"]
    assert reported["EventBatchingCondition"] == {"BatchSize": 2, "BatchWindow": 60}
    assert (reported["State"], reported["Actions"]) == ("CREATED", [{"JobName": "a"}])


def test_a_call_while_the_runtime_stops_is_refused(account: GlueAccount) -> None:
    account.glue.start_job_run(JobName="a")
    account.glue.start_crawler(Name="crawl-x")
    account.runtime.poll()
    account.crawls["crawl-x"] = ""
    account.runtime.stop()
    with pytest.raises(GlueError, match="OperationTimeoutException"):
        account.runtime.call(StartRequested("flow", 1))
    with pytest.raises(account.glue.exceptions.OperationTimeoutException):
        account.glue.delete_trigger(Name="first")
    assert account.runtime.idle
    assert [one.last.state for one in account.runtime.state.alone] == ["STOPPED", "CANCELLED"]


def test_a_call_is_decided_at_once_and_executed_by_the_loop(account: GlueAccount) -> None:
    run_id = account.glue.start_workflow_run(Name="flow")["RunId"]
    account.glue.stop_workflow_run(Name="flow", RunId=run_id)
    assert not account.runtime.idle
    account.runtime.poll()  # starts the job, and stops it
    account.runtime.poll()
    assert account.run(run_id)["Status"] == "STOPPED"
    assert account.states(run_id) == {"a": "STOPPED"}


def test_a_target_that_nothing_here_can_call_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    clock = SettableClock(0)
    call = ScheduledCall("tick", "rate(1 minute)", "arn:aws:lambda:us-east-1:123456789012:function:f")
    scheduler = Scheduler([call], lambda service: service, clock.now_ms)
    clock.advance(60)
    scheduler.fire_due()
    assert "is not a target that is known here" in caplog.text


def test_a_log_that_can_not_be_put_is_reported_and_harms_nothing(
    account: GlueAccount, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):  # the second stream has the name of the first
        groups = JobLogGroups(account.aws.client, "/aws-glue/python-jobs", "jr_1", account.clock.now_ms)
        groups.add("output", [b"hello"])
        groups.put(now=True)
        groups.add("output", [b"more"])
        groups.put(now=True)
    assert caplog.text.count("the log of jr_1 could not be put into /aws-glue/python-jobs/output") == 1
