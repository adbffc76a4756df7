"""The subscription filters of an account, in memory."""

from __future__ import annotations

from collections import Counter

from loglake.core.cloud_types import LogGroup
from loglake.core.landing.subscriptions import SubscriptionFilter
from loglake.core.units import LogGroupName
from loglake.errors import LoglakeError, NotFoundError, PermanentError, ThrottledError
from support.fakes.fakes import ManualClock

MOST = 2
"""Filters that a log group takes."""


class MemoryFilters:
    """Implements `core.ports.SubscriptionFilters`, and throttles as CloudWatch does.

    Attributes:
        groups: by name.
        filters: by log group.
        refused: what each call about a log group raises.
        gone: log groups that are still listed, and are not there any more.
        calls: how many calls of each kind there were in each second.
        throttles: how many of the next calls are throttled, whoever else asks.
    """

    quota = 5

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.groups: dict[LogGroupName, LogGroup] = {}
        self.filters: dict[LogGroupName, list[SubscriptionFilter]] = {}
        self.refused: dict[LogGroupName, LoglakeError] = {}
        self.gone: set[LogGroupName] = set()
        self.calls: Counter[tuple[str, int]] = Counter()
        self.throttles = 0
        self.killed_at = 0

    def add(self, *names: str, log_class: str = "STANDARD") -> None:
        """Makes log groups."""
        for name in map(LogGroupName, names):
            self.groups[name] = LogGroup(name, self._clock.now_ms(), log_class=log_class)
            self.filters[name] = []

    def log_groups(self) -> list[LogGroup]:
        return [group for _, group in sorted(self.groups.items())]

    def of(self, log_group: LogGroupName) -> list[SubscriptionFilter]:
        self._call("of", log_group)
        return list(self.filters[log_group])

    def put(self, log_group: LogGroupName, wanted: SubscriptionFilter) -> None:
        self._call("put", log_group)
        others = [each for each in self.filters[log_group] if each.name != wanted.name]
        if len(others) == MOST:
            raise PermanentError("the log group has as many others as CloudWatch allows")
        self.filters[log_group] = [*others, wanted]

    def delete(self, log_group: LogGroupName, name: str) -> None:
        self._call("delete", log_group)
        self.filters[log_group] = [each for each in self.filters[log_group] if each.name != name]

    def count(self, kind: str) -> int:
        """How many calls of a kind there were."""
        return sum(count for (each, _), count in self.calls.items() if each == kind)

    def _call(self, kind: str, log_group: LogGroupName) -> None:
        second = self._clock.now_ms() // 1000
        self.calls[kind, second] += 1
        if self.killed_at and self.calls.total() >= self.killed_at:
            raise KeyboardInterrupt
        if self.throttles or self.calls[kind, second] > self.quota:
            self.throttles = max(0, self.throttles - 1)
            raise ThrottledError("Rate exceeded")
        if log_group in self.gone:
            raise NotFoundError("The specified log group does not exist.", log_group)
        if log_group in self.refused:
            raise self.refused[log_group]
