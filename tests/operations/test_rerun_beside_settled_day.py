"""``rerun`` and ``schema set`` beside a settled day do not open the windows inside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.worlds.ledger_rows import changed
from support.worlds.settling import DAY, SHOP, SettlingWorld, event, hour

from loglake.core.accounting import Accounting
from loglake.core.ledger.manifest import Batch
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.schema.schema import Column, ColumnType
from loglake.core.windows import Window
from loglake.errors import ConfigError
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.rerun import plan_rerun, rerun
from loglake_cli.operations.rerun_quarantined import plan_quarantined, still_quarantined
from loglake_cli.operations.selection import Selection
from loglake_cli.operations.tables.retype import plan_retyping

pytestmark = pytest.mark.unit

FAILED = WindowState.FAILED


@pytest.fixture
def world() -> SettlingWorld:
    world = SettlingWorld()
    for number in range(2):
        world.export(hour(number), [event(number)])
    world.convert()
    return world


def deployed(world: SettlingWorld) -> Deployment:
    return Deployment(world.ledger, world.control, world.raw, world.lake, None, "loglake", world.clock)


def put(world: SettlingWorld, window: Window, **changes: object) -> LedgerRow:
    world.ledger.stored[SHOP, window] = changed(world.row(window), **changes)
    return world.row(window)


def test_a_window_that_failed_is_left_to_the_day_that_is_on_its_way(world: SettlingWorld) -> None:
    failed = put(world, hour(1), state=FAILED)
    world.plan(DAY)
    plan = plan_rerun(deployed(world))
    reported = f"a wider window is about to replace it, and has what it lacks: {DAY}"
    assert (plan.convert, plan.export, plan.left) == ((), (), ((failed, reported),))
    assert not rerun(deployed(world), plan).woken


def test_of_a_day_and_an_hour_in_it_that_both_failed_the_day_is_opened(world: SettlingWorld) -> None:
    failed = put(world, hour(1), state=FAILED)
    world.export(DAY, [event(0), event(1), event(2)])
    day = put(world, DAY, state=FAILED)
    plan = plan_rerun(deployed(world))
    assert [each.row for each in plan.convert] == [day]
    assert plan.left == ((failed, "a wider window that replaces it is reopened"),)
    rerun(deployed(world), plan)
    world.convert()
    assert world.states() == {
        DAY: WindowState.CONVERTED,
        hour(0): WindowState.SUPERSEDED,
        hour(1): WindowState.SUPERSEDED,
    }


def test_a_quarantined_window_is_left_to_a_day_that_is_on_its_way(world: SettlingWorld) -> None:
    quarantined = put(world, hour(0), accounting=Accounting(2, 1, 1))
    world.plan(DAY)
    plan = plan_quarantined(deployed(world))
    assert (plan.windows.whole, plan.held, plan.entries) == ((), (quarantined,), 0)
    put(world, hour(0), state=WindowState.SUPERSEDED)
    put(world, DAY, state=WindowState.CONVERTED)
    plan = plan_quarantined(deployed(world), Selection(table="app_shop"))
    assert (plan.windows.whole, plan.held, plan.entries) == ((), (), 0)


def test_entries_of_a_window_that_was_replaced_are_not_reported_as_left(world: SettlingWorld) -> None:
    put(world, hour(0), accounting=Accounting(2, 1, 1))
    plan = plan_quarantined(deployed(world))
    replaced = put(world, hour(0), state=WindowState.SUPERSEDED)
    assert still_quarantined(plan, [replaced], []) == []


def typed(world: SettlingWorld) -> LedgerRow:
    """An hour with files that have a column."""
    column = Column("n", ("n",), ColumnType.BIGINT)
    world.ledger.publish(replace(world.ledger.latest("app_shop"), version=2, columns=(column,)))
    world.export(hour(0), [event(0)])
    world.convert()
    return world.row(hour(0))


def test_a_type_is_not_changed_while_files_wait_for_a_day_that_replaces_them(world: SettlingWorld) -> None:
    """An hour that was only planned again is SUPERSEDED at once, but its earlier files are still in the table."""
    put(world, hour(0), state=WindowState.SUPERSEDED, generation=typed(world).generation + 1)
    world.plan(DAY)
    with pytest.raises(ConfigError, match="a wider window is about to replace rows"):
        plan_retyping(deployed(world), "app_shop", {"n": ColumnType.STRING})
    put(world, DAY, state=WindowState.CONVERTED)
    plan = plan_retyping(deployed(world), "app_shop", {"n": ColumnType.STRING})
    assert (plan.busy, plan.windows.whole, plan.windows.gone) == ((), (), ())


def test_an_aborted_decision_does_not_hide_the_files_of_the_one_before(world: SettlingWorld) -> None:
    before = typed(world)
    failed = put(
        world, hour(0), state=FAILED, generation=before.generation + 1, decisions=(*before.decisions, "aborted")
    )
    batch = Batch("app_shop", "aborted", aborted="another converter took it over")
    world.lake.put(batch.key, batch.to_bytes())
    plan = plan_retyping(deployed(world), "app_shop", {"n": ColumnType.STRING})
    assert [window.row for window in plan.windows.whole] == [failed]
