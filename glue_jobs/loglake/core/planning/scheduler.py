"""Which window gets the account's one export slot next: windows wait in queues, and their priority grows as they age.

A queue's priority is how long its head has waited, divided by the queue's aging time; the highest goes next. Under a
light load, fresh windows go before settled ones, and settled ones before final ones. When the slot can't keep up, all
queues still move, those with a long aging time more slowly, and none starves. Inside a queue the log group that was
served longest ago, in any queue and run, goes first: a huge group, or one with a long backlog, delays no other. Among
passes the most overdue one goes first, within bounds. Else a log group that is served often in another queue, because
its empty exports are retried, would get its final passes later and later. Windows that expire soon, because retention
is about to drop them, go before all others of their queue. A window with a failed attempt goes to the end of its queue,
so that a run tries it once. Exceptions are windows that expire soon, and passes, which wait as if planned then.

Being served in one queue does not count in another. While the slot can't keep up, each log group always has fresh
windows; its settled days would never be served if each of those restarted their wait.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
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
"""When passes are due after their day's end; for settled passes the default."""

_COUNTED = 48
"""Before it was planned, a pass counts as having waited at most so many times its aging time. So late passes, however
many, delay fresh windows by little more than two days. A day first exported that late has settled."""


def waits_since(row: LedgerRow, expiring: bool = False) -> EpochMs:
    """Since when a window waits.

    A fresh window waits since its first hour was over, however much was joined to it since; after a failed attempt,
    since that attempt. A pass waits since it was due, even if there was no room to plan it: else a bounded queue would
    always have the same share of the slot, and the unplanned rest would grow although there is room for it. A failed or
    empty attempt makes a pass no less overdue: at the end of the queue it would wait for weeks when passes are late.

    Args:
        row: the window.
        expiring: see `passes.expires_soon`.
    """
    planned_ms = row.updated_at_ms
    since_ms = _longest(row.queue, planned_ms) if expiring else overdue_since(row.queue, row.window, planned_ms)
    if row.queue is Queue.FRESH and (expiring or not row.trying.tries):
        return EpochMs(min(since_ms, row.window.from_ms + MS_PER_HOUR))
    return since_ms


def overdue_since(queue: Queue, window: Window, planned_ms: EpochMs) -> EpochMs:
    """Since when a pass counts as waiting that is planned at a time. Other windows wait since that time."""
    if queue not in _DUE_AFTER_MS:
        return planned_ms
    due_ms = day_end(window) + _DUE_AFTER_MS[queue]
    return EpochMs(min(planned_ms, max(due_ms, _longest(queue, planned_ms))))


def _longest(queue: Queue, planned_ms: EpochMs) -> EpochMs:
    """The earliest start of the wait of a window that is planned at a time."""
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
            rows: PLANNED windows that may go now, and EXPORTING ones that an earlier run left behind; these go first.
            served: when each log group last had the slot.
            expires_soon: see `passes.expires_soon`.
        """
        self._served = dict(served)
        self._moved: dict[tuple[Queue, LogGroupName], EpochMs] = {}
        self._started: deque[LedgerRow] = deque()
        self._queues: dict[Queue, list[_Head]] = {queue: [] for queue in Queue}
        self._waiting: dict[tuple[Queue, LogGroupName], deque[_Waiting]] = defaultdict(deque)
        self._length = 0
        for row in _unheld(rows):
            self._length += 1
            if row.state is WindowState.EXPORTING:
                self._started.append(row)
            else:
                expiring = expires_soon(row)
                self._waiting[row.queue, row.log_group].append(
                    _Waiting(not expiring, waits_since(row, expiring), row.window, row)
                )
        for key, mine in self._waiting.items():
            self._waiting[key] = deque(sorted(mine, key=lambda each: each[:3]))
            self._queues[key[0]].append(self._head(*key))
        for heads in self._queues.values():
            heapq.heapify(heads)

    def __len__(self) -> int:
        return self._length

    def next(self, now_ms: EpochMs) -> LedgerRow | None:
        """Takes the next window out of its queue; None if none waits."""
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
        """Since when the head of a group's queue waits: not before the group was last served."""
        key = (queue, log_group)
        return max(self._waiting[key][0].since_ms, self._moved.get(key, EPOCH))

    def _first(self, queue: Queue) -> _Head:
        """The head that has waited longest. If its group was served meanwhile, it goes back."""
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
    """A window, since when it waits, and whether it has time to wait."""

    has_time: bool
    since_ms: EpochMs
    window: Window
    row: LedgerRow


class _Head(NamedTuple):
    """The head of a group's windows in a queue, by priority.

    Attributes:
        has_time: retention is not about to drop it.
        since_ms: since when it waits.
        next_ms: the tie-breaker: where its window begins; in a queue of passes, when the group was last served.
    """

    has_time: bool
    since_ms: EpochMs
    next_ms: EpochMs
    log_group: LogGroupName


def _unheld(rows: Iterable[LedgerRow]) -> Iterable[LedgerRow]:
    """Leaves out windows that a wider one has replaced before they began, though they are not marked yet."""
    groups: dict[LogGroupName, list[LedgerRow]] = defaultdict(list)
    for row in rows:
        groups[row.log_group].append(row)
    for mine in groups.values():
        for covering in coverage_of(mine):
            yield covering.row
            yield from (row for row in covering.inside if row.state is not WindowState.PLANNED or row.generation > 1)
