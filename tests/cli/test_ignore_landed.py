"""Ignoring failed landed windows: their rows stay, and later objects are converted or reported."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.deployments.operated import deploy, loglake_on_lake
from support.worlds.landed import LandedEvent, payload
from support.worlds.landed_hours import SETTLED_MS, at, land_hours, live, settle, span
from support.worlds.landing_world import SHOP, LandingWorld, as_rows
from support.worlds.settling import hour

from loglake.core.ledger.row import WindowState
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

LEFT = [at(0), at(0, 1), at(0, 2), at(1)]
"""What is left of the object of hour 1, in which hour 0 is whole."""

RETRY = "loglake rerun --log-group /app/shop --lake aws:lake"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> LandingWorld:
    """A deployment of the prefix ``lake``."""
    world = LandingWorld()
    deploy(monkeypatch, world)
    return world


def problems() -> list[str]:
    reported: list[str] = json.loads(loglake_on_lake("status", "--json").stdout)["problems"]
    return reported


def notes() -> list[str]:
    reported: list[str] = json.loads(loglake_on_lake("status", "--json").stdout)["notes"]
    return reported


def ignore() -> None:
    assert loglake_on_lake("ignore", SHOP).stdout == "/app/shop: 1 failed window ignored.\n"
    assert problems() == []
    assert f"/app/shop: 1 failed window ignored. To try again: {RETRY}" in notes()


def lose_events(world: LandingWorld, name: str, left: list[LandedEvent]) -> bytes:
    """Replaces a landed object, unnoticed, with one that has fewer events; returns the original."""
    key = f"landing/{name}"
    before = world.raw.get(key)
    world.raw.objects[key] = payload(SHOP, left)
    world.ledger.landed[key] = replace(world.ledger.landed[key], size_bytes=len(world.raw.get(key)))
    return before


def land(world: LandingWorld, name: str, *events: LandedEvent) -> list[str]:
    """Lands an object with these events, and returns the failures that the next run reports."""
    world.land(name, payload(SHOP, events))
    return world.run().failed


def state(world: LandingWorld, window: Window) -> WindowState:
    return world.ledger.stored[SHOP, window].state


def test_what_lands_for_an_hour_that_is_ignored_opens_it_again(world: LandingWorld) -> None:
    land(world, "a", at(0))
    body = world.raw.get("landing/a")
    world.raw.delete(["landing/a"])
    (failed,) = land(world, "b", at(0, 1))
    assert "landing/a" in failed
    assert world.rows() == as_rows(SHOP, [at(0)])
    ignore()
    assert world.run().failed == []
    # It still can't be converted: that is reported, and no earlier failure stays hidden because it was ignored.
    (failed,) = land(world, "c", at(0, 2))
    assert "landing/a" in failed
    assert "1 window failed" in problems()[0]
    ignore()
    world.raw.put("landing/a", body)
    assert land(world, "d", at(0, 3)) == []
    assert (live(world), world.rows()) == ([hour(0)], as_rows(SHOP, [at(0, n) for n in range(4)]))
    assert problems() == []


def test_the_hours_of_a_day_that_is_ignored_go_on(world: LandingWorld) -> None:
    events = land_hours(world, 0, 1)
    lose_events(world, "app/shop/01", LEFT)
    world.clock.time_ms = SETTLED_MS
    assert len(world.run().failed) == 1
    assert "landing/app/shop/01 had 6 events of its window when it was scanned, and has 4 now" in problems()[0]
    ignore()
    assert land(world, "late", at(0, 60)) == []
    assert world.rows() == as_rows(SHOP, [*events, at(0, 60)])
    assert state(world, span(0, 2)) is WindowState.FAILED
    assert problems() == []


def test_what_lands_for_a_day_whose_hours_are_gone_opens_it_though_it_is_ignored(world: LandingWorld) -> None:
    events = land_hours(world, 0, 1)
    settle(world)
    before = lose_events(world, "app/shop/01", LEFT)
    assert len(land(world, "late", at(0, 60))) == 1
    ignore()
    world.raw.put("landing/app/shop/01", before)
    assert land(world, "later", at(1, 61)) == []
    assert live(world) == [span(0, 2)]
    assert world.rows() == as_rows(SHOP, [*events, at(0, 60), at(1, 61)])


def test_a_rerun_that_names_the_log_group_brings_an_ignored_day_its_hours_of_now(world: LandingWorld) -> None:
    events = land_hours(world, 0, 1)
    before = lose_events(world, "app/shop/01", LEFT)
    world.clock.time_ms = SETTLED_MS
    world.run()
    ignore()
    assert land(world, "late", at(0, 60)) == []
    world.raw.put("landing/app/shop/01", before)
    assert loglake_on_lake("rerun").stdout == "Nothing has failed.\n"
    assert "1 window to be converted" in loglake_on_lake("rerun", "--log-group", SHOP).stdout
    assert world.run().failed == []
    assert live(world) == [span(0, 2)]
    assert world.rows() == as_rows(SHOP, [*events, at(0, 60)])


def test_what_lands_for_a_settled_stretch_goes_there_while_a_longer_one_has_failed(world: LandingWorld) -> None:
    """The longer window did not replace it and would fail again; the shorter one is complete."""
    events = land_hours(world, 0, 1)
    settle(world)
    more = [at(2), at(2, 1)]
    assert land(world, "more", *more) == []
    before = lose_events(world, "more", [at(2)])
    assert len(world.run().failed) == 1
    assert state(world, span(0, 3)) is WindowState.FAILED
    ignore()
    assert land(world, "late", at(0, 60)) == []
    assert world.rows() == as_rows(SHOP, [*events, *more, at(0, 60)])
    assert [state(world, window) for window in (span(0, 2), span(0, 3))] == [WindowState.CONVERTED, WindowState.FAILED]
    world.raw.put("landing/more", before)
    assert "1 window to be converted" in loglake_on_lake("rerun", "--log-group", SHOP).stdout
    assert world.run().failed == []
    assert live(world) == [span(0, 3)]
    assert world.rows() == as_rows(SHOP, [*events, *more, at(0, 60)])
