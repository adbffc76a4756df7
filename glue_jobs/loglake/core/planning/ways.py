"""By which way a window's events come: an export task, or pages of FilterLogEvents.

A task takes the account's one slot for about a minute, however little it exports. A read takes a request for each page,
and an account may ask for a few pages a second. So small windows are read, large ones go by task, and a window between
the two goes by the way that is free.
"""

from __future__ import annotations

from collections.abc import Sequence

from loglake.core.ledger.row import LedgerRow
from loglake.core.planning.candidate import Way
from loglake.core.planning.expected import pages_of
from loglake.core.units import MS_PER_HOUR, EpochMs
from loglake.core.windows import Window

READ_ONLY_PAGES = 30
"""A window with no more expected pages is read: the slot would be taken longer than reading takes."""

READ_FIRST_PAGES = 120
"""One with no more expected pages is read if reading is free; a larger one goes by task if the slot is free."""

MOST_PAGES = 1_200
"""One with more expected pages is not read: ten minutes at two pages a second."""

BY_TASK, BY_READ = (Way.TASK,), (Way.READ,)


class Ways:
    """The ways of one log group's windows.

    Attributes:
        may_read: its windows may be read.
    """

    def __init__(self, ingest: str, created_ms: int, *, may_read: bool) -> None:
        """Takes its surroundings.

        Args:
            ingest: of its dataset.
            created_ms: its creation: CreateExportTask refuses a range that ends before that.
            may_read: CloudWatch lets the job read.
        """
        self._ingest = ingest
        self._created_ms = created_ms
        self.may_read = may_read and ingest != "export"

    def of(self, window: Window, rows: Sequence[LedgerRow], pages: int) -> tuple[Way, ...]:
        """The ways that a window may go, the better one first; empty if there is none.

        Args:
            window: the window.
            rows: of its log group. Those whose time it has are replaced by it. The text that a task exports splits a
                message with a line that looks like an event, so a read could have fewer events: what came by task is
                replaced by task.
            pages: how many are expected.
        """
        if any(window.meets(row.window) and row.live and not row.live.is_read for row in rows):
            return BY_TASK
        if self._ingest == "read" or (self.may_read and window.to_ms <= self._created_ms):
            return BY_READ if self.may_read else ()
        if not self.may_read or pages > MOST_PAGES:
            return BY_TASK
        if pages <= READ_ONLY_PAGES:
            return BY_READ
        return (Way.READ, Way.TASK) if pages <= READ_FIRST_PAGES else (Way.TASK, Way.READ)

    def are_read_first(self, day_bytes: int) -> bool:
        """Whether an hour of the log group is read, with so many bytes expected of a day."""
        hour = Window(EpochMs(self._created_ms), EpochMs(self._created_ms + MS_PER_HOUR))
        return self.of(hour, (), pages_of(day_bytes // 24))[:1] == BY_READ[:1]
