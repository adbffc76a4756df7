"""CloudWatch Logs for the export pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from loglake.aws.faults import translated
from loglake.aws.sdk_additions import add_log_classes
from loglake.core.cloud_types import ExportTask, LogGroup
from loglake.core.planning.expected import COUNTED_MS
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, from_ms
from loglake.core.windows import Window, floor_to
from loglake.errors import LoglakeError, NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.literals import ExportTaskStatusCodeType
    from mypy_boto3_logs.type_defs import ExportTaskTypeDef


_ACTIVE: tuple[ExportTaskStatusCodeType, ...] = ("RUNNING", "PENDING", "PENDING_CANCEL")
"""The states in which a task has the account's one slot."""

_MOST_POINTS = 1440
"""How many periods one GetMetricStatistics returns (CloudWatch API reference). Those of an hour are kept 15 months."""


def list_log_groups(client: CloudWatchLogsClient) -> Iterator[LogGroup]:
    """All log groups of the account and Region."""
    add_log_classes(client)
    with translated("logs:DescribeLogGroups", "*"):
        for page in client.get_paginator("describe_log_groups").paginate():
            for group in page["logGroups"]:
                yield LogGroup(
                    name=LogGroupName(group["logGroupName"]),
                    created_ms=EpochMs(group.get("creationTime", 0)),
                    stored_bytes=group.get("storedBytes"),
                    retention_days=group.get("retentionInDays"),
                    log_class=group.get("logGroupClass", "STANDARD"),
                    account=next(iter(group.get("arn", "").split(":")[4:]), ""),
                )


class CloudWatchExportTasks:
    """Implements `core.ports.ExportTasks`."""

    def __init__(self, client: CloudWatchLogsClient, creating: CloudWatchLogsClient, metrics: Any) -> None:
        """`creating` starts tasks and must not retry: see `session.logs_without_retries`. `metrics`: CloudWatch's."""
        self._logs = client
        self._creating = creating
        self._metrics = metrics

    def log_groups(self) -> Iterator[LogGroup]:
        """All log groups of the account and Region."""
        return list_log_groups(self._logs)

    def stream_names(self, log_group: LogGroupName) -> Iterator[str]:
        """The exact names of a group's streams."""
        with translated("logs:DescribeLogStreams", log_group):
            for page in self._logs.get_paginator("describe_log_streams").paginate(logGroupName=log_group):
                for stream in page["logStreams"]:
                    yield stream["logStreamName"]

    def create(self, name: str, log_group: LogGroupName, window: Window, bucket: str, prefix: str) -> str:
        """Starts an export task and returns its id.

        CreateExportTask includes both ends, so the half-open window is asked for with ``to = to_ms - 1``.
        """
        with translated("logs:CreateExportTask", f"{log_group} {window} to s3://{bucket}/{prefix}"):
            return self._creating.create_export_task(
                taskName=name,
                logGroupName=log_group,
                fromTime=window.from_ms,
                to=window.to_ms - 1,
                destination=bucket,
                destinationPrefix=prefix,
            )["taskId"]

    def describe(self, task_id: str) -> ExportTask:
        """A task by its id."""
        with translated("logs:DescribeExportTasks", task_id):
            tasks = self._logs.describe_export_tasks(taskId=task_id)["exportTasks"]
        if not tasks:
            raise NotFoundError(f"CloudWatch Logs knows no export task {task_id}", task_id)
        return _task(tasks[0])

    def find(self, name: str, bucket: str, prefix: str, since_ms: int = 0) -> ExportTask | None:
        """The newest task with a name that exports to a place.

        CloudWatch lists the newest first, and keeps a long list: tasks older than `since_ms` are not read.
        """
        with translated("logs:DescribeExportTasks", name):
            for page in self._logs.get_paginator("describe_export_tasks").paginate():
                for task in page["exportTasks"]:
                    found = _task(task)
                    if found.created_ms and found.created_ms < since_ms:
                        return None
                    if (found.name, found.bucket, found.prefix) == (name, bucket, prefix):
                        return found
        return None

    def active(self) -> ExportTask | None:
        """The task that has the slot: asked for by state, since CloudWatch keeps a long list of those that ended."""
        with translated("logs:DescribeExportTasks", "*"):
            for code in _ACTIVE:
                for page in self._logs.get_paginator("describe_export_tasks").paginate(statusCode=code):
                    for task in page["exportTasks"]:
                        return _task(task)
        return None

    def incoming_events(self, log_group: LogGroupName, since_ms: int, until_ms: int) -> int | None:
        """The sum of AWS/Logs IncomingLogEvents, by arrival time; None without a datapoint.

        CloudWatch has no datapoint for an hour without events. None also if it can't be asked.
        """
        start_ms, end_ms = floor_to(since_ms, MS_PER_HOUR), floor_to(until_ms + MS_PER_HOUR - 1, MS_PER_HOUR)
        try:
            points = self._points("IncomingLogEvents", log_group, start_ms, end_ms, MS_PER_HOUR)
        except LoglakeError:
            return None  # the number is only a hint, and no export waits for a hint
        return int(sum(point["Sum"] for point in points)) if points else None

    def incoming_bytes(self, log_group: LogGroupName, now_ms: int) -> int | None:
        """The mean of AWS/Logs IncomingBytes of the days from the first one with a datapoint on."""
        end_ms = floor_to(now_ms, MS_PER_DAY)
        points = self._points("IncomingBytes", log_group, end_ms - COUNTED_MS, end_ms, MS_PER_DAY)
        if not points:
            return None
        days: int = (from_ms(end_ms) - min(point["Timestamp"] for point in points)).days
        size: float = sum(point["Sum"] for point in points)
        return round(size / max(days, 1))

    def _points(self, metric: str, log_group: LogGroupName, start_ms: int, end_ms: int, period_ms: int) -> list[Any]:
        """The sums of a metric of a log group; a period without events has none."""
        step_ms = _MOST_POINTS * period_ms
        points: list[Any] = []
        for first_ms in range(start_ms, end_ms, step_ms):
            with translated("cloudwatch:GetMetricStatistics", log_group):
                answer = self._metrics.get_metric_statistics(
                    Namespace="AWS/Logs",
                    MetricName=metric,
                    Dimensions=[{"Name": "LogGroupName", "Value": log_group}],
                    StartTime=from_ms(first_ms),
                    EndTime=from_ms(min(first_ms + step_ms, end_ms)),
                    Period=period_ms // 1000,
                    Statistics=["Sum"],
                )
            points += answer["Datapoints"]
        return points


def _task(task: ExportTaskTypeDef) -> ExportTask:
    status = task.get("status", {})
    return ExportTask(
        task_id=task["taskId"],
        name=task.get("taskName", ""),
        status=status.get("code", ""),
        message=status.get("message", ""),
        bucket=task.get("destination", ""),
        prefix=task.get("destinationPrefix", ""),
        log_group=task.get("logGroupName", ""),
        created_ms=task.get("executionInfo", {}).get("creationTime", 0),
    )
