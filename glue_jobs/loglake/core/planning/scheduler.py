"""Which window gets the account's one export slot next: windows wait in queues, and their priority grows as they age.

A queue's priority is how long its head has waited, divided by the queue's aging time; the highest goes next. So under a
light load fresh windows go before settled ones, and these before final ones. When the slot can't keep up, all queues
move on, those with a long aging time more slowly, and none starves. Inside a queue the log group goes first that was
served longest ago, in any queue and run: one huge group, or one with a long backlog, holds up no other. Of passes the
most overdue one goes first, within bounds; else a log group that is served more often in another queue, since its empty
exports are retried, would have its final passes later and later. Windows that expire soon, since retention is about to
drop them, go before all others of their queue. A window whose attempt failed goes to the end of its queue, unless it
expires soon or is a pass, which waits as one that is planned then: a run tries it once.

Being served in one queue does not count in another: while the slot can't keep up, each log group has fresh windows all
the time, and its settled days would never be served if their wait began anew with each of these.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Callable, NamedTuple

from loglake.core.ledger.row import LedgerRow, Queue, WindowState
from loglake.core.planning.coverage import coverage_of
from loglake.core.planning.passes import FINAL_AFTER_MS, day_end
from loglake.core.units import EPOCH, MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window

AGING_MS: Mapping[Queue, int] = {
    Queue.REQUESTED: MS_PER_HOUR,
    Queue.FRESH: MS_PER_HOUR,
    Queue.CATCH_UP: 2 * MS_PER_HOUR,
    Queue.SETTLED: 4 * MS_PER_HOUR,
    Queue.FINAL: 8 * MS_PER_HOUR,
}


_DUE_AFTER_MS: Mapping[Queue, int] = {Queue.SETTLED: MS_PER_DAY, Queue.FINAL: FINAL_AFTER_MS}
"""When passes are due, after their day's end; of settled ones as a rule."""

_COUNTED = 48
"""A pass counts as having waited so many times its aging time at most before it was planned: then no passes, however
many are late, make fresh windows wait for much more than two days. A day first exported that late has settled."""


def waits_since(row: LedgerRow, expiring: bool = False) -> EpochMs:
    """Since when a window waits.

    A fresh one since its first hour was over, however much was joined to it since, and since its last attempt where
    that failed; a pass since it was due, also where there was no room to plan it: else a bounded queue would always
    have the same share of the slot, and what is left unplanned would grow though there is room for it. A pass of which
    an attempt failed, or gave nothing and is done once more, is no less overdue for that: behind all that are planned
    after it, too, it would wait for weeks where passes are late.

    Args:
        row: the window.
        expiring: see `retention.expires_soon`.
    """
    planned_ms = row.updated_at_ms
    since_ms = _longest(row.queue, planned_ms) if expiring else overdue_since(row.queue, row.window, planned_ms)
    if row.queue is Queue.FRESH and (expiring or not row.trying.tries):
        return EpochMs(min(since_ms, row.window.from_ms + MS_PER_HOUR))
    return since_ms


def overdue_since(queue: Queue, window: Window, planned_ms: EpochMs) -> EpochMs:
    """Since when a pass counts as waiting that is planned at a time; what is no pass waits since then."""
    if queue not in _DUE_AFTER_MS:
        return planned_ms
    due_ms = day_end(window) + _DUE_AFTER_MS[queue]
    return EpochMs(min(planned_ms, max(due_ms, _longest(queue, planned_ms))))


def _longest(queue: Queue, planned_ms: EpochMs) -> EpochMs:
    """Since when a window waits at most that is planned at a time."""
    return EpochMs(planned_ms - _COUNTED * AGING_MS[queue])


