"""Exporting one window: start or pick up its task, wait for it, record its objects."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

from loglake.core.cloud_types import ExportTask
from loglake.core.export_errors.rule import TASK
from loglake.core.export_errors.table import rule_for
from loglake.core.keys import window_label
from loglake.core.ledger.row import MAX_ATTEMPTS, LedgerRow, Queue, WindowState, all_readable
from loglake.core.planning.passes import GIVE_UP_MARGIN_MS, retry_from, rows_lost
from loglake.core.planning.replacing import events_before, stands_for_rows, why_rows_stay
from loglake.core.schema.bundle import RawObject, objects_digest
from loglake.core.units import EPOCH, MS_PER_HOUR, EpochMs, format_instant
from loglake.errors import (
    ExportRefusedError,
    ExportSlotBusyError,
    LedgerConflictError,
    LoglakeError,
    NotFoundError,
    PermanentError,
    TransientError,
)
from loglake.pipelines.export.exported_objects import ExportedObjects
from loglake.pipelines.export.log_groups import LogGroups
from loglake.pipelines.export.polling import (
    SERVICE_GROWTH,
    SLOT_GROWTH,
    TASK_GROWTH,
    TRIES,
    BackoffTimer,
    ReportInterval,
    SlotWatch,
)
from loglake.pipelines.object_lists import object_list_body
from loglake.pipelines.ports import ExportPorts

_DONE = "COMPLETED"
_FORGOTTEN = "forgotten"  # not a status of CloudWatch: it does not know the task any more
_ENDED = frozenset({_DONE, "FAILED", "CANCELLED", _FORGOTTEN})

_REPLACING = frozenset({Queue.SETTLED, Queue.FINAL})

_CLOCKS_DIFFER_MS = MS_PER_HOUR
"""CloudWatch's clock and ours differ by less: no task of a window is older than its intent by more than this."""


def task_name(row: LedgerRow) -> str:
    """The name of a window's export task: deterministic, so that a task whose id was not recorded is found again."""
    return f"loglake-{row.keys.slug}-{window_label(row.window)}-g{row.generation}-a{row.trying.tries}"


