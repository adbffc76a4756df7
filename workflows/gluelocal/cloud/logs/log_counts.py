"""What was written to a log stream: events per minute, and bytes."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from gluelocal.units import MS_PER_MINUTE

EVENT_OVERHEAD_BYTES = 26
"""The bytes that CloudWatch adds to each event's UTF-8 message (PutLogEvents)."""

_LOCK = threading.Lock()


@dataclass
class LogCounts:
    """Counts of one or several streams.

    Attributes:
        events: the number of events.
        stored_bytes: their size as CloudWatch counts it.
        by_minute: ingested events per minute, by the minute's first millisecond.
    """

    events: int = 0
    stored_bytes: int = 0
    by_minute: Counter[int] = field(default_factory=Counter)

    def __add__(self, other: LogCounts) -> LogCounts:
        return LogCounts(
            self.events + other.events, self.stored_bytes + other.stored_bytes, self.by_minute + other.by_minute
        )


def counts_of(stream: Any) -> LogCounts:
    """The counts of one of moto's streams. They are stored with the stream, so each event is counted only once."""
    with _LOCK:
        log_counts: LogCounts = getattr(stream, "log_counts", None) or LogCounts()
        for event in stream.events[log_counts.events :]:
            log_counts.events += 1
            log_counts.stored_bytes += EVENT_OVERHEAD_BYTES + len(event.message.encode("utf-8", "replace"))
            log_counts.by_minute[event.ingestion_time // MS_PER_MINUTE * MS_PER_MINUTE] += 1
        stream.log_counts = log_counts
        return LogCounts(log_counts.events, log_counts.stored_bytes, Counter(log_counts.by_minute))
