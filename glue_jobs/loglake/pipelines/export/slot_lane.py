"""The lane of the account's one export slot: begins the next window's task, waits for it, records its objects."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from loglake.core.cloud_types import ExportTask
from loglake.core.export_errors.rule import TASK
from loglake.core.export_errors.table import rule_for
from loglake.core.keys import window_label
from loglake.core.ledger.row import MAX_ATTEMPTS, LedgerRow, WindowState, all_readable
from loglake.core.planning.candidate import Candidate, Way
from loglake.core.planning.next_windows import NextWindows
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
    UnreadableItemError,
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

_CLOCKS_DIFFER_MS = MS_PER_HOUR
"""CloudWatch's clock and ours differ by less: no task of a window is older than its intent by more than this."""


def task_name(row: LedgerRow) -> str:
    """The name of a window's export task: deterministic, so that a task whose id was not recorded is found again."""
    return f"loglake-{row.keys.slug}-{window_label(row.window)}-g{row.generation}-a{row.trying.tries}"


_LATER_MS = MS_PER_HOUR
"""A window that can't be begun is left for so long: to another run, or to a person."""


class _SlotTakenError(Exception):
    """Another task has the slot."""


class SlotLane:
    """Exports windows by task, one after the other: CloudWatch runs one export task per account and Region.

    `step` does what is due and never sleeps. If another task has the slot, the window is given back until it is free.

    Attributes:
        row: what it works on, as last written; None between two windows.
    """

    def __init__(
        self,
        ports: ExportPorts,
        groups: LogGroups,
        begun: Iterable[LedgerRow],
        poll_s: float,
        deadline_ms: int,
        *,
        begin: Callable[[Candidate], None],
        end: Callable[[LedgerRow], None],
    ) -> None:
        """Takes over what an earlier run has begun.

        Args:
            ports: everything outside.
            groups: the account's log groups.
            begun: EXPORTING rows, which go first.
            poll_s: the first pause between two looks at a task.
            deadline_ms: nothing is waited for after this.
            begin: called before a window's row is written.
            end: called with the row after each try, whatever came of it.
        """
        self.row: LedgerRow | None = None
        self._ports = ports
        self._bucket = ports.raw.bucket
        self._written = ExportedObjects(ports.tasks, ports.raw)
        self._timer = partial(BackoffTimer, ports.clock, deadline_ms, poll_s, ports.jitter)
        self._groups = groups
        self._slot = SlotWatch(ports)
        self._begun = deque(begun)
        self._begin = begin
        self._end = end
        self._work: Generator[EpochMs, None, None] | None = None
        self._next_ms: EpochMs = EPOCH

    def step(self, now_ms: EpochMs, windows: NextWindows) -> EpochMs | None:
        """Does what is due.

        Args:
            now_ms: the time.
            windows: where the next window comes from.

        Returns:
            When to call it next; None if there is nothing to do.

        Raises:
            PermanentError: something that every window needs is missing; the row keeps its state and is picked up
                later.
        """
        if now_ms < self._next_ms:
            return self._next_ms
        if self._work is None:
            candidate = None if self._begun else windows.take(Way.TASK, now_ms)
            if candidate:
                self._work = self._export(candidate, windows)
            elif self._begun:
                self._work = self._go_on(self._begun.popleft(), windows)
            else:
                return None
        ended = EpochMs(-1)
        self._next_ms = next(self._work, ended)
        if self._next_ms == ended:
            self._work, self.row, self._next_ms = None, None, now_ms
        return self._next_ms

    @property
    def is_idle(self) -> bool:
        """Whether it is between two windows."""
        return self._work is None

    @property
    def left(self) -> int:
        """How many windows were begun and not ended."""
        return len(self._begun) + (self.row is not None)

    def _go_on(self, row: LedgerRow, windows: NextWindows) -> Generator[EpochMs, None, None]:
        """Goes on with what an earlier run has begun."""
        self.row = row
        try:
            with suppress(LedgerConflictError, UnreadableItemError):
                yield from self._noting(row, resumed=True)
                self._ended(windows)
        except _SlotTakenError:
            self._restore(windows)
            yield from self._until_free()

    def _export(self, candidate: Candidate, windows: NextWindows) -> Generator[EpochMs, None, None]:
        """Exports one window; yields the times at which to go on.

        It ends as EXPORTED, as FAILED with a reason, or as EXPORTING, if the deadline came first or a service could not
        answer; the next run then finds what was begun. If another run changed the row meanwhile, it is left to that.
        """
        now_ms = self._ports.clock.now_ms()
        later_ms = EpochMs(now_ms + _LATER_MS)
        try:
            stay = self._why_rows_stay(candidate)
            if stay and not (candidate.again and candidate.again.is_retried):
                windows.put_back(candidate, later_ms)
                return
            row = candidate.begun(now_ms)
            self._begin(candidate)
            self._add(row)
            if stay:
                self._fail(row, stay)
            else:
                yield from self._noting(row, resumed=False)
            self._ended(windows)
        except _SlotTakenError:
            self._restore(windows)
            yield from self._until_free()
        except LedgerConflictError:  # another run was faster
            windows.put_back(candidate, later_ms)
        except UnreadableItemError as error:  # the ledger reports it, and the window stays as it is
            self._ports.telemetry.event(
                "window left", log_group=candidate.log_group, window=str(candidate.window), reason=str(error)
            )
            windows.put_back(candidate, later_ms)

    def _ended(self, windows: NextWindows) -> None:
        if self.row is not None:
            windows.done(self.row)
            self._end(self.row)

    def _noting(self, row: LedgerRow, *, resumed: bool) -> Generator[EpochMs, None, None]:
        """Exports a begun window, and notes in its row what delays it; `loglake status` shows it."""
        try:
            yield from self._to_its_end(row, resumed=resumed)
        except LedgerConflictError:
            raise
        except (TransientError, PermanentError) as error:
            if self.row is not None and self.row.state is WindowState.EXPORTING:
                with suppress(LoglakeError):
                    self._save(self.row, WindowState.EXPORTING, reason=str(error))
            if isinstance(error, PermanentError):
                raise

    def _to_its_end(self, row: LedgerRow, *, resumed: bool) -> Generator[EpochMs, None, None]:
        try:
            task = (yield from self._resumed(row)) if resumed else None
            task = task or (yield from self._start(row))
        except (NotFoundError, ExportRefusedError) as error:  # the group is gone, or CloudWatch refuses
            self._fail(row, str(error))
            return
        if task.task_id != row.trying.task_id:
            started_ms = EpochMs(task.created_ms) if task.created_ms else row.trying.exported_at_ms
            row = self._save(row, WindowState.EXPORTING, task_id=task.task_id, exported_at_ms=started_ms, reason="")
        self._finish(row, (yield from self._wait(task)))

    def _why_rows_stay(self, candidate: Candidate) -> str:
        """Why a window must not be exported, since rows would be lost; empty if it may, or its log group is gone.

        Raises:
            UnreadableItemError: a row inside it can't be read.
        """
        if not candidate.replaces:
            return ""
        row = candidate.row
        rows = all_readable(self._ports.ledger.rows_inside(row.log_group, row.window))
        inside = [inner for inner in rows if inner.state is not WindowState.SUPERSEDED]
        group = self._groups.find(row.log_group) if stands_for_rows(row, inside) else None
        return why_rows_stay(row, group, self._ports.clock.now_ms(), inside, GIVE_UP_MARGIN_MS) if group else ""

    def _add(self, row: LedgerRow) -> None:
        if row.version > 1:
            self._write(row)
        elif not self._ports.ledger.add(row):
            raise LedgerConflictError(f"{row.log_group} {row.window} was added by another run")
        self.row = row

    def _restore(self, windows: NextWindows) -> None:
        """Gives a window back whose export could not begin: its row becomes what it was before.

        A new row can't be deleted, since no job may delete what the ledger has: it is retried once the slot is free.
        """
        row, self.row = self.row, None
        assert row is not None
        now_ms = self._ports.clock.now_ms()
        if row.current or row.failure:
            row = row.give_back()
        else:
            untried = replace(row, attempt=replace(row.trying, tries=row.trying.tries - 1, exported_at_ms=EPOCH))
            row = untried.fail(now_ms, self._slot.words(), now_ms)
        self._ports.ledger.replace(row)
        windows.done(row)

    def _until_free(self) -> Generator[EpochMs, None, None]:
        """Waits until nobody's task has the slot."""
        timer = self._timer(growth=SLOT_GROWTH)
        while (yield from timer.pause()) and self._slot.is_taken():
            pass

    def _save(self, row: LedgerRow, state: WindowState, **changes: object) -> LedgerRow:
        return self._write(row.advance(state, self._ports.clock.now_ms(), **changes))

    def _fail(self, row: LedgerRow, reason: str, retry_at_ms: EpochMs = EPOCH, *, empty: bool = False) -> None:
        self._write(row.fail(self._ports.clock.now_ms(), reason, retry_at_ms, empty=empty))

    def _write(self, changed: LedgerRow) -> LedgerRow:
        self._ports.ledger.replace(changed)
        self.row = changed
        return changed

    def _resumed(self, row: LedgerRow) -> Generator[EpochMs, None, ExportTask | None]:
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
                if not (yield from timer.pause()):
                    raise

    def _find(self, row: LedgerRow) -> ExportTask | None:
        """The window's task by its name. Tasks older than the intent belong to something else."""
        intent_ms = row.trying.exported_at_ms or row.updated_at_ms
        return self._ports.tasks.find(
            task_name(row), self._bucket, row.keys.export_prefix, since_ms=intent_ms - _CLOCKS_DIFFER_MS
        )

    def _start(self, row: LedgerRow) -> Generator[EpochMs, None, ExportTask]:
        """A new task.

        Raises:
            _SlotTakenError: another task has the slot.
            TransientError: CloudWatch could not answer, so it is not known whether a task started. The row stays
                EXPORTING, and the next run looks for the task.
        """
        lost: TransientError | None = None
        timer, slot = self._timer(growth=SERVICE_GROWTH, most=TRIES), self._timer(growth=SLOT_GROWTH)
        while True:
            try:
                return (self._find(row) if lost else None) or self._create(row)
            except ExportSlotBusyError:
                if lost is None:
                    raise _SlotTakenError from None
                self._slot.is_taken()
                if not (yield from slot.pause()):
                    raise lost from None
            except TransientError as error:
                # The answer may have been lost after CloudWatch took the request: look before asking again.
                lost = error
                if not (yield from timer.pause()):
                    raise

    def _create(self, row: LedgerRow) -> ExportTask:
        name, prefix = task_name(row), row.keys.export_prefix
        task_id = self._ports.tasks.create(name, row.log_group, row.window, self._bucket, prefix)
        return ExportTask(task_id, name, "PENDING", "", self._bucket, prefix, row.log_group, self._ports.clock.now_ms())

    def _wait(self, task: ExportTask) -> Generator[EpochMs, None, ExportTask]:
        """Polls until the task has ended or the deadline comes; a failed call is repeated."""
        timer, interval = self._timer(growth=TASK_GROWTH), ReportInterval(self._ports.clock, at_once=False)
        while task.status not in _ENDED and (yield from timer.pause()):
            if interval.due():
                self._slot.report(task)
            try:
                with suppress(TransientError):
                    task = self._ports.tasks.describe(task.task_id)
            except NotFoundError:
                return replace(task, status=_FORGOTTEN)
        return task

    def _finish(self, row: LedgerRow, task: ExportTask) -> None:
        if task.status == _DONE:
            self._record(row, self._written.of(row))
        if task.status == _DONE or task.status not in _ENDED:
            return
        if task.status == _FORGOTTEN:
            reason = f"CloudWatch Logs does not know export task {task.task_id} any more"
        else:
            reason = f"export task {task.task_id} is {task.status}: {task.message or 'CloudWatch Logs gives no reason'}"
        if row.trying.tries < MAX_ATTEMPTS:
            self._fail(row, reason, self._ports.clock.now_ms())
            return
        advice = rule_for(TASK, task.status, task.message).advice(TASK, task.task_id)
        self._fail(row, f"{reason} (tried {MAX_ATTEMPTS} times). {advice}".strip())

    def _record(self, row: LedgerRow, objects: list[RawObject]) -> None:
        """Writes the list, then the row that names it: after a crash between the two, it lists again."""
        if not objects:
            before = events_before(row, all_readable(self._ports.ledger.rows_inside(row.log_group, row.window)))
            if self._is_retried_empty(row, before):
                again_ms = retry_from(row.window, self._ports.clock.now_ms())
                had = "it had events before" if before else "CloudWatch counted incoming events"
                reason = f"the export is empty although {had}; it is retried after {format_instant(again_ms)}"
                self._fail(row, reason, again_ms, empty=True)
                return
            if before:
                self._fail(row, rows_lost(before))
                return
        self._ports.control.put(row.keys.object_list, object_list_body(row.trying.task_id, objects))
        self._save(
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
