"""Exporting one window: start or pick up its task, wait for it, record its objects."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from glue_jobs.core.conversion import RawObject
from glue_jobs.core.keys import exported_stream_name, parse_export_key, window_label
from glue_jobs.core.ledger import MAX_ATTEMPTS, LedgerRow, WindowState
from glue_jobs.core.ports import ExportTask
from glue_jobs.core.units import EpochMs
from glue_jobs.errors import ExportRefusedError, ExportSlotBusyError, LedgerConflictError, NotFoundError, TransientError

if TYPE_CHECKING:
    from glue_jobs.core.ports import Clock, ExportLedger, ExportTasks, ObjectStore
    from glue_jobs.core.units import LogGroupName
    from glue_jobs.telemetry import Telemetry

_DONE = "COMPLETED"
_GONE = frozenset({"FAILED", "CANCELLED"})


@dataclass(frozen=True)
class ExportPorts:
    """What an export run works on."""

    tasks: ExportTasks
    ledger: ExportLedger
    control: ObjectStore
    raw: ObjectStore
    clock: Clock
    telemetry: Telemetry


def task_name(row: LedgerRow) -> str:
    """The name of a window's export task: deterministic, so that a task whose id was not recorded is found again."""
    slug = row.keys.path.split("/", 1)[0]
    return f"loglake-{slug}-{window_label(row.window)}-g{row.generation}-a{row.attempts}"


def read_object_list(control: ObjectStore, row: LedgerRow) -> list[RawObject]:
    """The objects that a window's export wrote, as recorded when it was done."""
    return [RawObject.from_json(item) for item in json.loads(control.get(row.keys.object_list))["objects"]]


class WindowExporter:
    """Takes windows from PLANNED or EXPORTING to EXPORTED.

    CloudWatch runs one export task at a time per account and Region, so windows go one after the other, and the slot
    may be somebody else's: then the exporter waits until its deadline.
    """

    def __init__(self, ports: ExportPorts, poll_s: float, deadline_ms: int) -> None:
        self._tasks = ports.tasks
        self._ledger = ports.ledger
        self._control = ports.control
        self._raw = ports.raw
        self._clock = ports.clock
        self._poll_s = poll_s
        self._deadline_ms = deadline_ms
        self._stream_names: dict[LogGroupName, dict[str, str]] = {}

    def export(self, row: LedgerRow) -> LedgerRow:
        """Exports a window and returns its row as it stands then.

        EXPORTED; or PLANNED, where the slot stayed busy or the task failed and another attempt is due; or EXPORTING,
        where the deadline came first; or FAILED with a reason. A row that another run changed meanwhile is
        returned as it was read.
        """
        try:
            resumed = row.state is WindowState.EXPORTING
            if not resumed:
                row = self._save(row, WindowState.EXPORTING, attempts=row.attempts + 1, task_id="", reason="")
            try:
                task = self._resumed(row) if resumed else None
                task = task or self._start(row)
            except (NotFoundError, ExportRefusedError) as error:  # the group is gone, or CloudWatch says no
                return self._save(row, WindowState.FAILED, reason=str(error))
            if task is None:
                return self._save(row, WindowState.PLANNED, attempts=row.attempts - 1, reason="the export slot is busy")
            if task.task_id != row.task_id:
                started_ms = EpochMs(task.created_ms or self._clock.now_ms())
                row = self._save(row, WindowState.EXPORTING, task_id=task.task_id, exported_at_ms=started_ms)
            return self._finish(row, self._wait(task))
        except LedgerConflictError:
            return row

    def _save(self, row: LedgerRow, state: WindowState, **changes: object) -> LedgerRow:
        changed = row.advance(state, self._clock.now_ms(), **changes)
        self._ledger.replace(changed)
        return changed

    def _resumed(self, row: LedgerRow) -> ExportTask | None:
        """The task that a run before this one started: by its id, or by its name where the id was not recorded."""
        try:
            if row.task_id:
                return self._tasks.describe(row.task_id)
        except NotFoundError:
            return None  # CloudWatch has forgotten it: start again
        return self._find(row)

    def _find(self, row: LedgerRow) -> ExportTask | None:
        return self._tasks.find(task_name(row), self._raw.bucket, row.keys.export_prefix)

    def _start(self, row: LedgerRow) -> ExportTask | None:
        """A new task; None where the slot stayed busy until the deadline."""
        while True:
            try:
                task_id = self._tasks.create(
                    task_name(row), row.log_group, row.window, self._raw.bucket, row.keys.export_prefix
                )
            except ExportSlotBusyError:
                if not self._pause():
                    return None
            except TransientError:
                # The answer may have been lost after CloudWatch took the request: look before asking again.
                if not self._pause():
                    return None
                found = self._find(row)
                if found:
                    return found
            else:
                return ExportTask(task_id, task_name(row), "PENDING")

    def _wait(self, task: ExportTask) -> ExportTask:
        """Asks until the task has ended or the deadline comes; a question that fails is asked again."""
        while task.status != _DONE and task.status not in _GONE and self._pause():
            with suppress(TransientError):
                task = self._tasks.describe(task.task_id)
        return task

    def _pause(self) -> bool:
        """Sleeps until the next look; False once the deadline is reached."""
        left_s = (self._deadline_ms - self._clock.now_ms()) / 1000
        if left_s <= 0:
            return False
        self._clock.sleep(min(self._poll_s, left_s))
        return True

    def _finish(self, row: LedgerRow, task: ExportTask) -> LedgerRow:
        if task.status == _DONE:
            objects = self._exported_objects(row)
            listing = {"task_id": row.task_id, "objects": [raw.to_json() for raw in objects]}
            self._control.put(row.keys.object_list, json.dumps(listing, indent=1).encode())
            size_bytes = sum(raw.size_bytes for raw in objects)
            return self._save(row, WindowState.EXPORTED, objects=len(objects), size_bytes=size_bytes)
        if task.status not in _GONE:
            return row
        reason = f"export task {task.task_id} is {task.status}: {task.message or 'CloudWatch Logs gives no reason'}"
        last = row.attempts >= MAX_ATTEMPTS
        return self._save(row, WindowState.FAILED if last else WindowState.PLANNED, reason=reason)

    def _exported_objects(self, row: LedgerRow) -> list[RawObject]:
        """The objects of this task alone: an attempt before it may have left some under the same prefix."""
        names = self._exact_stream_names(row.log_group)
        objects = []
        for item in self._raw.list(f"{row.keys.export_prefix}/{row.task_id}/"):
            key = parse_export_key(item.key)
            if key is not None:
                objects.append(RawObject(item.key, item.size_bytes, names.get(key.stream, key.stream)))
        return objects

    def _exact_stream_names(self, log_group: LogGroupName) -> dict[str, str]:
        """Exact names by exported name, since the key has ``-`` for ``/``; where two look alike neither is sure.

        Listed once per group and run. Of a group that was deleted meanwhile the exported names are all there is.
        """
        if log_group not in self._stream_names:
            names: dict[str, str] = {}
            with suppress(NotFoundError):
                for name in self._tasks.stream_names(log_group):
                    exported = exported_stream_name(name)
                    names[exported] = name if exported not in names else exported
            self._stream_names[log_group] = names
        return self._stream_names[log_group]
