"""Hours of export tasks on a clock that tests move: states, somebody else's export, late events."""

from __future__ import annotations

import gzip
import threading
from typing import Any

import pytest
from support.faults.fault_names import ACCESS_DENIED, DROPPED, slow
from support.faults.injection import FaultRule, faults_of

from gluelocal.cloud.callers import EXPORTER
from gluelocal.settable_clock import SettableClock
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, parse_instant
from loglake_cli.local.exports import export_writing
from loglake_cli.local.exports.export_writing import Durations, ExportSettings
from loglake_cli.local.exports.exporting_aws import ExportingAws

pytestmark = pytest.mark.contract

NOW = parse_instant("2026-11-21")
GROUP = "/app/shop"


def create(logs: Any, name: str = "own") -> str:
    request = {"taskName": name, "logGroupName": GROUP, "from": 0, "to": NOW + 400 * MS_PER_DAY, "destination": "raw"}
    return str(logs.create_export_task(**request)["taskId"])


def described(logs: Any, task_id: str) -> dict[str, Any]:
    (task,) = logs.describe_export_tasks(taskId=task_id)["exportTasks"]
    return dict(task)


def status(logs: Any, task_id: str) -> str:
    return str(described(logs, task_id)["status"]["code"])


def exported(aws: ExportingAws, task_id: str) -> str:
    s3 = aws.client("s3")
    listed = s3.list_objects_v2(Bucket="raw", Prefix=f"exportedlogs/{task_id}/").get("Contents", [])
    bodies = [s3.get_object(Bucket="raw", Key=item["Key"])["Body"].read() for item in listed]
    return "".join(gzip.decompress(body).decode() for body in bodies)


def test_a_task_is_in_each_state_for_its_time(still: ExportingAws, still_logs: Any, clock: SettableClock) -> None:
    still.log_store.load(GROUP, "s", [(NOW, "x")], NOW)
    task_id = create(still_logs)
    seen = []
    for seconds in (0, 9, 1, 59, 1):
        clock.advance(seconds)
        seen.append(status(still_logs, task_id))
    assert seen == ["PENDING", "PENDING", "RUNNING", "RUNNING", "COMPLETED"]
    assert described(still_logs, task_id)["executionInfo"] == {"creationTime": NOW, "completionTime": NOW + 70_000}


def test_a_clock_that_jumps_changes_no_time(still: ExportingAws, still_logs: Any, clock: SettableClock) -> None:
    still.log_store.load(GROUP, "s", [(NOW, "x")], NOW)
    task_id = create(still_logs)
    clock.advance(24 * 3600)
    assert exported(still, task_id), "what is due is there for whoever looks, also without asking for the task"
    assert described(still_logs, task_id)["executionInfo"]["completionTime"] == NOW + 70_000


def test_cancelling_takes_its_time(still: ExportingAws, still_logs: Any, clock: SettableClock) -> None:
    still.log_store.load(GROUP, "s", [(NOW, "x")], NOW)
    task_id = create(still_logs)
    still_logs.cancel_export_task(taskId=task_id)
    assert status(still_logs, task_id) == "PENDING_CANCEL"
    with pytest.raises(still_logs.exceptions.LimitExceededException):
        create(still_logs)
    with pytest.raises(still_logs.exceptions.InvalidOperationException):
        still_logs.cancel_export_task(taskId=task_id)
    clock.advance(5)
    assert described(still_logs, task_id)["executionInfo"]["completionTime"] == NOW + 5000
    assert status(still_logs, create(still_logs)) == "PENDING"


def test_a_group_that_is_deleted_while_its_task_waits_fails_it(
    still: ExportingAws, still_logs: Any, clock: SettableClock
) -> None:
    still.log_store.load(GROUP, "s", [(NOW, "x")], NOW)
    task_id = create(still_logs)
    still_logs.delete_log_group(logGroupName=GROUP)
    clock.advance(70)
    task = described(still_logs, task_id)
    assert task["status"]["code"] == "FAILED"
    assert "The specified log group does not exist" in task["status"]["message"]


@pytest.mark.parametrize(("first", "status_code"), [(1, None), (2, "FAILED")])
def test_a_connection_to_the_bucket_that_breaks(
    still: ExportingAws, still_logs: Any, clock: SettableClock, first: int, status_code: str | None
) -> None:
    still.log_store.load(GROUP, "s", [(NOW, "x")], NOW)
    faults_of(still).add(FaultRule(DROPPED, "s3", "PutObject", first=first, caller=EXPORTER))
    if status_code is None:
        with pytest.raises(still_logs.exceptions.InvalidParameterException, match="ConnectionClosedError"):
            create(still_logs)
        return
    task_id = create(still_logs)
    clock.advance(3600)
    assert status(still_logs, task_id) == status_code


