"""Hand-written fakes of the ports, for tests of the pipelines: no process, no socket, no real time."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from dataclasses import replace

from glue_jobs.core.keys import exported_stream_name
from glue_jobs.core.landing import LandedObject
from glue_jobs.core.ledger import CLOSED, LedgerRow, WindowState
from glue_jobs.core.ports import ExportTask, LogGroup
from glue_jobs.core.schema import TableSchema
from glue_jobs.core.units import EpochMs, LogGroupName, format_instant
from glue_jobs.core.windows import Window
from glue_jobs.errors import ExportRefusedError, ExportSlotBusyError, LedgerConflictError, NotFoundError
from glue_jobs.telemetry import Telemetry
from support.stores import MemoryStore

START_MS = EpochMs(1_795_219_200_000)  # 2026-11-21T00:00:00Z


class ManualClock:
    """Time that moves only when somebody sleeps."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.time_ms = now_ms

    def now_ms(self) -> EpochMs:
        return EpochMs(self.time_ms)

    def sleep(self, seconds: float) -> None:
        self.time_ms += int(seconds * 1000)


class MemoryLedger:
    """The ledger, the schema registry, the landed objects and the pauses in memory."""

    def __init__(self) -> None:
        self.stored: dict[tuple[LogGroupName, Window], LedgerRow] = {}
        self.schemas: dict[str, list[TableSchema]] = {}
        self.landed: dict[str, LandedObject] = {}
        self.pauses: dict[LogGroupName, EpochMs] = {}

    def add(self, row: LedgerRow) -> bool:
        if (row.log_group, row.window) in self.stored:
            return False
        self.stored[row.log_group, row.window] = row
        return True

    def replace(self, row: LedgerRow) -> None:
        before = self.stored.get((row.log_group, row.window))
        if before is None or before.version != row.version - 1:
            raise LedgerConflictError(f"{row.log_group} {row.window}")
        self.stored[row.log_group, row.window] = row

    def rows(self, log_group: LogGroupName) -> list[LedgerRow]:
        return sorted((r for r in self.stored.values() if r.log_group == log_group), key=lambda r: r.window)

    def all_rows(self, table: str | None = None) -> list[LedgerRow]:
        rows = (row for row in self.stored.values() if table in {None, row.table})
        return sorted(rows, key=lambda row: (row.log_group, row.window))

    def current(self, row: LedgerRow) -> LedgerRow:
        if (row.log_group, row.window) not in self.stored:
            raise NotFoundError(f"{row.log_group} {row.window}")
        return self.stored[row.log_group, row.window]

    def in_states(self, *states: WindowState) -> list[LedgerRow]:
        if not CLOSED.isdisjoint(states):
            raise ValueError("closed rows are not indexed")
        return sorted((r for r in self.stored.values() if r.state in states), key=lambda r: (r.log_group, r.window))

    def latest(self, table: str) -> TableSchema:
        versions = self.schemas.get(table)
        return versions[-1] if versions else TableSchema(table)

    def history(self, table: str) -> list[TableSchema]:
        return list(self.schemas.get(table, []))

    def publish(self, schema: TableSchema) -> None:
        versions = self.schemas.setdefault(schema.table, [])
        if schema.version != len(versions) + 1:
            raise LedgerConflictError(f"{schema.table} version {schema.version}")
        versions.append(schema)

    def landed_objects(self) -> Iterator[LandedObject]:
        return iter([self.landed[key] for key in sorted(self.landed)])

    def put_landed_object(self, known: LandedObject) -> None:
        self.landed[known.key] = known

    def paused(self) -> dict[LogGroupName, EpochMs]:
        return {group: self.pauses[group] for group in sorted(self.pauses)}

    def pause(self, log_group: LogGroupName, now_ms: EpochMs) -> bool:
        if log_group in self.pauses:
            return False
        self.pauses[log_group] = now_ms
        return True

    def resume(self, log_group: LogGroupName) -> bool:
        return self.pauses.pop(log_group, None) is not None


