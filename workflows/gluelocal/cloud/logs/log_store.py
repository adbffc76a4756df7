"""The emulated log store: loads events of any age and reads them back for the export service.

PutLogEvents refuses events older than 14 days, as AWS does, so a load goes directly to moto's objects. Only this module
knows these objects.

An event has three times: its own, its ingestion, and when an export task first finds it. On AWS the last one is up to
12 hours after the ingestion (CreateExportTask).
"""

from __future__ import annotations

import heapq
import math
import re
import secrets
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Callable, NamedTuple

from moto.core import DEFAULT_ACCOUNT_ID
from moto.logs import models as moto_logs
from moto.logs.models import LogEvent, logs_backends
from moto.logs.utils import EventMessageFilter

from athena_duckdb.errors import ConfigError
from gluelocal.clock import Clock
from gluelocal.units import MS_PER_MINUTE, from_ms, to_ms

_EVENT_OVERHEAD_BYTES = 26
"""The bytes that CloudWatch adds to each event's UTF-8 message (PutLogEvents)."""

_LOCK = threading.Lock()


@dataclass
class LogCounts:
    """Counts of one or several streams.

    Attributes:
        events: the number of events.
        stored_bytes: their size as CloudWatch counts it.
        by_minute: ingested events per minute, by the minute's first millisecond.
        bytes_by_minute: the bytes of their messages.
    """

    events: int = 0
    stored_bytes: int = 0
    by_minute: Counter[int] = field(default_factory=Counter)
    bytes_by_minute: Counter[int] = field(default_factory=Counter)

    def __add__(self, other: LogCounts) -> LogCounts:
        return LogCounts(
            self.events + other.events,
            self.stored_bytes + other.stored_bytes,
            self.by_minute + other.by_minute,
            self.bytes_by_minute + other.bytes_by_minute,
        )


def _counts_of(stream: Any) -> LogCounts:
    """The counts of one of moto's streams. They are stored with the stream, so each event is counted only once."""
    with _LOCK:
        log_counts: LogCounts = getattr(stream, "log_counts", None) or LogCounts()
        for event in stream.events[log_counts.events :]:
            log_counts.events += 1
            size, minute_ms = len(event.message.encode("utf-8", "replace")), event.ingestion_time // MS_PER_MINUTE
            log_counts.stored_bytes += _EVENT_OVERHEAD_BYTES + size
            log_counts.by_minute[minute_ms * MS_PER_MINUTE] += 1
            log_counts.bytes_by_minute[minute_ms * MS_PER_MINUTE] += size
        stream.log_counts = log_counts
        return log_counts + LogCounts()


class StoredEvent(NamedTuple):
    """An event as CloudWatch keeps it, with its ingestion time."""

    timestamp_ms: int
    message: str
    ingested_ms: int = 0


Position = tuple[int, int, int]
"""Where an event stands in its log group: its time, its ingestion time, and a number that grows."""


class _Event(LogEvent):  # type: ignore[misc]  # moto has no types here
    """An event with an id like CloudWatch's: 56 digits, unique across processes.

    Attributes:
        number: grows with every event of this process.
    """

    _process = secrets.randbelow(10**20)

    @property
    def event_id(self) -> str:
        """Made on demand: most events of a large load never need their id."""
        return f"3{self.timestamp:019d}{self._process:020d}{self.number:016d}"

    @event_id.setter
    def event_id(self, number: int) -> None:
        self.number = number


def keep_time(clock: Clock) -> Callable[[], None]:
    """Makes moto use a clock for groups, streams and events, and unique event ids; returns the undo function."""
    before = moto_logs.utcnow, moto_logs.LogEvent

    def undo() -> None:
        moto_logs.utcnow, moto_logs.LogEvent = before

    moto_logs.LogEvent = _Event
    moto_logs.utcnow = lambda: _moto_time(clock.now_ms())
    return undo


