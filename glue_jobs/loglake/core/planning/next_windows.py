"""What is exported next: a pure function of requests, the ledger and the time, asked whenever a way to export is free.

Each log group offers the first window of each of its queues (`derive`), and `order` says which of them is the best. A
window that was taken counts as begun, so the log group offers its next one from then on.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Optional

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import LedgerRow, Queue
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.asked import Skipped
from loglake.core.planning.candidate import Candidate, Way
from loglake.core.planning.derive import Asked, Derived, GroupQueue, PlanRules
from loglake.core.planning.exportable import find_dataset
from loglake.core.planning.order import AGING_MS, PASSES
from loglake.core.planning.passes import CameIn, came_in_since
from loglake.core.planning.width import task_seconds
from loglake.core.requests.requests import Request, RequestKind
from loglake.core.run.outcome import QueueWaiting
from loglake.core.schema.datasets import Datasets
from loglake.core.units import EPOCH, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window, length

ReadRows = Callable[[LogGroupName, EpochMs, Optional[EpochMs]], Sequence[LedgerRow]]
"""The rows of a log group with windows that begin at or after a time and, if given, before another; by window."""


@dataclass(frozen=True)
class Known:
    """What is known from the ledger and from CloudWatch.

    Attributes:
        rows_of: reads rows.
        watermarks: how far each log group is done.
        served: when a window of each log group was last begun, for fairness.
        retried: all FAILED windows that are retried by themselves.
        paused: log groups that are not exported.
        tried: rows that this run has tried already, by window and version.
        came_in: how many events CloudWatch received for a log group between two times, if known.
    """

    rows_of: ReadRows
    watermarks: Mapping[LogGroupName, Watermark] = field(default_factory=dict)
    served: Mapping[LogGroupName, EpochMs] = field(default_factory=dict)
    retried: Sequence[LedgerRow] = ()
    paused: Collection[LogGroupName] = frozenset()
    tried: set[tuple[object, int]] = field(default_factory=set)
    came_in: CameIn = lambda log_group, from_ms, to_ms: None


@dataclass
class _Group:
    """A log group, and what it needs.

    Its rows are kept only once a window of it was taken: there may be thousands of log groups.
    """

    name: LogGroupName
    queue: GroupQueue
    asked: Asked
    watermark: Watermark | None = None
    ranges: Sequence[tuple[EpochMs, EpochMs | None]] = ()
    served_ms: EpochMs = EPOCH
    rows: dict[Window, LedgerRow] | None = None
    derived: Derived = field(default_factory=Derived)
    needed: dict[Window, bool] = field(default_factory=dict)
    moved: dict[Queue, EpochMs] = field(default_factory=dict)
    blocked: dict[Queue, EpochMs] = field(default_factory=dict)


class NextWindows:
    """The log groups that need something.

    Attributes:
        skipped: what is requested and not exported, and what is good to know.
        paused: log groups that are left out; a person may pause one at any time.
        refused: log groups that CloudWatch refuses to export for a reason of their own; this run leaves them alone.
        watermarks: how far each log group is done, of those that changed since they were read.
    """

    def __init__(
        self,
        groups: Iterable[LogGroup],
        datasets: Datasets,
        requests: Sequence[Request],
        known: Known,
        rules: PlanRules,
        *,
        now_ms: EpochMs,
    ) -> None:
        """Derives what all log groups need.

        A landed hour is in the ledger, and so is not exported: its events would be in the table twice.

        Args:
            groups: all log groups of the account that requests or datasets name.
            datasets: which of them belong to a table.
            requests: what is asked for.
            known: what the ledger has.
            rules: settings.
            now_ms: the time.
        """
        self.skipped: list[Skipped] = []
        self.paused = known.paused
        self.refused: set[LogGroupName] = set()
        self._requests = [request for request in requests if request.kind is RequestKind.REQUESTED]
        self._scheduled = any(request.kind is RequestKind.SCHEDULED for request in requests)
        self._datasets = datasets
        self._known = known
        self._rules = rules
        self._now_ms = now_ms
        self._groups: dict[LogGroupName, _Group] = {}
        self._heads: dict[_Heap, list[_Head]] = defaultdict(list)
        retried: dict[LogGroupName, list[LedgerRow]] = defaultdict(list)
        for row in known.retried:
            if row.log_group not in known.paused:
                retried[row.log_group].append(row)
        for group in groups:
            self._add(group, retried.pop(group.name, []))
        for name, rows in retried.items():  # its log group, or its dataset, is gone
            self._add_alone(LogGroup(name, EPOCH), rows)
        self.skipped.sort(key=lambda skip: skip.log_group)

    @property
    def watermarks(self) -> dict[LogGroupName, Watermark]:
        """How far log groups are done that are not as far in the ledger. A new one begins with its first window."""
        return {
            name: after
            for name, group in self._groups.items()
            if (after := group.derived.watermark) is not None
            and after != group.watermark
            and (group.watermark is not None or group.derived.candidates)
        }

    @property
    def open_requests(self) -> frozenset[str]:
        """The requests that are not complete, by key."""
        return frozenset(key for group in self._groups.values() for key in group.derived.open_requests)

    def __bool__(self) -> bool:
        return any(self._heads.values())

    def take(self, way: Way, now_ms: EpochMs) -> Candidate | None:
        """The best window for a way; None if there is none. Its log group offers its next one from now on."""
        first = [ways for ways in _WAYS if ways[0] is way]
        second = [ways for ways in _WAYS if way in ways[1:]]
        return self._take(first, now_ms) or self._take(second, now_ms)

    def _take(self, ways: Sequence[tuple[Way, ...]], now_ms: EpochMs) -> Candidate | None:
        put_off: list[tuple[_Heap, _Head]] = []
        try:
            while (heap := self._best_heap(ways, now_ms)) is not None:
                head = heapq.heappop(self._heads[heap])
                group, queue = self._groups[head.log_group], heap[0]
                candidate = self._of(group, queue)
                if candidate is None or self._waits(group, queue, now_ms):
                    put_off.append((heap, head))
                    continue
                if candidate.asks:
                    group.needed[candidate.window] = came_in_since(candidate.asks, self._known.came_in)
                    self._derive(group)
                    continue
                group.moved[queue] = group.served_ms = now_ms
                self.done(candidate.begun(now_ms))
                return candidate
            return None
        finally:
            for heap, head in put_off:
                heapq.heappush(self._heads[heap], head)

    def _is_left(self, group: _Group) -> bool:
        return group.name in self.paused or group.name in self.refused

    def _waits(self, group: _Group, queue: Queue, now_ms: EpochMs) -> bool:
        return self._is_left(group) or group.blocked.get(queue, EPOCH) > now_ms

    def done(self, row: LedgerRow) -> None:
        """Notes a row that was written."""
        if group := self._groups.get(row.log_group):
            self._rows(group)[row.window] = row
            self._derive(group)

    def put_back(self, candidate: Candidate, until_ms: EpochMs) -> None:
        """Gives back a window that could not be begun; the log group's queue waits until a time."""
        group = self._groups.get(candidate.log_group)
        if group is None:
            return
        group.blocked[candidate.queue] = until_ms
        rows = self._rows(group)
        if candidate.again:
            rows[candidate.window] = candidate.again
        else:
            rows.pop(candidate.window, None)
        self._derive(group)

    def waiting(self) -> dict[Queue, QueueWaiting]:
        """What waits in each queue."""
        found: dict[Queue, QueueWaiting] = {}
        for group in self._groups.values():
            for candidate in () if self._is_left(group) else group.derived.candidates:
                queue, own_ms = candidate.queue, length(candidate.window)
                windows, time_ms = group.derived.waiting.get(queue, (1, own_ms))
                is_read, size_bytes = Way.READ in candidate.ways[:1], candidate.size_bytes * time_ms // own_ms
                found[queue] = found.get(queue, QueueWaiting()).and_also(
                    windows,
                    hours=time_ms // MS_PER_HOUR,
                    size_bytes=size_bytes,
                    oldest_ms=candidate.since_ms,
                    asked_hours=group.derived.requested_ms // MS_PER_HOUR if queue is Queue.REQUESTED else 0,
                    slot_s=0 if is_read else task_seconds(windows, size_bytes),
                    pages=candidate.pages * time_ms // own_ms if is_read else 0,
                )
        return {queue: found[queue] for queue in Queue if queue in found}

    def _add(self, group: LogGroup, retried: Sequence[LedgerRow]) -> None:
        requests = [request for request in self._requests if request.matches(group.name)]
        watermark = self._known.watermarks.get(group.name)
        dataset, reason = find_dataset(group, self._datasets, self._known.paused, known=watermark is not None)
        if dataset is None:
            self.skipped += [Skipped(group.name, reason)] if requests else []
        if dataset is None or not (requests or self._scheduled):
            self._add_alone(group, retried)
            return
        queue = GroupQueue(group, dataset, self._now_ms, self._rules)
        _, mark = queue.since(watermark)
        whole = requests or mark is None or any(row.window.from_ms < mark.settled_until_ms for row in retried)
        added = _Group(
            group.name,
            queue,
            Asked(requests, self._scheduled, self._known.tried),
            watermark,
            [(EPOCH, None)] if whole or mark is None else list(queue.ranges(mark)),
            self._known.served.get(group.name, EPOCH),
        )
        self._groups[group.name] = added
        self._derive(added)
        added.rows = None
        self.skipped += added.derived.skipped

    def _add_alone(self, group: LogGroup, retried: Sequence[LedgerRow]) -> None:
        """Adds a log group that nobody asks for: only its FAILED windows are retried."""
        if retried:
            queue = GroupQueue(group, None, self._now_ms, self._rules)
            added = _Group(group.name, queue, Asked((), False, self._known.tried))
            added.rows = {row.window: row for row in retried}
            self._groups[group.name] = added
            self._derive(added)

    def _rows(self, group: _Group) -> dict[Window, LedgerRow]:
        if group.rows is None:
            read = (self._known.rows_of(group.name, start, end) for start, end in group.ranges)
            group.rows = {row.window: row for rows in read for row in rows}
        return group.rows

    def _derive(self, group: _Group) -> None:
        rows = sorted(self._rows(group).values(), key=lambda row: row.window)
        group.derived = group.queue.derive(group.watermark, rows, group.asked, group.needed)
        for candidate in group.derived.candidates:
            heapq.heappush(self._heads[candidate.queue, candidate.ways], self._head(group, candidate))

    def _of(self, group: _Group, queue: Queue) -> Candidate | None:
        return next((each for each in group.derived.candidates if each.queue is queue), None)

    def _best_heap(self, ways: Sequence[tuple[Way, ...]], now_ms: EpochMs) -> _Heap | None:
        best: dict[_Heap, EpochMs] = {}
        for queue in Queue:
            firsts = {(queue, way): first for way in ways if (first := self._first((queue, way))) is not None}
            if firsts:
                heap = min(firsts, key=lambda heap: firsts[heap][0])
                best[heap] = firsts[heap][1]
        return max(best, key=lambda heap: (now_ms - best[heap]) / AGING_MS[heap[0]], default=None)

    def _first(self, heap: _Heap) -> tuple[_Head, EpochMs] | None:
        """The first head of a heap, and since when it waits; drops heads that are not up to date."""
        heads, queue = self._heads[heap], heap[0]
        while heads:
            group = self._groups[heads[0].log_group]
            candidate = self._of(group, queue)
            if candidate and (queue, candidate.ways) == heap and self._head(group, candidate) == heads[0]:
                return heads[0], max(candidate.since_ms, group.moved.get(queue, EPOCH))
            heapq.heappop(heads)
        return None

    def _head(self, group: _Group, candidate: Candidate) -> _Head:
        has_time, since_ms, served_ms = not candidate.expiring, candidate.since_ms, group.served_ms
        if candidate.queue in PASSES:
            return _Head(has_time, since_ms, served_ms, group.name)
        return _Head(has_time, max(since_ms, served_ms), candidate.window.from_ms, group.name)


_WAYS = ((Way.TASK,), (Way.READ,), (Way.TASK, Way.READ), (Way.READ, Way.TASK))

_Heap = tuple[Queue, tuple[Way, ...]]
"""The windows of a queue that may go the same ways."""


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
