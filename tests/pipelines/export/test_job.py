"""The export run: requests become EXPORTED windows, whatever happens in between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from support.fakes.fakes import START_MS, FakeExportTasks, ManualClock, MemoryLedger
from support.fakes.newer_ledger import NewerLedger
from support.worlds.exports import DAY, NOW, World, wake_ups
from support.worlds.ledger_rows import ledger_row

from loglake.core.cloud_types import ExportTask
from loglake.core.keys import WRITE_TEST
from loglake.core.ledger.row import MAX_ATTEMPTS, LedgerRow, WindowState
from loglake.core.requests.requests import RequestReport, continue_body, report_key
from loglake.core.run.outcome import Outcome
from loglake.core.state_items import PAUSED
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import (
    AccessDeniedError,
    LoglakeError,
    NotFoundError,
    OtherVersionLedgerError,
    ServiceError,
    ThrottledError,
)
from loglake.pipelines.export.slot_lane import task_name
from loglake.pipelines.object_lists import read_object_list

pytestmark = pytest.mark.unit


@pytest.fixture
def world() -> World:
    return World()


def test_a_request_becomes_exported_objects_and_an_object_list(world: World) -> None:
    world.request()
    report = world.run()
    assert (report.exported, report.outcome) == (1, Outcome.OK)
    row = world.row()
    assert (row.state, row.newest.objects, row.trying.tries) == (WindowState.EXPORTED, 2, 1)
    objects = read_object_list(world.control, row)
    assert [(raw.log_stream, raw.key.rsplit("/", 2)[-2:]) for raw in objects] == [
        ("web/1", ["web-1", "000000.gz"]),
        ("web/2", ["web-2", "000000.gz"]),
    ]
    assert row.newest.size_bytes == sum(raw.size_bytes for raw in objects) > 0
    assert not any(WRITE_TEST in raw.key for raw in objects)


def test_a_ledger_of_a_newer_version_is_left_alone() -> None:
    world = World(ledger=NewerLedger())
    world.request()
    before = dict(world.control.objects)
    with pytest.raises(OtherVersionLedgerError, match="a newer loglake wrote it"):
        world.run()
    assert (world.control.objects, world.raw.objects, world.ledger.stored) == (before, {}, {})


def test_a_handled_request_is_kept_where_it_asks_for_nothing(world: World) -> None:
    world.request()
    world.run()
    assert list(world.control.list("requests/")) == []
    assert b"/app/*" in world.control.get("handled/requested/1")


def test_the_same_request_twice_exports_once(world: World) -> None:
    world.request()
    world.run()
    world.request(key="requests/requested/2")
    report = world.run()
    assert report.exported == 0
    assert world.tasks.created == 1


def test_a_request_that_makes_no_sense_is_put_aside_and_stops_nobody(world: World) -> None:
    world.control.put("requests/requested/0-broken", b"{")
    world.control.put("requests/", b"")
    world.request()
    report = world.run()
    assert report.outcome is Outcome.PARTIAL
    assert report.exported == 1
    said = json.loads(world.control.get("rejected/requested/0-broken.json"))
    assert "not JSON" in said["reason"]
    assert said["body"] == "{"
    assert [item.key for item in world.control.list("requests/")] == ["requests/"]


def test_a_pattern_without_a_group_is_reported(world: World) -> None:
    world.request(pattern="/ap/*")
    report = world.run()
    assert report.outcome is Outcome.PARTIAL
    assert report.skipped == ["/ap/*: no log group has this name"]
    assert said_of(world) == RequestReport(("/ap/*: no log group has this name",))


def test_how_far_a_run_is_is_said_now_and_then(world: World) -> None:
    world.request(Window(START_MS, EpochMs(START_MS + 3 * MS_PER_DAY)))
    world.run()
    said = [event for event in map(json.loads, world.said.getvalue().splitlines()) if event["event"] == "progress"]
    assert said[0] | {"done": 0, "of": 47, "unit": "hours of log groups"} == said[0]
    assert said[-1]["done"] <= said[-1]["of"] == 47


def test_a_metric_that_may_not_be_read_is_said_once_and_stops_nothing(world: World) -> None:
    world.tasks.add_group(LogGroupName("/app/other"), {"a": [(START_MS, "an event")]})
    world.tasks.bytes_refused = AccessDeniedError("not authorized to perform cloudwatch:GetMetricStatistics")
    world.request(Window(START_MS, EpochMs(START_MS + MS_PER_DAY)), pattern="/app/*")
    assert world.run().exported == 2
    said = [event for event in map(json.loads, world.said.getvalue().splitlines()) if "bytes" in event["event"]]
    assert [(each["event"], "not authorized" in each["reason"]) for each in said] == [("incoming bytes unknown", True)]
    assert len(world.tasks.asked_bytes) == 1


def failed_once(group: LogGroupName) -> LedgerRow:
    """A window whose export task failed, and which is retried."""
    return ledger_row(group, DAY, "t", tries=1).fail(EpochMs(NOW - 1), "it failed", EpochMs(NOW - 1))


def said_of(world: World, key: str = "requests/requested/1") -> RequestReport:
    return RequestReport.from_body(world.control.get(report_key(key)))


def test_what_a_request_does_not_get_is_said_beside_it_once_it_is_moved(world: World) -> None:
    """Requests that are planned together have separate reports, and a request that gets everything has none."""
    world.request()
    long_before = Window(EpochMs(START_MS - 90 * MS_PER_DAY), EpochMs(START_MS - 80 * MS_PER_DAY))
    world.request(long_before, key="requests/requested/2")
    report = world.run()
    assert (report.outcome, report.exported, report.skipped) == (Outcome.OK, 1, [])
    assert report.remarks == report.notes
    assert said_of(world, "requests/requested/2") == RequestReport(notes=tuple(report.notes))
    assert "nothing to export" in report.notes[0]
    assert not world.control.exists(report_key("requests/requested/1"))


def test_a_schedule_exports_what_is_due(world: World) -> None:
    world.control.put("requests/scheduled/abc", b"")
    assert world.run().exported == 3  # the day, the hours after it, and the time before the log group
    assert world.run().exported == 0


def test_a_wake_up_without_work_does_nothing(world: World) -> None:
    world.control.put("requests/continue/jr_0", b"")
    report = world.run()
    assert (report.exported, report.outcome) == (0, Outcome.OK)
    assert world.run().outcome is Outcome.OK


def test_somebody_elses_task_is_waited_for(world: World) -> None:
    world.tasks.others_until_polls = 10
    world.request()
    assert world.run().exported == 1
    assert world.clock.time_ms - NOW >= 50_000


def test_a_slot_that_stays_busy_leaves_the_window_to_the_next_run(world: World) -> None:
    world.tasks.others_until_polls = 1000
    world.request()
    report = world.run(deadline_s=60)
    assert (report.remaining, report.waiting, report.outcome) == (1, {}, Outcome.PARTIAL)
    assert (world.row().state, world.row().is_trouble) == (WindowState.EXPORTING, False)
    assert world.row().reason.startswith("the export slot is busy")
    assert world.control.exists("requests/requested/1"), "it is not done yet"
    world.tasks.others_until_polls = 0
    assert world.run().exported == 1


def test_runs_without_progress_wake_each_other_later_and_later_and_in_the_end_no_more(world: World) -> None:
    world.tasks.others_until_polls = 10_000
    world.request()
    delays: list[int] = []
    while True:
        started_ms = world.clock.time_ms
        assert world.run(deadline_s=2400).remaining
        assert world.clock.time_ms - started_ms <= 2_400_000
        left = wake_ups(world)
        if not left:
            break
        ((key, chain, delay_s),) = left
        assert (key, chain) == ("requests/continue/jr_1", len(delays) + 1)
        delays.append(delay_s)
    assert delays == [60, 120, 240, 480, 960, 1800, 1800, 1800]
    world.tasks.others_until_polls = 0
    world.control.put("requests/continue/person", b"")
    assert world.run().exported == 1
    assert wake_ups(world) == []


def test_a_run_waits_for_the_time_of_its_wake_up_and_goes_on_at_once_for_another_request(world: World) -> None:
    world.control.put("requests/continue/jr_0", continue_body(3, EpochMs(NOW + 300_000)))
    world.run()
    assert NOW + 300_000 <= world.clock.time_ms < NOW + 301_000

    class AskingClock(ManualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if not world.control.exists("handled/requested/late"):
                world.request(key="requests/requested/late")

    world.clock = AskingClock(NOW)
    world.control.put("requests/continue/jr_0", continue_body(3, EpochMs(NOW + 300_000)))
    assert world.run().exported == 1
    assert world.clock.time_ms < NOW + 60_000


def test_a_run_waits_no_longer_than_its_deadline(world: World) -> None:
    world.control.put("requests/continue/jr_0", continue_body(3, EpochMs(NOW + 300_000)))
    row = ledger_row(LogGroupName("/app/shop"), DAY, "app_shop", tries=1)
    world.ledger.add(row.fail(EpochMs(NOW), "it failed", EpochMs(NOW)))
    report = world.run(deadline_s=60)
    assert (len(report.waiting), world.clock.time_ms) == (1, NOW + 60_000)
    ((_, chain, _),) = wake_ups(world)
    assert chain == 4


def test_progress_ends_a_chain(world: World) -> None:
    world.request(Window(START_MS, EpochMs(START_MS + 2 * MS_PER_DAY)))
    world.control.put("requests/continue/jr_0", continue_body(5, EpochMs(NOW)))
    assert world.run(deadline_s=11).exported == 1
    assert wake_ups(world) == [("requests/continue/jr_1", 0, 0)]


def test_a_task_that_outlives_the_run_is_picked_up(world: World) -> None:
    world.tasks.polls = 1000
    world.request()
    assert world.run(deadline_s=60).remaining == 1
    assert world.row().state is WindowState.EXPORTING
    world.tasks.polls = 0
    world.tasks.tasks = {name: (task, 0, *rest) for name, (task, _, *rest) in world.tasks.tasks.items()}  # type: ignore[misc]
    assert world.run().exported == 1
    assert world.tasks.created == 1


def test_work_left_after_progress_wakes_the_workflow_again(world: World) -> None:
    world.request(Window(START_MS, EpochMs(START_MS + 2 * MS_PER_DAY)))
    report = world.run(deadline_s=13)
    assert (report.exported, len(report.waiting)) == (1, 1)
    assert [item.key for item in world.control.list("requests/")] == ["requests/continue/jr_1", "requests/requested/1"]


def test_a_task_whose_id_was_not_recorded_is_adopted_by_its_name(world: World) -> None:
    world.request()
    world.run(deadline_s=1)
    exporting = world.row()
    crashed = ledger_row(exporting.log_group, DAY, exporting.table, WindowState.EXPORTING, tries=1)
    world.ledger.stored[crashed.log_group, DAY] = crashed
    assert world.tasks.find(task_name(crashed), "raw", crashed.keys.export_prefix) is not None
    assert world.run().exported == 1
    assert world.tasks.created == 1


def test_a_failed_task_is_tried_again_and_says_why_in_the_end(world: World) -> None:
    world.tasks.fail_next = MAX_ATTEMPTS
    world.request()
    for attempt in range(1, MAX_ATTEMPTS):
        assert world.run().remaining == 1
        failure = world.row().failure
        assert failure
        assert (world.row().is_retried, failure.tries) == (True, attempt)
    report = world.run()
    assert report.outcome is Outcome.PARTIAL
    assert "internal error" in report.failed[0]
    assert world.row().state is WindowState.FAILED
    assert world.run().exported == 0


def test_a_group_that_was_deleted_fails_its_windows_alone(world: World) -> None:
    gone = LogGroupName("/app/gone")
    world.ledger.add(failed_once(gone))
    world.request()
    report = world.run()
    assert report.exported == 1
    assert "The specified log group does not exist." in report.failed[0]
    assert world.ledger.stored[gone, DAY].state is WindowState.FAILED


def test_a_group_deleted_after_its_export_keeps_what_was_exported(world: World) -> None:
    class Deleted(FakeExportTasks):
        def stream_names(self, log_group: LogGroupName) -> Iterator[str]:
            raise NotFoundError("The specified log group does not exist.", log_group)

    world.use(Deleted)
    world.request()
    assert world.run().exported == 1
    assert [raw.log_stream for raw in read_object_list(world.control, world.row())] == ["web-1", "web-2"]


def test_a_window_that_cloudwatch_refuses_fails_alone_and_a_request_opens_it_again(world: World) -> None:
    early = world.tasks.add_group("/app/early", {"s": [(START_MS, "x")]}, created_ms=NOW)
    world.ledger.add(failed_once(early))
    world.request(pattern="/app/shop")
    report = world.run()
    assert report.exported == 1
    assert "before the log group was created" in report.failed[0]
    world.tasks.add_group("/app/early", {"s": [(START_MS, "x")]})
    world.request(pattern="/app/early", key="requests/requested/2")
    assert world.run().exported == 1
    assert world.ledger.stored[early, DAY].state is WindowState.EXPORTED


def test_a_task_of_another_deployment_is_not_adopted(world: World) -> None:
    world.request()
    world.run(deadline_s=1)
    ((task_id, (task, _, group, window, prefix)),) = world.tasks.tasks.items()
    world.tasks.tasks[task_id] = (replace(task, bucket="another", status="COMPLETED"), 0, group, window, prefix)
    crashed = ledger_row(world.row().log_group, DAY, "app_shop", WindowState.EXPORTING, tries=1)
    world.ledger.stored[crashed.log_group, DAY] = crashed
    assert world.run().exported == 1
    assert world.tasks.created == 2


def test_a_request_that_comes_while_tasks_run_is_taken_in_the_same_run(world: World) -> None:
    next_day = Window(DAY.to_ms, EpochMs(DAY.to_ms + MS_PER_DAY // 2))

    class BusyClock(ManualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if not world.control.exists("handled/requested/late"):
                world.request(next_day, key="requests/requested/late")

    world.clock = BusyClock(NOW)
    world.request()
    report = world.run()
    assert report.exported == 2


def test_windows_that_the_index_does_not_report_yet_are_exported(world: World) -> None:
    class LaggingLedger(MemoryLedger):
        def in_states(self, *states: WindowState) -> list[LedgerRow]:
            return []

    world.ledger = LaggingLedger()
    world.request()
    assert world.run().exported == 1


def test_a_lost_answer_does_not_start_a_task_twice(world: World) -> None:
    class Lossy(FakeExportTasks):
        looks = 0

        def create(self, name: str, log_group: LogGroupName, window: Window, bucket: str, prefix: str) -> str:
            task_id = super().create(name, log_group, window, bucket, prefix)
            if self.created == 1:
                raise ServiceError("the connection broke")
            return task_id

        def describe(self, task_id: str) -> ExportTask:
            self.looks += 1
            if self.looks == 2:
                raise ThrottledError("slow down")
            return super().describe(task_id)

    world.use(Lossy)
    world.request()
    assert world.run().exported == 1
    assert world.tasks.created == 1


def test_a_row_that_another_run_changes_is_left_to_it(world: World) -> None:
    world.request()
    rows: list[LedgerRow] = []

    class StealingClock(ManualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if not rows:
                rows.append(world.row().advance(WindowState.EXPORTING, EpochMs(NOW), task_id="other"))
                world.ledger.replace(rows[0])

    world.clock = StealingClock(NOW)
    report = world.run()
    assert (report.exported, report.failed) == (0, [])
    assert world.row() == rows[0]


def test_nothing_of_a_paused_group_is_exported_until_it_is_resumed(world: World) -> None:
    world.request()
    assert world.run(deadline_s=0).waiting
    world.ledger.put(PAUSED, LogGroupName("/app/shop"), EpochMs(NOW))
    world.request(Window(START_MS, EpochMs(START_MS + 2 * MS_PER_DAY)), key="requests/requested/2")
    report = world.run()
    assert (report.exported, report.remaining, report.waiting) == (0, 0, {})
    assert report.skipped == ["/app/shop: it is paused: resume it and ask again"]
    assert (world.ledger.stored, world.tasks.created) == ({}, 0)
    world.ledger.put(PAUSED, LogGroupName("/app/shop"), EPOCH)
    world.request()
    assert world.run().exported == 1


def test_a_task_that_runs_when_its_group_is_paused_is_brought_to_its_end(world: World) -> None:
    world.tasks.polls = 1000
    world.request()
    world.run(deadline_s=60)
    assert world.row().state is WindowState.EXPORTING
    world.ledger.put(PAUSED, LogGroupName("/app/shop"), EpochMs(NOW))
    world.tasks.tasks = {name: (task, 0, *rest) for name, (task, _, *rest) in world.tasks.tasks.items()}  # type: ignore[misc]
    assert world.run().exported == 1


def test_a_pause_stops_a_run_that_is_under_way(world: World) -> None:
    class PausingClock(ManualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds + 60)  # so often it looks
            world.ledger.put(PAUSED, LogGroupName("/app/shop"), EpochMs(NOW))

    world.clock = PausingClock(NOW)
    world.request(Window(START_MS, EpochMs(START_MS + 2 * MS_PER_DAY - MS_PER_DAY // 2)))
    report = world.run()
    assert (report.exported, report.waiting, report.remaining) == (1, {}, 0)


def test_a_window_that_is_opened_again_while_the_run_goes_on_is_tried_again(world: World) -> None:
    early = world.tasks.add_group("/app/early", {"s": [(START_MS, "x")]}, created_ms=NOW)
    world.ledger.add(failed_once(early))
    world.request(pattern="/app/shop")

    class RepairingClock(ManualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            failed = world.ledger.stored[early, DAY]
            if failed.is_trouble:
                world.tasks.add_group("/app/early", {"s": [(START_MS, "x")]})
                world.ledger.replace(failed.retry(EpochMs(NOW)))
                world.control.put("requests/continue/person", b"")

    world.clock = RepairingClock(NOW)
    report = world.run()
    assert (len(report.failed), report.exported) == (1, 2)


def test_two_streams_that_look_alike_keep_the_exported_name(world: World) -> None:
    world.tasks.add_group("/app/twin", {"a/b": [(START_MS, "x")], "a-b": []})
    world.request(pattern="/app/twin")
    world.run()
    row = world.ledger.stored[LogGroupName("/app/twin"), DAY]
    assert [raw.log_stream for raw in read_object_list(world.control, row)] == ["a-b"]


def test_what_no_window_can_do_without_stops_the_run(world: World) -> None:
    world.request()

    class Denied(FakeExportTasks):
        def create(self, name: str, log_group: LogGroupName, window: Window, bucket: str, prefix: str) -> str:
            raise LoglakeError("grant logs:CreateExportTask")

    world.use(Denied)
    with pytest.raises(LoglakeError, match="grant"):
        world.run()
    assert world.row().state is WindowState.EXPORTING  # and is picked up by name in the next run
