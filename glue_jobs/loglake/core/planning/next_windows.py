"""What is exported next: a pure function of requests, the ledger and the time, asked whenever a way to export is free.

Each log group offers the first window of each of its queues (`derive`), and `order` says which of them is the best. A
window that was taken counts as begun, so the log group offers its next one from then on.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Optional

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import PASSES, LedgerRow, Queue
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.asked import Skipped
from loglake.core.planning.candidate import Candidate, Way
from loglake.core.planning.derive import GroupQueue, PlanRules
from loglake.core.planning.expected import IncomingBytes, task_seconds
from loglake.core.planning.exportable import find_dataset
from loglake.core.planning.order import urgency
from loglake.core.planning.passes import CameIn, came_in_since
from loglake.core.requests.requests import Request, RequestKind
from loglake.core.run.outcome import QueueWaiting
from loglake.core.schema.datasets import Datasets
from loglake.core.units import EPOCH, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window, length

_KEPT_ROWS = 20_000
"""Rows that are kept before windows of their log groups are taken; they take about 60 MB."""

ReadRows = Callable[[LogGroupName, EpochMs, Optional[EpochMs]], Sequence[LedgerRow]]
"""The rows of a log group with windows that begin at or after a time and, if given, before another; by window."""


@dataclass(frozen=True)
class Known:
    """What is known from the ledger and from CloudWatch.

    Attributes:
        rows_of: reads rows.
        watermarks: how far each log group is done.
        retried: all FAILED windows that are retried by themselves.
        paused: log groups that are not exported.
        unreadable: log groups that are left out because a note about them can't be read, and why.
        tried: rows that this run has tried already, by window and version.
        came_in: how many events CloudWatch received for a log group between two times, if known.
        incoming_bytes: how many bytes a day it received, if known.
    """

    rows_of: ReadRows
    watermarks: Mapping[LogGroupName, Watermark] = field(default_factory=dict)
    retried: Sequence[LedgerRow] = ()
    paused: Collection[LogGroupName] = frozenset()
    unreadable: Mapping[LogGroupName, str] = field(default_factory=dict)
    tried: set[tuple[object, int]] = field(default_factory=set)
    came_in: CameIn = lambda log_group, from_ms, to_ms: None
    incoming_bytes: IncomingBytes = lambda log_group: None


class NextWindows:
    """The log groups that need something.

    Attributes:
        skipped: what is requested and not exported, and what is good to know.
        paused: log groups that are left out; a person may pause one at any time.
        refused: log groups that CloudWatch refuses to export for a reason of their own; this run leaves them alone.
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
        self._groups: dict[LogGroupName, GroupQueue] = {}
        self._left_out: list[LogGroupName] = []
        self._stale: dict[LogGroupName, GroupQueue] = {}
        self._may_keep = _KEPT_ROWS
        self._heads: dict[tuple[Queue, _Ways], list[_Head]] = defaultdict(list)
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
        self._derive_stale()
        return {
            name: after
            for name, group in self._groups.items()
            if (after := group.watermark) is not None
            and after != group.known_mark
            and (group.known_mark is not None or group.offers)
        }

    @property
    def open_requests(self) -> Iterator[str]:
        """The requests that are not complete, by key, or that are for a log group that is left out; some more often."""
        self._derive_stale()
        yield from (request.key for request in self._requests if any(map(request.matches, self._left_out)))
        for group in self._groups.values():
            yield from group.open_requests

    def __bool__(self) -> bool:
        self._derive_stale()
        return bool(self._scheduled and self._left_out) or any(
            group.offers for name, group in self._groups.items() if not self._is_left(name)
        )

    def _is_left(self, name: LogGroupName) -> bool:
        return name in self.paused or name in self.refused

    def take(self, way: Way, now_ms: EpochMs) -> Candidate | None:
        """The best window for a way; None if there is none. Its log group offers its next one from now on.

        A window that had better go the other way comes last.
        """
        self._derive_stale()
        first = [ways for ways in _WAYS if ways[0] is way]
        second = [ways for ways in _WAYS if way in ways[1:]]
        return self._take(way, first, now_ms) or self._take(way, second, now_ms)

    def has_only_passes(self, way: Way) -> bool:
        """Whether passes are all that had better go a way."""
        self._derive_stale()
        waiting = {queue for queue in Queue for ways in _WAYS if ways[0] is way and self._first(queue, ways)}
        return bool(waiting) and waiting <= PASSES

    def _take(self, way: Way, allowed: Sequence[_Ways], now_ms: EpochMs) -> Candidate | None:
        while True:
            heads: dict[Queue, _Head] = {}
            for queue in Queue:
                firsts = [head for ways in allowed if (head := self._first(queue, ways))]
                if firsts:
                    heads[queue] = min(firsts)
            if not heads:
                return None
            queue = max(heads, key=lambda queue: self._urgency(queue, way, heads[queue], now_ms))
            group = self._groups[heads[queue][-1]]
            candidate = group.offers[queue]
            if candidate.asks:
                group.needed[candidate.window] = came_in_since(candidate.asks, self._known.came_in)
                self._derive(group)
                continue
            if candidate.asks_size:
                self._size(candidate.log_group)
                self._derive_stale()
                continue
            group.moved[queue] = group.served_ms = now_ms
            self.done(candidate.begun(now_ms))
            return candidate

    def _first(self, queue: Queue, ways: _Ways) -> _Head | None:
        """The first log group of a queue whose window may go some ways; drops what is not up to date."""
        heads = self._heads[queue, ways]
        while heads:
            name = heads[0][-1]
            group = self._groups[name]
            candidate = group.offers.get(queue)
            if (
                candidate
                and candidate.ways == ways
                and heads[0] == self._head(group, candidate)
                and not (queue in group.left or self._is_left(name))
            ):
                return heads[0]
            heapq.heappop(heads)
        return None

    def _urgency(self, queue: Queue, way: Way, head: _Head, now_ms: EpochMs) -> float:
        group = self._groups[head[-1]]
        candidate = group.offers[queue]
        since_ms = max(candidate.since_ms, group.moved.get(queue, EPOCH))
        return urgency(queue, way, now_ms - since_ms, expiring=candidate.expiring)

    def _head(self, group: GroupQueue, candidate: Candidate) -> _Head:
        has_time, since_ms, name = not candidate.expiring, candidate.since_ms, candidate.log_group
        if candidate.queue in PASSES:
            return has_time, since_ms, group.served_ms, name
        return has_time, max(since_ms, group.served_ms), candidate.window.from_ms, name

    def size_all(self) -> None:
        """Asks CloudWatch how much came in of each log group whose history nothing else says the size of."""
        for name, group in self._groups.items():
            if any(candidate.asks_size for candidate in group.offers.values()):
                self._size(name)

    def _size(self, log_group: LogGroupName) -> None:
        group = self._stale[log_group] = self._groups[log_group]
        group.count(self._known.incoming_bytes(log_group))

    def done(self, row: LedgerRow) -> None:
        """Notes a row that was written."""
        if group := self._groups.get(row.log_group):
            self._rows(group)[row.window] = row
            self._stale[row.log_group] = group

    def put_back(self, candidate: Candidate, *, again: bool = False) -> None:
        """Gives back a window that was not exported as it was taken.

        This run leaves the log group's queue alone from then on, unless it is to be offered `again`.
        """
        group = self._groups.get(candidate.log_group)
        if group is None:
            return
        if not again:
            group.left.add(candidate.queue)
        rows = self._rows(group)
        if candidate.again:
            rows[candidate.window] = candidate.again
        else:
            rows.pop(candidate.window, None)
        self._stale[candidate.log_group] = group

    def waiting(self) -> dict[Queue, QueueWaiting]:
        """What waits in each queue."""
        self._derive_stale()
        found: dict[Queue, QueueWaiting] = {}
        for name, group in self._groups.items():
            for queue, candidate in () if self._is_left(name) else group.offers.items():
                (windows, time_ms), own_ms = group.waiting[queue], length(candidate.window)
                is_read, size_bytes = Way.READ in candidate.ways[:1], candidate.size_bytes * time_ms // own_ms
                found[queue] = found.get(queue, QueueWaiting()).and_also(
                    windows,
                    hours=time_ms // MS_PER_HOUR,
                    size_bytes=size_bytes,
                    oldest_ms=candidate.since_ms,
                    asked_hours=group.requested_ms // MS_PER_HOUR if queue is Queue.REQUESTED else 0,
                    slot_s=0 if is_read else task_seconds(windows, size_bytes),
                    pages=candidate.pages * time_ms // own_ms if is_read else 0,
                )
        return {queue: found[queue] for queue in Queue if queue in found}

    def _add(self, group: LogGroup, retried: Sequence[LedgerRow]) -> None:
        requests = [request for request in self._requests if request.matches(group.name)]
        if (why := self._known.unreadable.get(group.name)) and (requests or self._datasets.find(group.name)):
            self.skipped.append(Skipped(group.name, why))
            self._left_out.append(group.name)
            return
        watermark = self._known.watermarks.get(group.name)
        dataset, reason = find_dataset(group, self._datasets, self._known.paused, known=watermark is not None)
        if dataset is None:
            self.skipped += [Skipped(group.name, reason)] if requests else []
        if dataset is None or not (requests or self._scheduled):
            self._add_alone(group, retried)
            return
        added = self._groups[group.name] = GroupQueue(
            group,
            dataset,
            watermark,
            requests,
            scheduled=self._scheduled,
            tried=self._known.tried,
            now_ms=self._now_ms,
            rules=self._rules,
        )
        added.retried = retried
        rows = self._rows(added)
        added.served_ms = max((row.newest.exported_at_ms for row in rows.values()), default=EPOCH)
        self._derive(added)
        if added.offers and len(rows) <= self._may_keep:
            self._may_keep -= len(rows)
        else:
            added.rows = None
        self.skipped += added.skipped

    def _add_alone(self, group: LogGroup, retried: Sequence[LedgerRow]) -> None:
        """Adds a log group that nobody asks for: only its FAILED windows are retried."""
        if retried:
            added = self._groups[group.name] = GroupQueue(
                group,
                None,
                None,
                (),
                scheduled=False,
                tried=self._known.tried,
                now_ms=self._now_ms,
                rules=self._rules,
            )
            added.rows = {row.window: row for row in retried}
            self._derive(added)

    def _rows(self, group: GroupQueue) -> dict[Window, LedgerRow]:
        if group.rows is None:
            read = (self._known.rows_of(group.group.name, start, end) for start, end in group.ranges())
            group.rows = {row.window: row for rows in read for row in rows}
        return group.rows

    def _derive_stale(self) -> None:
        """Derives what changed log groups need, once for all changes since somebody asked."""
        while self._stale:
            self._derive(self._stale.popitem()[1])

    def _derive(self, group: GroupQueue) -> None:
        rows = sorted(self._rows(group).values(), key=lambda row: row.window)
        group.derive(rows)
        for queue, candidate in group.offers.items():
            heapq.heappush(self._heads[queue, candidate.ways], self._head(group, candidate))


_Ways = tuple[Way, ...]
_WAYS: Sequence[_Ways] = ((Way.TASK,), (Way.READ,), (Way.TASK, Way.READ), (Way.READ, Way.TASK))

_Head = tuple[bool, EpochMs, EpochMs, LogGroupName]
"""The place of a log group's window in a queue.

That is: retention is not about to drop it; since when it waits; a tie-breaker, which is where it begins, or, among
passes, when the group was last served; its log group.
"""
