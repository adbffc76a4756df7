"""Whose turn the account's one export slot is: windows wait in lines, and each line has its patience.

That line goes next whose head has waited longest, measured in the patience of the line. So under a light load fresh
windows go before settled ones and these before last ones; and when the slot can't keep up, all lines move on, the
patient ones more slowly, and none stands still. Inside a line the log group goes first that waits longest since its
last turn, in whatever line and run: one huge group, or one with a long backlog, holds up no other. Of passes that one
goes first that is most overdue, within bounds; else a log group that has more turns than others in another line, since
its exports give nothing and are done once more, would have its last passes later and later. Before all others of its
line goes what retention is about to drop. A window whose attempt failed goes to the end of its line, unless it is one
of these or a pass, which waits as one that is planned then: a run tries it once.

A turn in one line is none in another: while the slot can't keep up, each log group has fresh windows all the time, and
its settled days would never have their turn if the wait for that began anew at each of these.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Callable, NamedTuple

from loglake.core.ledger.row import LedgerRow, Line, WindowState
from loglake.core.planning.coverage import settled_view
from loglake.core.planning.passes import LAST_AFTER_MS, day_end
from loglake.core.units import EPOCH, MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window

PATIENCE_MS: Mapping[Line, int] = {
    Line.ASKED: MS_PER_HOUR,
    Line.FRESH: MS_PER_HOUR,
    Line.CATCH_UP: 2 * MS_PER_HOUR,
    Line.SETTLED: 4 * MS_PER_HOUR,
    Line.LAST: 8 * MS_PER_HOUR,
}


_DUE_AFTER_MS: Mapping[Line, int] = {Line.SETTLED: MS_PER_DAY, Line.LAST: LAST_AFTER_MS}
"""When passes are due, after their day's end; of settled ones as a rule."""

_COUNTED = 48
"""A pass counts as having waited so many times its patience at most before it was planned: then no passes, however
many are late, make fresh windows wait for much more than two days. A day first exported that late has settled."""


def waits_since(row: LedgerRow, pressing: bool = False) -> EpochMs:
    """Since when a window waits.

    A fresh one since its first hour was over, however much was joined to it since, and since its last attempt where
    that failed; a pass since it was due, also where there was no room to plan it: else a bounded line would always have
    the same share of the slot, and what is left unplanned would grow though there is room for it. A pass of which an
    attempt failed, or gave nothing and is done once more, is no less overdue for that: behind all that are planned
    after it, too, it would wait for weeks where passes are late.

    Args:
        row: the window.
        pressing: see `retention.is_pressing`.
    """
    planned_ms = row.updated_at_ms
    since_ms = _longest(row.line, planned_ms) if pressing else overdue_since(row.line, row.window, planned_ms)
    if row.line is Line.FRESH and (pressing or not row.trying.tries):
        return EpochMs(min(since_ms, row.window.from_ms + MS_PER_HOUR))
    return since_ms


def overdue_since(line: Line, window: Window, planned_ms: EpochMs) -> EpochMs:
    """Since when a pass counts as waiting that is planned at a time; what is no pass waits since then."""
    if line not in _DUE_AFTER_MS:
        return planned_ms
    due_ms = day_end(window) + _DUE_AFTER_MS[line]
    return EpochMs(min(planned_ms, max(due_ms, _longest(line, planned_ms))))


def _longest(line: Line, planned_ms: EpochMs) -> EpochMs:
    """Since when a window waits at most that is planned at a time."""
    return EpochMs(planned_ms - _COUNTED * PATIENCE_MS[line])


