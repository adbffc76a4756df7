"""The rows of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loglake.core.ports.state_items import StateItems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Protocol

    from loglake.core.ledger.row import LedgerRow, WindowState
    from loglake.core.units import EpochMs, LogGroupName
    from loglake.core.unreadable import UnreadableItem
    from loglake.core.windows import Window
else:
    from typing import Protocol


class Ledger(Protocol):
    """The rows of the ledger. Writes are conditional, reads by log group are consistent.

    Among several rows there may be some that can't be read (`LedgerRow.unreadable`): they hold their window's time.
    """

    @property
    def unreadable(self) -> Mapping[str, UnreadableItem]:
        """All items of the table that were to be read by now, and could not be, by their keys."""
        ...

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

    def rows_between(
        self, log_group: LogGroupName, since_ms: EpochMs, until_ms: EpochMs | None = None
    ) -> list[LedgerRow]:
        """A log group's rows whose windows begin at or after a time, and before another one, ordered by window."""
        ...

    def all_rows(self, table: str | None = None) -> list[LedgerRow]:
        """All rows of a table's windows, or of all, ordered by log group and window. Reads the whole ledger.

        Rows that can't be read may be of any table.
        """
        ...

    def row(self, log_group: LogGroupName, window: Window) -> LedgerRow:
        """A row as it stands now. Raises NotFoundError if there is none, UnreadableItemError if it can't be read."""
        ...

    def in_states(self, *states: WindowState) -> list[LedgerRow]:
        """All rows in any of these states, ordered by log group and window. CLOSED ones are not to be asked for.

        All of them can be read.

        What was written moments ago may be missing or told as it was before.
        """
        ...


class ExportLedger(Ledger, StateItems, Protocol):
    """What exporting needs of the ledger's table."""
