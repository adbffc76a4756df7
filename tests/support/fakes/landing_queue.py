"""A queue of landed objects in memory, fed by what is put below ``landing/`` of a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

from loglake.core.cloud_types import ObjectInfo
from loglake.core.ports.clock import Clock
from loglake.core.ports.landing_queue import Arrival
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs

KEPT_MS = 14 * MS_PER_DAY
"""SQS keeps no message longer."""

_RECEIPTS = count(1)
"""Of all queues: two that share messages, as of a run that dies, never give two messages one receipt."""


class MemoryLandingQueue:
    """Implements `LandingQueue`.

    Attributes:
        messages: those that can be received, by receipt, in their order.
        received: those that somebody has received.
        sent_ms: when they were sent, by receipt.
        clock: without one, nothing expires.
    """

    def __init__(self) -> None:
        self.messages: dict[str, Arrival] = {}
        self.received: dict[str, Arrival] = {}
        self.sent_ms: dict[str, EpochMs] = {}
        self.clock: Clock | None = None

    def add(self, key: str, size_bytes: int, at_ms: int) -> None:
        """An object was put."""
        receipt = str(next(_RECEIPTS))
        self.sent_ms[receipt] = self._now_ms()
        self.messages[receipt] = Arrival(key, size_bytes, EpochMs(at_ms), receipt)

    def receive(self, most: int, size_bytes: int) -> list[Arrival]:
        found: list[Arrival] = []
        for receipt in list(self.messages):
            if len(found) >= most or sum(each.size_bytes for each in found) >= size_bytes:
                break
            self.received[receipt] = self.messages.pop(receipt)
            found.append(self.received[receipt])
        return found

    def delete(self, arrivals: Iterable[Arrival]) -> None:
        for each in arrivals:
            self.received.pop(each.receipt, None)

    def give_back(self, arrivals: Iterable[Arrival]) -> None:
        for each in arrivals:
            if each.receipt in self.received:
                self.messages[each.receipt] = self.received.pop(each.receipt)

    def send(self, objects: Sequence[ObjectInfo]) -> None:
        for each in objects:
            self.add(each.key, each.size_bytes, each.changed_ms)

    def waiting(self) -> int:
        return len(self.messages)

    def time_out(self) -> None:
        """Lets all that was received and not deleted come back, as SQS does after a while. What has expired is gone."""
        self.give_back(list(self.received.values()))
        for receipt in [each for each in self.messages if self.sent_ms[each] + KEPT_MS <= self._now_ms()]:
            del self.messages[receipt]

    def _now_ms(self) -> EpochMs:
        return self.clock.now_ms() if self.clock else EPOCH
