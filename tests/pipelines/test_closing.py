"""Once a day, convert runs close past months. No other job notices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from support.fakes.fakes import START_MS, ManualClock, MemoryLedger
from support.fakes.item_ledger import ItemLedger, emptied, item_ledger
from support.worlds.ledger_rows import ledger_row
from support.worlds.worlds import PAY, SHOP, World

from loglake.core.keys import REQUESTS
from loglake.core.ledger.closed import closed_until
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ledger.watermark import Watermark
from loglake.core.requests.requests import request_body
from loglake.core.state_items import RETENTION, WATERMARK, StateItem, values
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs
from loglake.core.windows import Window, merge
from loglake.errors import TransientError
from loglake.pipelines.closing import close_months

pytestmark = pytest.mark.unit

LATER_S = 100 * 86_400


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ledger(clock: ManualClock) -> Iterator[ItemLedger]:
    with item_ledger(clock) as found:
        yield found


@pytest.fixture
def world(ledger: ItemLedger, clock: ManualClock) -> World:
    """Two log groups with a past month in the table."""
    world = World(ledger=cast("MemoryLedger", ledger), clock=clock)
    clock.sleep(3 * 86_400)
    world.export()
    world.convert()
    clock.sleep(LATER_S)
    return world


def converted_daily(world: World, days: int = 3) -> None:
    for _ in range(days):
        world.convert()
        world.clock.sleep(86_400)


def open_rows(world: World) -> list[LedgerRow]:
    ledger = cast("ItemLedger", world.ledger)
    return [row for group in (PAY, SHOP) for row in ledger.open_rows(group, closed_until(world.clock.now_ms()))]


def test_convert_runs_close_past_months_and_nothing_is_exported_again(world: World) -> None:
    before, tasks = world.ledger.all_rows(), world.tasks.created
    assert {row.state for row in before} == {WindowState.CONVERTED}
    assert open_rows(world) == before
    converted_daily(world)
    assert (open_rows(world), world.ledger.all_rows()) == ([], before)
    world.export()
    assert (world.ledger.all_rows(), world.tasks.created) == (before, tasks)


def test_a_person_may_have_a_closed_month_exported_again(world: World) -> None:
    before, tasks = world.ledger.all_rows(), world.tasks.created
    converted_daily(world)
    world.export(SHOP, reexport=True)
    world.convert()
    rows = world.ledger.rows(SHOP)
    assert [row.window for row in rows] == [row.window for row in before if row.log_group == SHOP]
    assert {row.generation for row in rows} == {2}
    assert world.tasks.created > tasks
    assert [row.log_group for row in open_rows(world)] == [SHOP] * len(rows)
    world.clock.sleep(4 * 86_400)
    converted_daily(world)
    assert (open_rows(world), world.ledger.rows(SHOP)) == ([], rows)


def test_a_wider_window_takes_the_place_of_windows_in_a_closed_month(world: World) -> None:
    """A request for a month with `--replace` has windows of its own width."""
    converted_daily(world)
    days = [row.window for row in world.ledger.rows(SHOP) if row.live]
    whole = Window(days[0].from_ms, EpochMs(days[0].from_ms + 30 * MS_PER_DAY))
    world.control.put(f"{REQUESTS}requested/2", request_body([SHOP], whole, True))
    world.run_export()
    world.convert()
    live = [row for row in world.ledger.rows(SHOP) if row.live]
    assert all(row.state is WindowState.CONVERTED for row in live)
    held = [row.window for row in live]
    assert sum(each.to_ms - each.from_ms for each in held) == sum(each.to_ms - each.from_ms for each in merge(held))
    world.clock.sleep(4 * 86_400)
    assert [row for row in world.ledger.rows(SHOP) if row.live] == world.ledger.rows(SHOP)


def test_it_is_done_once_a_day_and_by_the_next_run_if_time_was_up(world: World) -> None:
    ledger, clock = cast("ItemLedger", world.ledger), world.clock
    before = values(ledger, RETENTION)
    assert close_months(ledger, clock, clock.now_ms()) == []
    assert (values(ledger, RETENTION), ledger.items("closed#")) == (before, [])
    assert close_months(ledger, clock, clock.now_ms() + 1000) == []
    months = ledger.items("closed#")
    assert {item["pk"] for item in months} == {f"closed#{SHOP}", f"closed#{PAY}"}
    clock.sleep(23 * 3600 - clock.now_ms() % MS_PER_DAY / 1000)  # still the same day
    assert close_months(ledger, clock, clock.now_ms() + 1000) == []
    assert (ledger.items("closed#"), len(open_rows(world))) == (months, len(ledger.all_rows()))


def test_a_month_is_closed_a_day_after_all_may_expect_notes_of_it(ledger: ItemLedger, clock: ManualClock) -> None:
    """A run may have asked for the time, to replace a row, a moment before another one closes its month."""
    row = ledger_row(SHOP, Window(START_MS, EpochMs(START_MS + MS_PER_DAY)), "app", WindowState.CONVERTED)
    ledger.add(row)
    ledger.save(StateItem(WATERMARK, SHOP, Watermark.at(EPOCH)), 0)
    while closed_until(clock.now_ms()) <= START_MS:
        clock.sleep(86_400)
    close_months(ledger, clock, clock.now_ms() + 1)
    assert ledger.items("closed#") == []
    clock.sleep(86_400)
    close_months(ledger, clock, clock.now_ms() + 1)
    assert [item["windows"] for item in ledger.items("closed#")] == [1]


def test_what_cannot_be_read_is_left_and_stops_no_other(world: World) -> None:
    ledger = cast("ItemLedger", world.ledger)
    close_months(ledger, world.clock, world.clock.now_ms() + 1000)
    (month,) = ledger.items(f"closed#{SHOP}")
    ledger.damage(month, emptied)
    world.ledger = cast("MemoryLedger", ledger.again())
    world.clock.sleep(2 * 86_400)
    world.convert()
    assert {row.log_group for row in open_rows(world)} == {SHOP}
    (done,) = ledger.items("retention")
    ledger.damage(done, emptied)
    assert close_months(ledger.again(), world.clock, world.clock.now_ms() + 1000) == []


def test_an_error_that_may_pass_is_returned(clock: ManualClock) -> None:
    class Throttled(MemoryLedger):
        def open_rows(self, log_group: str, until_ms: EpochMs) -> list[LedgerRow]:
            raise TransientError("slow down")

    ledger = Throttled(clock)
    ledger.put(WATERMARK, SHOP, Watermark.at(EPOCH))
    (fault,) = close_months(ledger, clock, clock.now_ms() + 1)
    assert (str(fault), values(ledger, RETENTION)) == ("slow down", {})
