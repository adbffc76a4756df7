"""How the emulated export service behaves: times, failures, late events, and the exports of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gluelocal.cloud.logs.log_store import Arrival, at_once


@dataclass(frozen=True)
class Durations:
    """How long a task is PENDING, RUNNING and PENDING_CANCEL; writing its objects may take longer."""

    pending_s: float = 0.02
    running_s: float = 0.05
    cancelling_s: float = 0.0


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
