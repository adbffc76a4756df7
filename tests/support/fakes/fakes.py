"""Fakes of the ports for pipeline tests: no processes, no sockets, no real time."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from loglake.core.cloud_types import ExportTask, LogGroup
from loglake.core.keys import exported_stream_name
from loglake.core.landing.objects import LandedObject
from loglake.core.ledger.row import CLOSED, LedgerRow, WindowState
from loglake.core.ports.clock import Clock
from loglake.core.schema.schema import TableSchema
from loglake.core.state_items import StateItem, StateKind, StateOfKind
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs, LogGroupName, day_of, format_instant
from loglake.core.unreadable import UnreadableItem
from loglake.core.windows import Window, WindowName, floor_to
from loglake.errors import (
    ExportRefusedError,
    ExportSlotBusyError,
    LedgerConflictError,
    LoglakeError,
    NotFoundError,
)
from loglake.telemetry import Telemetry
from support.fakes.row_index import RowIndex
from support.fakes.stores import MemoryStore

T = TypeVar("T")

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
    """The ledger, the schema registry, the landed objects and the notes on log groups in memory."""

    def __init__(self, clock: Clock | None = None) -> None:
        """Without a clock, nothing expires."""
        self.clock = clock
        self.stored = RowIndex()
        self.noted: dict[WindowName, int] = {}  # versions, as closed months note them
        self.closed: dict[WindowName, int] = {}
        self.schemas: dict[str, list[TableSchema]] = {}
        self.landed: dict[str, LandedObject] = {}  # the last item of each key
        self.state: dict[tuple[str, str], StateItem[Any]] = {}

    @property
    def unreadable(self) -> Mapping[str, UnreadableItem]:
        rows = (row.unreadable for row in self.stored.in_state(WindowState.UNREADABLE))
        return {item.key: item for item in rows if item}

    def add(self, row: LedgerRow) -> bool:
        before = self.stored.get(row.name)
        if before is not None and self._left([before]):
            return False
        self.stored[row.log_group, row.window] = row
        return True

    def replace(self, row: LedgerRow) -> None:
        before = self.stored.get((row.log_group, row.window))
        if before is None or before.version != row.version - 1:
            raise LedgerConflictError(f"{row.log_group} {row.window}")
        self.stored[row.log_group, row.window] = row

    def replace_all(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        written = []
        for row in rows:
            with suppress(LedgerConflictError):
                self.replace(row)
                written.append(row)
        return written

    def remove(self, rows: Sequence[LedgerRow]) -> None:
        for row in rows:
            stored = self.stored.get(row.name)
            if stored is not None and stored.version == row.version:
                del self.stored[row.name]

    def _left(self, rows: Iterable[LedgerRow]) -> list[LedgerRow]:
        """The rows that have not expired."""
        now_ms = self.clock.now_ms() if self.clock else EPOCH
        return [row for row in rows if row.expires_ms is None or row.expires_ms > now_ms]

    def open_rows(self, log_group: LogGroupName, until_ms: EpochMs) -> list[LedgerRow]:
        rows = self.rows_between(log_group, EPOCH, until_ms)
        return [row for row in rows if self.closed.get(row.name) != row.version]

    def close_rows(self, rows: Sequence[LedgerRow]) -> int:
        if any(self.row(*row.name).version != row.version for row in rows):
            raise LedgerConflictError("a row was changed")
        versions = {row.name: row.version for row in rows}
        is_noted = versions.items() <= self.noted.items()
        (self.closed if is_noted else self.noted).update(versions)
        return len(rows) if is_noted else 0

    def rows(self, log_group: LogGroupName) -> list[LedgerRow]:
        return self._left(self.stored.of(log_group))

    def rows_between(
        self, log_group: LogGroupName, since_ms: EpochMs, until_ms: EpochMs | None = None
    ) -> list[LedgerRow]:
        return self._left(self.stored.of(log_group, since_ms, until_ms))

    def rows_inside(self, log_group: LogGroupName, window: Window) -> list[LedgerRow]:
        return [row for row in self.rows(log_group) if window.holds(row.window) and row.window != window]

    def all_rows(self, table: str | None = None) -> list[LedgerRow]:
        rows = (row for row in self.stored.values() if table in {None, row.table})
        return sorted(self._left(rows), key=lambda row: (row.log_group, row.window))

    def rows_and_totals(self, settle_after_ms: int) -> list[LedgerRow]:
        return self.all_rows()

    def row(self, log_group: LogGroupName, window: Window) -> LedgerRow:
        if (log_group, window) not in self.stored or not self._left([self.stored[log_group, window]]):
            raise NotFoundError(f"{log_group} {window}")
        return self.stored[log_group, window]

    def in_states(self, *states: WindowState) -> list[LedgerRow]:
        if not CLOSED.isdisjoint(states):
            raise ValueError("closed rows are not indexed")
        found = [row for state in states for row in self.stored.in_state(state)]
        return sorted(found, key=lambda r: (r.log_group, r.window))

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

    def landed_objects(self, *, lasting: bool = False) -> Iterator[LandedObject]:
        every = (self.landed[key] for key in sorted(self.landed))
        return (known for known in every if not lasting or known.expires_ms is None)

    def landed_on(self, day: EpochMs) -> Iterator[LandedObject]:
        return (known for known in self.landed_objects() if day_of(known.arrived_ms) == day_of(day))

    def open_landed(self) -> list[LandedObject]:
        return [known for known in self.landed_objects() if known.is_open]

    def put_landed_object(self, known: LandedObject) -> None:
        self.landed[known.key] = known

    def read_ahead(self, *items: tuple[StateKind[Any], str]) -> None:
        """Whatever is loaded is read then."""

    def load(self, kind: StateKind[T], key: str) -> StateItem[T] | None:
        return self.state.get((kind.name, key))

    def load_all(self, kind: StateKind[T]) -> StateOfKind[T]:
        return StateOfKind({key: self.state[name, key] for name, key in sorted(self.state) if name == kind.name})

    def save(self, item: StateItem[T], expected_version: int) -> bool:
        stored = self.state.get((item.kind.name, item.key))
        if (stored.version if stored else 0) != expected_version:
            return False
        self.state[item.kind.name, item.key] = replace(item, version=expected_version + 1)
        return True

    def put(self, kind: StateKind[T], key: str, value: T) -> None:
        """Writes an item unconditionally."""
        stored = self.load(kind, key)
        assert self.save(StateItem(kind, key, value), stored.version if stored else 0)

    def forget(self, kind: StateKind[T]) -> None:
        """Deletes all items of a kind."""
        self.state = {name: item for name, item in self.state.items() if name[0] != kind.name}


class FakeExportTasks:
    """CloudWatch Logs in memory: groups with events, and export tasks that take `polls` looks to complete."""

    def __init__(self, raw: MemoryStore, polls: int = 2, clock: ManualClock | None = None) -> None:
        """With a clock, tasks have a creation time, and it decides which events are late."""
        self.raw = raw
        self.polls = polls
        self.clock = clock
        self.late: list[tuple[int, LogGroupName, str, tuple[int, str]]] = []  # the first is when it can be exported
        self.groups: dict[LogGroupName, LogGroup] = {}
        self.events: dict[LogGroupName, dict[str, list[tuple[int, str]]]] = {}
        self.tasks: dict[str, tuple[ExportTask, int, LogGroupName, Window, str]] = {}
        self.others_until_polls = 0
        self.others: ExportTask | None = None  # the result of `active` while somebody else has the slot
        self.incoming: dict[LogGroupName, dict[int, int]] = {}  # events taken in, by the time when they were
        self.asked_incoming: list[tuple[LogGroupName, int, int]] = []
        self.day_bytes: dict[LogGroupName, int] = {}
        self.asked_bytes: list[LogGroupName] = []
        self.bytes_refused: LoglakeError | None = None
        self.fail_next = 0
        self.created = 0

    def add_group(self, name: str, streams: dict[str, list[tuple[int, str]]], **fields: object) -> LogGroupName:
        """Adds a log group; it was created at its first event unless `fields` say otherwise."""
        group = LogGroupName(name)
        first = min((ms for events in streams.values() for ms, _ in events), default=START_MS)
        self.groups[group] = replace(LogGroup(group, EpochMs(first), account="123456789012"), **fields)  # type: ignore[arg-type]
        self.events[group] = streams
        return group

    def add_late(self, group: LogGroupName, streams: dict[str, list[tuple[int, str]]], late_s: float) -> None:
        """Adds events to a group. Tasks find them only `late_s` seconds from now."""
        from_ms = self._now_ms() + round(late_s * 1000)
        self.late += [(from_ms, group, stream, event) for stream, events in streams.items() for event in events]

    def cancel(self, task_id: str) -> None:
        """Cancels a task, as somebody else would."""
        task, _, group, window, prefix = self.tasks[task_id]
        cancelled = replace(task, status="CANCELLED", message="Cancelled by user")
        self.tasks[task_id] = (cancelled, 0, group, window, prefix)

    def _now_ms(self) -> int:
        return self.clock.now_ms() if self.clock else 0

    def _arrive(self) -> None:
        for late in [late for late in self.late if late[0] <= self._now_ms()]:
            _, group, stream, event = late
            before = self.events[group]
            self.events[group] = {**before, stream: [*before.get(stream, []), event]}
            self.late.remove(late)

    def log_groups(self) -> Iterator[LogGroup]:
        yield from sorted(self.groups.values(), key=lambda group: group.name)

    def stream_names(self, log_group: LogGroupName) -> Iterator[str]:
        yield from sorted(self.events[log_group])

    def create(self, name: str, log_group: LogGroupName, window: Window, bucket: str, prefix: str) -> str:
        if log_group not in self.groups:
            raise NotFoundError("The specified log group does not exist.", log_group)
        if window.to_ms - 1 < self.groups[log_group].created_ms:
            raise ExportRefusedError("The specified time range ends before the log group was created.")
        if self.others_until_polls > 0:
            self.others_until_polls -= 1
            raise ExportSlotBusyError("Resource limit exceeded.")
        if any(task.status in {"PENDING", "RUNNING"} for task, *_ in self.tasks.values()):
            raise ExportSlotBusyError("Resource limit exceeded.")
        self.created += 1
        task_id = f"task-{self.created:04d}"
        self.tasks[task_id] = (
            ExportTask(task_id, name, "PENDING", "", bucket, prefix, log_group, self._now_ms()),
            self.polls,
            log_group,
            window,
            prefix,
        )
        return task_id

    def describe(self, task_id: str) -> ExportTask:
        if self.others and self.others.task_id == task_id:
            return self.others
        if task_id not in self.tasks:
            raise NotFoundError("The specified export task does not exist.", task_id)
        task, polls, log_group, window, prefix = self.tasks[task_id]
        if polls > 0:
            status = "PENDING" if polls == self.polls else "RUNNING"
            self.tasks[task_id] = (replace(task, status=status), polls - 1, log_group, window, prefix)
        elif task.status not in {"COMPLETED", "FAILED", "CANCELLED"}:
            if self.fail_next:
                self.fail_next -= 1
                done = replace(task, status="FAILED", message="internal error")
            else:
                self._write(task_id, log_group, window, prefix)
                done = replace(task, status="COMPLETED")
            self.tasks[task_id] = (done, 0, log_group, window, prefix)
        return self.tasks[task_id][0]

    def find(self, name: str, bucket: str, prefix: str, since_ms: int = 0) -> ExportTask | None:
        wanted = (name, bucket, prefix)
        tasks = reversed([task for task, *_ in self.tasks.values() if not 0 < task.created_ms < since_ms])
        return next((task for task in tasks if (task.name, task.bucket, task.prefix) == wanted), None)

    def active(self) -> ExportTask | None:
        if self.others_until_polls:
            self.others_until_polls -= 1
            return self.others or ExportTask("others", "", "RUNNING")
        return next((task for task, *_ in self.tasks.values() if task.status in {"PENDING", "RUNNING"}), None)

    def incoming_events(self, log_group: LogGroupName, from_ms: int, to_ms: int) -> int | None:
        self.asked_incoming.append((log_group, from_ms, to_ms))
        counts = [count for ms, count in self.incoming.get(log_group, {}).items() if from_ms <= ms < to_ms]
        return sum(counts) if counts else None

    def incoming_bytes(self, log_group: LogGroupName, now_ms: int) -> int | None:
        self.asked_bytes.append(log_group)
        if self.bytes_refused:
            raise self.bytes_refused
        if log_group in self.day_bytes:
            return self.day_bytes[log_group]
        end_ms = floor_to(now_ms, MS_PER_DAY)
        counts = {ms: count for ms, count in self.incoming.get(log_group, {}).items() if ms < end_ms}
        days = (end_ms - floor_to(min(counts, default=0), MS_PER_DAY)) // MS_PER_DAY
        return round(sum(counts.values()) * len("an event") / days) if counts else None

    def _write(self, task_id: str, log_group: LogGroupName, window: Window, prefix: str) -> None:
        self._arrive()
        self.raw.put(f"{prefix}/aws-logs-write-test", b"Permission Check Successful")
        for stream, events in self.events[log_group].items():
            lines = [f"{format_instant(ms)} {message}\n" for ms, message in events if ms in window]
            if lines:
                key = f"{prefix}/{task_id}/{exported_stream_name(stream)}/000000.gz"
                self.raw.put(key, gzip.compress("".join(lines).encode(), mtime=0))


def silent(clock: ManualClock) -> Telemetry:
    """Telemetry without output."""
    return Telemetry(clock, "run", io.StringIO())
