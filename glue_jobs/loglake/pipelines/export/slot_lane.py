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
from loglake.core.ledger.row import MAX_ATTEMPTS, LedgerRow, WindowState
from loglake.core.planning.candidate import Candidate, Way
from loglake.core.planning.next_windows import NextWindows
from loglake.core.planning.passes import retry_from
from loglake.core.schema.bundle import objects_digest
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
from loglake.pipelines.export.exported_objects import ExportedObjects, why_doubted
from loglake.pipelines.export.lane import Lane
from loglake.pipelines.export.log_groups import LogGroups
from loglake.pipelines.export.polling import SERVICE_GROWTH, SLOT_GROWTH, TASK_GROWTH, TRIES, SlotWatch, look_times
from loglake.pipelines.export.read_budget import ReadBudget
from loglake.pipelines.object_lists import object_list_body
from loglake.pipelines.ports import ExportPorts

_DONE = "COMPLETED"
_FORGOTTEN = "forgotten"  # not a status of CloudWatch: it does not know the task any more
_ENDED = frozenset({_DONE, "FAILED", "CANCELLED", _FORGOTTEN})

_CLOCKS_DIFFER_MS = MS_PER_HOUR
"""CloudWatch's clock and ours differ by less: no task of a window is older than its intent by more than this."""

Steps = Generator[EpochMs, None, None]
"""Yields the times at which to go on."""


def task_name(row: LedgerRow) -> str:
    """The name of a window's export task: deterministic, so that a task whose id was not recorded is found again."""
    return f"loglake-{row.keys.slug}-{window_label(row.window)}-g{row.generation}-a{row.trying.tries}"


