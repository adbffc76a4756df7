"""The export service over HTTP with boto3 behaves as CloudWatch Logs does."""

from __future__ import annotations

import gzip
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.gluelocal.signing import signed

from gluelocal.cloud.callers import CLIENT
from loglake.aws.system_clock import SystemClock
from loglake.core.units import format_instant, to_ms
from loglake_cli.local.exports.export_writing import Durations, ExportSettings
from loglake_cli.local.exports.exporting_aws import ExportingAws

pytestmark = pytest.mark.contract

GOLDEN = Path(__file__).parent / "golden" / "export"
T0 = to_ms(datetime(2023, 11, 14, 12, 34, 56, 789000, tzinfo=timezone.utc))
GROUP = "/aws/lambda/orders"
BUCKET = "raw-bucket"


class Durational:
    """Durations that a test can change."""

    def __init__(self) -> None:
        self.next = Durations(0, 0)

    def __call__(self, _request: dict[str, Any]) -> Durations:
        return self.next


@pytest.fixture
def durations() -> Durational:
    return Durational()


@pytest.fixture
def aws(durations: Durational) -> Iterator[ExportingAws]:
    with ExportingAws(SystemClock(), ExportSettings(durations)) as embedded:
        embedded.client("s3").create_bucket(Bucket=BUCKET)
        embedded.log_store.load(GROUP, "2023/11/14/[$LATEST]abc", [(T0, "hello")], T0)
        yield embedded


@pytest.fixture
def logs(aws: ExportingAws) -> Any:
    return aws.client("logs")


def create(logs: Any, **changes: Any) -> str:
    request = {
        "logGroupName": GROUP,
        "from": T0,
        "to": T0 + 1000,
        "destination": BUCKET,
        "destinationPrefix": "exports/x",
    }
    return str(logs.create_export_task(**{**request, **changes})["taskId"])


def status(logs: Any, task_id: str) -> str:
    (task,) = logs.describe_export_tasks(taskId=task_id)["exportTasks"]
    return str(task["status"]["code"])


def wait(logs: Any, task_id: str, *states: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        (task,) = logs.describe_export_tasks(taskId=task_id)["exportTasks"]
        if task["status"]["code"] in states:
            return dict(task)
        time.sleep(0.005)
    raise AssertionError(f"{task_id} did not become {states}: {task}")


def export(logs: Any, **changes: Any) -> str:
    task_id = create(logs, **changes)
    wait(logs, task_id, "COMPLETED")
    return task_id


def objects(aws: ExportingAws, prefix: str = "") -> dict[str, bytes]:
    s3 = aws.client("s3")
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]
    bodies = {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}
    return {key: gzip.decompress(body) if key.endswith(".gz") else body for key, body in bodies.items()}


def test_matches_the_capture_of_a_real_layout(aws: ExportingAws, logs: Any) -> None:
    golden = json.loads((GOLDEN / "capture.json").read_text())
    for stream, events in golden["streams"].items():
        aws.log_store.load(golden["logGroupName"], stream, [(e["timestamp"], e["message"]) for e in events], T0)
    task_id = export(logs, logGroupName=golden["logGroupName"], **{"from": golden["from"], "to": golden["to"]})

    expected = {key.replace("TASK", task_id): (GOLDEN / name).read_bytes() for key, name in golden["objects"].items()}
    assert objects(aws) == expected


def test_lines_have_milliseconds_and_raw_continuations(aws: ExportingAws, logs: Any) -> None:
    aws.log_store.load("/m", "s", [(T0, "Traceback:\n  File x\nboom"), (T0 + 1, ""), (T0 + 2, "ends in newline\n")], T0)
    task_id = export(logs, logGroupName="/m")

    assert objects(aws)[f"exports/x/{task_id}/s/000000.gz"] == (
        b"2023-11-14T12:34:56.789Z Traceback:\n  File x\nboom\n"
        b"2023-11-14T12:34:56.790Z \n"
        b"2023-11-14T12:34:56.791Z ends in newline\n\n"
    )


def test_both_ends_of_the_range_are_included(aws: ExportingAws, logs: Any) -> None:
    aws.log_store.load("/m", "s", [(T0 + offset, str(offset)) for offset in (-1, 0, 5, 9, 10)], T0)
    task_id = export(logs, logGroupName="/m", **{"from": T0, "to": T0 + 9})

    text = objects(aws)[f"exports/x/{task_id}/s/000000.gz"].decode()
    assert [line.partition("Z ")[2] for line in text.splitlines()] == ["0", "5", "9"]


def test_a_stream_with_nothing_in_range_gives_no_object(aws: ExportingAws, logs: Any) -> None:
    aws.log_store.load("/m", "late", [(T0 + 5000, "x")], T0)
    aws.log_store.load("/m", "empty", [], T0)
    export(logs, logGroupName="/m")

    assert objects(aws) == {"exports/x/aws-logs-write-test": b"Permission Check Successful"}


