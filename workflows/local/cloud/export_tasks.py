"""Export tasks as CloudWatch Logs runs them: one at a time, PENDING, RUNNING, COMPLETED, objects in the real layout."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable

from botocore.exceptions import BotoCoreError, ClientError

from workflows.local.cloud.export_objects import export_objects
from workflows.local.cloud.json_service import ApiError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from glue_jobs.core.ports import Clock
    from workflows.local.cloud.log_store import LogStore

ACTIVE = frozenset({"PENDING", "RUNNING", "PENDING_CANCEL"})
"""The states in which a task takes the account's one slot."""

_MAX_KEY_BYTES = 1024
_MESSAGES = {
    "COMPLETED": "Completed successfully",
    "CANCELLED": "Cancelled by user",
}


@dataclass(frozen=True)
class Durations:
    """How long a task is PENDING, and how long RUNNING at the least; writing its objects may take longer."""

    pending_s: float = 0.05
    running_s: float = 0.1


@dataclass(frozen=True)
class ExportSettings:
    """How the export service behaves.

    Attributes:
        durations: gives the durations of a task, from its CreateExportTask request.
        events_per_object: an object holds at most so many events of a stream.
        bytes_per_object: an object ends when so many bytes of text are in it. How CloudWatch cuts streams is not
            documented; that it does is (``000000.gz``, ``000001.gz``).
    """

    durations: Callable[[dict[str, Any]], Durations] = field(default=lambda _request: Durations())
    events_per_object: int = 10_000
    bytes_per_object: int = 64 * 1024 * 1024


class ExportTask:
    """One task: its description, and the thread that carries it out."""

    def __init__(self, number: int, task_id: str, request: dict[str, Any], clock: Clock) -> None:
        self.number = number
        self.task_id = task_id
        self._request = request
        self._clock = clock
        self._lock = threading.Lock()
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._status = {"code": "PENDING"}
        self._execution = {"creationTime": int(clock.now_ms())}

    @property
    def status_code(self) -> str:
        """PENDING, RUNNING, COMPLETED, FAILED, PENDING_CANCEL or CANCELLED."""
        return self._status["code"]

    def describe(self) -> dict[str, Any]:
        """The task as DescribeExportTasks tells it."""
        with self._lock:
            wanted = ("taskName", "logGroupName", "from", "to", "destination", "destinationPrefix")
            told = {name: self._request[name] for name in wanted if name in self._request}
            return {"taskId": self.task_id, **told, "status": self._status, "executionInfo": self._execution}

    def start(self, store: LogStore, s3: S3Client, settings: ExportSettings) -> None:
        """Carries the task out in a thread."""
        self._thread = threading.Thread(
            target=self._run, args=(store, s3, settings), name=f"export-{self.task_id}", daemon=True
        )
        self._thread.start()

    def cancel(self) -> bool:
        """Asks the task to end; False where it has ended already."""
        with self._lock:
            if self._status["code"] not in ACTIVE:
                return False
            self._status = {"code": "PENDING_CANCEL"}
        self._cancel.set()
        return True

    def join(self) -> None:
        """Waits until the thread is gone."""
        if self._thread:
            self._thread.join()

    def _run(self, store: LogStore, s3: S3Client, settings: ExportSettings) -> None:
        durations = settings.durations(self._request)
        if self._cancel.wait(durations.pending_s) or not self._enter("RUNNING"):
            self._finish("CANCELLED")
            return
        started = time.monotonic()
        try:
            cancelled = self._write(store, s3, settings)
        except (ApiError, ClientError, BotoCoreError) as error:
            self._finish("FAILED", str(error))
            return
        cancelled = cancelled or self._cancel.wait(max(0.0, durations.running_s - (time.monotonic() - started)))
        self._finish("CANCELLED" if cancelled else "COMPLETED")

    def _write(self, store: LogStore, s3: S3Client, settings: ExportSettings) -> bool:
        """Writes the objects; True where the task was cancelled on the way."""
        objects = export_objects(
            store, self._request, self.task_id, settings.events_per_object, settings.bytes_per_object
        )
        for key, body in objects:
            if self._cancel.is_set():
                return True
            if len(key.encode("utf-8")) > _MAX_KEY_BYTES:  # S3 says so, moto does not
                raise ApiError("KeyTooLongError", f"Your key is too long: {key}")
            s3.put_object(Bucket=self._request["destination"], Key=key, Body=body)
        return False

    def _enter(self, code: str) -> bool:
        with self._lock:
            if self._status["code"] == "PENDING_CANCEL":
                return False
            self._status = {"code": code}
            return True

    def _finish(self, code: str, message: str = "") -> None:
        with self._lock:
            self._status = {"code": code, "message": message or _MESSAGES[code]}
            self._execution = {**self._execution, "completionTime": int(self._clock.now_ms())}
