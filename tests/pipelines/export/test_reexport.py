"""A window that is exported again replaces its rows, and a repeated request changes nothing."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS
from support.worlds.worlds import DAYS, PAY, SHOP, World, shop_events

from loglake.core.keys import HANDLED
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.requests.requests import request_body
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

NOON = Window(EpochMs(START_MS + MS_PER_DAY // 2), EpochMs(START_MS + MS_PER_DAY // 2 + 1))


@pytest.fixture
def world() -> World:
    """Two days of two groups in their tables, and an event of the first day that came late."""
    world = World()
    world.export()
    world.convert()
    world.tasks.add_group(SHOP, {"web/1": [*shop_events(), (START_MS + 7, '{"n": 99}')]})
    return world


def reexport(world: World, window: Window = NOON, name: str = "again") -> None:
    world.control.put(f"requests/requested/{name}", request_body([SHOP], window, reexport=True))
    world.export("/nothing/else")


def first_day(world: World) -> LedgerRow:
    return world.ledger.rows(SHOP)[0]


def events(world: World) -> list[int]:
    return sorted(int(row["n"]) for row in world.rows("app_shop").to_pylist())


def test_the_whole_window_is_replaced_by_its_next_generation(world: World) -> None:
    before = {item.key for item in world.lake.list("tables/")}
    reexport(world)
    assert events(world) == list(range(48))  # the old rows stay until it is converted
    assert (first_day(world).state, first_day(world).generation) == (WindowState.EXPORTED, 2)
    assert world.convert("jr_again").converted == 1
    assert events(world) == [*range(48), 99]
    after = {item.key for item in world.lake.list("tables/")}
    assert len(before - after) == len(after - before) == 1
    assert list(world.lake.list("staging/")) == []
    others = [row.generation for row in [*world.ledger.rows(SHOP)[1:], *world.ledger.rows(PAY)]]
    assert set(others) == {1}


def test_a_request_whose_run_died_before_it_was_handled_exports_once(world: World) -> None:
    created = world.tasks.created
    reexport(world)
    key = f"{HANDLED}requested/again"
    world.control.put("requests/requested/again", world.control.get(key))
    world.export("/nothing/else")
    assert world.tasks.created == created + 1
    assert world.convert("jr_again").converted == 1
    assert events(world) == [*range(48), 99]


def test_a_second_reexport_is_the_third_generation(world: World) -> None:
    for number in (2, 3):
        reexport(world, DAYS, name=f"again-{number}")
        assert world.convert(f"jr_{number}").converted == 2
        assert first_day(world).generation == number
        assert events(world) == [*range(48), 99]


def test_an_export_that_fails_leaves_the_rows_of_before(world: World) -> None:
    world.tasks.fail_next = 5
    reexport(world)
    for _ in range(4):
        world.export("/nothing/else")
    assert (first_day(world).state, first_day(world).generation) == (WindowState.FAILED, 2)
    assert world.convert("jr_again").converted == 0
    assert events(world) == list(range(48))
