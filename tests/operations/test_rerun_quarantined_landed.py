"""Landed objects with quarantined input are converted again, and events that a fix makes readable become rows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.fakes.fakes import START_MS
from support.fakes.stages import KernelStage
from support.worlds.claiming import claim
from support.worlds.landed import landed_event, payload
from support.worlds.landing_world import HOUR, SHOP, LandingWorld, as_rows
from support.worlds.ledger_rows import changed, moved

from loglake.core.landing.objects import LandedState
from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.schema.bundle import Bundle
from loglake.pipelines.commit.leases import Leases
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.rerun_quarantined import (
    QuarantinePlan,
    plan_quarantined,
    rerun_quarantined,
    still_quarantined,
)

pytestmark = pytest.mark.unit

EVENTS = [landed_event(n, START_MS + n) for n in range(5)]
NEXT = landed_event(9, HOUR.to_ms)
WHOLE = payload(SHOP, EVENTS[:2]) + payload(SHOP, EVENTS[2:])
DAMAGED = payload(SHOP, EVENTS[:2]) + b"no payload".ljust(len(payload(SHOP, EVENTS[2:])), b"!")
"""The same with its second half damaged: of the same size, so that only a person knows when it is whole again."""


@pytest.fixture
def world() -> LandingWorld:
    world = LandingWorld()
    world.land("a", DAMAGED)
    world.run()
    assert world.rows() == as_rows(SHOP, EVENTS[:2])
    return world


def deployment(world: LandingWorld) -> Deployment:
    return Deployment(world.ledger, world.control, world.raw, world.lake, None, "loglake", world.clock)


def done_again(world: LandingWorld) -> QuarantinePlan:
    plan = plan_quarantined(deployment(world))
    rerun_quarantined(deployment(world), plan)
    return plan


def left_of(world: LandingWorld, plan: QuarantinePlan) -> list[str]:
    return still_quarantined(plan, world.ledger.all_rows(), world.ledger.landed_objects())


def test_events_of_an_hour_that_has_the_object_already_become_rows(world: LandingWorld) -> None:
    world.raw.put("landing/a", WHOLE)
    plan = done_again(world)
    assert (plan.entries, len(plan.landed), world.ledger.landed["landing/a"].state) == (
        1,
        1,
        LandedState.REQUESTED_AGAIN,
    )
    assert left_of(world, plan) == ["landing/a: it is still to be looked at; run the job again"]
    report = world.run()
    assert (report.outcome, report.converted, world.rows()) == (Outcome.OK, 1, as_rows(SHOP, EVENTS))
    assert list(world.lake.list("quarantine/")) == []
    assert (left_of(world, plan), plan_quarantined(deployment(world)).entries) == ([], 0)
    assert world.run().converted == 0


def test_an_hour_is_converted_again_though_its_list_stays_the_same(world: LandingWorld) -> None:
    plan = done_again(world)
    assert world.run().converted == 1
    assert world.generations(SHOP) == {HOUR: 2}
    assert left_of(world, plan) == ["landing/a: 1 entries are still in quarantine"]


def test_an_object_that_waits_for_a_window_has_its_others_converted_once_in_a_run(world: LandingWorld) -> None:
    world.raw.put("landing/a", payload(SHOP, [*EVENTS, NEXT]) + b"no payload")
    world.run()
    (_, row) = world.ledger.rows(SHOP)
    taken = changed(row, state=WindowState.EXPORTED, version=row.version + 1)
    world.ledger.stored[SHOP, row.window] = taken
    other = Leases(world.ledger, world.clock, "jr_other", 3600)
    assert claim(other, taken)
    done_again(world)
    report = world.run(deadline_s=300)
    assert (report.converted, report.landing.waiting, world.generations(SHOP)[HOUR]) == (1, 1, 3)
    other.finish(taken, lambda row: moved(row, WindowState.CONVERTED, world.clock.now_ms()))
    assert world.run().landing.waiting == 0
    assert world.generations(SHOP)[row.window] == 2
    assert world.ledger.landed["landing/a"].state is LandedState.SCANNED


def test_a_rerun_that_is_killed_is_taken_up_by_the_next_run(world: LandingWorld) -> None:
    class KilledError(BaseException):
        """Stands for a SIGKILL."""

    def kill(bundle: Bundle) -> None:
        raise KilledError

    world.raw.put("landing/a", WHOLE)
    done_again(world)
    asked = world.ledger.landed["landing/a"]
    with pytest.raises(KilledError):
        world.run(KernelStage(world.raw, world.lake, kill))
    world.ledger.landed["landing/a"] = asked  # as if it was killed before writing that
    world.clock.sleep(3600)
    world.run()
    assert world.rows() == as_rows(SHOP, EVENTS)
    assert plan_quarantined(deployment(world)).entries == 0


def test_landed_objects_that_are_gone_are_named_and_not_counted(world: LandingWorld) -> None:
    world.raw.delete(["landing/a"])
    here = deployment(world)
    plan = plan_quarantined(here)
    assert (plan.entries, plan.landed, [known.key for known in plan.landed_gone]) == (0, (), ["landing/a"])
    rerun_quarantined(here, plan)
    assert here.woken == []


def test_an_object_that_could_not_be_read_and_a_window_with_entries_are_reported(world: LandingWorld) -> None:
    plan = done_again(world)
    known = replace(world.ledger.landed["landing/a"], state=LandedState.FAILED, quarantined=0, reason="no permission")
    assert still_quarantined(plan, [], [known]) == ["landing/a: no permission"]
    assert still_quarantined(plan, [], [replace(known, key="landing/other")]) == []
