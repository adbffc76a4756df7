"""Simulates reading with FilterLogEvents: how many pages a window takes, and how many events each hour of it has."""

from __future__ import annotations

import gzip
import json
import random

from loglake.core.ports.event_reader import EventPage, ReadEvent
from loglake.core.units import LogGroupName
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError, NotFoundError
from simulation.cloudwatch import EVENT_BYTES, SimulatedCloudWatch

PAGE_BYTES = 1_000_000
FILLED = (0.3, 0.8)
"""The share of a page that has events, from and to."""
EMPTY_LAST = 1 / 3
"""The share of windows whose last page has none."""


class SimulatedReader:
    """Implements `core.ports.EventReader`. All events of an hour are one, whose message says how many they are."""

    def __init__(self, cloudwatch: SimulatedCloudWatch, *, may_read: bool) -> None:
        self.quota = 5.0 * cloudwatch.speed
        self._cloudwatch = cloudwatch
        self._may_read = may_read
        self._random = random.Random(cloudwatch.seed + 2)
        self._left: dict[str, list[list[ReadEvent]]] = {}
        self.pages = 0
        self.empty_last = EMPTY_LAST

    def page(self, log_group: LogGroupName, window: Window, token: str) -> EventPage:
        if not self._may_read:
            raise AccessDeniedError(f"not authorized to perform logs:FilterLogEvents on {log_group}")
        self.pages += 1
        pages = self._left.pop(token) if token else self._pages(log_group, window)
        if len(pages) == 1:
            return EventPage(pages[0], "")
        token = f"{log_group} {self.pages}"
        self._left[token] = pages[1:]
        return EventPage(pages[0], token)

    def _pages(self, log_group: LogGroupName, window: Window) -> list[list[ReadEvent]]:
        """The pages of a window, the first one first."""
        group = self._cloudwatch.groups.get(log_group)
        if group is None:
            raise NotFoundError("The specified log group does not exist.", log_group)
        found = self._cloudwatch.found(group, window)
        size_bytes = sum(events for _, _, events in found) * EVENT_BYTES
        count = 1 + int(size_bytes / PAGE_BYTES / self._random.uniform(*FILLED))
        events = [ReadEvent(run[1], "all", f"{run[1]} {run[2]}", json.dumps(run)) for run in found]
        pages = [events[len(events) * each // count : len(events) * (each + 1) // count] for each in range(count)]
        return [*pages, []] if self._random.random() < self.empty_last else pages


def runs_of(body: bytes) -> bytes:
    """What a raw object says, as a list in JSON, like that of an export task."""
    lines = gzip.decompress(body).splitlines()
    events = [event["message"] for line in lines for event in json.loads(line)["logEvents"]]
    return f"[{','.join(events)}]".encode()
