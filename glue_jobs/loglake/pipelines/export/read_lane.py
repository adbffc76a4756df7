"""Reads windows with FilterLogEvents, one after the other, a page at a time.

A window that replaces nothing may end early: at the run's deadline, when an object is full, or if CloudWatch can't go
on. Then it is a narrower window, and the rest of it is derived again. A window that replaces rows is read whole or not
at all. A run that is killed leaves nothing but objects that no row names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from loglake.core.ledger.row import LedgerRow, Queue, WindowState
from loglake.core.planning.candidate import Candidate, Way
from loglake.core.planning.next_windows import NextWindows
from loglake.core.schema.bundle import objects_digest
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import (
    AccessDeniedError,
    ExportRefusedError,
    NotFoundError,
    ThrottledError,
    TransientError,
)
from loglake.pipelines.export.lane import Lane
from loglake.pipelines.export.log_groups import LogGroups
from loglake.pipelines.export.payload_writer import PayloadWriter
from loglake.pipelines.export.polling import TRIES
from loglake.pipelines.export.read_budget import ReadBudget
from loglake.pipelines.export.window_read import WindowRead
from loglake.pipelines.object_lists import put_next_list
from loglake.pipelines.ports import ExportPorts


class ReadLane(Lane):
    """Reads windows. One ends as EXPORTED, as CONVERTED if a pass found the same events, or as FAILED with a reason.

    Attributes:
        refused: why nothing can be read, such as without the permission; empty if it can.
        read_requested: whether it read a window that a person asked for; `read_fresh`: one that came just now.
    """

    def __init__(
        self,
        ports: ExportPorts,
        groups: LogGroups,
        budget: ReadBudget,
        run_id: str,
        *,
        begin: Callable[[Candidate], None],
        end: Callable[[LedgerRow], None],
    ) -> None:
        """`run_id` is a part of the ids of reads; see `Lane` for the rest."""
        super().__init__(ports, groups, budget, begin=begin, end=end)
        self.refused = ""
        self.read_requested = self.read_fresh = False
        self._run_id = run_id
        self._reading: Candidate | None = None
        self._refused: set[LogGroupName] = set()

    @property
    def is_idle(self) -> bool:
        """Whether it is between two windows."""
        return self._reading is None

    def step(self, now_ms: EpochMs, windows: NextWindows) -> EpochMs | None:
        """See `Lane`: reads one page, if the budget has one."""
        self._windows = windows
        if self._reading is None:
            candidate = None if self.refused else windows.take(Way.READ, now_ms)
            if candidate is None:
                return None
            self._start(candidate, now_ms)
        if (candidate := self._reading) and self._budget.take():
            try:
                self._next_page(candidate)
            except TransientError as error:  # S3 or the ledger does not answer
                self._reading = None
                self._ports.telemetry.event(
                    "read left", log_group=candidate.log_group, window=str(candidate.window), reason=str(error)
                )
                windows.put_back(candidate)
        return EpochMs(now_ms + round(self._budget.wait_s() * 1000))

    def keep(self, windows: NextWindows) -> None:
        """Has new `windows` leave out what is being read, since no row says so, and log groups that are refused."""
        windows.refused |= self._refused
        if self._reading:
            windows.done(self._reading.begun(self._begun_ms))

    def stop(self, reason: str = "") -> None:
        """Ends the read, and keeps what is complete of it. With a reason, the rest of the window is FAILED.

        Raises:
            LoglakeError: it can't be written down.
        """
        candidate, self._reading = self._reading, None
        if candidate is None:
            return
        window, until_ms = candidate.window, self._read.complete_until_ms
        is_kept = self._read.is_done or (until_ms > window.from_ms and not self._is_whole)
        written = is_kept and self._ended(self._recorded(replace(candidate, window=Window(window.from_ms, until_ms))))
        self.read_requested |= written and bool(candidate.request)
        self.read_fresh |= written and candidate.queue is Queue.FRESH
        if reason:
            left = Window(until_ms, window.to_ms) if is_kept else window
            self._fail(replace(candidate, window=left).begun(self._begun_ms), reason)
        if not self._read.is_done and (is_kept or not reason):
            self._windows.put_back(candidate, again=written)

    def _start(self, candidate: Candidate, now_ms: EpochMs) -> None:
        """Begins to read a window, unless rows would be lost."""
        if not self._may_begin(candidate):
            return
        group = self._groups.find(candidate.log_group)
        self._begun_ms = now_ms
        self._read_id = f"{self._run_id}-{now_ms}"
        self._writer = PayloadWriter(self._ports.raw, candidate.log_group, group.account if group else "")
        self._read = WindowRead(self._ports.reader, self._writer, candidate.log_group, candidate.window)
        # It has a row, or replaces some: it is kept as a whole or not at all.
        self._is_whole = candidate.again is not None or candidate.replaces
        self._tries = 0
        self._reading = candidate

    def _next_page(self, candidate: Candidate) -> None:
        try:
            self._read.next_page()
        except TransientError as error:
            self._budget.slow_down()
            self._tries += not isinstance(error, ThrottledError)
            if self._tries == TRIES:
                self.stop()
        except (NotFoundError, ExportRefusedError) as error:
            self._refused.add(candidate.log_group)
            self._windows.refused.add(candidate.log_group)
            self.stop(str(error))
        except AccessDeniedError as error:
            self.refused = str(error)
            self.stop()
        else:
            self._tries = 0
            if self._read.is_done or (self._writer.is_full and not self._is_whole):
                self.stop()
            elif self._writer.is_full:
                self._writer.put(self._prefix(candidate))

    def _prefix(self, candidate: Candidate) -> str:
        return f"{candidate.begun(self._begun_ms).keys.export_prefix}/{self._read_id}"

    def _recorded(self, candidate: Candidate) -> LedgerRow:
        """Writes the last object and the list, and returns the row that names them."""
        writer, now_ms = self._writer, self._ports.clock.now_ms()
        live = candidate.again.live if candidate.again else None
        if live and live.is_read and (live.events, live.id_sum) == (writer.events, writer.id_sum):
            return candidate.row.confirm(now_ms, self._begun_ms)
        writer.put(self._prefix(candidate))
        row = candidate.begun(self._begun_ms)
        keys = replace(row.keys, generation=row.generation - 1)
        generation = put_next_list(self._ports.control, keys, writer.objects, self._read_id)
        attempt = replace(
            row.trying,
            generation=generation,
            state=WindowState.EXPORTED,
            task_id=self._read_id,
            objects=len(writer.objects),
            size_bytes=sum(raw.size_bytes for raw in writer.objects),
            digest=objects_digest(writer.objects),
            pages=self._read.pages,
            events=writer.events,
            id_sum=writer.id_sum,
        )
        return replace(row, generation=generation, attempt=attempt, updated_at_ms=now_ms)
