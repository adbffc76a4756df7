"""Chooses which windows are planned now: a bounded number, log groups in turn."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Union

from loglake.core.ledger.row import Queue
from loglake.core.planning.day_plan import Piece
from loglake.core.planning.passes import expires_soon
from loglake.core.planning.scheduler import overdue_since
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window


@dataclass(frozen=True)
class Days:
    """Missing whole days, one piece each, held as a range: a long backlog needs no object for every day."""

    queue: Queue
    window: Window
    request: str = ""

    def __len__(self) -> int:
        return (self.window.to_ms - self.window.from_ms) // MS_PER_DAY

    def __iter__(self) -> Iterator[Piece]:
        for start in range(self.window.from_ms, self.window.to_ms, MS_PER_DAY):
            yield Piece(self.queue, Window(EpochMs(start), EpochMs(start + MS_PER_DAY)), request=self.request)


Work = Union[Piece, Days]


class Chosen(NamedTuple):
    """A piece, and the number of its log group (those served longest ago first)."""

    group: int
    piece: Piece


class Selection:
    """Chooses from the work of log groups: the first piece of each group's queue before the second of any.

    Among passes the most overdue ones come first, as in the scheduler: a full queue has room for one now and then, and
        the log group with the latest passes has to get it. Windows that retention is about to drop come before all
        others. Memory: what is chosen.

    Attributes:
        left: pieces that are left for another planning.
        unfinished: their requests (`Piece.request`).
    """

    def __init__(self, now_ms: EpochMs, room: Mapping[Queue, int], whole: Collection[str] = frozenset()) -> None:
        """Sets the bounds.

        Args:
            now_ms: the time.
            room: how many more windows each queue takes.
            whole: requests that get all of their pieces or none, so that none is planned twice.
        """
        self.left = 0
        self.unfinished: set[str] = set()
        self._now_ms = now_ms
        self._room = room
        self._whole = whole
        self._free: list[Chosen] = []
        self._heaps: dict[Queue, list[tuple[bool, int, int, int, Piece]]] = {queue: [] for queue in Queue}

    def add(
        self, group: int, work: Sequence[Work], waiting: Mapping[Queue, int], retention_days: int | None = None
    ) -> None:
        """Takes a log group's work.

        Args:
            group: its number.
            work: the oldest of each queue first.
            waiting: how many of its windows wait already, by queue.
            retention_days: for how long it keeps its events; None for ever.
        """
        nth = Counter(waiting)
        for each in work:
            pieces = [each] if isinstance(each, Piece) else each
            for done, piece in enumerate(pieces):
                nth[piece.queue] += 1
                if not self._add(group, piece, nth[piece.queue], retention_days):
                    self._leave(piece, len(pieces) - done)  # later pieces rank no better
                    break

    def chosen(self) -> list[Chosen]:
        """What was chosen, ordered by window and group."""
        bounded = [Chosen(-group, piece) for heap in self._heaps.values() for *_, group, piece in heap]
        return sorted([*self._free, *bounded], key=lambda chosen: (chosen.piece.window, chosen.group))

    def _add(self, group: int, piece: Piece, nth: int, retention_days: int | None) -> bool:
        if piece.inside or piece.request in self._whole:
            self._free.append(Chosen(group, piece))  # the queue does not grow; or the request is all or nothing
            return True
        expiring = expires_soon(piece.window, retention_days, self._now_ms)
        since_ms = overdue_since(piece.queue, piece.window, self._now_ms)
        heap, entry = self._heaps[piece.queue], (expiring, -since_ms, -nth, -group, piece)
        if len(heap) < self._room.get(piece.queue, 0):
            heapq.heappush(heap, entry)
            return True
        if not heap or entry[:4] <= heap[0][:4]:
            return False
        *_, worst = heapq.heapreplace(heap, entry)
        self._leave(worst, 1)
        return True

    def _leave(self, piece: Piece, count: int) -> None:
        self.left += count
        self.unfinished.add(piece.request)
