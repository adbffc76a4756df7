"""A failure with one landed object stops no other, loses nothing, and is reported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from support.fakes.fakes import START_MS, MemoryLedger
from support.fakes.mortal import CrashError, mortal
from support.fakes.stages import KernelStage
from support.fakes.stores import MemoryStore
from support.worlds.landed import landed_event, payload, payloads
from support.worlds.landing_world import HOUR, LEASE_S, SHOP, LandingWorld, as_rows, exported_row

from loglake.core.keys import REQUESTS
from loglake.core.landing.objects import LandedState, ObjectScan, ScanFailure
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.schema.bundle import RawObject
from loglake.core.units import MS_PER_HOUR, LogGroupName
from loglake.errors import AccessDeniedError, ThrottledError

pytestmark = pytest.mark.unit

PAY = LogGroupName("/app/pay")
EARLY = [landed_event(n, START_MS + n) for n in range(5)]
LATE = [landed_event(n, START_MS + MS_PER_HOUR + n) for n in range(5, 8)]


@pytest.fixture
def world() -> LandingWorld:
    return LandingWorld()


def test_an_object_that_cant_be_read_is_reported_until_it_can(world: LandingWorld) -> None:
    class Locked(MemoryStore):
        locked = True

        def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
            if self.locked and key.endswith("locked"):
                raise AccessDeniedError(f"s3:GetObject on {key}: grant kms:Decrypt", "s3:GetObject")
            return super().read(key, chunk_bytes)

    world.raw = store = Locked("raw")
    world.land("a", payload(SHOP, EARLY))
    world.land("locked", payload(SHOP, LATE))
    for _ in range(2):
        report = world.run()
        assert (report.outcome, len(report.landing.failed)) == (Outcome.PARTIAL, 1)
        assert "grant kms:Decrypt" in report.landing.failed[0]
    assert world.ledger.landed["landing/locked"].state is LandedState.FAILED
    assert world.rows() == as_rows(SHOP, EARLY)
    store.locked = False
    assert world.run().outcome is Outcome.OK
    assert world.rows() == as_rows(SHOP, [*EARLY, *LATE])


def test_a_fault_that_may_pass_stops_no_window_and_is_raised_in_the_end(world: LandingWorld) -> None:
    class Hiccup(KernelStage):
        def scan(self, objects: Sequence[RawObject], *, redacts: bool = False) -> list[ObjectScan | ScanFailure]:
            raise ThrottledError("slow down")

    exported_row(world, WindowState.EXPORTED)
    world.land("a", payload(SHOP, EARLY))
    with pytest.raises(ThrottledError):
        world.run(Hiccup(world.raw, world.lake))
    assert world.rows() == [(SHOP, "web", START_MS + 1_800_000, "exported")]
    world.run()
    assert len(world.rows()) == 6


def test_a_fault_at_one_window_leaves_its_objects_for_the_next_run(world: LandingWorld) -> None:
    class Throttled(MemoryLedger):
        left = 1

        def add(self, row: LedgerRow) -> bool:
            if row.window == HOUR and self.left:
                self.left -= 1
                raise ThrottledError("slow down")
            return super().add(row)

    world.ledger = Throttled()
    world.land("a", payload(SHOP, [*EARLY, *LATE]))
    with pytest.raises(ThrottledError):
        world.run()
    assert world.ledger.landed == {}
    world.run()
    assert world.rows() == as_rows(SHOP, [*EARLY, *LATE])


def test_a_window_that_cant_be_extended_is_reported_and_stops_no_other(world: LandingWorld) -> None:
    world.land("a", payload(SHOP, EARLY[:2]))
    world.run()
    world.control.delete([world.ledger.rows(SHOP)[0].keys.object_list])
    world.land("b", payload(SHOP, EARLY))
    world.land("c", payload(SHOP, LATE))
    report = world.run()
    assert (report.landing.scanned, report.landing.waiting, report.outcome) == (1, 1, Outcome.PARTIAL)
    assert "does not exist" in report.landing.failed[0]
    assert world.rows() == as_rows(SHOP, [*EARLY[:2], *LATE])


def test_a_bucket_that_may_not_be_listed_stops_no_window(world: LandingWorld) -> None:
    class Closed(MemoryStore):
        def list(self, prefix: str) -> Iterator[object]:  # type: ignore[override]
            raise AccessDeniedError("s3:ListBucket: grant it", "s3:ListBucket")

    world.raw = Closed("raw")
    exported_row(world, WindowState.EXPORTED)
    report = world.run()
    assert (report.converted, report.outcome) == (1, Outcome.PARTIAL)
    assert report.landing.failed == ["landing/: s3:ListBucket: grant it"]


def test_time_that_is_up_leaves_the_rest_for_the_next_run(world: LandingWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(KernelStage):
        def scan(self, objects: Sequence[RawObject], *, redacts: bool = False) -> list[ObjectScan | ScanFailure]:
            world.clock.sleep(40)
            return super().scan(objects, redacts=redacts)

    monkeypatch.setattr("loglake.pipelines.landing.intake.SCAN_OBJECTS", 2)
    for n in range(8):
        world.land(str(n), payload(SHOP, [landed_event(n, START_MS + n)]))
    report = world.run(Slow(world.raw, world.lake), deadline_s=100)
    # Two batches in the first half of the time, and one more after these were converted.
    assert (report.landing.scanned, report.landing.waiting, report.converted) == (6, 2, 1)
    assert report.outcome is Outcome.PARTIAL
    assert [item.key for item in world.control.list(REQUESTS)] == ["requests/continue/jr_1"]
    assert world.run().landing.scanned == 2
    assert world.rows() == as_rows(SHOP, [landed_event(n, START_MS + n) for n in range(8)])


def crashed(world: LandingWorld, survived: int) -> bool:
    """Runs like a process that is killed at the n-th change; returns whether it got that far."""
    world.runs += 1
    try:
        mortal(world, survived).run()
    except CrashError:
        world.clock.sleep(LEASE_S)
        return True
    return False


def test_a_crash_at_any_change_is_made_good_by_the_next_run() -> None:
    """Two runs, each of which may die at each change of the ledger, the object lists or the lake."""
    survived = points = 0
    while True:
        world = LandingWorld()
        world.land("a", payloads((SHOP, EARLY[:3]), (PAY, LATE)))
        world.run()
        world.land("b", payload(SHOP, [*EARLY[2:], *LATE]))
        world.land("c", b"no log at all")
        if not crashed(world, survived):
            break
        points += 1
        crashed(world, 2 * survived // 3)
        world.run()
        assert world.rows() == sorted([*as_rows(SHOP, [*EARLY, *LATE]), *as_rows(PAY, LATE)]), survived
        assert list(world.lake.list("staging/")) == []
        assert len(list(world.lake.list("quarantine/"))) == 1
        assert {row.state for row in world.ledger.stored.values()} == {WindowState.CONVERTED}
        assert len(world.ledger.landed) == 3
        survived += 1
    assert points > 15
