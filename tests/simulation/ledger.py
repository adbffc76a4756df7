"""A ledger for hundreds of thousands of windows that reports changes to a listener."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from support.fakes.fakes import MemoryLedger

from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.state_items import StateItem, StateKind, StateOfKind
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window

T = TypeVar("T")

_NEAR_MS = 40 * MS_PER_DAY


class SimulatedLedger(MemoryLedger):
    """`MemoryLedger`, which in two places tells less so that a year of rows takes minutes.

    A window whose place a wider one took before it was exported holds nothing: its row is forgotten. And a converter,
    which asks for all rows of a log group to see which hold an event outside of its window, gets those of 40 days.
    """

    def __init__(self, on_converted: Callable[[LedgerRow], None]) -> None:
        super().__init__()
        self.superseded = 0
        self._on_converted = on_converted
        self._newest: dict[LogGroupName, int] = {}
        self._kinds: dict[str, dict[str, StateItem[Any]]] = defaultdict(dict)

    def add(self, row: LedgerRow) -> bool:
        self._newest[row.log_group] = max(self._newest.get(row.log_group, 0), row.window.from_ms)
        return super().add(row)

    def replace(self, row: LedgerRow) -> None:
        super().replace(row)
        if row.state is WindowState.CONVERTED:
            self._on_converted(row)
        elif row.state is WindowState.SUPERSEDED:
            self.superseded += 1
            if not row.newest.task_id and row.generation == 1:
                del self.stored[row.log_group, row.window]

    def rows(self, log_group: LogGroupName) -> list[LedgerRow]:
        return list(self.stored.of(log_group, self._newest.get(log_group, 0) - _NEAR_MS))

    def rows_inside(self, log_group: LogGroupName, window: Window) -> list[LedgerRow]:
        rows = self.stored.of(log_group, window.from_ms, window.to_ms)
        return [row for row in rows if window.holds(row.window) and row.window != window]

    def load_all(self, kind: StateKind[T]) -> StateOfKind[T]:
        return StateOfKind(dict(sorted(self._kinds[kind.name].items())))

    def save(self, item: StateItem[T], expected_version: int) -> bool:
        saved = super().save(item, expected_version)
        self._kinds[item.kind.name][item.key] = self.state[item.kind.name, item.key]
        return saved

    def all_of(self, log_group: LogGroupName) -> list[LedgerRow]:
        """All rows of a log group, without exception."""
        return list(self.stored.of(log_group, EpochMs(0)))