class WindowExporter:
    """Takes windows from PLANNED or EXPORTING to EXPORTED.

    CloudWatch runs one export task at a time per account and Region, so windows go one after the other. If another task
    has the slot, the exporter waits until its deadline.
    """

    def __init__(self, ports: ExportPorts, groups: LogGroups, poll_s: float, deadline_ms: int) -> None:
        self._ports = ports
        self._bucket = ports.raw.bucket
        self._written = ExportedObjects(ports.tasks, ports.raw)
        self._timer = partial(BackoffTimer, ports.clock, deadline_ms, poll_s, ports.jitter)
        self._groups = groups
        self._slot = SlotWatch(ports)
        self._row: LedgerRow  # the current window, as last written

    def export(self, row: LedgerRow) -> LedgerRow:
        """Exports a window and returns its row as it stands then.

        That is EXPORTED; PLANNED, if the slot stayed busy, if the task failed and another attempt is due, or if an
        empty export is to be retried; EXPORTING, if the deadline came first; or FAILED with a reason. If another run
        changed the row meanwhile, or a service could not answer, the given row is returned, in the second case with
        that reason; the next run finds what was begun.

        Raises:
            PermanentError: something that every window needs is missing; the row keeps its state and is picked up
                later.
        """
        self._row = row
        try:
            return self._export(row)
        except LedgerConflictError:
            return row
        except TransientError as error:
            self._note(error)
            return replace(row, attempt=replace(row.trying, reason=str(error)))
        except PermanentError as error:
            self._note(error)
            raise

    def _note(self, error: LoglakeError) -> None:
        """Notes in the ledger what delays the window, if that can be written; `loglake status` shows it."""
        if self._row.state is WindowState.EXPORTING:
            with suppress(LoglakeError):
                self._save(self._row, WindowState.EXPORTING, reason=str(error))

    def _export(self, row: LedgerRow) -> LedgerRow:
        resumed = row.state is WindowState.EXPORTING
        if not resumed:
            if stay := self._why_rows_stay(row):
                return self._fail(row, stay)
            intent = {"tries": row.trying.tries + 1, "task_id": "", "exported_at_ms": self._ports.clock.now_ms()}
            row = self._save(row, WindowState.EXPORTING, reason="", **intent)
        try:
            task = (self._resumed(row) if resumed else None) or self._start(row)
        except (NotFoundError, ExportRefusedError) as error:  # the group is gone, or CloudWatch refuses
            return self._fail(row, str(error))
        if task is None:
            return self._give_back(row, self._slot.words(), tries=row.trying.tries - 1)
        if task.task_id != row.trying.task_id:
            started_ms = EpochMs(task.created_ms) if task.created_ms else row.trying.exported_at_ms
            row = self._save(row, WindowState.EXPORTING, task_id=task.task_id, exported_at_ms=started_ms, reason="")
        return self._finish(row, self._wait(task))

    def _why_rows_stay(self, row: LedgerRow) -> str:
        """Why a PLANNED window must not be exported, since rows would be lost; empty if it may.

        It may have waited for hours since planning: for the slot, for a run, or because its log group was paused.
        Meanwhile CloudWatch may have fewer of its events than the table.

        Raises:
            UnreadableItemError: a row inside it can't be read.
        """
        if not row.live and row.queue not in _REPLACING:
            return ""
        rows = all_readable(self._ports.ledger.rows_inside(row.log_group, row.window))
        inside = [inner for inner in rows if inner.state is not WindowState.SUPERSEDED]
        group = self._groups.find(row.log_group) if stands_for_rows(row, inside) else None
        return why_rows_stay(row, group, self._ports.clock.now_ms(), inside, GIVE_UP_MARGIN_MS) if group else ""

    def _save(self, row: LedgerRow, state: WindowState, **changes: object) -> LedgerRow:
        return self._write(row.advance(state, self._ports.clock.now_ms(), **changes))

    def _fail(self, row: LedgerRow, reason: str) -> LedgerRow:
        return self._write(row.fail(self._ports.clock.now_ms(), reason))

    def _write(self, changed: LedgerRow) -> LedgerRow:
        self._ports.ledger.replace(changed)
        self._row = changed
        return changed

    def _give_back(self, row: LedgerRow, reason: str, **changes: object) -> LedgerRow:
        return self._save(row, WindowState.PLANNED, reason=reason, exported_at_ms=EPOCH, **changes)

    def _resumed(self, row: LedgerRow) -> ExportTask | None:
        """The task of an earlier run: by its id, or by its name if the id was not recorded.

        If CloudWatch has forgotten it, a run may have started it again without recording it.
        """
        timer = self._timer(growth=SERVICE_GROWTH, most=TRIES)
        while True:
            try:
                with suppress(NotFoundError):
                    if row.trying.task_id:
                        return self._ports.tasks.describe(row.trying.task_id)
                return self._find(row)
            except TransientError:
                if not timer.pause():
                    raise

    def _find(self, row: LedgerRow) -> ExportTask | None:
        """The window's task by its name. Tasks older than the intent belong to something else."""
        intent_ms = row.trying.exported_at_ms or row.updated_at_ms
        return self._ports.tasks.find(
            task_name(row), self._bucket, row.keys.export_prefix, since_ms=intent_ms - _CLOCKS_DIFFER_MS
        )

    def _start(self, row: LedgerRow) -> ExportTask | None:
        """A new task; None if the slot stayed busy until the deadline.

        Raises:
            TransientError: CloudWatch could not answer, so it is not known whether a task started. The row stays
                EXPORTING, and the next run looks for the task.
        """
        lost: TransientError | None = None
        service, slot = self._timer(growth=SERVICE_GROWTH, most=TRIES), self._timer(growth=SLOT_GROWTH)
        while True:
            try:
                return (self._find(row) if lost else None) or self._create(row)
            except ExportSlotBusyError:
                self._slot.check()
                if slot.pause():
                    continue
                if lost:
                    raise lost from None
                return None
            except TransientError as error:
                # The answer may have been lost after CloudWatch took the request: look before asking again.
                lost = error
                if not service.pause():
                    raise

    def _create(self, row: LedgerRow) -> ExportTask:
        name, prefix = task_name(row), row.keys.export_prefix
        task_id = self._ports.tasks.create(name, row.log_group, row.window, self._bucket, prefix)
        return ExportTask(task_id, name, "PENDING", "", self._bucket, prefix, row.log_group, self._ports.clock.now_ms())

    def _wait(self, task: ExportTask) -> ExportTask:
        """Polls until the task has ended or the deadline comes; a failed call is repeated."""
        timer, interval = self._timer(growth=TASK_GROWTH), ReportInterval(self._ports.clock, at_once=False)
        while task.status not in _ENDED and timer.pause():
            if interval.due():
                self._slot.report(task)
            try:
                with suppress(TransientError):
                    task = self._ports.tasks.describe(task.task_id)
            except NotFoundError:
                return replace(task, status=_FORGOTTEN)
        return task

    def _finish(self, row: LedgerRow, task: ExportTask) -> LedgerRow:
        if task.status == _DONE:
            return self._record(row, self._written.of(row))
        if task.status not in _ENDED:
            return row
        if task.status == _FORGOTTEN:
            reason = f"CloudWatch Logs does not know export task {task.task_id} any more"
        else:
            reason = f"export task {task.task_id} is {task.status}: {task.message or 'CloudWatch Logs gives no reason'}"
        if row.trying.tries < MAX_ATTEMPTS:
            return self._give_back(row, reason)
        advice = rule_for(TASK, task.status, task.message).advice(TASK, task.task_id)
        return self._fail(row, f"{reason} (tried {MAX_ATTEMPTS} times). {advice}".strip())

    def _record(self, row: LedgerRow, objects: list[RawObject]) -> LedgerRow:
        """Writes the list, then the row that names it: after a crash between the two, it lists again."""
        if not objects:
            before = events_before(row, all_readable(self._ports.ledger.rows_inside(row.log_group, row.window)))
            if self._is_retried_empty(row, before):
                return self._retry_empty(row, before)
            if before:
                return self._fail(row, rows_lost(before))
        self._ports.control.put(row.keys.object_list, object_list_body(row.trying.task_id, objects))
        return self._save(
            row,
            WindowState.EXPORTED,
            objects=len(objects),
            size_bytes=sum(raw.size_bytes for raw in objects),
            digest=objects_digest(objects),
            reason="",
        )

    def _is_retried_empty(self, row: LedgerRow, before: int | None) -> bool:
        """Whether an empty export is to be retried (`passes.retry_from`)."""
        window, retried = row.window, row.trying.empty_retry
        count = None if retried else self._ports.tasks.incoming_events(row.log_group, window.from_ms, window.to_ms)
        empty_retry = not retried and bool(count or before)
        self._ports.telemetry.event(
            "nothing was exported",
            log_group=row.log_group,
            window=str(window),
            incoming_events=count,
            events_before=before,
            empty_retry=empty_retry,
            once_more=retried,
        )
        return empty_retry

    def _retry_empty(self, row: LedgerRow, before: int | None) -> LedgerRow:
        again_ms = retry_from(row.window, self._ports.clock.now_ms())
        had = "it had events before" if before else "CloudWatch counted incoming events"
        reason = f"the export is empty although {had}; it is retried after {format_instant(again_ms)}"
        return self._give_back(row, reason, empty_retry=True, not_before_ms=again_ms)
