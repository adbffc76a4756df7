"""Landing beside settled days: a longer exported window replaces landed hours."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.worlds.landed import landed_event, payload
from support.worlds.landing_world import HOUR, SHOP, LandingWorld, exported_row
from support.worlds.ledger_rows import changed, ledger_row
from support.worlds.settling import DAY

from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

EVENT = landed_event(1, HOUR.from_ms + 1)


@pytest.fixture
def world() -> LandingWorld:
    """An hour that was exported, before its log group was switched to landing."""
    world = LandingWorld()
    exported_row(world, WindowState.EXPORTED)
    world.run()
    return world


def day(world: LandingWorld, state: WindowState) -> None:
    world.ledger.stored[SHOP, DAY] = ledger_row(SHOP, DAY, "app_shop", state)


def supersede(world: LandingWorld) -> None:
    row = world.ledger.stored[SHOP, HOUR]
    world.ledger.stored[SHOP, HOUR] = changed(row, state=WindowState.SUPERSEDED)


def test_an_hour_whose_day_is_on_its_way_takes_no_landed_objects(world: LandingWorld) -> None:
    day(world, WindowState.EXPORTING)
    before = world.ledger.rows(SHOP)
    world.land("a", payload(SHOP, [EVENT]))
    report = world.run()
    assert (report.landing.waiting, report.outcome, world.done()) == (1, Outcome.PARTIAL, [])
    assert world.ledger.rows(SHOP) == before


def test_an_hour_that_is_superseded_waits_until_its_day_is_there(world: LandingWorld) -> None:
    supersede(world)
    world.land("a", payload(SHOP, [EVENT]))
    for state in (WindowState.EXPORTING, WindowState.FAILED):
        day(world, state)
        report = world.run()
        assert (report.landing.waiting, world.done()) == (1, [])


def test_landed_events_of_a_settled_day_are_skipped_and_reported(world: LandingWorld) -> None:
    day(world, WindowState.CONVERTED)
    supersede(world)
    world.land("a", payload(SHOP, [EVENT]))
    report = world.run()
    assert (report.landing.waiting, report.landing.skipped) == (0, {SHOP: 1})
    assert world.ledger.stored[SHOP, HOUR].state is WindowState.SUPERSEDED


@pytest.mark.parametrize("exported", [DAY, HOUR], ids=["alone", "in the place of its hours"])
def test_so_are_those_of_a_day_whose_final_pass_failed_beside_its_rows(world: LandingWorld, exported: Window) -> None:
    """They would become rows twice, because the table has the rows of the earlier pass."""
    row = world.ledger.stored[SHOP, HOUR]
    supersede(world)
    if exported == DAY:
        del world.ledger.stored[SHOP, HOUR]
    row = replace(row, window=DAY, key_prefix="", superseded_by=None)
    failed = changed(row, state=WindowState.FAILED, generation=2, reason="fewer events")
    world.ledger.stored[SHOP, DAY] = failed.ignore(world.clock.now_ms())
    before = world.rows()
    world.land("a", payload(SHOP, [EVENT]))
    report = world.run()
    assert (report.landing.waiting, report.landing.skipped) == (0, {SHOP: 1})
    assert "are rows already" in report.landing.why_skipped[SHOP]
    assert world.rows() == before
