"""Whose turn the account's one export slot is: windows wait in lines, and each line has its patience.

That line goes next whose head has waited longest, measured in the patience of the line. So under a light load fresh
windows go before settled ones and these before last ones; and when the slot can't keep up, all lines move on, the
patient ones more slowly, and none stands still. Inside a line the log group goes first that waits longest since its
last turn, in whatever line and run: one huge group, or one with a long backlog, holds up no other. Of passes that one
goes first that is most overdue, within bounds; else a log group that has more turns than others in another line, since
its exports give nothing and are done once more, would have its last passes later and later. A window whose attempt
failed goes to the end of its line.

A turn in one line is none in another: while the slot can't keep up, each log group has fresh windows all the time, and
its settled days would never have their turn if the wait for that began anew at each of these.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Mapping

from glue_jobs.core.ledger import LedgerRow, Line, WindowState
from glue_jobs.core.passes import LAST_AFTER_MS, day_end
from glue_jobs.core.settled_view import settled_view
from glue_jobs.core.units import EPOCH, MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from glue_jobs.core.windows import Window

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


def waits_since(row: LedgerRow) -> EpochMs:
    """Since when a window waits.

    A fresh one since its first hour was over, however much was joined to it since; a pass since it was due, also where
    there was no room to plan it: else a bounded line would always have the same share of the slot, and what is left
    unplanned would grow though there is room for it.
    """
    if row.attempts:
        return row.updated_at_ms
    if row.line is Line.FRESH:
        return EpochMs(row.window.from_ms + MS_PER_HOUR)
    return overdue_since(row.line, row.window, row.updated_at_ms)


def overdue_since(line: Line, window: Window, planned_ms: EpochMs) -> EpochMs:
    """Since when a pass counts as waiting that is planned at a time; what is no pass waits since then."""
    if line not in _DUE_AFTER_MS:
        return planned_ms
    due_ms = day_end(window) + _DUE_AFTER_MS[line]
    return EpochMs(min(planned_ms, max(due_ms, planned_ms - _COUNTED * PATIENCE_MS[line])))


class Turns:
    """The windows that wait for the export slot, in the order of their turns."""

    def __init__(self, rows: Iterable[LedgerRow], served: Mapping[LogGroupName, EpochMs]) -> None:
        """Forms the lines.

        Args:
            rows: PLANNED windows, which may go now; and EXPORTING ones, which a run before this one left behind, and
                which go first.
            served: when each log group had its last turn.
        """
        self._served = dict(served)
        self._moved: dict[tuple[Line, LogGroupName], EpochMs] = {}
        self._started: deque[LedgerRow] = deque()
        self._lines: dict[Line, list[_Head]] = {line: [] for line in Line}
        self._waiting: dict[tuple[Line, LogGroupName], deque[LedgerRow]] = {}
        self._length = 0
        for row in _unheld(rows):
            self._length += 1
            if row.state is WindowState.EXPORTING:
                self._started.append(row)
            else:
                self._waiting.setdefault((row.line, row.log_group), deque()).append(row)
        for key, mine in self._waiting.items():
            self._waiting[key] = deque(sorted(mine, key=lambda row: (waits_since(row), row.window)))
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
        heads = {line: self._first(line) for line in Line if self._lines[line]}
        line = max(heads, key=lambda line: (now_ms - self._since(line, heads[line][2])) / PATIENCE_MS[line])
        key = (line, heads[line][2])
        row = self._waiting[key].popleft()
        self._moved[key] = now_ms
        if self._waiting[key]:
            heapq.heapreplace(self._lines[line], self._head(*key))
        else:
            heapq.heappop(self._lines[line])
        return row

    def _since(self, line: Line, log_group: LogGroupName) -> EpochMs:
        """Since when a group's head of a line waits: at most since the one before it had its turn."""
        key = (line, log_group)
        return max(waits_since(self._waiting[key][0]), self._moved.get(key, EPOCH))

    def _first(self, line: Line) -> _Head:
        """The head that has waited longest; a head whose group had a turn meanwhile goes back."""
        heads = self._lines[line]
        while True:
            now = self._head(line, heads[0][2])
            if now == heads[0]:
                return now
            heapq.heapreplace(heads, now)

    def _head(self, line: Line, log_group: LogGroupName) -> _Head:
        row = self._waiting[line, log_group][0]
        since_ms, served_ms = waits_since(row), self._served.get(log_group, EPOCH)
        if line in _DUE_AFTER_MS:
            return since_ms, served_ms, log_group
        return max(since_ms, served_ms), row.window.from_ms, log_group


_Head = tuple[EpochMs, EpochMs, LogGroupName]
"""Since when the head of a group's line waits; of equals, where its window begins, or when the group had its last turn
where the line is of passes; and the group."""


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
