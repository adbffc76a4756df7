"""A landing world with a run that dies before its n-th change, like a killed process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from loglake.core.landing.objects import LandedObject
from loglake.core.ledger.row import LedgerRow
from loglake.core.ports.landing_queue import Arrival
from loglake.core.state_items import StateItem
from support.fakes.fakes import MemoryLedger
from support.fakes.landing_queue import MemoryLandingQueue
from support.fakes.stops import note_stop
from support.fakes.stores import MemoryStore
from support.worlds.landing_world import LandingWorld

T = TypeVar("T")


class CrashError(BaseException):
    """Stands for a SIGKILL; nothing handles it."""


def die() -> None:
    """Ends the run like a killed process."""
    raise CrashError


class Countdown:
    """Does something once, before the n-th change of anything. What is dead changes nothing more."""

    def __init__(self, left: int, act: Callable[[], None] = die) -> None:
        self.left = left
        self._act = act

    def __call__(self, name: str) -> None:
        """Counts a change; `name` is the call that makes it, such as ``ledger.replace``."""
        self.left -= 1
        if self.left == -1:
            note_stop(name)
            self._act()
        elif self.left < 0 and self._act is die:
            die()


class MortalStore(MemoryStore):
    def __init__(self, bucket: str, change: Countdown, objects: dict[str, bytes]) -> None:
        super().__init__(bucket)
        self.objects = objects
        self.change = change

    def put_new(self, key: str, body: bytes) -> None:
        self.change(f"{self.bucket}.put_new")
        super().put_new(key, body)

    def put_file(self, key: str, path: str) -> None:
        self.change(f"{self.bucket}.put_file")
        super().put_file(key, path)

    def copy(self, source_key: str, key: str) -> None:
        self.change(f"{self.bucket}.copy")
        super().copy(source_key, key)

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.change(f"{self.bucket}.delete")
            super().delete([key])


class MortalLedger(MemoryLedger):
    def __init__(self, change: Countdown, before: MemoryLedger) -> None:
        self.stored, self.schemas, self.landed = before.stored, before.schemas, before.landed
        self.state, self.clock = before.state, before.clock
        self.noted, self.closed = before.noted, before.closed
        self.change = change

    def add(self, row: LedgerRow) -> bool:
        self.change("ledger.add")
        return super().add(row)

    def replace(self, row: LedgerRow) -> None:
        self.change("ledger.replace")
        super().replace(row)

    def save(self, item: StateItem[T], expected_version: int) -> bool:
        self.change("ledger.save")
        return super().save(item, expected_version)

    def put_landed_object(self, known: LandedObject) -> None:
        self.change("ledger.put_landed_object")
        super().put_landed_object(known)


class MortalQueue(MemoryLandingQueue):
    def __init__(self, change: Countdown, before: MemoryLandingQueue) -> None:
        super().__init__()
        self.messages, self.received = before.messages, before.received
        self.sent_ms, self.clock = before.sent_ms, before.clock
        self.change = change

    def receive(self, most: int, size_bytes: int) -> list[Arrival]:
        self.change("queue.receive")
        return super().receive(most, size_bytes)

    def delete(self, arrivals: Iterable[Arrival]) -> None:
        for each in arrivals:
            self.change("queue.delete")
            super().delete([each])


def mortal(world: LandingWorld, survived: int, act: Callable[[], None] = die) -> LandingWorld:
    """The same world for a run that dies, or is disturbed otherwise, after so many changes."""
    change = Countdown(survived, act)
    return replace(
        world,
        queue=MortalQueue(change, world.raw.landed),
        ledger=MortalLedger(change, world.ledger),
        control=MortalStore("control", change, world.control.objects),
        lake=MortalStore("lake", change, world.lake.objects),
    )