class Scheduler:
    """The windows that wait for the export slot, by priority."""

    def __init__(
        self,
        rows: Iterable[LedgerRow],
        served: Mapping[LogGroupName, EpochMs],
        expires_soon: Callable[[LedgerRow], bool] = lambda row: False,
    ) -> None:
        """Fills the queues.

        Args:
            rows: PLANNED windows, which may go now; and EXPORTING ones, which a run before this one left behind, and
                which go first.
            served: when each log group last had the slot.
            expires_soon: whether retention is about to drop some of a window, see `retention.expires_soon`.
        """
        self._served = dict(served)
        self._moved: dict[tuple[Queue, LogGroupName], EpochMs] = {}
        self._started: deque[LedgerRow] = deque()
        self._queues: dict[Queue, list[_Head]] = {queue: [] for queue in Queue}
        self._waiting: dict[tuple[Queue, LogGroupName], deque[_Waiting]] = {}
        self._length = 0
        for row in _unheld(rows):
            self._length += 1
            if row.state is WindowState.EXPORTING:
                self._started.append(row)
            else:
                mine = self._waiting.setdefault((row.queue, row.log_group), deque())
                expiring = expires_soon(row)
                mine.append(_Waiting(not expiring, waits_since(row, expiring), row.window, row))
        for key, mine in self._waiting.items():
            self._waiting[key] = deque(sorted(mine, key=lambda each: each[:3]))
            self._queues[key[0]].append(self._head(*key))
        for heads in self._queues.values():
            heapq.heapify(heads)

    def __len__(self) -> int:
        return self._length

    def next(self, now_ms: EpochMs) -> LedgerRow | None:
        """The window that goes next, which then waits no more; None if none waits."""
        if not self._length:
            return None
        self._length -= 1
        row = self._started.popleft() if self._started else self._take(now_ms)
        self._served[row.log_group] = now_ms
        return row

    def _take(self, now_ms: EpochMs) -> LedgerRow:
        heads = {queue: self._first(queue).log_group for queue in Queue if self._queues[queue]}
        queue = max(heads, key=lambda queue: (now_ms - self._since(queue, heads[queue])) / AGING_MS[queue])
        key = (queue, heads[queue])
        row = self._waiting[key].popleft().row
        self._moved[key] = now_ms
        if self._waiting[key]:
            heapq.heapreplace(self._queues[queue], self._head(*key))
        else:
            heapq.heappop(self._queues[queue])
        return row

    def _since(self, queue: Queue, log_group: LogGroupName) -> EpochMs:
        """Since when a group's head of a queue waits: at most since the one before it was served."""
        key = (queue, log_group)
        return max(self._waiting[key][0].since_ms, self._moved.get(key, EPOCH))

    def _first(self, queue: Queue) -> _Head:
        """The head that has waited longest; a head whose group was served meanwhile goes back."""
        heads = self._queues[queue]
        while True:
            now = self._head(queue, heads[0].log_group)
            if now == heads[0]:
                return now
            heapq.heapreplace(heads, now)

    def _head(self, queue: Queue, log_group: LogGroupName) -> _Head:
        has_time, since_ms, window, _ = self._waiting[queue, log_group][0]
        served_ms = self._served.get(log_group, EPOCH)
        if queue in _DUE_AFTER_MS:
            return _Head(has_time, since_ms, served_ms, log_group)
        return _Head(has_time, max(since_ms, served_ms), window.from_ms, log_group)


class _Waiting(NamedTuple):
    """A window, since when it waits, and whether it has time to."""

    has_time: bool
    since_ms: EpochMs
    window: Window
    row: LedgerRow


class _Head(NamedTuple):
    """The head of a group's windows in a queue, by priority.

    Attributes:
        has_time: retention is not about to drop it.
        since_ms: since when it waits.
        next_ms: of equals: where its window begins; in a queue of passes, when the group was last served.
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
        for covering in coverage_of(mine):
            yield covering.row
            yield from (inner for inner in covering.inside if not _is_new(inner))


def _is_new(row: LedgerRow) -> bool:
    return row.state is WindowState.PLANNED and row.generation == 1
