"""CloudWatch Logs as the export pipeline sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from glue_jobs.aws.faults import translated
from glue_jobs.core.ports import ExportTask, LogGroup
from glue_jobs.core.units import EpochMs, LogGroupName
from glue_jobs.errors import ConfigError, ExportRefusedError, NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.literals import ExportTaskStatusCodeType
    from mypy_boto3_logs.type_defs import ExportTaskTypeDef

    from glue_jobs.core.windows import Window


_ACTIVE: tuple[ExportTaskStatusCodeType, ...] = ("RUNNING", "PENDING", "PENDING_CANCEL")
"""The states in which a task has the account's one slot."""


class CloudWatchExportTasks:
    """Implements `core.ports.ExportTasks`."""

    def __init__(self, client: CloudWatchLogsClient, creating: CloudWatchLogsClient) -> None:
        """`creating` starts tasks and must not retry: see `session.logs_without_retries`."""
        self._logs = client
        self._creating = creating

    def log_groups(self) -> Iterator[LogGroup]:
        """All log groups of the account and Region."""
        with translated("logs:DescribeLogGroups", "*"):
            for page in self._logs.get_paginator("describe_log_groups").paginate():
                for group in page["logGroups"]:
                    yield LogGroup(
                        name=LogGroupName(group["logGroupName"]),
                        created_ms=EpochMs(group.get("creationTime", 0)),
                        stored_bytes=group.get("storedBytes", 0),
                        retention_days=group.get("retentionInDays"),
                        log_class=group.get("logGroupClass", "STANDARD"),
                    )

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
        try:
            with translated("logs:CreateExportTask", f"{log_group} {window} to s3://{bucket}/{prefix}"):
                answer = self._creating.create_export_task(
                    taskName=name,
                    logGroupName=log_group,
                    fromTime=window.from_ms,
                    to=window.to_ms - 1,
                    destination=bucket,
                    destinationPrefix=prefix,
                )
        except ConfigError as error:
            # InvalidParameterException is about the destination, which every window needs, or about this window.
            if any(word in str(error.__cause__).lower() for word in ("bucket", "kms", "destination")):
                raise
            raise ExportRefusedError(str(error.__cause__)) from error
        return answer["taskId"]

    def describe(self, task_id: str) -> ExportTask:
        """A task by its id."""
        with translated("logs:DescribeExportTasks", task_id):
            tasks = self._logs.describe_export_tasks(taskId=task_id)["exportTasks"]
        if not tasks:
            raise NotFoundError(f"CloudWatch Logs knows no export task {task_id}", task_id)
        return _task(tasks[0])

    def find(self, name: str, bucket: str, prefix: str) -> ExportTask | None:
        """The newest task with a name that exports to a place: CloudWatch lists the newest first."""
        with translated("logs:DescribeExportTasks", name):
            for page in self._logs.get_paginator("describe_export_tasks").paginate():
                for task in page["exportTasks"]:
                    found = _task(task)
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
