"""One window on its way from CloudWatch to raw objects, page by page.

FilterLogEvents sorts by event time, so all before the last event's millisecond is complete. The events of that last
millisecond are held back until a later one comes. So a read can end after each page: what was written is exactly the
window up to that millisecond, and the rest is another window. No page token outlives the read.
"""

from __future__ import annotations

from collections.abc import Sequence

from loglake.core.ports.event_reader import EventReader, ReadEvent
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import StaleTokenError, TransientError
from loglake.pipelines.export.payload_writer import PayloadWriter

_MOST_RESTARTS = 5
"""How often a read goes on by time without a new event before it ends."""


class WindowRead:
    """Reads a window.

    Attributes:
        pages: how many pages were read.
        is_done: whether the last page was read.
    """

    def __init__(self, reader: EventReader, writer: PayloadWriter, log_group: LogGroupName, window: Window) -> None:
        self._reader = reader
        self._writer = writer
        self._log_group = log_group
        self._window = window
        self._token = ""
        self._from_ms: int = window.from_ms
        self._last_ms: int = window.from_ms
        self._held: list[ReadEvent] = []
        self._is_sorted = True
        self._restarts = 0
        self.pages = 0
        self.is_done = False

    @property
    def complete_until_ms(self) -> EpochMs:
        """Everything before this time was written, and nothing else; the window's start if nothing is complete."""
        if self.is_done:
            return self._window.to_ms
        return EpochMs(self._last_ms) if self._is_sorted else self._window.from_ms

    def next_page(self) -> None:
        """Reads one page.

        Raises:
            TransientError: CloudWatch can't answer now. The same call may be made again.
            PermanentError: this log group can't be read.
        """
        asked = Window(EpochMs(self._from_ms), self._window.to_ms)
        try:
            page = self._reader.page(self._log_group, asked, self._token)
        except StaleTokenError:
            self._restart()
            return
        self.pages += 1
        self.is_done = not page.token
        self._take(page.events)
        if page.token and page.token == self._token:
            self._restart()
        else:
            self._token = page.token

    def _take(self, events: Sequence[ReadEvent]) -> None:
        for event in events:
            self._is_sorted &= event.timestamp_ms >= self._last_ms
            self._last_ms = max(self._last_ms, event.timestamp_ms)
        known = [*self._held, *events]
        all_are_due = self.is_done or not self._is_sorted
        before = known if all_are_due else [event for event in known if event.timestamp_ms < self._last_ms]
        self._held = known[len(before) :]
        if before:
            self._writer.write(before)
            self._restarts = 0

    def _restart(self) -> None:
        """Goes on by time from the last millisecond, whose events come once more."""
        if self._restarts == _MOST_RESTARTS or not self._is_sorted:
            raise TransientError(
                f"logs:FilterLogEvents on {self._log_group}: no page token of {self._window} stays valid"
            )
        self._restarts += 1
        self._token, self._from_ms, self._held = "", self._last_ms, []
