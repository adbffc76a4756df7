"""What is kept in the ledger's table: rows, and beside them notes, schemas and landed objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from loglake.core.landing.objects import LandedObject
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.schema.schema import TableSchema
from loglake.core.state_items import StateItems
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.unreadable import UnreadableItem
from loglake.core.windows import Window


class Ledger(Protocol):
    """The rows of the ledger.

    Writes are conditional, reads by log group are consistent. Results may include rows that can't be read
    (`LedgerRow.unreadable`): they still hold their window's time. Rows of closed months (`core.ledger.closed`) are like
    all others: reads find them, and whoever writes one has it among the others again.
    """

    @property
    def unreadable(self) -> Mapping[str, UnreadableItem]:
        """All items that could not be read so far, by their keys."""

    def add(self, row: LedgerRow) -> bool:
        """Adds a row; False if (log group, window) has one already, which then stays."""

    def replace(self, row: LedgerRow) -> None:
        """Writes a row over its version before (``row.version - 1``).

        Raises LedgerConflictError if the stored version is another.
        """

    def replace_all(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Writes rows of different windows over their versions before, many in one request.

        Returns those that were written: all whose stored version is the one before.
        """

    def remove(self, rows: Sequence[LedgerRow]) -> None:
        """Removes rows of these versions; one that is gone or has another version by now is left alone."""

    def rows(self, log_group: LogGroupName) -> list[LedgerRow]:
        """All rows of a log group, ordered by window."""

    def rows_inside(self, log_group: LogGroupName, window: Window) -> list[LedgerRow]:
        """The rows of a log group inside a wider window, without that window's own, ordered by window."""

    def rows_between(
        self, log_group: LogGroupName, since_ms: EpochMs, until_ms: EpochMs | None = None
    ) -> list[LedgerRow]:
        """A log group's rows with windows that begin at or after a time, and before another one, ordered by window."""

    def all_rows(self, table: str | None = None) -> list[LedgerRow]:
        """All rows of a table's windows, or of all, ordered by log group and window. Reads the whole ledger.

        Rows that can't be read may be of any table.
        """

    def rows_and_totals(self, settle_after_ms: int) -> list[LedgerRow]:
        """All rows, ordered by log group and window, but closed months as stretches (`core.ledger.stretches`).

        Reads the whole ledger, and takes much less memory and time than `all_rows`. A closed month whose total can be
        read counts as readable. A day has settled so long after its end.
        """

    def row(self, log_group: LogGroupName, window: Window) -> LedgerRow:
        """A row as it stands now. Raises NotFoundError if there is none, UnreadableItemError if it can't be read."""

    def in_states(self, *states: WindowState) -> list[LedgerRow]:
        """All rows in any of these states, ordered by log group and window.

        Don't ask for CLOSED states. All returned rows can be read. What was written moments ago may be missing or
        stale.
        """


class ExportLedger(Ledger, StateItems, Protocol):
    """What exporting needs from the ledger's table."""


class SchemaRegistry(Protocol):
    """The schemas of all tables, which the writer obeys. Versions are kept."""

    def latest(self, table: str) -> TableSchema:
        """The newest version; version 0 without columns if the table has none yet.

        Raises UnreadableItemError if it can't be read.
        """

    def publish(self, schema: TableSchema) -> None:
        """Adds a version. Raises LedgerConflictError if that version exists: another writer was first."""


class SchemaHistory(SchemaRegistry, Protocol):
    """A registry with its history, for inspection."""

    def history(self, table: str) -> list[TableSchema]:
        """All versions of a table's schema, the oldest first; none if the table has none.

        Raises UnreadableItemError if one of them can't be read.
        """


class LandedObjects(Protocol):
    """What the ledger knows of landed objects. One is UNREADABLE if what is known of it can't be read."""

    def landed_on(self, day: EpochMs) -> Iterator[LandedObject]:
        """Those that arrived on a UTC day, in the order of their keys (UTF-8), a page at a time."""

    def open_landed(self) -> list[LandedObject]:
        """Those that every run looks at again (`LandedObject.is_open`). What was written moments ago may be missing."""

    def landed_objects(self, *, lasting: bool = False) -> Iterable[LandedObject]:
        """All that have not expired, in any order. Reads the whole ledger.

        With `lasting`, at least those that never expire: something is left to do about them, or is in quarantine.
        """

    def put_landed_object(self, known: LandedObject) -> None:
        """Writes what is known of an object, replacing its item of the same day: every scan finds the same."""


class LookLedger(LandedObjects, StateItems, Protocol):
    """What looking through ``landing/`` needs from the ledger's table."""


class ConvertLedger(Ledger, SchemaRegistry, LookLedger, Protocol):
    """What converting needs from the ledger's table: rows, schemas, landed objects and notes."""

    def open_rows(self, log_group: LogGroupName, until_ms: EpochMs) -> list[LedgerRow]:
        """A log group's rows that are not in closed months alone, with windows that begin before a time, in order."""

    def close_rows(self, rows: Sequence[LedgerRow]) -> int:
        """Has the months of one log group's rows note them; once that is long ago, deletes them (`core.ledger.closed`).

        Args:
            rows: in order, with windows of months that may be closed.

        Returns:
            How many rows were deleted.

        Raises LedgerConflictError if another run changed one meanwhile; then some are left as they are.
        """
