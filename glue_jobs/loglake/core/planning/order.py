"""The order of candidates: a queue's priority is how long its head has waited, divided by the queue's aging time.

Under a light load, fresh windows go before settled ones, and settled ones before final ones. When the export slot can't
keep up, all queues still move, those with a long aging time more slowly, and none starves. Inside a queue the log group
that was served longest ago, in any queue, goes first: a huge group, or one with a long backlog, delays no other. Among
passes the most overdue one goes first. Windows that expire soon, because retention is about to drop them, go before all
others of their queue.

Passes of all log groups become due at midnight. Reading has time left for them between the hours, so there they wait
for fresh windows; the slot may have no such time, and they have their turn there.

Being served in one queue does not count in another. While the slot can't keep up, each log group always has fresh
windows; its settled days would never be served if each of those restarted their wait.
"""

from __future__ import annotations

from collections.abc import Mapping

from loglake.core.ledger.row import PASSES, Queue
from loglake.core.ledger.versions import FINAL_AFTER_MS
from loglake.core.planning.candidate import Way
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs
from loglake.core.windows import Window, day_end

AGING_MS: Mapping[Queue, int] = {
    Queue.REQUESTED: MS_PER_HOUR,
    Queue.FRESH: MS_PER_HOUR,
    Queue.CATCH_UP: 2 * MS_PER_HOUR,
    Queue.SETTLED: 4 * MS_PER_HOUR,
    Queue.FINAL: 8 * MS_PER_HOUR,
}

_READ_PASSES_WAIT = 6
"""A pass that is read counts a sixth of its wait."""

_DUE_AFTER_MS: Mapping[Queue, int] = {Queue.SETTLED: MS_PER_DAY, Queue.FINAL: FINAL_AFTER_MS}
"""When passes are due after their day's end; for settled passes the default."""

_COUNTED = 48
"""A window counts as having waited at most so many times its aging time. So late passes, however many, delay fresh
windows by little more than two days."""


def urgency(queue: Queue, way: Way, waited_ms: int, *, expiring: bool) -> float:
    """The priority of a queue whose head has waited so long for a way."""
    waits_longer = way is Way.READ and queue in PASSES and not expiring
    return waited_ms / AGING_MS[queue] / (_READ_PASSES_WAIT if waits_longer else 1)


def since(queue: Queue, window: Window, now_ms: EpochMs, asked_ms: EpochMs, *, expiring: bool) -> EpochMs:
    """Since when a window waits. It is no stored time but a property of the window.

    A fresh window waits since its first hour was over, however much was joined to it since; a pass since it was due;
    others since a person asked for them, or since their retry (`asked_ms`; 0 if neither is so). If retention is about
    to drop it, it counts as having waited as long as counts.
    """
    longest_ms = now_ms - _COUNTED * AGING_MS[queue]
    if expiring:
        return EpochMs(longest_ms)
    if queue in PASSES:
        since_ms = day_end(window) + _DUE_AFTER_MS[queue]
    else:
        since_ms = asked_ms or (window.from_ms + MS_PER_HOUR if queue is Queue.FRESH else longest_ms)
    return EpochMs(min(max(since_ms, longest_ms), now_ms))
