"""The objects of an export task, with CloudWatch Logs' layout and format."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from isal import igzip

from gluelocal.cloud.logs.log_store import LogStore, StoredEvent
from loglake.core.units import format_instant
from loglake_cli.local.exports.export_settings import ExportSettings

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
