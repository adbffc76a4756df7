"""What both lanes do with a window: judge whether it may be exported now, and write its row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from loglake.core.ledger.row import LedgerRow, WindowState, all_readable
from loglake.core.planning.candidate import Candidate
from loglake.core.planning.next_windows import NextWindows
from loglake.core.planning.passes import GIVE_UP_MARGIN_MS
from loglake.core.planning.replacing import why_rows_stay
from loglake.errors import LedgerConflictError, UnreadableItemError
from loglake.pipelines.export.log_groups import LogGroups
from loglake.pipelines.export.read_budget import ReadBudget
from loglake.pipelines.ports import ExportPorts


class Lane:
    """Exports windows in one way, one after the other.

    Its `step(now_ms, windows)` does what is due and never sleeps. `windows` is where the next window comes from, and is
    told how it ended. `step` says when to call it next; None if there is nothing to do.
    """

    def __init__(
        self,
        ports: ExportPorts,
        groups: LogGroups,
        budget: ReadBudget,
        *,
        begin: Callable[[Candidate], None],
        end: Callable[[LedgerRow], None],
    ) -> None:
        """Takes its surroundings.

        Args:
            ports: everything outside.
            groups: the account's log groups.
            budget: how many pages of events may be asked for.
            begin: called before a window is exported.
            end: called with the row after each try, whatever came of it.
        """
        self._ports = ports
        self._groups = groups
        self._budget = budget
        self._begin = begin
        self._end = end
        self._windows: NextWindows

    def _may_begin(self, candidate: Candidate) -> bool:
        """Whether a window may be exported now; if not, it is put back.

        One that replaces rows may have waited too long: CloudWatch may not have all of its events any more. A window
        that would be retried for ever FAILS for that.
        """
        try:
            stay = self._why_rows_stay(candidate)
        except UnreadableItemError:  # the ledger reports it, and the window stays as it is
            self._windows.put_back(candidate)
            return False
        if not stay:
            self._begin(candidate)
        elif candidate.row.is_retried:
            self._fail(candidate.begun(self._ports.clock.now_ms()), stay)
        else:
            self._windows.put_back(candidate)
        return not stay

    def _why_rows_stay(self, candidate: Candidate) -> str:
        """Why rows would be lost, in words; empty if none would be, or if the log group is gone."""
        if not candidate.replaces:
            return ""
        row = candidate.row
        rows = all_readable(self._ports.ledger.rows_inside(row.log_group, row.window))
        inside = [inner for inner in rows if inner.state is not WindowState.SUPERSEDED]
        group = self._groups.find(row.log_group)
        return why_rows_stay(row, group, self._ports.clock.now_ms(), inside, GIVE_UP_MARGIN_MS) if group else ""

    def _fail(self, begun: LedgerRow, reason: str) -> None:
        """Writes that a window FAILED whose row does not say yet that it was begun."""
        self._ended(replace(begun.fail(self._ports.clock.now_ms(), reason), version=begun.version))

    def _ended(self, row: LedgerRow) -> bool:
        """Writes the row of a window after its try; False if another run was faster."""
        if written := self._write(row):
            self._windows.done(row)
            self._end(row)
        return written

    def _write(self, row: LedgerRow) -> bool:
        """Writes a row; False if another run was faster: then the window is left to that."""
        if row.version == 1:
            return self._ports.ledger.add(row)
        try:
            self._ports.ledger.replace(row)
        except LedgerConflictError:
            return False
        return True