class LogStore:
    """The log groups of one Region in moto's account.

    Attributes:
        classes: the classes of log groups that are not STANDARD; moto forgets them.
    """

    def __init__(self, region: str) -> None:
        self._region = region
        self.classes: dict[str, str] = {}

    @property
    def _backend(self) -> Any:
        return logs_backends[DEFAULT_ACCOUNT_ID][self._region]

    def load(
        self,
        log_group: str,
        log_stream: str,
        events: Iterable[tuple[int, str]],
        now_ms: int,
        exportable_at_ms: int | None = None,
        *,
        on_time: bool = False,
    ) -> int:
        """Appends events to a stream. Makes the group and the stream if they don't exist.

        Args:
            log_group: its name.
            log_stream: its name.
            events: (milliseconds since the epoch, message), of any age and in any order.
            now_ms: their ingestion time.
            exportable_at_ms: when an export task first finds them; None: as soon as it is ingested.
            on_time: each event's ingestion time is its own time, if that is before `now_ms`.

        Returns:
            How many events were added.

        Raises:
            ConfigError: CloudWatch Logs allows no group or stream with that name.
        """
        _check_name("log group", log_group, r"[.\-_/#A-Za-z0-9]{1,512}", "letters, digits and . - _ / #")
        _check_name("log stream", log_stream, r"[^:*]{1,512}", "anything but : and *")
        group = self._group(log_group, now_ms)
        if log_stream not in group.streams:
            group.create_log_stream(log_stream)
            group.streams[log_stream].creation_time = _moto_time(now_ms)
        stream = group.streams[log_stream]
        fresh = [
            _Event(min(stamp, now_ms) if on_time else now_ms, {"timestamp": stamp, "message": message})
            for stamp, message in events
        ]
        if not fresh:
            return 0
        for event in fresh:
            event.exportable_at_ms = exportable_at_ms
        stream.events.extend(fresh)
        stream.last_ingestion_time = _moto_time(now_ms)
        stream.upload_sequence_token += 1
        # CreateExportTask refuses a `to` before the group's creation.
        first = _moto_time(min(event.timestamp for event in fresh))
        stream.creation_time = min(stream.creation_time, first)
        group.creation_time = min(group.creation_time, first)
        return len(fresh)

    def put(self, log_group: str, log_stream: str, events: Iterable[Mapping[str, Any]]) -> str:
        """Appends events, in PutLogEvents' form, to a stream that exists; returns its next sequence token.

        Raises:
            KeyError: the group doesn't exist (any more).
        """
        return str(self._backend.groups[log_group].put_log_events(log_stream, list(events)))

    def newest(self, log_group: str, log_stream: str, count: int) -> list[dict[str, Any]]:
        """The events of a stream that were ingested last, in the form of a subscription's payload."""
        events = self._backend.groups[log_group].streams[log_stream].events[-count:]
        return [{"id": event.event_id, "timestamp": event.timestamp, "message": event.message} for event in events]

    def _group(self, name: str, now_ms: int) -> Any:
        if name not in self._backend.groups:
            self._backend.create_log_group(name, {})
            self._backend.groups[name].creation_time = _moto_time(now_ms)
        return self._backend.groups[name]

    def created_ms(self, log_group: str) -> int | None:
        """When a group was created, or None if there is no such group."""
        group = self._backend.groups.get(log_group)
        return to_ms(group.creation_time.replace(tzinfo=timezone.utc)) if group else None

    def group_names(self) -> list[str]:
        """All groups, by name (UTF-8 order)."""
        return sorted(self._backend.groups, key=lambda name: name.encode("utf-8"))

    def describe_group(self, log_group: str) -> dict[str, Any]:
        """A group as DescribeLogGroups shows it."""
        group = self._backend.groups[log_group]
        return {
            **group.to_describe_dict(),
            "storedBytes": self.log_counts(log_group).stored_bytes,
            "logGroupClass": self.log_class(log_group),
        }

    def log_class(self, log_group: str) -> str:
        """The class of a group: STANDARD, INFREQUENT_ACCESS or DELIVERY."""
        return self.classes.get(log_group, "STANDARD")

    def retention_days(self, log_group: str) -> int:
        """How long a group keeps events; 0 if it keeps them for ever."""
        return int(self._backend.groups[log_group].retention_in_days or 0)

    def stream_names(self, log_group: str) -> list[str]:
        """The streams of a group, by name (UTF-8 order).

        Raises:
            KeyError: the group doesn't exist (any more).
        """
        return sorted(self._backend.groups[log_group].streams, key=lambda name: name.encode("utf-8"))

    def describe_stream(self, log_group: str, log_stream: str) -> dict[str, Any]:
        """A stream as DescribeLogStreams shows it."""
        stream = self._backend.groups[log_group].streams[log_stream]
        return {**stream.to_describe_dict(), "storedBytes": _counts_of(stream).stored_bytes}

    def log_counts(self, log_group: str) -> LogCounts:
        """The counts of a group's streams; empty if the group doesn't exist."""
        group = self._backend.groups.get(log_group)
        streams = list(group.streams.values()) if group else []
        return sum((_counts_of(stream) for stream in streams), start=LogCounts())

    def events(
        self, log_group: str, log_stream: str, from_ms: int, to_ms: int, as_of_ms: int | None = None
    ) -> Iterator[StoredEvent]:
        """The events of a stream in ``[from_ms, to_ms]``, both included, by time; equal times in order of ingestion.

        Args:
            log_group: its name.
            log_stream: its name.
            from_ms: the first millisecond.
            to_ms: the last millisecond.
            as_of_ms: only events that an export task finds at this time; None: all.

        Raises:
            KeyError: the group or stream doesn't exist (any more).
        """
        stored = list(self._backend.groups[log_group].streams[log_stream].events)
        inside = [event for event in stored if from_ms <= event.timestamp <= to_ms]
        for event in sorted(inside, key=lambda event: event.timestamp):
            described = StoredEvent(event.timestamp, event.message, event.ingestion_time)
            if as_of_ms is None or _exportable_at_ms(event) <= as_of_ms:
                yield described

    def filtered(
        self, log_group: str, request: Mapping[str, Any], now_ms: int, after: Position | None, most: int
    ) -> list[tuple[Position, dict[str, Any]]]:
        """The next events that FilterLogEvents finds, each with its position, in order: by time, then by ingestion.

        Args:
            log_group: its name.
            request: the members of FilterLogEvents that choose events; `startTime` and `endTime` are both included.
            now_ms: events that are ingested later are not found.
            after: the position of the last event before them; None: from the first one.
            most: how many.

        Raises:
            KeyError: the group doesn't exist (any more).
        """
        names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix", "")
        from_ms, to_ms = request.get("startTime", 0), request.get("endTime", math.inf)
        matches = EventMessageFilter(request.get("filterPattern", "")).matches
        streams = list(self._backend.groups[log_group].streams.items())
        found = (
            ((event.timestamp, event.ingestion_time, event.number), name, event)
            for name, stream in streams
            if (names is None or name in names) and name.startswith(prefix)
            for event in list(stream.events)
            if from_ms <= event.timestamp <= to_ms and event.ingestion_time <= now_ms and matches(event.message)
        )
        later = (each for each in found if after is None or each[0] > after)
        chosen = heapq.nsmallest(most, later, key=lambda each: each[0])
        return [(position, {"logStreamName": name, **event.to_filter_dict()}) for position, name, event in chosen]


def _exportable_at_ms(event: Any) -> int:
    return int(max(event.ingestion_time, getattr(event, "exportable_at_ms", None) or 0))


def _check_name(kind: str, name: str, pattern: str, rule: str) -> None:
    """CreateLogGroup and CreateLogStream: the characters that a name may have."""
    if not re.fullmatch(pattern, name, re.DOTALL):
        raise ConfigError(f"{name!r} can't be the name of a {kind}: it takes 1 to 512 characters, {rule}.")


def _moto_time(ms: int) -> datetime:
    """A time in moto's form: UTC, without a zone."""
    return from_ms(ms).replace(tzinfo=None)
