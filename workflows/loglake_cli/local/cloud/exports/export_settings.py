"""How the emulated export service behaves: times, failures, late events, and the exports of others."""

from __future__ import annotations

import hashlib
import math
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from loglake_cli.local.cloud.logs.log_store import Arrival, StoredEvent, at_once


@dataclass(frozen=True)
class Durations:
    """How long a task is PENDING, RUNNING and PENDING_CANCEL; writing its objects may take longer."""

    pending_s: float = 0.05
    running_s: float = 0.1
    cancelling_s: float = 0.0


class LogNormalDurations:
    """Running times from a log-normal distribution; the same seed gives the same times in the same order.

    Args:
        median_s: half of the tasks take less.
        sigma: of the logarithm: 0.5 spreads little; with 1.0 one task in forty takes seven times the median.
        seed: the seed of the draws.
        pending_s: how long every task is PENDING.
    """

    def __init__(self, median_s: float, sigma: float, seed: int, pending_s: float = 1.0) -> None:
        self._mu = math.log(median_s)
        self._sigma = sigma
        self._random = random.Random(seed)
        self._pending_s = pending_s
        self._lock = threading.Lock()

    def __call__(self, _request: dict[str, Any]) -> Durations:
        """The durations of the next task."""
        with self._lock:
            return Durations(self._pending_s, self._random.lognormvariate(self._mu, self._sigma))


@dataclass(frozen=True)
class LateArrival:
    """Some events become visible to export tasks only some time after they are written: an `Arrival`.

    The event and the seed alone decide which events, and how much later.

    Attributes:
        share: the share of all events, 0 to 1.
        longest_s: the longest delay; CreateExportTask says 12 hours.
        seed: another seed delays other events.
    """

    share: float
    longest_s: float = 12 * 3600
    seed: int = 0

    def __call__(self, log_group: str, event: StoredEvent) -> int:
        """Milliseconds from an event's ingestion until an export task finds it."""
        seeded = f"{self.seed} {log_group} {event.timestamp_ms} {event.message}".encode("utf-8", "replace")
        drawn = int.from_bytes(hashlib.blake2b(seeded, digest_size=8).digest(), "big")
        chosen, how_late = (drawn >> 32) / 2**32, (drawn & 0xFFFFFFFF) / 2**32
        return round(how_late * self.longest_s * 1000) if chosen < self.share else 0


@dataclass(frozen=True)
class OtherExports:
    """Export tasks that somebody else starts in the account. They take the one slot and write to their own bucket.

    A task waits while the slot is taken.

    Attributes:
        first_ms: when the first one starts.
        running_s: how long each runs.
        every_s: seconds from one start to the next; None: there is only one.
        name: the name of the tasks.
        log_group: the log group that they export.
        bucket: the destination bucket.
        prefix: the prefix of their keys.
    """

    first_ms: int
    running_s: float
    every_s: float | None = None
    name: str = "nightly-archive"
    log_group: str = "/somebody/else"
    bucket: str = "somebody-elses-bucket"
    prefix: str = "exportedlogs"

    def request(self, started_ms: int) -> dict[str, Any]:
        """The CreateExportTask request for the day before."""
        return {
            "taskName": self.name,
            "logGroupName": self.log_group,
            "from": max(0, started_ms - 86_400_000),
            "to": started_ms,
            "destination": self.bucket,
            "destinationPrefix": self.prefix,
        }


@dataclass(frozen=True)
class ExportSettings:
    """How the export service behaves.

    Attributes:
        durations: gives the durations of a task, from its CreateExportTask request.
        failures: takes a request. Returns an error message if the task is to end FAILED after its first object, else an
            empty text.
        arrival: when an export task finds an event, if the load doesn't say.
        others: export tasks of others in the account, in the Region of the embedded AWS.
        history: how many ended tasks are kept in each Region. CloudWatch's number is not documented.
        events_per_object: the most events of a stream in one object.
        bytes_per_object: an object ends when it has this many bytes of text. CloudWatch cuts streams into objects
            (``000000.gz``, ``000001.gz``), but its rule is not documented.
    """

    durations: Callable[[dict[str, Any]], Durations] = field(default=lambda _request: Durations())
    failures: Callable[[dict[str, Any]], str] = field(default=lambda _request: "")
    arrival: Arrival = at_once
    others: tuple[OtherExports, ...] = ()
    history: int = 10_000
    events_per_object: int = 10_000
    bytes_per_object: int = 64 * 1024 * 1024
