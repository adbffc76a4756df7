"""FilterLogEvents in memory, over the events of the fake export tasks, with pages as CloudWatch gives them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from loglake.core.ports.event_reader import EventPage, ReadEvent
from loglake.core.units import LogGroupName
from loglake.core.windows import Window
from loglake.errors import ExportRefusedError, LoglakeError, NotFoundError, StaleTokenError
from support.fakes.fakes import FakeExportTasks


class FakeEventReader:
    """Pages of at most `most` events; with a seed, partly full or empty, and tokens that repeat or expire.

    Attributes:
        errors: what the next calls raise, in order.
        windows: each window that was asked for without a token.
        unsorted: pages have their events backwards.
    """

    def __init__(self, tasks: FakeExportTasks, most: int = 10_000, seed: int | None = None) -> None:
        self._tasks = tasks
        self._most = most
        self._random = random.Random(seed) if seed is not None else None
        self.errors: list[LoglakeError] = []
        self.windows: list[Window] = []
        self.unsorted = False

    quota = 25.0

    def page(self, log_group: LogGroupName, window: Window, token: str) -> EventPage:
        if self.errors:
            raise self.errors.pop(0)
        group = self._tasks.groups.get(log_group)
        if group is None:
            raise NotFoundError("The specified log group does not exist.", log_group)
        if group.log_class != "STANDARD":
            raise ExportRefusedError("FilterLogEvents is not supported for this log class.")
        if token == "no token":
            raise StaleTokenError("The specified nextToken is invalid.")
        if not token:
            self.windows.append(window)
        if token and self._happens(0.1):
            raise StaleTokenError("The specified nextToken is invalid.")
        if token and self._happens(0.1):
            return EventPage([], token)
        known = sorted(self.events(log_group))
        left = [event for event in known if event.timestamp_ms in window and _position(event) > token]
        if self._happens(0.2):
            return EventPage([], token or " ")
        count = self._random.randint(1, self._most) if self._random else self._most
        page = left[:count]
        if len(page) == len(left) and not self._happens(0.3):
            return EventPage(page[::-1] if self.unsorted else page, "")
        return EventPage(page[::-1] if self.unsorted else page, _position(page[-1]) if page else token or " ")

    def events(self, log_group: LogGroupName) -> Iterator[ReadEvent]:
        """All events of a group. The id of an event is its place in its stream."""
        streams = {stream: list(events) for stream, events in self._tasks.events[log_group].items()}
        for _, group, stream, event in self._tasks.late:  # no task finds them yet
            if group == log_group:
                streams.setdefault(stream, []).append(event)
        for stream, events in streams.items():
            for number, (ms, message) in enumerate(events):
                yield ReadEvent(ms, stream, f"{stream}#{number}", message)

    def _happens(self, share: float) -> bool:
        return self._random is not None and self._random.random() < share


def _position(event: ReadEvent) -> str:
    return f"{event.timestamp_ms:020d} {event.log_stream} {event.event_id}"
