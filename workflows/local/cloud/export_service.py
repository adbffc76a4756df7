"""CreateExportTask, DescribeExportTasks and CancelExportTask as CloudWatch Logs answers them, in moto's place.

Rules and messages: the API reference of the three operations, and what AWS was seen to answer. The task itself is in
`export_tasks`, its objects in `export_objects`.
"""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any, Callable

from botocore.exceptions import ClientError

from workflows.local.cloud.export_objects import WRITE_TEST_BODY, write_test_key
from workflows.local.cloud.export_tasks import ACTIVE, Durations, ExportSettings, ExportTask
from workflows.local.cloud.json_service import ApiError, JsonService
from workflows.local.cloud.pages import page

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from glue_jobs.core.ports import Clock
    from workflows.local.cloud.log_store import LogStore

__all__ = ["DEFAULT_PREFIX", "Durations", "ExportService", "ExportSettings"]

DEFAULT_PREFIX = "exportedlogs"
"""CreateExportTask, `destinationPrefix`."""

_MAX_TASKS = 50
"""DescribeExportTasks, `limit`: the default and the most."""


class ExportService:
    """The export tasks of an account, in every Region: at most one active task in each.

    Attributes:
        api: the three operations.
    """

    def __init__(
        self,
        clock: Clock,
        log_store: Callable[[str], LogStore],
        s3: Callable[[], S3Client],
        settings: ExportSettings,
    ) -> None:
        """Takes its collaborators.

        Args:
            clock: stamps the tasks.
            log_store: gives the log store of a Region.
            s3: gives a client that writes to the destination buckets; called when a task is created.
            settings: durations and sizes.
        """
        self._clock = clock
        self._log_store = log_store
        self._s3 = s3
        self._settings = settings
        self._lock = threading.Lock()
        self._tasks: dict[str, list[ExportTask]] = {}
        self.api = JsonService(
            "logs",
            {
                "CreateExportTask": self._create,
                "DescribeExportTasks": self._describe,
                "CancelExportTask": self._cancel,
            },
        )

    def stop(self) -> None:
        """Cancels every task and waits for their threads."""
        tasks = [task for tasks in self._tasks.values() for task in tasks]
        for task in tasks:
            task.cancel()
        for task in tasks:
            task.join()

    def _create(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        request = {"destinationPrefix": DEFAULT_PREFIX, **request}
        store = self._log_store(region)
        self._check_range(store, request)
        with self._lock:
            tasks = self._tasks.setdefault(region, [])
            if any(task.status_code in ACTIVE for task in tasks):
                raise ApiError("LimitExceededException", "Resource limit exceeded.")
            self._write_test(request)
            task = ExportTask(len(tasks), str(uuid.uuid4()), request, self._clock)
            tasks.append(task)
            task.start(store, self._s3(), self._settings)
        return {"taskId": task.task_id}

    @staticmethod
    def _check_range(store: LogStore, request: dict[str, Any]) -> None:
        created_ms = store.created_ms(request["logGroupName"])
        if created_ms is None:
            raise ApiError("ResourceNotFoundException", "The specified log group does not exist.")
        if request["from"] > request["to"]:
            raise ApiError("InvalidParameterException", "The specified time range is invalid: from is after to.")
        if request["to"] < created_ms:
            raise ApiError(
                "InvalidParameterException", "The specified time range ends before the log group was created."
            )

    def _write_test(self, request: dict[str, Any]) -> None:
        """CloudWatch tries its permission on the bucket first; the object stays."""
        key = write_test_key(request["destinationPrefix"])
        try:
            self._s3().put_object(Bucket=request["destination"], Key=key, Body=WRITE_TEST_BODY)
        except ClientError as error:
            raise ApiError("InvalidParameterException", _bucket_message(error)) from error

    def _describe(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            tasks = list(self._tasks.get(region, []))
        if "taskId" in request:
            tasks = [_find(tasks, request["taskId"])]
        described = [(task.number, task.describe()) for task in tasks]
        wanted = request.get("statusCode")
        if wanted:
            described = [(number, told) for number, told in described if told["status"]["code"] == wanted]
        chosen, token = page(
            described,
            lambda numbered: numbered[0],
            request.get("nextToken"),
            request.get("limit", _MAX_TASKS),
            descending=True,
        )
        return {"exportTasks": [told for _, told in chosen], **({"nextToken": token} if token else {})}

    def _cancel(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            task = _find(self._tasks.get(region, []), request["taskId"])
        if not task.cancel():
            raise ApiError("InvalidOperationException", "The specified export task has already finished.")
        return {}


def _find(tasks: list[ExportTask], task_id: str) -> ExportTask:
    for task in tasks:
        if task.task_id == task_id:
            return task
    raise ApiError("ResourceNotFoundException", "The specified export task does not exist.")


def _bucket_message(error: ClientError) -> str:
    if error.response["Error"]["Code"] == "NoSuchBucket":
        return "The given bucket does not exist. Please make sure the bucket is valid."
    return (
        "Access denied to the given bucket. Please make sure that the bucket policy lets CloudWatch Logs "
        f"write to it. ({error.response['Error']['Code']})"
    )
