"""The queue of the S3 events below ``landing/``: which objects are new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from loglake.core.cloud_types import ObjectInfo
from loglake.core.units import EpochMs


class Arrival(NamedTuple):
    """A message: an object was put below ``landing/``. It may come again, late, or out of order.

    Attributes:
        arrived_ms: when the object was put, as its event says.
        receipt: what deletes the message.
    """

    key: str
    size_bytes: int
    arrived_ms: EpochMs
    receipt: str


class LandingQueue(Protocol):
    """Messages that say which landed objects are new, in any order, each at least once."""

    def receive(self, most: int, size_bytes: int) -> list[Arrival]:
        """Some messages, until there are so many or their objects are so large; none if the queue is empty.

        Nobody else receives them for a while. One that can't be read is left where it is.
        """

    def delete(self, arrivals: Iterable[Arrival]) -> None:
        """Deletes messages."""

    def give_back(self, arrivals: Iterable[Arrival]) -> None:
        """Lets the next run receive messages at once."""

    def send(self, objects: Sequence[ObjectInfo]) -> None:
        """Adds messages about objects, as if their events came now."""

    def waiting(self) -> int:
        """About how many messages can be received."""
