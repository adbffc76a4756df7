"""By which way a window's events come: an export task, or pages of FilterLogEvents.

A task takes the account's one slot for about a minute, however little it exports. A read takes a request for each page,
and an account may ask for a few pages a second. So small windows are read, large ones go by task, and a window between
the two goes by the way that is free.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loglake.core.ledger.row import LedgerRow
from loglake.core.planning.candidate import Way
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs
from loglake.core.windows import Window

READ_ONLY_PAGES = 30
"""A window with no more expected pages is read: the slot would be taken longer than reading takes."""

READ_FIRST_PAGES = 120
"""One with no more expected pages is read if reading is free; a larger one goes by task if the slot is free."""

MOST_PAGES = 1_200
"""One with more expected pages is not read: ten minutes at two pages a second."""

BY_TASK, BY_READ = (Way.TASK,), (Way.READ,)

_PAGE_BYTES = 500_000
"""Of a page that is half full."""
_JSON = 1.6
"""Bytes of an answer for a byte of an event of 250 bytes: CloudWatch counts the JSON around it."""
_COMPRESSED, _GZIP = 0.15, 0.18
"""Stored bytes of a log group, and bytes of exported objects, for a byte of text."""


class Ways:
    """The ways of one log group's windows.

    Attributes:
        may_read: its windows may be read.
    """

    def __init__(self, ingest: str, created_ms: int, day_bytes: int, *, may_read: bool) -> None:
        """Takes its surroundings.

        Args:
            ingest: of its dataset.
            created_ms: its creation: CreateExportTask refuses a range that ends before that.
            day_bytes: what CloudWatch stores of a day, as far as is known.
            may_read: CloudWatch lets the job read.
        """
        self._ingest = ingest
        self._created_ms = created_ms
        self._day_bytes = day_bytes
        self.may_read = may_read and ingest != "export"

    def of(self, window: Window, rows: Sequence[LedgerRow], pages: int, *, replaces: bool) -> tuple[Way, ...]:
        """The ways that a window may go, the better one first; empty if there is none.

        Args:
            window: the window.
            rows: of its log group.
            pages: how many are expected.
            replaces: it replaces rows. The text that a task exports splits a message with a line that looks like an
                event, so a read could have fewer events: what came by task is replaced by task.
        """
        if replaces and any(window.meets(row.window) and row.live and not row.live.is_read for row in rows):
            return BY_TASK
        if self._ingest == "read" or (self.may_read and window.to_ms <= self._created_ms):
            return BY_READ if self.may_read else ()
        if not self.may_read or pages > MOST_PAGES:
            return BY_TASK
        if pages <= READ_ONLY_PAGES:
            return BY_READ
        return (Way.READ, Way.TASK) if pages <= READ_FIRST_PAGES else (Way.TASK, Way.READ)

    @property
    def are_read_first(self) -> bool:
        """Whether an hour of the log group is read, as far as its stored bytes say."""
        hour = Window(EpochMs(self._created_ms), EpochMs(self._created_ms + MS_PER_HOUR))
        return self.of(hour, (), self.pages(MS_PER_HOUR, ()), replaces=False)[:1] == BY_READ[:1]

    def pages(self, window_ms: int, rows: Iterable[LedgerRow]) -> int:
        """How many pages are expected for so long a time.

        Counted from what was read of the log group, else from what was exported, else from the stored bytes.
        """
        sources = [(row.newest, row.window.to_ms - row.window.from_ms) for row in rows if not row.landed]
        read = [(source.pages - 1, length) for source, length in sources if source.is_read]
        if read:
            return 1 + _share(sum(pages for pages, _ in read), window_ms, sum(length for _, length in read))
        exported = [(source.size_bytes, length) for source, length in sources if source.task_id]
        text_bytes, time_ms = self._day_bytes / _COMPRESSED, MS_PER_DAY
        if exported:
            text_bytes, time_ms = sum(size for size, _ in exported) / _GZIP, sum(length for _, length in exported)
        return 1 + _share(text_bytes * _JSON / _PAGE_BYTES, window_ms, time_ms)


def _share(count: float, window_ms: int, time_ms: int) -> int:
    return -int(-count * window_ms // time_ms)
