"""Writes the objects of an export task in a thread, while callers ask for its status."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from gluelocal.cloud.wire.json_service import ApiError
from loglake_cli.local.exports.export_objects import export_objects

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from gluelocal.cloud.logs.log_store import LogStore
    from loglake_cli.local.exports.export_settings import ExportSettings

_MAX_KEY_BYTES = 1024
_WAIT_S = 20.0
"""The longest total wait for a task that is due to end; unless it is huge, it then ends on time."""


class Nothing:
    """The data of an export task of somebody else."""

    error = ""

    def ended(self) -> bool:
        """Whether everything is written."""
        return True

    def stop(self) -> None:
        """Ends the writing."""


class Writing(Nothing):
    """Writes the objects of one task, as of the time at which it began to run."""

    def __init__(
        self,
        store: LogStore,
        s3: S3Client,
        settings: ExportSettings,
        request: dict[str, Any],
        *,
        task_id: str,
        as_of_ms: int,
    ) -> None:
        """Starts writing.

        Args:
            store: holds the events.
            s3: writes to the bucket.
            settings: sizes, and whether the task is to fail.
            request: the CreateExportTask request.
            task_id: the id of the task.
            as_of_ms: only events that a task finds at this time are written.
        """
        self._objects = export_objects(store, request, task_id, settings, as_of_ms)
        self._s3 = s3
        self._bucket = request["destination"]
        self._failure = settings.failures(request)
        self._stopped = threading.Event()
        self._time_left_s = _WAIT_S
        self._thread = threading.Thread(target=self._run, name=f"export-{task_id}", daemon=True)
        self._thread.start()

    def ended(self) -> bool:
        """Whether it has ended. Waits for the end first, at most `_WAIT_S` over all calls."""
        began = time.monotonic()
        self._thread.join(self._time_left_s)
        self._time_left_s = max(0.0, self._time_left_s - (time.monotonic() - began))
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Stops after the object that is being written, and waits for it."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            for key, body in self._objects:
                if self._stopped.is_set():
                    return
                if len(key.encode("utf-8")) > _MAX_KEY_BYTES:  # S3 checks this, moto does not
                    raise ApiError("KeyTooLongError", f"Your key is too long: {key}")
                self._s3.put_object(Bucket=self._bucket, Key=key, Body=body)
                if self._failure:
                    break
            self.error = self._failure
        except KeyError as error:  # deleted while it ran
            self.error = f"The specified log group does not exist, or a stream of it: {error.args[0]}"
        except (ApiError, ClientError, BotoCoreError) as error:
            self.error = str(error)