def test_large_streams_are_split_and_nothing_is_lost(aws: ExportingAws, logs: Any) -> None:
    aws.log_store.load("/m", "s", [(T0 + i % 7, f"event {i}") for i in range(25_000)], T0)
    task_id = export(logs, logGroupName="/m")

    found = objects(aws, f"exports/x/{task_id}/")
    assert [key.rpartition("/")[2] for key in found] == ["000000.gz", "000001.gz", "000002.gz"]
    messages = [line.partition("Z ")[2] for body in found.values() for line in body.decode().splitlines()]
    assert sorted(messages) == sorted(f"event {i}" for i in range(25_000))


def test_streams_that_look_alike_do_not_overwrite_each_other(aws: ExportingAws, logs: Any) -> None:
    aws.log_store.load("/m", "a/b", [(T0, "slash")], T0)
    aws.log_store.load("/m", "a-b", [(T0, "dash")], T0)
    task_id = export(logs, logGroupName="/m")

    assert set(objects(aws, f"exports/x/{task_id}/").values()) == {
        b"2023-11-14T12:34:56.789Z slash\n",
        b"2023-11-14T12:34:56.789Z dash\n",
    }


def test_only_streams_with_the_prefix(aws: ExportingAws, logs: Any) -> None:
    for stream in ("web/1", "web/2", "db/1"):
        aws.log_store.load("/m", stream, [(T0, stream)], T0)
    task_id = export(logs, logGroupName="/m", logStreamNamePrefix="web/")

    assert set(objects(aws, f"exports/x/{task_id}/")) == {
        f"exports/x/{task_id}/web-1/000000.gz",
        f"exports/x/{task_id}/web-2/000000.gz",
    }


def test_the_default_prefix(aws: ExportingAws, logs: Any) -> None:
    task_id = logs.create_export_task(logGroupName=GROUP, fromTime=T0, to=T0, destination=BUCKET)["taskId"]
    task = wait(logs, task_id, "COMPLETED")

    assert task["destinationPrefix"] == "exportedlogs"
    assert set(objects(aws)) == {
        "exportedlogs/aws-logs-write-test",
        f"exportedlogs/{task_id}/2023-11-14-[$LATEST]abc/000000.gz",
    }


def test_goes_through_its_states_over_time(logs: Any, durations: Durational) -> None:
    durations.next = Durations(0.2, 0.2)
    task_id = create(logs, taskName="loglake-1")
    seen: list[str] = []
    while not seen or seen[-1] != "COMPLETED":
        (task,) = logs.describe_export_tasks(taskId=task_id)["exportTasks"]
        if task["status"]["code"] not in seen:
            seen.append(task["status"]["code"])

    assert seen == ["PENDING", "RUNNING", "COMPLETED"]
    assert task["taskName"] == "loglake-1"
    assert task["logGroupName"] == GROUP
    assert (task["from"], task["to"], task["destination"]) == (T0, T0 + 1000, BUCKET)
    assert task["status"]["message"] == "Completed successfully"
    assert task["executionInfo"]["completionTime"] - task["executionInfo"]["creationTime"] >= 350


def test_objects_are_not_there_before_it_runs(aws: ExportingAws, logs: Any, durations: Durational) -> None:
    durations.next = Durations(60, 0)
    create(logs)

    assert set(objects(aws)) == {"exports/x/aws-logs-write-test"}


@pytest.mark.parametrize("held", [Durations(60, 0), Durations(0, 60)])
def test_one_active_task_per_account(logs: Any, durations: Durational, held: Durations) -> None:
    durations.next = held
    first = create(logs)
    with pytest.raises(logs.exceptions.LimitExceededException, match="Resource limit exceeded"):
        create(logs)
    logs.cancel_export_task(taskId=first)
    wait(logs, first, "CANCELLED")
    durations.next = Durations(0, 0)

    export(logs)


def test_cancelling(logs: Any, durations: Durational) -> None:
    durations.next = Durations(60, 0)
    task_id = create(logs)
    logs.cancel_export_task(taskId=task_id)
    task = wait(logs, task_id, "CANCELLED")

    assert task["executionInfo"]["completionTime"] >= task["executionInfo"]["creationTime"]
    with pytest.raises(logs.exceptions.InvalidOperationException, match="already finished"):
        logs.cancel_export_task(taskId=task_id)
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="export task does not exist"):
        logs.cancel_export_task(taskId="11111111-2222-3333-4444-555555555555")


def test_cancelling_a_finished_task(logs: Any) -> None:
    task_id = export(logs)
    with pytest.raises(logs.exceptions.InvalidOperationException, match="already finished"):
        logs.cancel_export_task(taskId=task_id)


