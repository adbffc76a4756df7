"""The ledger's table: rows, and what planning, compaction and a person note beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Protocol

    from loglake.core.ledger.row import LedgerRow, WindowState
    from loglake.core.ledger.watermark import Mark
    from loglake.core.outcome import RunNote
    from loglake.core.units import EpochMs, LogGroupName
    from loglake.core.windows import Window
else:
    from typing import Protocol


class Ledger(Protocol):
    """The rows of the ledger. Writes are conditional, reads by log group are consistent."""

    def add(self, row: LedgerRow) -> bool:
        """Adds a row; False where (log group, window) has one already, which then stays as it is."""
        ...

    def replace(self, row: LedgerRow) -> None:
        """Writes a row over its version before (``row.version - 1``).

        Raises LedgerConflictError where the stored version is another.
        """
        ...

    def rows(self, log_group: LogGroupName) -> list[LedgerRow]:
        """All rows of a log group, ordered by window."""
        ...

    def rows_inside(self, log_group: LogGroupName, window: Window) -> list[LedgerRow]:
        """The rows of a log group whose windows lie in a wider one, without that one itself, ordered by window."""
        ...

    def all_rows(self, table: str | None = None) -> list[LedgerRow]:
        """All rows of a table's windows, or of all, ordered by log group and window. Reads the whole ledger."""
        ...

    def current(self, row: LedgerRow) -> LedgerRow:
        """A row as it stands now. Raises NotFoundError where there is none of its log group and window."""
        ...

    def in_states(self, *states: WindowState) -> list[LedgerRow]:
        """All rows in any of these states, ordered by log group and window. CLOSED ones are not to be asked for.

        What was written moments ago may be missing or told as it was before.
        """
        ...


class Pauses(Protocol):
    """Log groups that a person has paused: nothing of them is exported until they are resumed."""

    def paused(self) -> dict[LogGroupName, EpochMs]:
        """All paused log groups in the order of their names, each with the time since which it is. Consistent."""
        ...

    def pause(self, log_group: LogGroupName, now_ms: EpochMs) -> bool:
        """Pauses a log group; False where it was paused already, and stays so since then."""
        ...

    def resume(self, log_group: LogGroupName) -> bool:
        """Ends a pause; False where there was none."""
        ...


class PlanningNotes(Protocol):
    """What planning notes of log groups, beside their rows. Reads are consistent."""

    def rows_between(
        self, log_group: LogGroupName, since_ms: EpochMs, until_ms: EpochMs | None = None
    ) -> list[LedgerRow]:
        """A log group's rows whose windows begin at or after a time, and before another one, ordered by window."""
        ...

    def marks(self) -> dict[LogGroupName, Mark]:
        """How far each log group is planned, as far as anything was planned for it."""
        ...

    def move_mark(self, log_group: LogGroupName, before: Mark | None, after: Mark) -> bool:
        """Moves a mark; False where the stored one is not `before` (None: there is none), and then it stays."""
        ...

    def turns(self) -> dict[LogGroupName, EpochMs]:
        """When each log group last had the export slot."""
        ...

    def take_turn(self, log_group: LogGroupName, now_ms: EpochMs) -> None:
        """Notes that a log group has the export slot."""
        ...


class CompactionNotes(Protocol):
    """What compaction reads and notes beside rows. Reads are consistent."""

    def marks(self) -> dict[LogGroupName, Mark]:
        """How far each log group is planned, as far as anything was planned for it."""
        ...

    def looks(self) -> dict[str, EpochMs]:
        """When each table is to be looked at next."""
        ...

    def move_look(self, table: str, before: EpochMs | None, after: EpochMs) -> bool:
        """Sets when a table is looked at next; False where it was not `before` (None: never noted), and it stays."""
        ...


class RunNotes(Protocol):
    """How the last run of each job went. Reads are consistent."""

    def runs(self) -> dict[str, RunNote]:
        """The notes by job, in the order of the jobs' names."""
        ...

    def note_run(self, note: RunNote) -> None:
        """Writes a job's note over the one before, whose remarks it may keep (`RunNote.after`)."""
        ...


class ExportLedger(Ledger, Pauses, PlanningNotes, Protocol):
    """What exporting needs of the ledger's table."""
