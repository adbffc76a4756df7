"""Landed objects that kill their task, change after their scan, or can't be listed do not stop the others."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from support.fakes.fakes import START_MS, MemoryLedger
from support.fakes.stages import KernelStage
from support.worlds.landed import landed_event, payload
from support.worlds.landing_world import SHOP, LandingWorld, as_rows

from loglake.core.landing.objects import LandedState, ObjectScan, ScanFailure
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.schema.bundle import RawObject
from loglake.core.units import MS_PER_HOUR, EpochMs, LogGroupName
from loglake.errors import ConfigError, TransientError
from loglake.pipelines.reconvert import check_raw, reopen

pytestmark = pytest.mark.unit

PAY = LogGroupName("/app/pay")
EARLY = [landed_event(n, START_MS + n) for n in range(5)]
LATE = [landed_event(n, START_MS + MS_PER_HOUR + n) for n in range(5, 8)]


@pytest.fixture
def world() -> LandingWorld:
    return LandingWorld()


class Deadly(KernelStage):
    """A stage with some objects that kill their task."""

    def __init__(self, world: LandingWorld, seconds: float = 0) -> None:
        super().__init__(world.raw, world.lake)
        self.world = world
        self.seconds = seconds

    def scan(self, objects: Sequence[RawObject], *, redacts: bool = False) -> list[ObjectScan | ScanFailure]:
        self.world.clock.sleep(self.seconds)
        if any("deadly" in raw.key for raw in objects):
            raise TransientError("Spark gave up on a task: the executor was lost")
        return super().scan(objects, redacts=redacts)


def test_an_object_that_kills_its_task_is_found_and_stops_no_other(world: LandingWorld) -> None:
    events = [landed_event(n, START_MS + n) for n in range(9)]
    for event in events:
        world.land(f"{event.id[-1]}-good", payload(SHOP, [event]))
    world.land("3-deadly", b"x")
    world.land("7-deadly", b"x")
    for _ in range(2):
        report = world.run(Deadly(world))
        assert world.rows() == as_rows(SHOP, events)
        assert [line.split(":")[0] for line in report.landing.failed] == ["landing/3-deadly", "landing/7-deadly"]
        assert "the executor was lost" in report.landing.failed[0]
    assert world.ledger.landed["landing/7-deadly"].state is LandedState.FAILED
    world.land("3-deadly", b"")
    world.land("7-deadly", b"")
    assert world.run().outcome is Outcome.OK


def test_bisecting_for_an_object_that_kills_its_task_ends_when_time_is_up(world: LandingWorld) -> None:
    for n in range(8):
        world.land(f"{n}", payload(SHOP, [landed_event(n, START_MS + n)]))
    world.land("7-deadly", b"x")
    report = world.run(Deadly(world, seconds=20), deadline_s=100)
    # All, the first four, the other five: half of the time is gone. The five again, and two of them: all of it is.
    assert (report.landing.scanned, report.landing.failed) == (6, [])
    assert report.landing.waiting == 3
    assert world.run().outcome is Outcome.PARTIAL
    assert len(world.rows()) == 8


def test_an_object_whose_windows_cant_be_looked_up_stops_no_other(world: LandingWorld) -> None:
    class Strict(MemoryLedger):
        def rows_between(
            self, log_group: LogGroupName, since_ms: EpochMs, until_ms: EpochMs | None = None
        ) -> list[LedgerRow]:
            if log_group == PAY:
                raise ConfigError("ValidationException: the key is too long")
            return super().rows_between(log_group, since_ms, until_ms)

    world.ledger = Strict()
    world.land("a", payload(PAY, LATE))
    world.land("b", payload(SHOP, EARLY))
    report = world.run()
    assert (report.landing.scanned, report.landing.waiting) == (1, 1)
    assert report.landing.failed == ["landing/a: ValidationException: the key is too long"]
    assert world.rows() == as_rows(SHOP, EARLY)


def test_an_object_that_comes_again_with_fewer_events_takes_no_row_away(world: LandingWorld) -> None:
    """It is put, so it is scanned again; and again when a person has put the original back."""
    key = world.land("a", payload(SHOP, EARLY[:3]))
    world.run()
    whole = world.raw.get(key)
    world.raw.put(key, payload(SHOP, EARLY[:1]))
    report = world.run()
    assert (report.outcome, world.rows()) == (Outcome.PARTIAL, as_rows(SHOP, EARLY[:3]))
    assert "landing/a had 3 events of its window when it was scanned, and has 1 now" in report.failed[0]
    assert world.run().failed == []  # it is reported once
    world.raw.put(key, whole)
    assert (world.run().outcome, world.rows()) == (Outcome.OK, as_rows(SHOP, EARLY[:3]))
    assert [row.state for row in world.ledger.rows(SHOP)] == [WindowState.CONVERTED]


@pytest.mark.parametrize("cut", [0, 60])
def test_an_object_that_lost_events_takes_no_row_away(world: LandingWorld, cut: int) -> None:
    key = world.land("a", payload(SHOP, EARLY[:3]))
    world.run()
    whole = world.raw.get(key)
    world.raw.objects[key] = whole[:cut].ljust(len(whole), b"\0")  # no event says so, so it is not scanned again
    world.land("b", payload(SHOP, EARLY[3:]))
    report = world.run()
    assert (report.outcome, world.rows()) == (Outcome.PARTIAL, as_rows(SHOP, EARLY[:3]))
    assert "landing/a had 3 events of its window when it was scanned, and has 0 now" in report.failed[0]
    world.raw.put(key, whole)
    checked = check_raw(world.ledger.rows(SHOP), world.control, world.raw)
    reopen(checked.whole, world.ledger, world.control, world.clock)
    assert world.run().outcome is Outcome.OK
    assert world.rows() == as_rows(SHOP, EARLY)