def test_what_is_missing_is_named(logs: Any) -> None:
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="The specified log group does not exist"):
        create(logs, logGroupName="/no/such/group")
    with pytest.raises(
        logs.exceptions.InvalidParameterException,
        match=r"The given bucket does not exist\. Please make sure the bucket is valid\.",
    ):
        create(logs, destination="no-such-bucket")
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="The specified export task does not exist"):
        logs.describe_export_tasks(taskId="11111111-2222-3333-4444-555555555555")

    assert logs.describe_export_tasks()["exportTasks"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"from": T0 + 1001},
        {"from": T0 - 9000, "to": T0 - 8000},
        {"taskName": "n" * 513},
        {"logGroupName": "/not allowed"},
        {"logStreamNamePrefix": "a:b"},
    ],
    ids=["from after to", "before the group", "long name", "bad group name", "bad stream prefix"],
)
def test_invalid_requests(logs: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(logs.exceptions.InvalidParameterException):
        create(logs, **changes)


@pytest.mark.parametrize("how", [{"limit": 51}, {"nextToken": "x"}, {"statusCode": "DONE"}])
def test_invalid_listings(logs: Any, how: dict[str, Any]) -> None:
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.describe_export_tasks(**how)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{}", "InvalidParameterException"),
        (b'{"logGroupName": 1, "from": 0, "to": 1, "destination": "b"}', "InvalidParameterException"),
        (b"not json", "SerializationException"),
        (b"[]", "SerializationException"),
    ],
)
def test_requests_that_no_sdk_sends(aws: ExportingAws, body: bytes, code: str) -> None:
    headers = {"X-Amz-Target": "Logs_20140328.CreateExportTask", "Content-Type": "application/x-amz-json-1.1"}
    sent = signed(aws.keys.of(CLIENT), "POST", f"{aws.endpoint}/", "logs", body, headers=headers)
    request = urllib.request.Request(aws.endpoint, body, sent)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    with refused.value as answer:
        assert answer.code == 400
        assert json.loads(answer.read())["__type"] == code


def test_listing_is_newest_first_in_pages(logs: Any) -> None:
    ids = [export(logs, taskName=str(number)) for number in range(5)]
    first = logs.describe_export_tasks(limit=2)
    newer = export(logs)
    second = logs.describe_export_tasks(limit=2, nextToken=first["nextToken"])
    third = logs.describe_export_tasks(limit=2, nextToken=second["nextToken"])

    listed = [task["taskId"] for page in (first, second, third) for task in page["exportTasks"]]
    assert listed == ids[::-1]
    assert "nextToken" not in third
    assert logs.describe_export_tasks(limit=1)["exportTasks"][0]["taskId"] == newer


def test_listing_by_status(logs: Any, durations: Durational) -> None:
    done = export(logs)
    durations.next = Durations(60, 0)
    pending = create(logs)

    def listed(code: str) -> list[str]:
        return [task["taskId"] for task in logs.describe_export_tasks(statusCode=code)["exportTasks"]]

    assert listed("COMPLETED") == [done]
    assert listed("PENDING") == [pending]
    assert listed("FAILED") == []


def test_a_key_that_s3_refuses_fails_the_task(aws: ExportingAws, logs: Any) -> None:
    aws.log_store.load("/m", "s" * 512, [(T0, "x")], T0)
    task_id = create(logs, logGroupName="/m", destinationPrefix="p" * 500)

    assert "KeyTooLong" in wait(logs, task_id, "FAILED")["status"]["message"]


def test_a_bucket_that_goes_away_fails_the_task(aws: ExportingAws, logs: Any, durations: Durational) -> None:
    durations.next = Durations(0.3, 0)
    task_id = create(logs)
    aws.client("s3").delete_object(Bucket=BUCKET, Key="exports/x/aws-logs-write-test")
    aws.client("s3").delete_bucket(Bucket=BUCKET)

    assert "NoSuchBucket" in wait(logs, task_id, "FAILED")["status"]["message"]


def test_each_region_has_its_own_slot(aws: ExportingAws, logs: Any, durations: Durational) -> None:
    durations.next = Durations(60, 0)
    create(logs)
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        create(aws.client_in("eu-west-1", "logs"))
    assert aws.client_in("eu-west-1", "logs").describe_export_tasks()["exportTasks"] == []


offsets = st.integers(0, 20)
messages = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(st.tuples(st.integers(0, 20), messages), max_size=30),
    start=st.integers(0, 20),
    span=st.integers(0, 20),
)
def test_exports_exactly_the_events_in_range(
    aws: ExportingAws, logs: Any, events: list[tuple[int, str]], start: int, span: int
) -> None:
    logs.create_log_group(logGroupName="/h")
    aws.log_store.load("/h", "s", [(T0 + at, message) for at, message in [(-100, "first"), *events]], T0)
    task_id = export(logs, logGroupName="/h", **{"from": T0 + start, "to": T0 + start + span})
    logs.delete_log_group(logGroupName="/h")

    text = b"".join(objects(aws, f"exports/x/{task_id}/").values()).decode()
    inside = sorted((e for e in events if start <= e[0] <= start + span), key=lambda event: event[0])
    assert text == "".join(f"{format_instant(T0 + at)} {message}\n" for at, message in inside)
