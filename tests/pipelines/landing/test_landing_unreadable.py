"""A landed object waits only if an unreadable item is in its way, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

import pytest
from support.fakes.item_ledger import Item, ItemLedger, emptied, having, item_ledger
from support.worlds.landed import landed_event, payload, payloads
from support.worlds.landing_world import HOUR, SHOP, LandingWorld, as_rows
from support.worlds.ledger_rows import ledger_row
from support.worlds.settling import DAY

from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.units import MS_PER_HOUR, LogGroupName
from loglake.pipelines.convert.report import ConvertReport

if TYPE_CHECKING:
    from support.fakes.fakes import MemoryLedger

pytestmark = pytest.mark.unit

PAY = LogGroupName("/app/pay")
FIRST, SECOND = ([landed_event(n, HOUR.from_ms + n)] for n in (1, 2))
LATER = [landed_event(3, HOUR.to_ms + MS_PER_HOUR + 3)]


@pytest.fixture
def ledger() -> Iterator[ItemLedger]:
    with item_ledger() as found:
        yield found


@pytest.fixture
def world(ledger: ItemLedger) -> LandingWorld:
    """An object with one event of each of two log groups, both of them rows."""
    world = LandingWorld(ledger=cast("MemoryLedger", ledger))
    world.land("a", payloads((SHOP, FIRST), (PAY, FIRST)))
    assert world.run().outcome is Outcome.OK
    return world


def run(world: LandingWorld, ledger: ItemLedger) -> ConvertReport:
    """A run in a process of its own."""
    world.ledger = cast("MemoryLedger", ledger.again())
    return world.run()


@pytest.mark.parametrize("damage", [emptied, having(version=-1), having(format=9)])
def test_an_hour_whose_row_cannot_be_read_gets_its_objects_later(
    world: LandingWorld, ledger: ItemLedger, damage: Callable[[Item], Item]
) -> None:
    (item,) = ledger.items(f"group#{SHOP}")
    ledger.damage(item, damage)
    world.land("b", payload(SHOP, SECOND))
    world.land("c", payload(PAY, SECOND))
    report = run(world, ledger)
    assert (report.outcome, list(report.unreadable)) == (Outcome.PARTIAL, [f"{item['pk']} {item['sk']}"])
    assert [known["sk"] for known in ledger.items("landed#") if known["state"] == "SCANNED"] == [
        "landing/a",
        "landing/c",
    ]
    assert (world.rows("app_shop"), world.rows("app_pay")) == (as_rows(SHOP, FIRST), as_rows(PAY, [*FIRST, *SECOND]))
    ledger.put(item)
    assert run(world, ledger).outcome is Outcome.OK
    assert world.rows("app_shop") == as_rows(SHOP, [*FIRST, *SECOND])


def test_an_hour_in_a_longer_window_whose_row_cannot_be_read_is_not_skipped() -> None:
    world = LandingWorld()
    world.ledger.stored[SHOP, DAY] = ledger_row(SHOP, DAY, "app_shop", WindowState.UNREADABLE)
    world.land("a", payload(SHOP, FIRST))
    report = world.run()
    assert (report.outcome, report.landing.waiting, world.done()) == (Outcome.PARTIAL, 1, [])
    assert "group#x 0#1 can't be read: damaged" in report.remarks[0]
    del world.ledger.stored[SHOP, DAY]
    assert world.run().outcome is Outcome.OK
    assert world.rows("app_shop") == as_rows(SHOP, FIRST)


@pytest.mark.parametrize("damage", [emptied, having(state="ARCHIVED"), having(events=[["/app/shop"]])])
def test_an_object_of_which_nothing_can_be_read_is_left_as_it_is(
    world: LandingWorld, ledger: ItemLedger, damage: Callable[[Item], Item]
) -> None:
    (item,) = ledger.items("landed#")
    ledger.damage(item, damage)
    damaged = ledger.items("landed#")
    world.land("b", payload(SHOP, SECOND))
    world.clock.sleep(24 * 3600)  # the next look reads it
    report = run(world, ledger)
    assert (report.outcome, list(report.unreadable)) == (Outcome.PARTIAL, ["landed#2026-11-22 landing/a"])
    assert report.landing.scanned == 1
    assert damaged[0] in ledger.items("landed#")
    assert world.rows("app_shop") == as_rows(SHOP, [*FIRST, *SECOND])
    ledger.put(item)
    assert run(world, ledger).outcome is Outcome.OK


def test_a_log_group_whose_days_cannot_be_read_gets_no_new_hour_and_the_others_do(
    world: LandingWorld, ledger: ItemLedger
) -> None:
    (item,) = (each for each in ledger.items("landed-days") if each["sk"] == SHOP)
    ledger.damage(item, having(value={"log_group": SHOP, "days": "today", "planned": []}))
    world.land("b", payload(SHOP, LATER))
    world.land("c", payload(PAY, LATER))
    report = run(world, ledger)
    assert (report.outcome, list(report.unreadable)) == (Outcome.PARTIAL, [f"landed-days {SHOP}"])
    assert (world.rows("app_shop"), world.rows("app_pay")) == (as_rows(SHOP, FIRST), as_rows(PAY, [*FIRST, *LATER]))
    ledger.put(item)
    assert run(world, ledger).outcome is Outcome.OK
    assert world.rows("app_shop") == as_rows(SHOP, [*FIRST, *LATER])
