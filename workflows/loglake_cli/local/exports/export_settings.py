"""How the emulated export service behaves: times, failures and late events."""

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
class ExportSettings:
    """How the export service behaves.

    Attributes:
        durations: gives the durations of a task, from its CreateExportTask request.
        failures: takes a request. Returns an error message if the task is to end FAILED after its first object, else an
            empty text.
        arrival: when an export task finds an event, if the load doesn't say.
        history: how many ended tasks are kept in each Region. CloudWatch's number is not documented.
        events_per_object: the most events of a stream in one object.
        bytes_per_object: an object ends when it has this many bytes of text. CloudWatch cuts streams into objects
            (``000000.gz``, ``000001.gz``), but its rule is not documented.
    """

    durations: Callable[[dict[str, Any]], Durations] = field(default=lambda _request: Durations())
    failures: Callable[[dict[str, Any]], str] = field(default=lambda _request: "")
    arrival: Arrival = at_once
    history: int = 10_000
    events_per_object: int = 10_000
    bytes_per_object: int = 64 * 1024 * 1024