class FakeExportTasks:
    """CloudWatch Logs in memory: groups with events, and export tasks that take `polls` looks to complete."""

    def __init__(self, raw: MemoryStore, polls: int = 2) -> None:
        self.raw = raw
        self.polls = polls
        self.groups: dict[LogGroupName, LogGroup] = {}
        self.events: dict[LogGroupName, dict[str, list[tuple[int, str]]]] = {}
        self.tasks: dict[str, tuple[ExportTask, int, LogGroupName, Window, str]] = {}
        self.foreign_until_polls = 0
        self.fail_next = 0
        self.created = 0

    def add_group(self, name: str, streams: dict[str, list[tuple[int, str]]], **fields: object) -> LogGroupName:
        """Adds a log group; it was created at its first event unless `fields` say otherwise."""
        group = LogGroupName(name)
        first = min((ms for events in streams.values() for ms, _ in events), default=START_MS)
        self.groups[group] = replace(LogGroup(group, EpochMs(first)), **fields)  # type: ignore[arg-type]
        self.events[group] = streams
        return group

    def log_groups(self) -> Iterator[LogGroup]:
        yield from sorted(self.groups.values(), key=lambda group: group.name)

    def stream_names(self, log_group: LogGroupName) -> Iterator[str]:
        yield from sorted(self.events[log_group])

    def create(self, name: str, log_group: LogGroupName, window: Window, bucket: str, prefix: str) -> str:
        if log_group not in self.groups:
            raise NotFoundError("The specified log group does not exist.", log_group)
        if window.to_ms - 1 < self.groups[log_group].created_ms:
            raise ExportRefusedError("The specified time range ends before the log group was created.")
        if self.foreign_until_polls > 0:
            self.foreign_until_polls -= 1
            raise ExportSlotBusyError("Resource limit exceeded.")
        if any(task.status in {"PENDING", "RUNNING"} for task, *_ in self.tasks.values()):
            raise ExportSlotBusyError("Resource limit exceeded.")
        self.created += 1
        task_id = f"task-{self.created:04d}"
        self.tasks[task_id] = (
            ExportTask(task_id, name, "PENDING", "", bucket, prefix, log_group),
            self.polls,
            log_group,
            window,
            prefix,
        )
        return task_id

    def describe(self, task_id: str) -> ExportTask:
        if task_id not in self.tasks:
            raise NotFoundError("The specified export task does not exist.", task_id)
        task, polls, log_group, window, prefix = self.tasks[task_id]
        if polls > 0:
            status = "PENDING" if polls == self.polls else "RUNNING"
            self.tasks[task_id] = (replace(task, status=status), polls - 1, log_group, window, prefix)
        elif task.status not in {"COMPLETED", "FAILED"}:
            if self.fail_next:
                self.fail_next -= 1
                done = replace(task, status="FAILED", message="internal error")
            else:
                self._write(task_id, log_group, window, prefix)
                done = replace(task, status="COMPLETED")
            self.tasks[task_id] = (done, 0, log_group, window, prefix)
        return self.tasks[task_id][0]

    def find(self, name: str, bucket: str, prefix: str) -> ExportTask | None:
        wanted = (name, bucket, prefix)
        tasks = reversed([task for task, *_ in self.tasks.values()])
        return next((task for task in tasks if (task.name, task.bucket, task.prefix) == wanted), None)

    def active(self) -> ExportTask | None:
        return next((task for task, *_ in self.tasks.values() if task.status in {"PENDING", "RUNNING"}), None)

    def _write(self, task_id: str, log_group: LogGroupName, window: Window, prefix: str) -> None:
        self.raw.put(f"{prefix}/aws-logs-write-test", b"Permission Check Successful")
        for stream, events in self.events[log_group].items():
            lines = [f"{format_instant(ms)} {message}\n" for ms, message in events if ms in window]
            if lines:
                key = f"{prefix}/{task_id}/{exported_stream_name(stream)}/000000.gz"
                self.raw.put(key, gzip.compress("".join(lines).encode(), mtime=0))


def silent(clock: ManualClock) -> Telemetry:
    """Telemetry that nobody reads."""
    return Telemetry(clock, "run", io.StringIO())
