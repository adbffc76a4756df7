"""The objects of an export task, as CloudWatch Logs lays them out, and the thread that writes them."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from isal import igzip

from gluelocal.cloud.logs.log_store import LogStore, StoredEvent
from gluelocal.cloud.wire.json_service import ApiError
from loglake.core.units import format_instant

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Durations:
    """How long a task is PENDING, RUNNING and PENDING_CANCEL; writing its objects may take longer."""

    pending_s: float = 0.02
    running_s: float = 0.05
    cancelling_s: float = 0.0


@dataclass(frozen=True)
class ExportSettings:
    """How the export service behaves.

    Attributes:
        durations: gives the durations of a task, from its CreateExportTask request.
        failures: takes a request. Returns an error message if the task is to end FAILED after its first object, else an
            empty text.
        history: how many ended tasks are kept in each Region. CloudWatch's number is not documented.
        events_per_object: the most events of a stream in one object.
        bytes_per_object: an object ends when it has this many bytes of text. CloudWatch cuts streams into objects
            (``000000.gz``, ``000001.gz``), but its rule is not documented.
    """

    durations: Callable[[dict[str, Any]], Durations] = field(default=lambda _request: Durations())
    failures: Callable[[dict[str, Any]], str] = field(default=lambda _request: "")
    history: int = 10_000
    events_per_object: int = 10_000
    bytes_per_object: int = 64 * 1024 * 1024


WRITE_TEST_NAME = "aws-logs-write-test"
WRITE_TEST_BODY = b"Permission Check Successful"


def write_test_key(prefix: str) -> str:
    """The key of the plain object that CreateExportTask writes to test its permission."""
    return _join(prefix, WRITE_TEST_NAME)


def export_objects(
    store: LogStore, request: dict[str, Any], task_id: str, settings: ExportSettings, as_of_ms: int
) -> Iterator[tuple[str, bytes]]:
    """Keys and gzip bodies: ``<prefix>/<task id>/<stream, with - for />/000000.gz`` and so on.

    A stream without events in the range gives no object. Streams that have the same name once ``/`` is ``-`` share a
    folder; the numbers continue there, so no object overwrites another. One object is in memory at a time.

    Args:
        store: holds the events.
        request: a CreateExportTask request with its `destinationPrefix`; `from` and `to` are both included.
        task_id: the id of the task.
        settings: the maximum size of an object.
        as_of_ms: only events that a task finds at this time are included.

    Raises:
        KeyError: the group or a stream no longer exists.
    """
    group, prefix = request["logGroupName"], request["destinationPrefix"]
    numbers: defaultdict[str, int] = defaultdict(int)
    streams = [name for name in store.stream_names(group) if name.startswith(request.get("logStreamNamePrefix", ""))]
    for stream in streams:
        folder = stream.replace("/", "-")
        events = store.events(group, stream, request["from"], request["to"], as_of_ms)
        for text in _split(events, settings.events_per_object, settings.bytes_per_object):
            yield _join(prefix, task_id, folder, f"{numbers[folder]:06d}.gz"), igzip.compress(text, mtime=0)
            numbers[folder] += 1


def _split(events: Iterable[StoredEvent], max_events: int, max_bytes: int) -> Iterator[bytes]:
    lines: list[bytes] = []
    size = 0
    for event in events:
        lines.append(export_line(event))
        size += len(lines[-1])
        if len(lines) >= max_events or size >= max_bytes:
            yield b"".join(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines)


def export_line(event: StoredEvent) -> bytes:
    r"""``2023-11-14T12:34:56.789Z <message>\n``; a message's own newlines stay, without a timestamp."""
    return f"{format_instant(event.timestamp_ms)} {event.message}\n".encode("utf-8", "replace")


def _join(*parts: str) -> str:
    return "/".join(part for part in parts if part)


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
