"""`accept` for landed windows with missing or changed raw objects."""

from __future__ import annotations

import json

import pytest
from support.deployments.operated import deploy, loglake_on_lake
from support.worlds.landed import payload
from support.worlds.landed_hours import SETTLED_MS, at, land_hours, live, span
from support.worlds.landing_world import SHOP, LandingWorld, as_rows, exported_row
from support.worlds.settling import hour

from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import Outcome

pytestmark = pytest.mark.unit

FEWER = ("accept", SHOP, "--yes")
OPENED = "Opened again: 1 window to be converted, 0 windows to be exported.\nThe workflow was woken for it.\n"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> LandingWorld:
    """A deployment of the prefix ``lake``."""
    world = LandingWorld()
    deploy(monkeypatch, world)
    return world


def an_hour_that_lost_an_object(world: LandingWorld) -> bytes:
    """Two events are in the table, the object of one is gone, and a third event waits."""
    for n in range(2):
        world.land(f"{n}", payload(SHOP, [at(0, n)]))
    world.run()
    gone = world.raw.get("landing/0")
    world.raw.delete(["landing/0"])
    world.land("2", payload(SHOP, [at(0, 2)]))
    assert len(world.run().failed) == 1
    assert world.rows() == as_rows(SHOP, [at(0), at(0, 1)])
    return gone


def test_an_hour_goes_on_without_what_is_gone_where_a_person_accepts_that(world: LandingWorld) -> None:
    an_hour_that_lost_an_object(world)
    refused = loglake_on_lake("rerun")
    assert refused.exit_code == 1
    assert "landing/0 is gone: put it back, and run this again; or go on with the others: " in refused.stderr
    assert "loglake accept /app/shop" in refused.stderr
    loglake_on_lake("ignore", SHOP)  # naming its log group includes an ignored window
    done = loglake_on_lake(*FEWER)
    lost = "up to 1 of its 2 rows goes; 1 raw object with 1 event gone"
    assert (done.exit_code, done.stdout) == (0, f"/app/shop {hour(0)}: {lost}\n{OPENED}")
    assert world.run().outcome is Outcome.OK
    assert world.rows() == as_rows(SHOP, [at(0, 1), at(0, 2)])
    world.land("3", payload(SHOP, [at(0, 3)]))
    assert world.run().outcome is Outcome.OK
    assert world.rows() == as_rows(SHOP, [at(0, n) for n in (1, 2, 3)])
    assert json.loads(loglake_on_lake("status", "--json").stdout)["problems"] == []


def test_what_comes_back_after_all_is_taken_in(world: LandingWorld) -> None:
    gone = an_hour_that_lost_an_object(world)
    loglake_on_lake(*FEWER)
    world.run()
    assert world.run().converted == 0
    world.raw.put("landing/0", gone)
    assert world.run().outcome is Outcome.OK
    assert world.rows() == as_rows(SHOP, [at(0, n) for n in range(3)])
    assert world.run().converted == 0


def test_an_object_that_was_meant_to_change_is_taken_as_it_is(world: LandingWorld) -> None:
    world.land("a", payload(SHOP, [at(0), at(0, 1)]))
    world.run()
    world.land("a", payload(SHOP, [at(0, 1)]))
    (failed,) = world.run().failed
    assert "If it is right as it is, run `loglake accept '/app/shop'`." in failed
    loglake_on_lake("rerun")
    assert len(world.run().failed) == 1
    loglake_on_lake(*FEWER)
    assert world.run().outcome is Outcome.OK
    assert world.rows() == as_rows(SHOP, [at(0, 1)])


def test_a_day_settles_without_what_is_gone(world: LandingWorld) -> None:
    events = land_hours(world, 0, 1)
    world.clock.time_ms = SETTLED_MS
    deleted: list[bool] = []

    def delete(_: object) -> None:
        deleted.append(True)
        world.raw.delete(["landing/app/shop/00"])

    assert len(world.run(world.stage(delete)).failed) == 1
    assert (deleted != [], world.rows()) == (True, as_rows(SHOP, events))
    lost = "up to 3 of its 6 rows go; 1 raw object with 3 events gone"
    assert loglake_on_lake(*FEWER).stdout == f"/app/shop {span(0, 2)}: {lost}\n{OPENED}"
    assert world.run().outcome is Outcome.OK
    assert live(world) == [span(0, 2)]
    assert world.rows() == as_rows(SHOP, events)  # the other object has all of them


def test_a_window_of_which_nothing_is_left_keeps_its_rows(world: LandingWorld) -> None:
    an_hour_that_lost_an_object(world)
    world.raw.delete(["landing/1", "landing/2"])
    assert loglake_on_lake(*FEWER).exit_code == 1
    world.control.delete([item.key for item in world.control.list("")])
    assert loglake_on_lake(*FEWER).exit_code == 1
    assert world.ledger.stored[SHOP, hour(0)].state is WindowState.FAILED
    assert world.rows() == as_rows(SHOP, [at(0), at(0, 1)])


def test_an_hour_that_was_exported_too_is_not_meant(world: LandingWorld) -> None:
    exported_row(world, WindowState.EXPORTED)
    world.land("a", payload(SHOP, [at(0)]))
    world.run()
    before = world.rows()
    world.raw.delete(["landing/a"])
    world.land("b", payload(SHOP, [at(0, 1)]))
    assert len(world.run().failed) == 1
    assert loglake_on_lake(*FEWER).exit_code == 1
    assert world.rows() == before
    advice = loglake_on_lake("rerun").stderr
    assert advice.endswith("landing/a is gone: put it back, and run this again\n")
