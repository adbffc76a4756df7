"""The emulated log store: loads events of any age and reads them back for the export service.

PutLogEvents refuses events older than 14 days, as AWS does, so a load goes to moto's objects directly. This is the one
module that knows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from moto.core import DEFAULT_ACCOUNT_ID
from moto.logs.models import LogEvent, logs_backends

from glue_jobs.core.units import EpochMs, from_ms, to_ms
from glue_jobs.errors import ConfigError

if TYPE_CHECKING:
    from datetime import datetime

_EVENT_OVERHEAD_BYTES = 26
"""What CloudWatch counts for each event beside its message (PutLogEvents)."""


class StoredEvent(NamedTuple):
    """An event as CloudWatch keeps it."""

    timestamp_ms: int
    message: str


class LogStore:
    """The log groups of one Region in moto's account."""

    def __init__(self, region: str) -> None:
        self._region = region

    @property
    def _backend(self) -> Any:
        return logs_backends[DEFAULT_ACCOUNT_ID][self._region]

    def load(self, log_group: str, log_stream: str, events: Iterable[tuple[int, str]], now_ms: int) -> int:
        """Appends events to a stream, making group and stream where they don't exist.

        Args:
            log_group: its name.
            log_stream: its name.
            events: (milliseconds since the epoch, message), of any age and in any order.
            now_ms: when they are said to be ingested.

        Returns:
            How many events were added.

        Raises:
            ConfigError: CloudWatch Logs takes no group or stream of that name.
        """
        _check_name("log group", log_group, r"[.\-_/#A-Za-z0-9]{1,512}", "letters, digits and . - _ / #")
        _check_name("log stream", log_stream, r"[^:*]{1,512}", "anything but : and *")
        group = self._group(log_group, now_ms)
        if log_stream not in group.streams:
            group.create_log_stream(log_stream)
            group.streams[log_stream].creation_time = _moto_time(now_ms)
        stream = group.streams[log_stream]
        fresh = [LogEvent(now_ms, {"timestamp": stamp, "message": message}) for stamp, message in events]
        if not fresh:
            return 0
        stream.events.extend(fresh)
        stream.stored_bytes += sum(_EVENT_OVERHEAD_BYTES + len(e.message.encode("utf-8", "replace")) for e in fresh)
        stream.last_ingestion_time = _moto_time(now_ms)
        stream.upload_sequence_token += 1
        self._backdate(group, stream, min(event.timestamp for event in fresh))
        return len(fresh)

    def _group(self, name: str, now_ms: int) -> Any:
        if name not in self._backend.groups:
            self._backend.create_log_group(name, {})
            self._backend.groups[name].creation_time = _moto_time(now_ms)
        return self._backend.groups[name]

    @staticmethod
    def _backdate(group: Any, stream: Any, first_ms: int) -> None:
        """A group is never younger than its events: CreateExportTask refuses a `to` before its creation."""
        first = _moto_time(first_ms)
        stream.creation_time = min(stream.creation_time, first)
        group.creation_time = min(group.creation_time, first)

    def created_ms(self, log_group: str) -> EpochMs | None:
        """When a group was created, or None where there is no such group."""
        group = self._backend.groups.get(log_group)
        return to_ms(group.creation_time.replace(tzinfo=timezone.utc)) if group else None

    def stream_names(self, log_group: str) -> list[str]:
        """The streams of a group, by name (UTF-8 order)."""
        return sorted(self._backend.groups[log_group].streams, key=lambda name: name.encode("utf-8"))

    def describe_stream(self, log_group: str, log_stream: str) -> dict[str, Any]:
        """A stream as DescribeLogStreams tells it."""
        described: dict[str, Any] = self._backend.groups[log_group].streams[log_stream].to_describe_dict()
        return described

    def events(self, log_group: str, log_stream: str, from_ms: int, to_ms: int) -> Iterator[StoredEvent]:
        """The events of a stream in ``[from_ms, to_ms]``, both included, by time; ties as they came in."""
        stored = self._backend.groups[log_group].streams[log_stream].events
        inside = (event for event in list(stored) if from_ms <= event.timestamp <= to_ms)
        for event in sorted(inside, key=lambda event: event.timestamp):
            yield StoredEvent(event.timestamp, event.message)


def _check_name(kind: str, name: str, pattern: str, rule: str) -> None:
    """CreateLogGroup and CreateLogStream: what a name may be made of."""
    if not re.fullmatch(pattern, name, re.DOTALL):
        raise ConfigError(f"{name!r} can't be the name of a {kind}: it takes 1 to 512 characters, {rule}.")


def _moto_time(ms: int) -> datetime:
    """A time as moto keeps it: UTC without a zone."""
    return from_ms(ms).replace(tzinfo=None)
