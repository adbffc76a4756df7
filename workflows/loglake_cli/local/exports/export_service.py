"""CreateExportTask, DescribeExportTasks and CancelExportTask as CloudWatch Logs answers them, in moto's place.

Rules and messages: the API reference of the three operations, and answers observed on AWS. `export_tasks` has the task
itself, `export_objects` its objects.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Callable

from botocore.exceptions import BotoCoreError, ClientError

from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.logs.log_store import LogStore
from gluelocal.cloud.logs.pages import page
from gluelocal.cloud.wire.json_service import ApiError, JsonService
from loglake_cli.local.exports.export_tasks import ExportSlot, ExportTask
from loglake_cli.local.exports.export_writing import (
    WRITE_TEST_BODY,
    Durations,
    ExportSettings,
    Nothing,
    Writing,
    write_test_key,
)

DEFAULT_PREFIX = "exportedlogs"
"""CreateExportTask, `destinationPrefix`."""

_MAX_TASKS = 50
"""DescribeExportTasks, `limit`: the default and the most."""


@dataclass(frozen=True)
class Destination:
    """Where a task writes.

    Attributes:
        key: the key of the first object.
    """

    region: str
    log_group: str
    bucket: str
    key: str


class ExportService:
    """The export tasks of an account, in every Region: at most one active task in each.

    Attributes:
        api: the three operations.
        refused: the S3 action that a destination's policy doesn't allow; empty if it allows all of them.
    """

    def __init__(self, aws: EmbeddedAws, settings: ExportSettings) -> None:
        """Takes the embedded AWS, whose clock says when tasks are created, run and end.

        Args:
            aws: has the log groups and the buckets.
            settings: durations, sizes and failures.
        """
        self._clock = aws.clock
        self._region = aws.region
        self._log_store = aws.log_store_in
        self._s3 = aws.client_of_logs
        self._settings = settings
        self._lock = threading.RLock()
        self.refused: Callable[[Destination], str] = lambda _destination: ""
        self._bucket_region = aws.s3.region_of
        self._slots: dict[str, ExportSlot] = {self._region: ExportSlot(settings.history)}
        self.api = JsonService(
            "logs",
            {
                "CreateExportTask": self._create,
                "DescribeExportTasks": self._describe,
                "CancelExportTask": self._cancel,
            },
        )

    def catch_up(self) -> None:
        """Does what is due by now. Every call to the embedded AWS starts with this."""
        with self._lock:
            now_ms = self._clock.now_ms()
            for slot in self._slots.values():
                slot.catch_up(now_ms)

    def start_other(self, running_s: float, name: str = "nightly-archive") -> str:
        """Starts a task of somebody else, which takes the slot for a time; returns the task's id.

        Raises:
            RuntimeError: the slot is taken.
        """
        with self._lock:
            self.catch_up()
            now_ms = self._clock.now_ms()
            slot = self._slots[self._region]
            taken_by = slot.active()
            if taken_by:
                raise RuntimeError(f"the export slot is taken by {taken_by.describe()}")
            request = {
                "taskName": name,
                "logGroupName": "/somebody/else",
                "from": 0,
                "to": now_ms,
                "destination": "somebody-elses-bucket",
                "destinationPrefix": DEFAULT_PREFIX,
            }
            return slot.start(request, now_ms, Durations(0, running_s), lambda _id, _at_ms: Nothing()).task_id

    def stop(self) -> None:
        """Ends the writing of every task."""
        with self._lock:
            for task in [task for slot in self._slots.values() for task in slot.tasks]:
                task.stop()

    def _slot(self, region: str) -> ExportSlot:
        return self._slots.setdefault(region, ExportSlot(self._settings.history))

    def _create(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        request = {"destinationPrefix": DEFAULT_PREFIX, **request}
        store, s3 = self._log_store(region), self._s3()
        self._check_range(store, request)
        with self._lock:
            slot = self._slot(region)
            slot.catch_up(self._clock.now_ms())
            if slot.active():
                raise ApiError("LimitExceededException", "Resource limit exceeded.")
            self._check_bucket(region, request)
            self._write_test(request)
            task = slot.start(
                request,
                self._clock.now_ms(),
                self._settings.durations(request),
                lambda task_id, at_ms: Writing(store, s3, self._settings, request, task_id=task_id, as_of_ms=at_ms),
            )
        return {"taskId": task.task_id}

    @staticmethod
    def _check_range(store: LogStore, request: dict[str, Any]) -> None:
        created_ms = store.created_ms(request["logGroupName"])
        if created_ms is None:
            raise ApiError("ResourceNotFoundException", "The specified log group does not exist.")
        if store.log_class(request["logGroupName"]) != "STANDARD":
            raise ApiError(
                "InvalidParameterException", "Export tasks are for log groups of the STANDARD log class only."
            )
        if request["from"] > request["to"]:
            raise ApiError("InvalidParameterException", "The specified time range is invalid: from is after to.")
        if request["to"] < created_ms:
            raise ApiError(
                "InvalidParameterException", "The specified time range ends before the log group was created."
            )

    def _check_bucket(self, region: str, request: dict[str, Any]) -> None:
        """CreateExportTask, `destination`: in the same Region. AWS's message for this is not known."""
        bucket_region = self._bucket_region(request["destination"])
        if bucket_region not in {"", region}:
            raise ApiError(
                "InvalidParameterException",
                f"The given bucket is in {bucket_region}: export to a bucket in {region}, where the log group is.",
            )
        key = write_test_key(request["destinationPrefix"])
        refused = self.refused(Destination(region, request["logGroupName"], request["destination"], key))
        if refused:
            raise ApiError("InvalidParameterException", _no_permission(refused.removeprefix("s3:"), "AccessDenied"))

    def _write_test(self, request: dict[str, Any]) -> None:
        """CloudWatch first writes a test object to the bucket; the object stays."""
        key = write_test_key(request["destinationPrefix"])
        try:
            self._s3().put_object(Bucket=request["destination"], Key=key, Body=WRITE_TEST_BODY)
        except (ClientError, BotoCoreError) as error:
            raise ApiError("InvalidParameterException", _bucket_message(error)) from error

    def _describe(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            slot = self._slot(region)
            slot.catch_up(self._clock.now_ms())
            tasks = [_find(slot, request["taskId"])] if "taskId" in request else slot.tasks
            wanted = request.get("statusCode")
            chosen, token = page(
                [task for task in tasks if wanted in {None, task.status_code}],
                lambda task: task.number,
                request.get("nextToken"),
                request.get("limit", _MAX_TASKS),
                descending=True,
            )
            return {"exportTasks": [task.describe() for task in chosen], **({"nextToken": token} if token else {})}

    def _cancel(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            slot, now_ms = self._slot(region), self._clock.now_ms()
            slot.catch_up(now_ms)
            if not _find(slot, request["taskId"]).cancel(now_ms):
                raise ApiError("InvalidOperationException", "The specified export task has already finished.")
        return {}


def _find(slot: ExportSlot, task_id: str) -> ExportTask:
    for task in slot.tasks:
        if task.task_id == task_id:
            return task
    raise ApiError("ResourceNotFoundException", "The specified export task does not exist.")


def _bucket_message(error: ClientError | BotoCoreError) -> str:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    if code == "NoSuchBucket":
        return "The given bucket does not exist. Please make sure the bucket is valid."
    return _no_permission("PutObject", code)


def _no_permission(operation: str, code: str) -> str:
    return (
        f"{operation} call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to "
        f"perform this operation. ({code})"
    )
