"""A window that replaces rows is checked again right before its export, since it may have waited too long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from support.fakes.fakes import START_MS, FakeExportTasks
from support.worlds.exports import DAY, NOW, World
from support.worlds.ledger_rows import again, ledger_row

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import LedgerRow, Queue, WindowState
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import ThrottledError

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")


class Counting(FakeExportTasks):
    """Counts how often log groups are listed."""

    listed = 0

    def log_groups(self) -> Iterator[LogGroup]:
        self.listed += 1
        return super().log_groups()


def converted(world: World, window: Window, exported_at_ms: int = NOW) -> LedgerRow:
    exported_ms = EpochMs(exported_at_ms)
    row = ledger_row(SHOP, window, "app_shop", WindowState.CONVERTED, exported_at_ms=exported_ms)
    row = replace(row, updated_at_ms=exported_ms)
    world.ledger.stored[SHOP, window] = row
    return row


def waits_for_its_final_pass(world: World, window: Window = DAY) -> None:
    begun = again(converted(world, window), NOW, Queue.FINAL)
    world.ledger.stored[SHOP, window] = begun.fail(EpochMs(NOW), "the task failed", EpochMs(NOW))


def failed_once(group: LogGroupName, window: Window, queue: Queue) -> LedgerRow:
    """A window whose export task failed, and which is retried."""
    return ledger_row(group, window, "t", queue=queue, tries=1).fail(EpochMs(NOW), "the task failed", EpochMs(NOW))


def wake(world: World) -> None:
    """A run without requests, which plans nothing."""
    world.control.put("requests/continue/x", b"")
    world.run()


@pytest.fixture
def world() -> World:
    return World()


def test_a_window_that_retention_overtook_while_no_run_planned_keeps_its_rows(world: World) -> None:
    waits_for_its_final_pass(world)
    world.tasks.groups[SHOP] = replace(world.tasks.groups[SHOP], retention_days=3)
    world.clock.time_ms = NOW + MS_PER_DAY - 2 * MS_PER_HOUR + 1
    wake(world)
    row = world.row()
    assert (row.state, row.live and row.live.generation, world.tasks.created) == (WindowState.FAILED, 1, 0)
    assert row.reason == "its events are kept for 3 days, so an export may lack some; its rows stay"


def test_one_that_cloudwatch_still_has_all_of_is_exported(world: World) -> None:
    waits_for_its_final_pass(world)
    world.tasks.groups[SHOP] = replace(world.tasks.groups[SHOP], retention_days=3)
    world.clock.time_ms = NOW + MS_PER_DAY - 3 * MS_PER_HOUR
    wake(world)
    assert world.row().state is WindowState.EXPORTED


def test_a_log_group_that_was_made_again_since_its_planning_takes_no_rows_away(world: World) -> None:
    day = Window(EpochMs(NOW), EpochMs(NOW + MS_PER_DAY))
    for number in range(2):
        converted(world, Window(EpochMs(NOW + number * MS_PER_HOUR), EpochMs(NOW + (number + 1) * MS_PER_HOUR)))
    world.ledger.add(failed_once(SHOP, day, Queue.SETTLED))
    world.tasks.groups[SHOP] = replace(world.tasks.groups[SHOP], created_ms=EpochMs(NOW + 5 * MS_PER_HOUR))
    world.clock.time_ms = NOW + 2 * MS_PER_DAY
    wake(world)
    row = world.row(day)
    assert (row.state, world.tasks.created) == (WindowState.FAILED, 0)
    assert row.reason.startswith("the log group was deleted and made again since")


def test_a_settled_pass_over_nothing_but_what_failed_needs_no_check(world: World) -> None:
    world.ledger.add(failed_once(SHOP, DAY, Queue.SETTLED))
    world.tasks.groups[SHOP] = replace(world.tasks.groups[SHOP], retention_days=1)
    wake(world)
    assert world.row().state is WindowState.EXPORTED


def test_log_groups_are_asked_for_once_in_ten_minutes(world: World) -> None:
    world.use(Counting)
    windows = [Window(EpochMs(START_MS + n * MS_PER_HOUR), EpochMs(START_MS + (n + 1) * MS_PER_HOUR)) for n in range(4)]
    for window in windows[:3]:
        waits_for_its_final_pass(world, window)
    wake(world)
    assert isinstance(world.tasks, Counting)
    assert [world.row(window).state for window in windows[:3]] == [WindowState.EXPORTED] * 3
    assert world.tasks.listed == 1
    world.clock.time_ms += 10 * MS_PER_MINUTE
    waits_for_its_final_pass(world, windows[3])
    wake(world)
    assert world.tasks.listed == 2


def test_a_window_whose_log_group_is_gone_fails_with_that_reason(world: World) -> None:
    waits_for_its_final_pass(world)
    world.tasks.groups.clear()
    wake(world)
    row = world.row()
    assert (row.state, row.live and row.live.exported_at_ms) == (WindowState.FAILED, NOW)
    assert "does not exist" in row.reason


@pytest.mark.parametrize(("early_ms", "first"), [(1, "/app/shop"), (0, "/app/zoo")])
def test_what_retention_is_about_to_drop_is_exported_first(world: World, early_ms: int, first: str) -> None:
    world.clock.time_ms = DAY.from_ms + 3 * MS_PER_DAY - 18 * MS_PER_HOUR - early_ms
    two_groups_wait(world)
    wake(world)
    rows = {row.newest.exported_at_ms: row for row in world.ledger.all_rows()}
    assert [row.state for row in rows.values()] == [WindowState.EXPORTED] * 2
    assert rows[min(rows)].log_group == first


def test_where_retention_can_not_be_reported_windows_are_exported_in_their_usual_order(world: World) -> None:
    world.use(Silent)
    two_groups_wait(world)
    wake(world)
    assert {row.state for row in world.ledger.all_rows()} == {WindowState.EXPORTED}


def test_a_run_lists_log_groups_once_for_its_planning_and_its_scheduler(world: World) -> None:
    world.use(Counting)
    world.request()
    assert world.run().exported == 1
    assert isinstance(world.tasks, Counting)
    assert world.tasks.listed == 1


class Silent(FakeExportTasks):
    """Can't list log groups."""

    def log_groups(self) -> Iterator[LogGroup]:
        raise ThrottledError("DescribeLogGroups: ThrottlingException")


def two_groups_wait(world: World) -> None:
    """Two windows wait for their first export; the second log group keeps its events for three days."""
    zoo = world.tasks.add_group("/app/zoo", {"s": [(START_MS + 1, "one")]}, retention_days=3)
    for group in (SHOP, zoo):
        world.ledger.add(failed_once(group, DAY, Queue.CATCH_UP))
