"""Ledger rows in memory, with indexes by log group and state."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.units import LogGroupName
from loglake.core.windows import Window

Name = tuple[LogGroupName, Window]


class RowIndex(dict[Name, LedgerRow]):
    """Rows by log group and window, which tests may also set and delete directly."""

    def __init__(self) -> None:
        super().__init__()
        self._windows: dict[LogGroupName, list[tuple[int, int, Window]]] = {}
        self._states: dict[WindowState, set[Name]] = {state: set() for state in WindowState}

    def __setitem__(self, name: Name, row: LedgerRow) -> None:
        before = self.get(name)
        if before is not None:
            self._states[before.state].discard(name)
        else:
            insort(self._windows.setdefault(name[0], []), (name[1].from_ms, name[1].to_ms, name[1]))
        self._states[row.state].add(name)
        super().__setitem__(name, row)

    def __delitem__(self, name: Name) -> None:
        self._states[self[name].state].discard(name)
        windows = self._windows[name[0]]
        del windows[bisect_left(windows, (name[1].from_ms, name[1].to_ms))]
        super().__delitem__(name)

    def __reduce__(self) -> tuple[object, ...]:
        """Makes deep copies set all rows again."""
        return (RowIndex, (), None, None, iter(list(self.items())))

    def of(self, log_group: LogGroupName, since_ms: int = 0, until_ms: int | None = None) -> Iterator[LedgerRow]:
        """A log group's rows with windows that begin in a range, ordered by window."""
        windows = self._windows.get(log_group, [])
        end = len(windows) if until_ms is None else bisect_left(windows, (until_ms, 0))
        for _, _, window in windows[bisect_left(windows, (since_ms, 0)) : end]:
            yield self[log_group, window]

    def in_state(self, state: WindowState) -> list[LedgerRow]:
        """All rows in a state, in any order."""
        return [self[name] for name in self._states[state]]