def test_cloudwatch_may_not_write_to_the_bucket(still: ExportingAws, still_logs: Any, clock: SettableClock) -> None:
    still.log_store.load(GROUP, "s", [(NOW, "x")], NOW)
    faults_of(still).add(FaultRule(ACCESS_DENIED, "s3", "PutObject", caller=EXPORTER))
    with pytest.raises(
        still_logs.exceptions.InvalidParameterException, match="PutObject call on the given bucket failed"
    ):
        create(still_logs)
    faults_of(still).clear()
    faults_of(still).add(FaultRule(ACCESS_DENIED, "s3", "PutObject", first=2, caller=EXPORTER))
    task_id = create(still_logs)
    clock.advance(3600)
    assert status(still_logs, task_id) == "FAILED"
    assert "AccessDenied" in described(still_logs, task_id)["status"]["message"]


def test_writing_may_take_longer_than_the_task_was_to_run(
    still: ExportingAws, still_logs: Any, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_writing, "_WAIT_S", 0.0)
    still.log_store.load(GROUP, "s", [(NOW, "x")], NOW)
    faults_of(still).add(FaultRule(slow(0.5), "s3", "PutObject", first=2, caller=EXPORTER))
    task_id = create(still_logs)
    clock.advance(3600)
    assert status(still_logs, task_id) == "RUNNING"
    clock.advance(3600)
    while status(still_logs, task_id) == "RUNNING":
        threading.Event().wait(0.01)
    assert described(still_logs, task_id)["executionInfo"]["completionTime"] == NOW + 2 * MS_PER_HOUR
    assert exported(still, task_id)


def test_only_standard_groups_are_exported(still: ExportingAws, still_logs: Any) -> None:
    still_logs.create_log_group(logGroupName=GROUP, logGroupClass="INFREQUENT_ACCESS")
    with pytest.raises(still_logs.exceptions.InvalidParameterException, match="STANDARD log class"):
        create(still_logs)


class TestOthers:
    """Exports of others in the account."""

    def test_somebody_exports_right_now(self, still: ExportingAws, still_logs: Any, clock: SettableClock) -> None:
        still.log_store.load(GROUP, "s", [(NOW, "x")], NOW)
        task_id = still.exports.start_other(running_s=600, name="audit")
        task = described(still_logs, task_id)
        assert (task["taskName"], task["destination"]) == ("audit", "somebody-elses-bucket")
        assert (task["logGroupName"], task["status"]["code"]) == ("/somebody/else", "RUNNING")
        with pytest.raises(still_logs.exceptions.LimitExceededException):
            create(still_logs)
        with pytest.raises(RuntimeError, match=r"the export slot is taken by .*audit"):
            still.exports.start_other(running_s=600)
        clock.advance(600)
        create(still_logs)


class TestHistory:
    """The ended tasks that are kept."""

    @pytest.fixture
    def export_settings(self) -> ExportSettings:
        return ExportSettings(durations=lambda _request: Durations(10, 60), history=5)

    def test_a_bounded_history_stays(self, still: ExportingAws, still_logs: Any, clock: SettableClock) -> None:
        still.log_store.load(GROUP, "s", [(NOW, "x")], NOW)
        started = []
        for _ in range(8):
            started.append(create(still_logs))
            clock.advance(70)
            assert status(still_logs, started[-1]) == "COMPLETED"
        tasks = still_logs.describe_export_tasks()["exportTasks"]
        assert [task["taskId"] for task in tasks] == started[:1:-1]


def test_an_event_may_be_found_only_a_while_after_it_was_written(
    still: ExportingAws, still_logs: Any, clock: SettableClock
) -> None:
    still.log_store.load(GROUP, "s", [(NOW, "now")], NOW, exportable_at_ms=NOW)
    still.log_store.load(GROUP, "s", [(NOW, "late")], NOW, exportable_at_ms=NOW + MS_PER_HOUR)
    first = create(still_logs)
    clock.advance(3600)
    second = create(still_logs)
    clock.advance(3600)
    assert exported(still, first).count("late") == 0
    assert exported(still, second).count("late") == 1


def test_a_task_has_what_was_there_when_it_began_to_run(
    still: ExportingAws, still_logs: Any, clock: SettableClock
) -> None:
    still.log_store.load(GROUP, "s", [(NOW, "before")], NOW)
    task_id = create(still_logs)
    still.log_store.load(GROUP, "s", [(NOW, "while it was pending")], NOW + 9_000)
    still.log_store.load(GROUP, "s", [(NOW, "while it ran")], NOW + 11_000)
    clock.advance(3600)
    assert exported(still, task_id).splitlines() == [
        "2026-11-21T00:00:00.000Z before",
        "2026-11-21T00:00:00.000Z while it was pending",
    ]


def test_events_may_be_14_days_late_by_that_clock(still_logs: Any, clock: SettableClock) -> None:
    still_logs.create_log_group(logGroupName=GROUP)
    still_logs.create_log_stream(logGroupName=GROUP, logStreamName="s")
    clock.advance(30 * 24 * 3600)
    now_ms = clock.now_ms()
    for age_days, refused in ((13, False), (15, True)):
        events = [{"timestamp": now_ms - age_days * MS_PER_DAY, "message": "x"}]
        answer = still_logs.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=events)
        assert ("rejectedLogEventsInfo" in answer) is refused
    (stream,) = still_logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert (stream["creationTime"], stream["lastIngestionTime"]) == (NOW, now_ms)
