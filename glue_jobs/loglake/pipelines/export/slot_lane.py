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
from loglake.core.planning.passes import retry_from, rows_lost
from loglake.core.planning.replacing import events_before
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
from loglake.pipelines.export.empty_exports import EmptyExports
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
from loglake.pipelines.export.read_budget import ReadBudget
from loglake.pipelines.export.rows_stay import why_not
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
        budget: ReadBudget,
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
            budget: how many pages of events it may ask for.
            begin: called before a window's row is written.
            end: called with the row after each try, whatever came of it.
        """
        self.row: LedgerRow | None = None
        self._ports = ports
        self._bucket = ports.raw.bucket
        self._written = ExportedObjects(ports.tasks, ports.raw)
        self._timer = partial(BackoffTimer, ports.clock, deadline_ms, poll_s, ports.jitter)
        self._groups = groups
        self._empty = EmptyExports(ports, budget)
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
            windows: where the next window comes from, and what is told how it ended.

        Returns:
            When to call it next; None if there is nothing to do.

        Raises:
            PermanentError: something that every window needs is missing; the row keeps its state and is picked up
                later.
        """
        self._windows = windows
        if now_ms < self._next_ms:
            return self._next_ms
        if self._work is None:
            candidate = None if self._begun else windows.take(Way.TASK, now_ms)
            if candidate:
                self._work = self._export(candidate)
            elif self._begun:
                self._work = self._go_on(self._begun.popleft())
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

    def _go_on(self, row: LedgerRow) -> Generator[EpochMs, None, None]:
        """Goes on with what an earlier run has begun."""
        self.row = row
        try:
            with suppress(LedgerConflictError, UnreadableItemError):
                yield from self._noting(row, resumed=True)
                self._ended()
        except _SlotTakenError:
            self._restore()
            yield from self._until_free()

    def _export(self, candidate: Candidate) -> Generator[EpochMs, None, None]:
        """Exports one window; yields the times at which to go on.

        It ends as EXPORTED, as FAILED with a reason, or as EXPORTING, if the deadline came first or a service could not
        answer; the next run then finds what was begun. If another run changed the row meanwhile, it is left to that.
        """
        now_ms = self._ports.clock.now_ms()
        try:
            stay = why_not(candidate, self._ports, self._groups)
            if stay and not (candidate.again and candidate.again.is_retried):
                self._windows.put_back(candidate)
                return
            row = candidate.begun(now_ms)
            self._begin(candidate)
            self._add(row)
            if stay:
                self._fail(row, stay)
            else:
                yield from self._noting(row, resumed=False)
            self._ended()
        except _SlotTakenError:
            self._restore()
            yield from self._until_free()
        except LedgerConflictError:  # another run was faster
            self._windows.put_back(candidate)
        except UnreadableItemError as error:  # the ledger reports it, and the window stays as it is
            self._ports.telemetry.event(
                "window left", log_group=candidate.log_group, window=str(candidate.window), reason=str(error)
            )
            self._windows.put_back(candidate)

    def _ended(self) -> None:
        if self.row is not None:
            self._windows.done(self.row)
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
        yield from self._finish(row, (yield from self._wait(task)))

    def _add(self, row: LedgerRow) -> None:
        if row.version > 1:
            self._write(row)
        elif not self._ports.ledger.add(row):
            raise LedgerConflictError(f"{row.log_group} {row.window} was added by another run")
        self.row = row

    def _restore(self) -> None:
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
        self._windows.done(row)

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

    def _finish(self, row: LedgerRow, task: ExportTask) -> Generator[EpochMs, None, None]:
        if task.status == _DONE:
            yield from self._record(row, self._written.of(row))
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

    def _record(self, row: LedgerRow, objects: list[RawObject]) -> Generator[EpochMs, None, None]:
        """Writes the list, then the row that names it: after a crash between the two, it lists again."""
        if not objects:
            before = events_before(row, all_readable(self._ports.ledger.rows_inside(row.log_group, row.window)))
            had = yield from self._empty.why_retried(row, before)
            if had and row.trying.tries >= MAX_ATTEMPTS:
                tried = f"the export is empty although {had} (tried {MAX_ATTEMPTS} times)"
                self._fail(row, f"{tried}. With `ingest: read` in the datasets file its events are read.")
                return
            if had:
                again_ms = retry_from(row.window, self._ports.clock.now_ms())
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
