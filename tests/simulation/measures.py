"""Measures during a simulation: the lag of each hour of each log group, and who waited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from loglake.core.ledger.row import LedgerRow, Queue
from loglake.core.planning.passes import Pass, pass_of
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, LogGroupName
from loglake.pipelines.export.report import ExportReport

Lags = npt.NDArray[np.int32]
"""Minutes by log group and hour; `NOT_YET` and `NEVER` (the group does not exist then) are below 0."""

NOT_YET, NEVER = -1, -2


@dataclass(frozen=True)
class Snapshot:
    """How many windows waited in each queue when the last run of the export job ended."""

    at_ms: int
    waiting: Counter[Queue]

    @property
    def length(self) -> int:
        """How many windows wait, in all queues."""
        return sum(self.waiting.values())


@dataclass
class Measures:
    """The numbers of one simulation.

    Attributes:
        fresh: from the end of an hour of a log group until its events are in the table for the first time.
        settled: from the end of an hour's day until that has settled in the table.
        snapshots: what waited, each hour.
        tasks: windows that were exported and converted, by day and queue.
        runs: of the export job.
        empty_retries: empty exports that were retried.
        failed: windows that need a person.
        transient: convert runs that left a window for the next one.
    """

    alive: Mapping[LogGroupName, range]
    start_ms: int
    hours: int
    snapshots: list[Snapshot] = field(default_factory=list)
    tasks: Counter[tuple[int, Queue]] = field(default_factory=Counter)
    empty_retries: int = 0
    failed: int = 0
    runs: int = 0
    transient: int = 0

    def __post_init__(self) -> None:
        self._numbers = {name: number for number, name in enumerate(self.alive)}
        self.fresh: Lags = np.full((len(self.alive), self.hours), NEVER, dtype=np.int32)
        for number, hours in enumerate(self.alive.values()):
            self.fresh[number, hours.start : hours.stop] = NOT_YET
        self.settled = self.fresh.copy()
        self._waiting: Counter[Queue] = Counter()

    def exported(self, report: ExportReport) -> None:
        """A run of the export job ended."""
        self.runs += 1
        self.empty_retries += report.empty_retries
        self.failed += len(report.failed)
        self._waiting = Counter({queue: each.windows for queue, each in report.waiting.items()})

    def snapshot(self, now_ms: int) -> None:
        """Counts what waits."""
        self.snapshots.append(Snapshot(now_ms, self._waiting))

    def converted(self, row: LedgerRow, now_ms: int) -> None:
        """A window is in the table."""
        self.tasks[(now_ms - self.start_ms) // MS_PER_DAY, row.queue] += 1
        number = self._numbers[row.log_group]
        first = (row.window.from_ms - self.start_ms) // MS_PER_HOUR
        end = (row.window.to_ms - self.start_ms) // MS_PER_HOUR
        hour = np.arange(first, end)
        now_minutes = (now_ms - self.start_ms) // MS_PER_MINUTE
        _first_time(self.fresh[number, first:end], now_minutes - (hour + 1) * 60)
        if pass_of(row, MS_PER_DAY) >= Pass.SETTLED:
            _first_time(self.settled[number, first:end], now_minutes - (hour // 24 + 1) * 24 * 60)


def _first_time(lags: Lags, minutes: npt.NDArray[np.int64]) -> None:
    new = lags == NOT_YET
    lags[new] = minutes[new]