class Turns:
    """The windows that wait for the export slot, in the order of their turns."""

    def __init__(
        self,
        rows: Iterable[LedgerRow],
        served: Mapping[LogGroupName, EpochMs],
        is_pressing: Callable[[LedgerRow], bool] = lambda row: False,
    ) -> None:
        """Forms the lines.

        Args:
            rows: PLANNED windows, which may go now; and EXPORTING ones, which a run before this one left behind, and
                which go first.
            served: when each log group had its last turn.
            is_pressing: whether retention is about to drop some of a window, see `retention.is_pressing`.
        """
        self._served = dict(served)
        self._moved: dict[tuple[Line, LogGroupName], EpochMs] = {}
        self._started: deque[LedgerRow] = deque()
        self._lines: dict[Line, list[_Head]] = {line: [] for line in Line}
        self._waiting: dict[tuple[Line, LogGroupName], deque[_Waiting]] = {}
        self._length = 0
        for row in _unheld(rows):
            self._length += 1
            if row.state is WindowState.EXPORTING:
                self._started.append(row)
            else:
                mine = self._waiting.setdefault((row.line, row.log_group), deque())
                pressing = is_pressing(row)
                mine.append(_Waiting(not pressing, waits_since(row, pressing), row.window, row))
        for key, mine in self._waiting.items():
            self._waiting[key] = deque(sorted(mine, key=lambda each: each[:3]))
            self._lines[key[0]].append(self._head(*key))
        for heads in self._lines.values():
            heapq.heapify(heads)

    def __len__(self) -> int:
        return self._length

    def next(self, now_ms: EpochMs) -> LedgerRow | None:
        """The window whose turn it is, which then waits no more; None where none waits."""
        if not self._length:
            return None
        self._length -= 1
        row = self._started.popleft() if self._started else self._take(now_ms)
        self._served[row.log_group] = now_ms
        return row

    def _take(self, now_ms: EpochMs) -> LedgerRow:
        heads = {line: self._first(line).log_group for line in Line if self._lines[line]}
        line = max(heads, key=lambda line: (now_ms - self._since(line, heads[line])) / PATIENCE_MS[line])
        key = (line, heads[line])
        row = self._waiting[key].popleft().row
        self._moved[key] = now_ms
        if self._waiting[key]:
            heapq.heapreplace(self._lines[line], self._head(*key))
        else:
            heapq.heappop(self._lines[line])
        return row

    def _since(self, line: Line, log_group: LogGroupName) -> EpochMs:
        """Since when a group's head of a line waits: at most since the one before it had its turn."""
        key = (line, log_group)
        return max(self._waiting[key][0].since_ms, self._moved.get(key, EPOCH))

    def _first(self, line: Line) -> _Head:
        """The head that has waited longest; a head whose group had a turn meanwhile goes back."""
        heads = self._lines[line]
        while True:
            now = self._head(line, heads[0].log_group)
            if now == heads[0]:
                return now
            heapq.heapreplace(heads, now)

    def _head(self, line: Line, log_group: LogGroupName) -> _Head:
        has_time, since_ms, window, _ = self._waiting[line, log_group][0]
        served_ms = self._served.get(log_group, EPOCH)
        if line in _DUE_AFTER_MS:
            return _Head(has_time, since_ms, served_ms, log_group)
        return _Head(has_time, max(since_ms, served_ms), window.from_ms, log_group)


class _Waiting(NamedTuple):
    """A window, since when it waits, and whether it has time to."""

    has_time: bool
    since_ms: EpochMs
    window: Window
    row: LedgerRow


class _Head(NamedTuple):
    """The head of a group's line, in the order of turns.

    Attributes:
        has_time: retention is not about to drop it.
        since_ms: since when it waits.
        next_ms: of equals; where its window begins, or when the group had its last turn where the line is of passes.
    """

    has_time: bool
    since_ms: EpochMs
    next_ms: EpochMs
    log_group: LogGroupName


def _unheld(rows: Iterable[LedgerRow]) -> Iterable[LedgerRow]:
    """Without windows whose place a wider one has taken before they began, though nobody could mark them yet."""
    groups: dict[LogGroupName, list[LedgerRow]] = {}
    for row in rows:
        groups.setdefault(row.log_group, []).append(row)
    for mine in groups.values():
        for holder in settled_view(mine):
            yield holder.row
            yield from (inner for inner in holder.inside if not _is_new(inner))


def _is_new(row: LedgerRow) -> bool:
    return row.state is WindowState.PLANNED and row.generation == 1
