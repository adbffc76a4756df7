"""Virtual time: other events go on while a job sleeps."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from loglake.core.units import EpochMs

Action = Callable[[], None]


class Calendar:
    """Implements `core.ports.Clock`: time moves when somebody sleeps, and due actions happen meanwhile at their time.

    So a job that sleeps is overtaken by a schedule, by another job or by somebody else's export, as on AWS.
    """

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms
        self._due: list[tuple[int, int, Action]] = []
        self._number = count()

    def now_ms(self) -> EpochMs:
        return EpochMs(self._now_ms)

    def at(self, ms: int, action: Action) -> None:
        """Schedules an action at a time; actions at the same time run in the order of scheduling."""
        heapq.heappush(self._due, (max(ms, self._now_ms), next(self._number), action))

    def after(self, ms: int, action: Action) -> None:
        """Schedules an action after a while."""
        self.at(self._now_ms + ms, action)

    def sleep(self, seconds: float) -> None:
        self.run_until(self._now_ms + int(seconds * 1000))

    def run_until(self, until_ms: int) -> None:
        """Runs all actions that are due until a time, and moves the clock to that time."""
        while self._due and self._due[0][0] <= until_ms:
            ms, _, action = heapq.heappop(self._due)
            self._now_ms = max(self._now_ms, ms)  # an action may itself have slept
            action()
        self._now_ms = max(self._now_ms, until_ms)
