"""What a run leaves for the next one, and how far its watermarks move."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pytest
from support.fakes.fakes import START_MS, FakeExportTasks, ManualClock, MemoryLedger
from support.fakes.stores import MemoryStore
from support.worlds.exports import DATASETS, NOW, World, wake_ups
from support.worlds.ledger_rows import ledger_row
from support.worlds.planned_world import PlannedWorld, request_for

from loglake.core.ledger.row import Queue, WindowState
from loglake.core.ledger.versions import FINAL_AFTER_MS
from loglake.core.ledger.watermark import Watermark
from loglake.core.requests.requests import request_body
from loglake.core.run.outcome import Outcome
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import PAUSED, WATERMARK, StateItem, of_groups
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, format_instant
from loglake.core.windows import Window, subtract

T = TypeVar("T")

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")
WEEK = Window(EpochMs(START_MS - 5 * MS_PER_DAY), EpochMs(START_MS + 2 * MS_PER_DAY))


@pytest.fixture
def world() -> World:
    world = World()
    world.tasks.groups[SHOP] = replace(world.tasks.groups[SHOP], created_ms=WEEK.from_ms)
    return world


def test_a_request_stays_until_all_of_it_is_exported(world: World) -> None:
    world.request(WEEK)
    report = world.run(deadline_s=11)
    assert (report.exported, report.waiting[Queue.REQUESTED].hours) == (1, 6 * 24 - 1)
    assert report.outcome is Outcome.PARTIAL
    assert world.control.exists("requests/requested/1")
    assert [key for key, *_ in wake_ups(world) if "continue" in key] == ["requests/continue/jr_1"]
    report = world.run()
    assert (report.exported, report.waiting) == (6, {})
    assert list(world.control.list("requests/")) == []


def test_of_scheduled_requests_one_stays_until_all_is_exported(world: World) -> None:
    for number in range(3):
        world.control.put(f"requests/scheduled/{number}", b"")
    assert world.run(deadline_s=11).waiting
    scheduled = [item.key for item in world.control.list("requests/scheduled/")]
    assert scheduled == ["requests/scheduled/2"]
    assert world.run().waiting == {}
    assert list(world.control.list("requests/")) == []


def test_a_request_that_is_exported_in_parts_reports_a_reason_once(world: World) -> None:
    world.control.put("requests/requested/1", request_body(["/app/*", "/web/*"], WEEK))
    assert world.run().skipped == ["/web/*: no log group has this name"]


def test_a_run_tells_how_old_the_time_is_up_to_which_all_has_settled(world: World) -> None:
    assert world.run().settled_age_s == 0  # nothing was planned
    world.control.put("requests/scheduled/1", b"")
    age_s = world.run().settled_age_s
    settled_ms = world.ledger.load_all(WATERMARK)[SHOP].value.settled_until_ms
    assert age_s == (NOW - settled_ms) // 1000 > 0
    world.ledger.put(PAUSED, SHOP, EpochMs(NOW))
    world.control.put("requests/scheduled/3", b"")
    assert world.run().settled_age_s == 0


def test_a_window_waits_for_its_time(world: World) -> None:
    row = ledger_row(SHOP, Window(START_MS, EpochMs(START_MS + 1)), "app_shop", tries=1)
    world.ledger.add(row.fail(EpochMs(NOW), "it was empty", EpochMs(NOW + 1), empty=True))
    report = world.run()
    assert (report.exported, report.remaining, report.outcome) == (0, 0, Outcome.OK)
    world.clock.time_ms += 2
    assert world.run().exported == 1


def test_a_group_is_served_after_the_others_in_the_next_run_too(world: World) -> None:
    world.tasks.add_group("/app/other", {"s": [(START_MS, "x")]}, created_ms=WEEK.from_ms)
    world.request(WEEK)
    for expected in ("/app/other", "/app/shop", "/app/other", "/app/shop"):
        done = {row.name for row in world.ledger.in_states(WindowState.EXPORTED)}
        assert world.run(deadline_s=11).exported == 1
        (new,) = {row.name for row in world.ledger.in_states(WindowState.EXPORTED)} - done
        assert new[0] == expected


def test_a_watermark_that_another_run_moves_meanwhile_goes_back_all_the_same() -> None:
    class Busy(MemoryLedger):
        others = 2

        def save(self, item: StateItem[T], expected_version: int) -> bool:
            if self.others and expected_version and item.kind.name == WATERMARK.name:
                self.others -= 1
                stored = self.state[WATERMARK.name, item.key]
                moved = replace(stored.value, settled_until_ms=EpochMs(NOW + 5))
                self.state[WATERMARK.name, item.key] = replace(stored, value=moved, version=stored.version + 1)
            return super().save(item, expected_version)

    world = PlannedWorld(datasets=DATASETS)
    world.ledger = Busy()  # type: ignore[assignment]
    world.clock.time_ms = NOW
    group = world.add_group("/app/shop", WEEK.from_ms)
    world.ledger.put(WATERMARK, group, Watermark(EpochMs(1), EpochMs(NOW), EpochMs(NOW)))
    world.plan(request_for(group, Window(WEEK.from_ms, EpochMs(WEEK.from_ms + 9))))
    assert of_groups(world.ledger, WATERMARK)[group] == Watermark(EpochMs(1), WEEK.from_ms, WEEK.from_ms)


def test_a_start_that_moves_later_and_back_leaves_no_gap() -> None:
    world = PlannedWorld()
    shop = world.add_group("/app/shop", START_MS)
    for start_day, until_day in ((0, 2), (5, 10), (0, 12)):
        start = format_instant(START_MS + start_day * MS_PER_DAY)
        world.datasets = load_datasets({"datasets": [{"log_groups": ["/app/*"], "start": start}]})
        while world.clock.time_ms < START_MS + until_day * MS_PER_DAY:
            world.clock.time_ms += MS_PER_DAY // 2
            world.plan()
            world.finish_all()
    whole = Window(START_MS, EpochMs(START_MS + 11 * MS_PER_DAY))
    assert subtract(whole, [row.window for row in world.rows(shop, WindowState.CONVERTED)]) == []


def test_landed_days_do_not_move_the_watermark_of_final_passes_over_days_that_nobody_read() -> None:
    world = PlannedWorld()
    shop = world.add_group("/app/shop", START_MS)
    settled = EpochMs(START_MS + 4 * MS_PER_DAY)
    world.ledger.put(WATERMARK, shop, Watermark(START_MS, settled, START_MS))
    landed = Window(settled, EpochMs(settled + MS_PER_DAY))
    world.ledger.add(ledger_row(shop, landed, "app_shop", WindowState.CONVERTED, landed=True))
    world.clock.time_ms = landed.to_ms + MS_PER_DAY
    world.plan()
    assert of_groups(world.ledger, WATERMARK)[shop] == Watermark(START_MS, landed.to_ms, START_MS)


class Busy(FakeExportTasks):
    """While the first task starts, an hour passes and the schedule puts a request again."""

    clock: ManualClock
    control = MemoryStore("control")

    def create(self, name: str, log_group: LogGroupName, window: Window, bucket: str, prefix: str) -> str:
        if not self.created:
            self.clock.time_ms += MS_PER_HOUR
            self.control.put("requests/scheduled/2", b"")
        return super().create(name, log_group, window, bucket, prefix)


def test_a_window_that_is_joined_while_it_waits_leaves_no_work_for_another_run(world: World) -> None:
    for name in ("/app/a", "/app/b"):
        world.tasks.add_group(name, {}, created_ms=NOW - 2 * MS_PER_HOUR, stored_bytes=5)
    world.use(Busy)
    assert isinstance(world.tasks, Busy)
    world.tasks.clock, world.tasks.control = world.clock, world.control
    world.control.put("requests/scheduled/1", b"")
    report = world.run(deadline_s=2 * 3600)
    assert (report.remaining, report.outcome) == (0, Outcome.OK)
    assert not list(world.control.list("requests/continue/"))


def test_a_window_that_failed_for_good_does_not_hold_its_watermarks_for_ever() -> None:
    world = PlannedWorld()
    shop = world.add_group("/app/shop", START_MS)
    day = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
    failed_ms = EpochMs(day.to_ms + MS_PER_DAY)
    world.ledger.put(WATERMARK, shop, Watermark.at(START_MS))
    row = ledger_row(shop, day, "app_shop", WindowState.FAILED, updated_at_ms=failed_ms)
    world.ledger.add(row)
    world.clock.time_ms = failed_ms
    world.plan()
    assert of_groups(world.ledger, WATERMARK)[shop] == Watermark.at(START_MS)
    world.clock.time_ms = day.to_ms + FINAL_AFTER_MS
    world.plan()
    (last,) = (each for each in world.plan().rows if each.window == day)
    assert (last.again, last.queue) == (row, Queue.FINAL)
    world.fail(world.begin(last))
    world.plan()
    assert of_groups(world.ledger, WATERMARK)[shop] == replace(Watermark.at(day.to_ms), start_ms=START_MS)


def test_a_window_that_failed_and_has_no_final_pass_holds_no_watermark_beyond_its_day() -> None:
    datasets = load_datasets({"datasets": [{"log_groups": ["/app/*"], "final_pass": "never"}]})
    world = PlannedWorld(datasets=datasets)
    shop = world.add_group("/app/shop", START_MS)
    day = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
    failed_ms = EpochMs(day.to_ms + MS_PER_DAY)
    world.ledger.put(WATERMARK, shop, Watermark.at(START_MS))
    world.ledger.add(ledger_row(shop, day, "app_shop", WindowState.FAILED, updated_at_ms=failed_ms))
    world.clock.time_ms = day.to_ms + FINAL_AFTER_MS
    world.plan()
    assert of_groups(world.ledger, WATERMARK)[shop] == replace(Watermark.at(day.to_ms), start_ms=START_MS)
