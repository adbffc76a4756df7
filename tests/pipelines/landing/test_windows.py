"""Landed windows beside exports before and after a switch, other runs, and failures."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS, MemoryLedger
from support.worlds.claiming import claim
from support.worlds.landed import landed_event, payload
from support.worlds.landing_world import HOUR, SHOP, LandingWorld, as_rows, exported_row
from support.worlds.ledger_rows import again, changed, ledger_row, moved

from loglake.core.accounting import Accounting
from loglake.core.keys import REQUESTS
from loglake.core.landing.rules import LandingRules
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.commit.leases import Leases
from loglake.pipelines.landing.windows import LandedWindows
from loglake.pipelines.object_lists import read_object_list

pytestmark = pytest.mark.unit

EARLY = [landed_event(n, START_MS + n) for n in range(5)]
LATE = [landed_event(n, START_MS + MS_PER_HOUR + n) for n in range(5, 8)]


@pytest.fixture
def world() -> LandingWorld:
    return LandingWorld()


def test_a_group_that_is_exported_is_skipped(world: LandingWorld) -> None:
    world.datasets = load_datasets({"datasets": [{"log_groups": ["/app/*"], "ingest": "export"}]})
    world.land("a", payload(SHOP, EARLY))
    report = world.run()
    assert (report.outcome, report.converted, world.ledger.stored) == (Outcome.PARTIAL, 0, {})
    assert "set ingest: landing" in report.landing.skips()[0]


def test_an_hour_that_landing_has_begun_is_finished_by_it_after_a_switch_to_export(world: LandingWorld) -> None:
    world.land("a", payload(SHOP, EARLY[:2]))
    world.run()
    world.datasets = load_datasets({"datasets": [{"log_groups": ["/app/*"], "ingest": "export"}]})
    world.land("b", payload(SHOP, [*EARLY[2:], *LATE]))
    report = world.run()
    assert world.rows() == as_rows(SHOP, EARLY)
    assert report.landing.skipped == {SHOP: len(LATE)}


def test_an_hour_that_was_exported_keeps_its_exported_events_beside_landed_ones(world: LandingWorld) -> None:
    exported_row(world, WindowState.EXPORTED)
    world.land("a", payload(SHOP, EARLY))
    assert world.run().accounting == Accounting(6, 6)
    world.land("b", payload(SHOP, EARLY))
    world.run()
    assert world.rows() == sorted([*as_rows(SHOP, EARLY), (SHOP, "web", START_MS + 1_800_000, "exported")])
    (row,) = world.ledger.rows(SHOP)
    assert (row.landed, row.newest.task_id, row.newest.objects, row.holds_exports) == (True, "task", 3, True)


def test_an_hour_that_is_still_to_be_exported_is_waited_for(world: LandingWorld) -> None:
    exported_row(world, WindowState.EXPORTING)
    world.land("a", payload(SHOP, EARLY))
    report = world.run()
    assert (report.outcome, report.landing.waiting, world.done()) == (Outcome.PARTIAL, 1, [])


def test_an_hour_whose_export_failed_is_landed(world: LandingWorld) -> None:
    exported_row(world, WindowState.FAILED)
    world.land("a", payload(SHOP, EARLY))
    world.run()
    (row,) = world.ledger.rows(SHOP)
    assert world.rows() == as_rows(SHOP, EARLY)
    assert (row.state, row.landed, row.holds_exports, row.reason) == (WindowState.CONVERTED, True, False, "")


@pytest.mark.parametrize("ignored", [False, True])
def test_an_hour_whose_second_export_failed_waits_for_a_retry(world: LandingWorld, ignored: bool) -> None:
    """A rerun without log groups skips ignored windows."""
    exported_row(world, WindowState.EXPORTED)
    world.run()
    failed = again(world.ledger.rows(SHOP)[0], world.clock.now_ms()).fail(EpochMs(0), "")
    failed = failed.ignore(EpochMs(1)) if ignored else failed
    world.ledger.stored[SHOP, HOUR] = failed
    world.land("a", payload(SHOP, EARLY))
    report = world.run()
    assert (report.landing.waiting, report.outcome, world.done()) == (1, Outcome.PARTIAL, [])
    assert "Run `loglake rerun --log-group /app/shop`" in report.landing.failed[0]
    assert (world.ledger.rows(SHOP), len(world.rows())) == ([failed], 1)


DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
BISECTED = (Window(START_MS, EpochMs(START_MS + 1_800_000)), Window(EpochMs(START_MS + 1_800_000), HOUR.to_ms))
AFTER = landed_event(9, DAY.to_ms)


def export_of(world: LandingWorld, state: WindowState, *windows: Window) -> None:
    for window in windows:
        world.ledger.stored[SHOP, window] = ledger_row(SHOP, window, "app_shop", state)


@pytest.mark.parametrize("windows", [(DAY,), BISECTED], ids=["a day", "half hours"])
def test_hours_that_were_exported_are_not_rows_twice_after_a_switch(
    world: LandingWorld, windows: tuple[Window, ...]
) -> None:
    export_of(world, WindowState.CONVERTED, *windows)
    world.land("a", payload(SHOP, [*EARLY, AFTER]))
    report = world.run()
    assert world.rows() == as_rows(SHOP, [AFTER])
    assert (report.landing.skipped, report.outcome) == ({SHOP: len(EARLY)}, Outcome.PARTIAL)
    assert "were exported before" in report.landing.skips()[0]
    assert world.run().landing.scanned == 0  # reported once


def test_hours_that_are_to_be_exported_as_part_of_a_day_are_waited_for(world: LandingWorld) -> None:
    export_of(world, WindowState.EXPORTING, DAY)
    world.land("a", payload(SHOP, [*EARLY, AFTER]))
    report = world.run()
    assert (report.landing.waiting, world.rows(), world.done()) == (1, as_rows(SHOP, [AFTER]), [])
    export_of(world, WindowState.CONVERTED, DAY)
    report = world.run()
    assert (report.landing.waiting, report.landing.skipped) == (0, {SHOP: len(EARLY)})


@pytest.mark.parametrize(
    ("state", "window"), [(WindowState.FAILED, DAY), (WindowState.CONVERTED, BISECTED[0])], ids=["failed", "in part"]
)
def test_hours_that_no_export_has_whole_are_landed(world: LandingWorld, state: WindowState, window: Window) -> None:
    export_of(world, state, window)
    world.land("a", payload(SHOP, EARLY))
    world.run()
    assert world.rows() == as_rows(SHOP, EARLY)


def test_an_hour_that_waits_for_its_converter_says_nothing_of_the_one_before(world: LandingWorld) -> None:
    world.land("a", payload(SHOP, EARLY[:2]))
    world.run()
    windows = LandedWindows(world.ledger, world.control, world.clock, LandingRules(world.datasets))
    row = windows.extend((SHOP, HOUR), [RawObject("landing/b", 1, "", 3)])
    assert row
    assert row.current == world.ledger.stored[SHOP, HOUR].current
    assert (row.state, row.trying.generation) == (WindowState.EXPORTED, 2)


def test_an_hour_in_another_converters_hands_is_waited_for(world: LandingWorld) -> None:
    world.land("a", payload(SHOP, EARLY[:2]))
    world.land("late", payload(SHOP, LATE))
    world.run()
    taken = changed(world.ledger.stored[SHOP, HOUR], state=WindowState.EXPORTED)
    world.ledger.stored[SHOP, HOUR] = taken
    other = Leases(world.ledger, world.clock, "jr_other", 3600)
    assert claim(other, taken)
    world.land("b", payload(SHOP, [*EARLY[2:], landed_event(99, START_MS + 5 * MS_PER_HOUR)]))
    before = list(world.control.list(REQUESTS))
    report = world.run(deadline_s=300)
    assert (report.landing.waiting, report.landing.scanned, report.converted) == (1, 0, 1)
    assert report.outcome is Outcome.PARTIAL
    assert [item.key for item in world.control.list(REQUESTS) if item not in before] == ["requests/continue/jr_2"]
    assert "landing/b" not in world.done()
    other.finish(taken, lambda row: moved(row, WindowState.CONVERTED, world.clock.now_ms()))
    assert world.run().landing.waiting == 0
    assert world.rows() == as_rows(SHOP, [*EARLY, *LATE, landed_event(99, START_MS + 5 * MS_PER_HOUR)])


class RacedLedger(MemoryLedger):
    """After each read of a row, another run adds an object to its window before the reader continues."""

    def __init__(self, world: LandingWorld, rivals: list[RawObject]) -> None:
        super().__init__()
        twin = MemoryLedger()
        twin.stored = self.stored
        self.rivals = rivals
        self.other = LandedWindows(twin, world.control, world.clock, LandingRules(world.datasets))

    def row(self, log_group: LogGroupName, window: Window) -> LedgerRow:
        try:
            return super().row(log_group, window)
        finally:
            if self.rivals:
                assert self.other.extend((log_group, window), [self.rivals.pop()])


def test_two_runs_that_extend_a_window_at_once_lose_no_object(world: LandingWorld) -> None:
    for n in range(4):
        world.land(str(n), payload(SHOP, [landed_event(n, START_MS + n)]))
    world.ledger = RacedLedger(world, [RawObject(f"landing/{n}", 1, "") for n in range(1, 4)])
    windows = LandedWindows(world.ledger, world.control, world.clock, LandingRules(world.datasets))
    row = windows.extend((SHOP, HOUR), [RawObject("landing/0", 1, "")])
    assert row == world.ledger.stored[SHOP, HOUR]
    assert {raw.key for raw in read_object_list(world.control, row)} == {f"landing/{n}" for n in range(4)}
    world.run()
    assert world.rows() == as_rows(SHOP, [landed_event(n, START_MS + n) for n in range(4)])


def test_a_list_that_another_run_wrote_and_never_named_is_left_alone(world: LandingWorld) -> None:
    orphan = ledger_row(SHOP, HOUR, "app_shop").keys.object_list
    world.control.put(orphan, b"[]")
    world.land("a", payload(SHOP, EARLY))
    world.run()
    assert world.rows() == as_rows(SHOP, EARLY)
    assert (world.generations(SHOP), world.control.get(orphan)) == ({HOUR: 2}, b"[]")


def test_a_window_that_failed_is_converted_again_when_more_of_it_lands(world: LandingWorld) -> None:
    key = world.land("a", payload(SHOP, EARLY[:2]))
    body = world.raw.get(key)

    def lose(bundle: Bundle) -> None:
        world.raw.delete([key])

    report = world.run(world.stage(lose))
    assert (len(report.failed), world.ledger.rows(SHOP)[0].state) == (1, WindowState.FAILED)
    world.raw.put(key, body)
    world.land("b", payload(SHOP, EARLY[2:]))
    world.run()
    assert world.rows() == as_rows(SHOP, EARLY)
