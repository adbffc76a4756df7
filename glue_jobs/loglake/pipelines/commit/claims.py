"""Which windows a convert run takes up next."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice

from loglake.core.ledger.row import PASSES, UNDER_WAY, LedgerRow, Queue, WindowState
from loglake.core.run.outcome import EXPORT
from loglake.core.state_items import RUN
from loglake.core.units import EPOCH, MS_PER_HOUR, MS_PER_MINUTE, LogGroupName
from loglake.core.windows import WindowName
from loglake.errors import UnreadableItemError
from loglake.pipelines.commit.leases import Leases

_RECENT_MS = 5000
"""So long a list of windows is taken for the newest one: the index that it comes from is as late."""

_TOGETHER_MS = 6 * MS_PER_HOUR
"""The most that an exported pass waits for others: the passes of a night take so long if the slot has time for them."""

_ALONE_MS = 90 * MS_PER_MINUTE
"""So long after the last one, no more passes are waited for. Export runs without progress wake each other for longer
(`core.requests.requests.MOST_RUNS`), so one of them has a convert run behind it that takes the passes."""


class Claims:
    """Takes windows that wait for a converter, or have lost their converter.

    Attributes:
        ended: the windows that this run finished, successfully or not.
        left: the windows that this run does not take again, because something that they depend on can't be read.

    Passes are taken together: each time that some replace rows of a file that log groups share, what stays of it is
    written again. So those of a queue wait while the last export run left some of it to the next, for a few hours. One
    that a person or a landed object opened again, or that failed before, does not wait.
    """

    def __init__(self, leases: Leases) -> None:
        self.ended: set[WindowName] = set()
        self.left: set[WindowName] = set()
        self._leases = leases
        self._listed: list[LedgerRow] = []
        self._listed_ms = -_RECENT_MS
        self._enqueued: dict[WindowName, LedgerRow] = {}
        self._enqueuing = threading.Lock()
        self._early: set[WindowName] = set()
        self._waited = False

    def enqueue(self, rows: Iterable[LedgerRow]) -> None:
        """Adds windows that have just begun to wait for a converter; the index may not show them yet. Thread-safe."""
        new = {row.name: row for row in rows}  # before the lock: what makes the rows may enqueue others
        with self._enqueuing:
            self._enqueued.update(new)
            self.ended.difference_update(list(self._enqueued))  # in place: other threads add to it

    def acquire(self, most: int) -> list[LedgerRow]:
        """Claims up to so many windows."""
        claimed: list[LedgerRow] = []
        claimable = self._claimable()
        while rows := list(islice(claimable, most - len(claimed))):
            claimed += self._leases.claim_all(rows)
        return claimed

    def remaining(self) -> list[LedgerRow]:
        """The windows that wait for another run, as far as they were there when windows were last claimed.

        Without passes that wait for others: the export run that follows wakes whoever converts them.
        """
        return [row for name, row in self._pending().items() if name not in self.ended | self._early]

    def _claimable(self) -> Iterator[LedgerRow]:
        now_ms, left = self._leases.clock.now_ms(), set(self.left)
        if now_ms - self._listed_ms >= _RECENT_MS:
            self._listed = self._leases.ledger.in_states(WindowState.EXPORTED, WindowState.CONVERTING)
            self._listed_ms = now_ms
        else:
            left |= self.ended  # the list is from before
        candidates = self._pending()
        self._early = self._early_passes(candidates.values())
        # Only wider windows have others inside.
        exporting = any(not row.is_first for row in candidates.values())
        others = self._leases.ledger.in_states(WindowState.EXPORTING) if exporting else ()
        under_way = _UnderWay([*candidates.values(), *others])
        for name in sorted(candidates.keys() - left - self._early):
            row = candidates[name]
            # Converting would be in vain while a window that it replaces is under way. The index may be stale, so each
            # is read.
            if any(self._is_under_way(inner) for inner in under_way.inside(row)):
                continue  # it stays enqueued
            self._enqueued.pop(name, None)
            yield row

    def _early_passes(self, rows: Iterable[LedgerRow]) -> set[WindowName]:
        """The passes that wait for others of their queue; none if no note says what the last export run left."""
        passes = [row for row in rows if _may_wait(row)]
        waiting: set[str] = set()
        with suppress(UnreadableItemError):  # the ledger reports it
            note = self._leases.ledger.load(RUN, EXPORT) if passes and not self._waited else None
            waiting = set(note.value.waiting if note else ())
        if Queue.FRESH in waiting:  # settled passes have the hours that exporting had no time for
            waiting.discard(Queue.SETTLED)
        early = [row for row in passes if row.queue in waiting]
        first_ms = min((row.trying.exported_at_ms for row in early), default=EPOCH)
        last_ms = max((row.updated_at_ms for row in early), default=EPOCH)
        # What a run begins to take it takes whole, however many windows it claims at once.
        self._waited |= bool(early) and self._leases.clock.now_ms() >= min(first_ms + _TOGETHER_MS, last_ms + _ALONE_MS)
        return set() if self._waited else {row.name for row in early}

    def _is_under_way(self, row: LedgerRow) -> bool:
        try:
            return self._leases.ledger.row(*row.name).state in UNDER_WAY
        except UnreadableItemError:
            return True  # as far as anything is known

    def _pending(self) -> dict[WindowName, LedgerRow]:
        """The newest row of each window that waits for a converter or has one."""
        return {row.name: row for row in sorted([*self._listed, *self._enqueued.values()], key=lambda row: row.version)}


def _may_wait(row: LedgerRow) -> bool:
    """Whether a window is an exported pass that nobody waits for, and that landed objects add nothing to.

    If it was given back once it was decided, its rows are in the table beside those that they replace.
    """
    if row.queue not in PASSES or row.state is not WindowState.EXPORTED:
        return False
    return not (row.failure or row.open_decisions or row.trying.reconverts or row.trying.landed)


class _UnderWay:
    """Windows by log group and time, to find the windows inside each of thousands."""

    def __init__(self, rows: Iterable[LedgerRow]) -> None:
        self._rows = sorted(rows, key=_place)
        self._places = [_place(row) for row in self._rows]

    def inside(self, row: LedgerRow) -> Iterator[LedgerRow]:
        """The windows inside a wider one."""
        first, last = (bisect_left(self._places, (row.log_group, ms)) for ms in (row.window.from_ms, row.window.to_ms))
        return (inner for inner in self._rows[first:last] if inner.lies_in(row))


def _place(row: LedgerRow) -> tuple[LogGroupName, int]:
    return row.log_group, row.window.from_ms