class SlotLane(Lane):
    """Exports windows by task: CloudWatch runs one export task per account and Region.

    A window ends as EXPORTED, as FAILED with a reason, or as EXPORTING, if the deadline came first or a service could
    not answer; the next run then goes on with it. If another run changed the row meanwhile, it is left to that.

    Attributes:
        row: what it works on, as last written; None between two windows.
    """

    row: LedgerRow | None = None

    def __init__(
        self,
        ports: ExportPorts,
        groups: LogGroups,
        budget: ReadBudget,
        begun: Iterable[LedgerRow],
        *,
        poll_s: float,
        deadline_ms: int,
        begin: Callable[[Candidate], None],
        end: Callable[[LedgerRow], None],
    ) -> None:
        """Takes over the EXPORTING rows of an earlier run, `begun`, which go first; see `Lane` for the rest.

        `poll_s` is the first pause between two looks at a task, and nothing is waited for after `deadline_ms`.
        """
        super().__init__(ports, groups, budget, begin=begin, end=end)
        self._written = ExportedObjects(ports.tasks, ports.raw)
        self._look_times = partial(look_times, ports.clock, deadline_ms, poll_s, ports.jitter)
        self._slot = SlotWatch(ports)
        self._begun = deque(begun)
        self._work: Steps | None = None
        self._next_ms: EpochMs = EPOCH

    def step(self, now_ms: EpochMs, windows: NextWindows) -> EpochMs | None:
        """See `Lane`.

        Raises:
            PermanentError: something that every window needs is missing; the next run goes on with the window.
        """
        self._windows = windows
        if now_ms < self._next_ms:
            return self._next_ms
        if self._work is None:
            if self._begun:
                self._work = self._go_on(self._begun.popleft(), look=True)
            elif candidate := windows.take(Way.TASK, now_ms):
                self._work = self._export(candidate)
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

    def _export(self, candidate: Candidate) -> Steps:
        if self._may_begin(candidate):
            row = candidate.begun(self._ports.clock.now_ms())
            if self._write(row):
                yield from self._go_on(row)

    def _go_on(self, row: LedgerRow, *, look: bool = False) -> Steps:
        """Exports a begun window. What delays it is noted in its row, and `loglake status` shows it.

        `look`: an earlier run may have started its task.
        """
        self.row = row
        try:
            yield from self._to_its_end(row, look)
        except LedgerConflictError:
            return
        except (TransientError, PermanentError) as error:
            with suppress(LoglakeError):
                self._save(reason=str(error))
            if isinstance(error, PermanentError):
                raise
        self._windows.done(self._held)
        self._end(self._held)

    def _to_its_end(self, row: LedgerRow, look: bool) -> Steps:
        try:
            task = yield from self._task(row, look)
        except (NotFoundError, ExportRefusedError) as error:  # the group is gone, or CloudWatch refuses
            self._give_up(str(error))
            return
        # Written down with the window's end: until then, the task is found by its name.
        row, started_ms = self._held, EpochMs(task.created_ms) if task.created_ms else self._held.trying.exported_at_ms
        self.row = replace(row, attempt=replace(row.trying, task_id=task.task_id, exported_at_ms=started_ms))
        if row.reason:
            self._save(reason="")
        task = yield from self._wait(task)
        if task.status == _DONE:
            yield from self._record(self._held)
        elif task.status in _ENDED:
            reason = f"CloudWatch Logs does not know export task {task.task_id} any more"
            if task.status != _FORGOTTEN:
                why = task.message or "CloudWatch Logs gives no reason"
                reason = f"export task {task.task_id} is {task.status}: {why}"
            advice = rule_for(TASK, task.status, task.message).advice(TASK, task.task_id)
            self._give_up(reason, self._ports.clock.now_ms(), advice=advice)

    def _task(self, row: LedgerRow, look: bool) -> Generator[EpochMs, None, ExportTask]:
        """The window's task. While another task has the slot, its own is not begun.

        Raises:
            TransientError: CloudWatch could not answer, so it is not known whether a task started; or the slot stayed
                busy. The next run looks for the task before it starts one.
        """
        tries = self._look_times(growth=SERVICE_GROWTH, most=TRIES)
        slot = self._look_times(growth=SLOT_GROWTH)
        while True:
            try:
                return (self._find(row) if look else None) or self._create(row)
            except ExportSlotBusyError:
                busy = ExportSlotBusyError(self._slot.words())
                self._save(reason=str(busy))
                for at_ms in slot:
                    yield at_ms
                    if not self._slot.is_taken():
                        break
                else:
                    raise busy from None
            except TransientError:
                # The answer may have been lost after CloudWatch took the request: look before asking again.
                look = True
                again_ms = next(tries, None)
                if again_ms is None:
                    raise
                yield again_ms

    def _find(self, row: LedgerRow) -> ExportTask | None:
        """The window's task, by its name. Tasks older than the intent belong to something else."""
        since_ms = (row.trying.exported_at_ms or row.updated_at_ms) - _CLOCKS_DIFFER_MS
        return self._ports.tasks.find(task_name(row), self._ports.raw.bucket, row.keys.export_prefix, since_ms=since_ms)

    def _create(self, row: LedgerRow) -> ExportTask:
        name, bucket, prefix = task_name(row), self._ports.raw.bucket, row.keys.export_prefix
        task_id = self._ports.tasks.create(name, row.log_group, row.window, bucket, prefix)
        return ExportTask(task_id, name, "PENDING", "", bucket, prefix, row.log_group, self._ports.clock.now_ms())

    def _wait(self, task: ExportTask) -> Generator[EpochMs, None, ExportTask]:
        """Polls until the task has ended or the deadline comes; a failed call is repeated."""
        times = self._look_times(growth=TASK_GROWTH)
        while task.status not in _ENDED and (at_ms := next(times, None)) is not None:
            yield at_ms
            self._slot.report(task)
            try:
                with suppress(TransientError):
                    task = self._ports.tasks.describe(task.task_id)
            except NotFoundError:
                return replace(task, status=_FORGOTTEN)
        return task

    def _record(self, row: LedgerRow) -> Steps:
        """Writes the list, then the row that names it: after a crash between the two, it lists again."""
        objects = self._written.of(row)
        if not objects and (why := (yield from why_doubted(self._ports, self._budget, row))):
            again_ms = retry_from(row.window, self._ports.clock.now_ms())
            advice = "With `ingest: read` in the datasets file its events are read."
            later = f"; it is retried after {format_instant(again_ms)}"
            self._give_up(f"the export is empty although {why}", again_ms, advice=advice, later=later, empty=True)
            return
        if objects:
            self._ports.control.put(row.keys.object_list, object_list_body(row.log_group, row.trying.task_id, objects))
        self._save(
            WindowState.EXPORTED,
            objects=len(objects),
            size_bytes=sum(raw.size_bytes for raw in objects),
            digest=objects_digest(objects),
            reason="",
        )

    def _give_up(
        self,
        reason: str,
        retry_at_ms: EpochMs = EPOCH,
        *,
        advice: str = "",
        later: str = "",
        empty: bool = False,
    ) -> None:
        """The window FAILED. If it is to be retried, the last of its tries leaves it to a person, with advice."""
        row = self._held
        if retry_at_ms and row.trying.tries >= MAX_ATTEMPTS:
            reason, retry_at_ms = f"{reason} (tried {MAX_ATTEMPTS} times). {advice}".strip(), EPOCH
        elif retry_at_ms:
            reason += later
        self._replace(row.fail(self._ports.clock.now_ms(), reason, retry_at_ms, empty=empty and bool(retry_at_ms)))

    def _save(self, state: WindowState = WindowState.EXPORTING, **changes: object) -> LedgerRow:
        return self._replace(self._held.advance(state, self._ports.clock.now_ms(), **changes))

    def _replace(self, changed: LedgerRow) -> LedgerRow:
        self._ports.ledger.replace(changed)
        self.row = changed
        return changed

    @property
    def _held(self) -> LedgerRow:
        assert self.row is not None
        return self.row
