"""What was written to a log stream: how many events in which minute, and how many bytes."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from loglake.core.units import MS_PER_MINUTE

EVENT_OVERHEAD_BYTES = 26
"""What CloudWatch counts for each event beside its message in UTF-8 (PutLogEvents)."""

_LOCK = threading.Lock()


@dataclass
class Tally:
    """Counts of a stream, or of several added up.

    Attributes:
        events: how many were counted.
        stored_bytes: their size as CloudWatch counts it.
        by_minute: how many were ingested in which minute (its first millisecond).
    """

    events: int = 0
    stored_bytes: int = 0
    by_minute: Counter[int] = field(default_factory=Counter)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.events + other.events, self.stored_bytes + other.stored_bytes, self.by_minute + other.by_minute
        )

    def count(self, event: Any) -> None:
        """Adds one event."""
        self.events += 1
        self.stored_bytes += EVENT_OVERHEAD_BYTES + len(event.message.encode("utf-8", "replace"))
        self.by_minute[event.ingestion_time // MS_PER_MINUTE * MS_PER_MINUTE] += 1


def tally_of(stream: Any) -> Tally:
    """The tally of one of moto's streams, kept with it: each event is counted once, however often it is asked for."""
    with _LOCK:
        tally: Tally = getattr(stream, "tally", None) or Tally()
        for event in stream.events[tally.events :]:
            tally.count(event)
        stream.tally = tally
        return Tally(tally.events, tally.stored_bytes, Counter(tally.by_minute))
