"""A look starts a landing run if something has landed, and only then."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS
from support.fakes.mortal import mortal
from support.worlds.landed import landed_event, payload
from support.worlds.landing_world import SHOP, LandingWorld, as_rows

from loglake.core.cloud_types import ObjectInfo
from loglake.core.keys import LANDED
from loglake.core.landing.objects import KEPT_MS
from loglake.core.state_items import LANDED_LOOK, LOOK
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR
from loglake.pipelines.landing.full_look import start_landing

pytestmark = pytest.mark.unit

EVENTS = [landed_event(n, START_MS + n) for n in range(5)]


class LookingWorld(LandingWorld):
    """A deployment whose landing runs are started by looks alone."""

    looks = 0

    def look(self) -> None:
        self.looks += 1
        now_ms, run_id = self.clock.now_ms(), f"jr_{self.looks}"
        start_landing(self.ledger, self.raw, self.raw.landed, self.control, now_ms=now_ms, run_id=run_id)

    def found(self) -> list[str]:
        """What looks have put since the last time."""
        keys = [item.key for item in self.control.list(LANDED)]
        for key in keys:
            self.control.delete([key])
        return keys


@pytest.fixture
def world() -> LookingWorld:
    return LookingWorld()


def test_an_idle_look_starts_nothing(world: LookingWorld) -> None:
    world.look()
    world.look()
    assert world.found() == []


def test_a_look_starts_one_run_for_all_that_has_landed(world: LookingWorld) -> None:
    world.land("a", payload(SHOP, EVENTS[:2]))
    world.land("b", payload(SHOP, EVENTS[2:]))
    world.look()
    assert world.found() == ["landed/jr_1"]
    world.run()
    assert world.rows() == as_rows(SHOP, EVENTS)
    world.look()
    assert world.found() == []


def test_what_a_killed_run_has_received_is_found_when_it_comes_back(world: LookingWorld) -> None:
    world.land("a", payload(SHOP, EVENTS))
    world.raw.landed.receive(10, 1000)
    world.look()
    assert world.found() == []
    world.raw.landed.time_out()
    world.look()
    assert world.found() == ["landed/jr_2"]


def test_what_a_run_sends_before_it_dies_replaces_no_message(world: LookingWorld) -> None:
    first = world.land("a", payload(SHOP, EVENTS))
    queue = mortal(world, 40).queue
    assert queue is not None
    queue.send([ObjectInfo("landing/b", 1)])
    assert [each.key for each in queue.receive(10, 1000)] == [first, "landing/b"]


def test_an_object_whose_event_was_lost_is_found_by_the_look_of_a_day_later(world: LookingWorld) -> None:
    world.ledger.put(LANDED_LOOK, LOOK, world.clock.now_ms())
    world.land("a", payload(SHOP, EVENTS))
    world.raw.landed.messages.clear()
    world.look()
    assert world.found() == []
    world.clock.sleep((MS_PER_DAY + MS_PER_HOUR) / 1000)
    world.look()
    assert world.found() == ["landed/jr_2"]
    world.run()
    assert world.rows() == as_rows(SHOP, EVENTS)


def test_an_object_is_sent_again_until_a_run_has_noted_it(world: LookingWorld) -> None:
    """No run works for longer than the queue keeps a message."""
    world.look()
    world.land("a", payload(SHOP, EVENTS))
    for _ in range(25):
        world.clock.sleep(MS_PER_DAY / 1000)
        world.look()
        world.raw.landed.time_out()
    world.run()
    assert world.rows() == as_rows(SHOP, EVENTS)
    world.clock.sleep(MS_PER_DAY / 1000)
    world.found()
    world.look()
    assert world.found() == []


def test_an_object_is_sent_no_more_once_notes_as_old_have_expired(world: LookingWorld) -> None:
    world.look()
    world.land("a", payload(SHOP, EVENTS))
    for _ in range(KEPT_MS // MS_PER_DAY):
        world.clock.sleep(MS_PER_DAY / 1000)
        world.look()
    world.raw.landed.messages.clear()
    world.clock.sleep(MS_PER_DAY / 1000)
    world.look()
    assert world.raw.landed.messages == {}


def test_looks_that_are_repeated_make_no_row_twice(world: LookingWorld) -> None:
    world.land("a", payload(SHOP, EVENTS))
    world.look()
    world.look()
    assert len(world.found()) == 2
    world.run()
    world.run()
    assert world.rows() == as_rows(SHOP, EVENTS)
