"""The deployed roles, enforced: with one statement less each part fails and reports the missing permission."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from support.local.lacking_roles import enforcement, lacking, refused

from gluelocal.model.schedules import read_schedule
from gluelocal.settable_clock import SettableClock
from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake_cli.local.stack import LocalStack, StackSettings

pytestmark = pytest.mark.local

SHOP = LogGroupName("/app/shop")
HOUR_S = 3600
ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"}
REMOVED = ("TakeRequests", "WriteLake", "FindTheLake", "PutScheduledRequests")
CONVERT = """
import sys

import boto3

boto3.client("s3").put_object(Bucket=sys.argv[sys.argv.index("--lake_bucket") + 1], Key="staging/x", Body=b"x")
"""
"""In place of convert-logs, which would need a JVM to get that far."""


@pytest.fixture(scope="module")
def clock() -> SettableClock:
    return SettableClock(SystemClock().now_ms(), ticking=True)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, clock: SettableClock) -> Iterator[LocalStack]:
    """A stack with a schedule, in which each role lacks a statement."""
    folder = tmp_path_factory.mktemp("lacking")
    with pytest.MonkeyPatch.context() as monkeypatch:
        lacking(folder, monkeypatch, *REMOVED)
        parameters = {"ScheduleState": "ENABLED", "EventBatchWindowSeconds": "900"}
        settings = StackSettings(folder / "logs", parameters, enforce_iam=True)
        with LocalStack(Datasets.for_groups([SHOP]), settings, clock) as made:
            yield made


def job_error(stack: LocalStack, name: str) -> str:
    """Runs a job by itself, which must fail, and returns its error."""
    glue = stack.client("glue")
    run_id = glue.start_job_run(JobName=name)["JobRunId"]
    deadline = time.monotonic() + 60
    while (run := glue.get_job_run(JobName=name, RunId=run_id)["JobRun"])["JobRunState"] not in ENDED:
        assert time.monotonic() < deadline
        stack.runtime.poll(0.05)
    assert run["JobRunState"] == "FAILED"
    return str(run["ErrorMessage"])


def test_export_logs(stack: LocalStack) -> None:
    control = stack.outputs["ControlBucket"]
    key = "requests/requested/1.json"
    stack.client("s3").put_object(Bucket=control, Key=key, Body=b"{}")
    message = job_error(stack, "loglake-export-logs")
    assert refused(stack, "ExportRole") == [("s3:GetObject", f"arn:aws:s3:::{control}/{key}")]
    assert "s3:GetObject" in message
    assert f"{control}/{key}" in message


def test_convert_logs(stack: LocalStack) -> None:
    lake = stack.outputs["LakeBucket"]
    uri = next(job.script_location for job in stack.model.jobs.values() if job.command == "glueetl")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    stack.client("s3").put_object(Bucket=bucket, Key=key, Body=CONVERT.encode())
    message = job_error(stack, "loglake-convert-logs")
    assert re.search(rf"assumed-role/[\w-]+-ConvertRole-\w+/.* s3:PutObject on .*{lake}/staging/x", message)
    assert refused(stack, "ConvertRole") == [("s3:PutObject", f"arn:aws:s3:::{lake}/staging/x")]


def test_crawl_lake(stack: LocalStack) -> None:
    glue = stack.client("glue")
    glue.start_crawler(Name="loglake-crawl-lake")
    deadline = time.monotonic() + 60
    while "LastCrawl" not in (crawler := glue.get_crawler(Name="loglake-crawl-lake")["Crawler"]):
        assert time.monotonic() < deadline
        stack.runtime.poll(0.05)
    assert crawler["LastCrawl"]["Status"] == "FAILED"
    lake = f"arn:aws:s3:::{stack.outputs['LakeBucket']}"
    assert refused(stack, "CrawlerRole") == [("s3:ListBucket", lake)]
    reported = crawler["LastCrawl"]["ErrorMessage"]
    assert re.search(rf'-CrawlerRole-\w+/.* s3:ListBucket on resource: "{lake}"', reported)


def test_the_schedule_and_its_dead_letters(stack: LocalStack, clock: SettableClock) -> None:
    due_ms = read_schedule("cron(6 * * * ? *)").next_after(clock.now_ms())
    assert due_ms is not None
    clock.set(due_ms + HOUR_S * 1000 // 2)  # after all retries, and before the next time
    stack.runtime.poll()
    tried = refused(stack, "SchedulerRole")
    assert len(tried) == 11
    assert {action for action, _ in tried} == {"s3:PutObject"}
    prefix = f"arn:aws:s3:::{stack.outputs['ControlBucket']}/requests/scheduled/"
    assert all(resource.startswith(prefix) for _, resource in tried)
    received = stack.client("sqs").receive_message(QueueUrl=stack.outputs["ScheduleDeadLettersUrl"])
    assert len(received["Messages"]) == 1
    sent = [call for call, _ in enforcement(stack).record.calls if call.action == "sqs:SendMessage"]
    assert [call.reason for call in sent] == [""]
