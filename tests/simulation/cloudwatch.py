"""Simulates CloudWatch Logs: log groups, and one export task at a time for the whole account."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from loglake.core.cloud_types import ExportTask, LogGroup
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import ExportRefusedError, ExportSlotBusyError, NotFoundError
from simulation.stores import IndexedStore
from simulation.traffic import GroupTraffic
from simulation.virtual_time import Calendar

if TYPE_CHECKING:
    from support.truth.oracle import Hour

SPREAD = 0.6
"""Of the logarithm of task times: their mean is 1.2 times their median."""

EVENT_BYTES = 250
_GZIP = 0.18
"""Bytes of an exported object for a byte of text."""
TASK_BYTES_A_SECOND = 20_000_000
"""What a task exports; AWS does not say how much it is."""

FAILING = 0.002
"""The share of export tasks that fail without a reason."""

_REMEMBERED = 50
"""Tasks that it can be asked about."""

_OTHERS = ExportTask("foreign", "nightly", "RUNNING", "", "theirs", "exportedlogs", "/theirs")


@dataclass
class _Task:
    reported: ExportTask
    end_ms: int
    found: list[tuple[LogGroupName, int, int]]
    fails: bool


@dataclass
class SlotUse:
    """How long each party had the export slot, in ms."""

    ours_ms: int = 0
    others_ms: int = 0
    tasks: int = 0


@dataclass
class SimulatedCloudWatch:
    """Implements `core.ports.ExportTasks`, and is the oracle's source.

    A task finds what was exportable when it was started. Somebody else's task, once it waits, takes the slot as soon as
    ours has ended: they look for it more often than we do.
    """

    calendar: Calendar
    raw: IndexedStore
    median_s: float
    speed: float
    seed: int
    groups: dict[LogGroupName, LogGroup] = field(default_factory=dict)
    traffic: dict[LogGroupName, GroupTraffic] = field(default_factory=dict)
    use: SlotUse = field(default_factory=SlotUse)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._tasks: dict[str, _Task] = {}
        self._busy_until_ms = 0
        self._wanted: list[tuple[int, int]] = []  # somebody else's tasks: since when each waits, how long it will take

    def export_other(self, lasts_ms: int) -> None:
        """Queues an export of somebody else."""
        self._wanted.append((self.calendar.now_ms(), lasts_ms))
        self._settle()

    def _settle(self) -> None:
        """Gives the slot to somebody else from the moment when it became free."""
        while self._wanted and self._busy_until_ms <= self.calendar.now_ms():
            wanted_ms, lasts_ms = self._wanted.pop(0)
            self._busy_until_ms = max(self._busy_until_ms, wanted_ms) + lasts_ms
            self.use.others_ms += lasts_ms

    def log_groups(self) -> Iterator[LogGroup]:
        yield from sorted(self.groups.values(), key=lambda group: group.name)

    def stream_names(self, log_group: LogGroupName) -> Iterator[str]:
        yield "all"

    def create(self, name: str, log_group: LogGroupName, window: Window, bucket: str, prefix: str) -> str:
        group, now_ms = self.groups.get(log_group), self.calendar.now_ms()
        if group is None:
            raise NotFoundError("The specified log group does not exist.", log_group)
        if window.to_ms - 1 < group.created_ms:
            raise ExportRefusedError("The specified time range ends before the log group was created.")
        self._settle()
        if self._busy_until_ms > now_ms:
            raise ExportSlotBusyError("Resource limit exceeded.")
        found = self.found(group, window)
        size_bytes = sum(events for _, _, events in found) * EVENT_BYTES
        lasts_s = self._random.lognormvariate(0, SPREAD) * self.median_s + size_bytes / (
            TASK_BYTES_A_SECOND * self.speed
        )
        lasts_ms = int(lasts_s * 1000)
        self._busy_until_ms = now_ms + lasts_ms
        self.use.ours_ms += lasts_ms
        self.use.tasks += 1
        task_id = f"task-{self.use.tasks:07d}"
        reported = ExportTask(task_id, name, "RUNNING", "", bucket, prefix, log_group, now_ms)
        fails = self._random.random() < FAILING
        self._tasks[task_id] = _Task(reported, self._busy_until_ms, found, fails)
        if len(self._tasks) > _REMEMBERED:
            del self._tasks[next(iter(self._tasks))]
        return task_id

    def found(self, group: LogGroup, window: Window) -> list[tuple[LogGroupName, int, int]]:
        """What an export of a window finds: how many events of each hour."""
        now_ms = self.calendar.now_ms()
        from_ms = max(window.from_ms, self._edge_ms(group, now_ms))
        hours = (
            self.traffic[group.name].by_hour(Window(EpochMs(from_ms), window.to_ms), now_ms)
            if from_ms < window.to_ms
            else []
        )
        return [(group.name, hour_ms, events) for hour_ms, events in hours]

    def _edge_ms(self, group: LogGroup, now_ms: int) -> int:
        """The first whole hour that retention keeps."""
        edge_ms = now_ms - group.retention_days * MS_PER_DAY if group.retention_days else 0
        return edge_ms + -edge_ms % MS_PER_HOUR

    def events(self, hour: Hour, by_ms: int) -> int:
        """As the oracle asks."""
        traffic = self.traffic.get(LogGroupName(hour.log_group))
        if traffic is None or hour.from_ms < traffic.start_ms:
            return 0
        return traffic.exportable(Window(EpochMs(hour.from_ms), EpochMs(hour.to_ms)), by_ms)

    def came(self, hour: Hour, by_ms: int) -> int:
        """As the oracle asks."""
        return self.events(hour, by_ms)

    def kept_since_ms(self, log_group: str, now_ms: int) -> int | None:
        """As the oracle asks."""
        group = self.groups.get(LogGroupName(log_group))
        return self._edge_ms(group, now_ms) if group else None

    def describe(self, task_id: str) -> ExportTask:
        task = self._tasks.get(task_id)
        if task is None:
            raise NotFoundError("The specified export task does not exist.", task_id)
        if task.reported.status == "RUNNING" and task.end_ms <= self.calendar.now_ms():
            self._end(task)
        return task.reported

    def _end(self, task: _Task) -> None:
        if task.fails:
            task.reported = replace(task.reported, status="FAILED", message="internal error")
            return
        task.reported = replace(task.reported, status="COMPLETED")
        if task.found:
            key = f"{task.reported.prefix}/{task.reported.task_id}/all/000000.gz"
            self.raw.put(key, json.dumps(task.found).encode())
            self.raw.sizes[key] = round(sum(events for _, _, events in task.found) * EVENT_BYTES * _GZIP)

    def find(self, name: str, bucket: str, prefix: str, since_ms: int = 0) -> ExportTask | None:
        for task in reversed(list(self._tasks.values())):
            if (task.reported.name, task.reported.prefix) == (name, prefix) and task.reported.created_ms >= since_ms:
                return self.describe(task.reported.task_id)
        return None

    def active(self) -> ExportTask | None:
        self._settle()
        if self._busy_until_ms <= self.calendar.now_ms():
            return None
        mine = next((task for task in self._tasks.values() if task.end_ms > self.calendar.now_ms()), None)
        return (
            mine.reported
            if mine
            else ExportTask("foreign", "nightly", "RUNNING", "", "theirs", "exportedlogs", "/theirs")
        )

    def incoming_events(self, log_group: LogGroupName, from_ms: int, to_ms: int) -> int | None:
        # Only events up to now, because the sums include the future.
        now_ms = self.calendar.now_ms()
        return self.traffic[log_group].incoming(from_ms, min(to_ms, now_ms - now_ms % MS_PER_HOUR))

    def incoming_bytes(self, log_group: LogGroupName, now_ms: int) -> int | None:
        traffic = self.traffic[log_group]
        days = max(1, (now_ms - traffic.start_ms) // MS_PER_DAY)
        events = traffic.incoming(traffic.start_ms, now_ms)
        return events * EVENT_BYTES // days if events else None
