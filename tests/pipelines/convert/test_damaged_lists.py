"""If somebody changed a list of raw objects, its window fails with a reason and gets no rows."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS
from support.worlds.worlds import PAY, SHOP, World

from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.pipelines.object_lists import read_object_list
from loglake.pipelines.reconvert import check_raw, reopen

pytestmark = pytest.mark.unit


@pytest.fixture
def world() -> World:
    world = World()
    world.export()
    return world


def damaged(world: World) -> LedgerRow:
    """The first day of a log group, with a list that has lost an object."""
    row = next(row for row in world.ledger.rows(SHOP) if START_MS in row.window)
    world.control.put(row.keys.object_list, b'{"task_id": "task", "objects": []}')
    return row


def test_a_window_whose_list_was_changed_fails_and_the_others_go_on(world: World) -> None:
    row = damaged(world)
    report = world.convert()
    (reason,) = report.failed
    assert f"{row.keys.object_list} lists 0 objects of 0 bytes" in reason
    assert f"the ledger has noted 1 object of {row.newest.size_bytes:,} bytes: somebody changed it" in reason
    assert "Put it back as it was, or run `loglake rerun`" in reason
    assert world.ledger.row(row.log_group, row.window).state is WindowState.FAILED
    assert {each.state for each in world.ledger.rows(PAY)} == {WindowState.CONVERTED}


def test_a_list_that_is_put_back_is_converted(world: World) -> None:
    row = next(row for row in world.ledger.rows(SHOP) if START_MS in row.window)
    whole = world.control.get(row.keys.object_list)
    damaged(world)
    world.convert()
    world.control.put(row.keys.object_list, whole)
    (found,) = check_raw([world.ledger.row(row.log_group, row.window)], world.control, world.raw).whole
    (again,) = reopen([found], world.ledger, world.control, world.clock)
    assert again.newest.digest == row.newest.digest
    assert read_object_list(world.control, again) == list(found.objects)
    assert world.convert(run_id="jr_c2").failed == []


def test_a_damaged_list_is_as_good_as_none_for_converting_again(world: World) -> None:
    row = damaged(world)
    assert check_raw([row], world.control, world.raw).gone == ((row, row.keys.object_list),)


def test_every_window_has_the_digest_of_its_list(world: World) -> None:
    rows = world.ledger.all_rows()
    assert all(row.newest.digest for row in rows)
    assert sum(len(read_object_list(world.control, row)) for row in rows) == sum(row.newest.objects for row in rows) > 2
