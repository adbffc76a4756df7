"""Windows go by a task or are read, whichever is cheaper; neither way waits for the other."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, FakeExportTasks
from support.worlds.exports import DAY, NOW, ExportAccount, wake_ups

from loglake.config import ExportConfig
from loglake.core.accounting import Accounting
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ports.event_reader import EventPage
from loglake.core.requests.requests import request_body
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError, ExportRefusedError
from loglake.pipelines.export.job import ExportReport, run_export

pytestmark = pytest.mark.unit

SMALL, LARGE, SLOW = (LogGroupName(f"/app/{name}") for name in ("small", "large", "the-slow"))
TEXTS = [(START_MS + number * MS_PER_HOUR, f"event {number}") for number in range(24)]
DENIED = AccessDeniedError("not authorized to perform logs:FilterLogEvents", "logs:FilterLogEvents")


def datasets(ingest: str = "auto") -> Datasets:
    return load_datasets({"datasets": [{"log_groups": ["/app/*"], "ingest": ingest}]})


@dataclass
class World(ExportAccount):
    """A small log group, and a large one with 100 GB a day."""

    def __post_init__(self) -> None:
        self.tasks = FakeExportTasks(self.raw, polls=20, clock=self.clock)
        self.tasks.add_group(SMALL, {"web": list(TEXTS)}, stored_bytes=1000)
        self.tasks.add_group(LARGE, {"web": list(TEXTS)}, stored_bytes=200_000_000_000)
        self.reader = FakeEventReader(self.tasks, most=10)

    def request(self, group: str = "/app/*", window: Window = DAY, *, reexport: bool = False) -> None:
        name = f"requests/requested/{self.clock.time_ms}-{group.rpartition('/')[2]}"
        self.control.put(name, request_body([group], window, reexport=reexport))

    def run(self, ingest: str = "auto", deadline_s: float = 600) -> ExportReport:
        config = ExportConfig(
            "control", "raw", "ledger", "s3://control/x", f"jr_{self.clock.time_ms}", deadline_s, 5, 30
        )
        return run_export(self.ports(self.tasks, reader=self.reader), datasets(ingest), config)

    def rows(self, group: LogGroupName = SMALL) -> list[LedgerRow]:
        return sorted(self.ledger.rows(group), key=lambda row: row.window)

    def convert(self) -> None:
        """What convert-logs does: all EXPORTED windows are in the table."""
        for row in [row for row in self.ledger.all_rows() if row.state is WindowState.EXPORTED]:
            events = len([ms for ms, _ in self.tasks.events[row.log_group]["web"] if ms in row.window])
            claimed = row.advance(WindowState.CONVERTING, self.clock.now_ms(), owner="jr_c")
            self.ledger.replace(claimed)
            self.ledger.replace(claimed.succeed(self.clock.now_ms(), Accounting(events, events), ()))
            for inner in self.ledger.rows_inside(row.log_group, row.window):
                if inner.state is WindowState.CONVERTED:
                    self.ledger.replace(inner.supersede(self.clock.now_ms(), row.window))


def test_a_small_window_is_read_and_a_large_one_goes_by_task() -> None:
    world = World()
    world.request()
    report = world.run()
    assert [(row.state, row.trying.is_read) for row in world.rows(SMALL)] == [(WindowState.EXPORTED, True)]
    assert [(row.state, row.trying.is_read) for row in world.rows(LARGE)] == [(WindowState.EXPORTED, False)]
    assert (report.exported, world.tasks.created) == (2, 1)


@pytest.mark.parametrize(("ingest", "read"), [("export", [False, False]), ("read", [True, True])])
def test_the_datasets_file_may_say_the_way(ingest: str, read: list[bool]) -> None:
    world = World()
    world.request()
    world.run(ingest)
    assert [row.trying.is_read for group in (SMALL, LARGE) for row in world.rows(group)] == read
    assert world.tasks.created == read.count(False)


def test_reading_goes_on_while_a_task_runs() -> None:
    world = World()
    world.request()
    world.run()
    (read,), (exported,) = world.rows(SMALL), world.rows(LARGE)
    assert exported.updated_at_ms - NOW > 60_000
    assert read.updated_at_ms - NOW < 10_000


def test_reading_goes_on_while_somebody_else_has_the_slot() -> None:
    world = World()
    world.tasks.others_until_polls = 10**9
    world.request()
    world.run(deadline_s=120)
    assert [row.state for row in world.rows(SMALL)] == [WindowState.EXPORTED]
    assert WindowState.EXPORTED not in {row.state for row in world.rows(LARGE)}


def test_a_run_that_has_read_what_a_person_asked_for_ends_at_once() -> None:
    world = World()
    world.control.put("requests/scheduled/1", b"{}")
    world.request(SMALL)
    began_ms = world.clock.time_ms
    world.run()
    assert world.clock.time_ms - began_ms < 30_000
    assert world.rows(SMALL)[0].trying.is_read
    assert [key for key, *_ in wake_ups(world) if "continue" in key], "nothing wakes the run that does the rest"
    assert world.control.exists(f"handled/requested/{began_ms}-small")


def test_a_run_that_has_read_the_fresh_hours_leaves_passes_to_the_next_one() -> None:
    world = World()
    del world.tasks.groups[LARGE]

    def run(hours: float, *, scheduled: bool = True) -> list[Window]:
        world.clock.time_ms = START_MS + round(hours * MS_PER_HOUR)
        if scheduled:
            world.control.put(f"requests/scheduled/{hours}", b"{}")
        world.run("read")
        exported = [row.window for row in world.rows() if row.state is WindowState.EXPORTED]
        world.convert()
        return exported

    run(12.5)
    run(25.5)
    (fresh,) = run(48.5)
    assert fresh.from_ms > DAY.to_ms, "the pass of the first day is due, too"
    assert [key for key, *_ in wake_ups(world) if "continue" in key], "nothing wakes the run that does the pass"
    assert run(48.7, scheduled=False) == [DAY]


def reading_world() -> World:
    """A schedule asks for a small log group, and for a day of another one that takes half a minute to be read."""
    world = World()
    del world.tasks.groups[LARGE]
    world.tasks.add_group(SLOW, {"web": [(START_MS + n * 60_000, "event") for n in range(400)]}, stored_bytes=1000)
    world.reader = FakeEventReader(world.tasks, most=2)
    world.clock.time_ms = DAY.to_ms + MS_PER_HOUR
    world.control.put("requests/scheduled/1", b"{}")
    return world


def assert_whole(world: World) -> None:
    assert {row.state for row in world.rows(SLOW)} == {WindowState.EXPORTED}
    assert world.rows(SLOW)[-1].window.to_ms == DAY.to_ms
    assert list(world.control.list("requests/")) == []


def test_the_last_window_that_the_deadline_cuts_off_is_read_to_its_end_by_the_run_that_is_woken() -> None:
    world = reading_world()
    world.run(deadline_s=12)
    assert DAY.from_ms < world.rows(SLOW)[-1].window.to_ms < DAY.to_ms
    world.run()
    assert_whole(world)


def test_the_rest_of_the_last_window_goes_by_task_if_it_may_not_be_read_any_more() -> None:
    world = reading_world()
    page = world.reader.page

    def denied(log_group: LogGroupName, window: Window, token: str) -> EventPage:
        if world.clock.time_ms > DAY.to_ms + MS_PER_HOUR + 12_000:
            raise DENIED
        return page(log_group, window, token)

    world.reader.page = denied  # type: ignore[method-assign]
    world.run()
    world.run()
    assert_whole(world)
    assert world.tasks.created == 1


def test_a_request_that_comes_while_a_task_runs_is_read_at_once() -> None:
    world = World()
    world.request(LARGE)
    asked_ms = NOW + 20_000

    class Clock(type(world.clock)):  # type: ignore[misc]
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.time_ms >= asked_ms and not world.rows(SMALL):
                world.control.put("requests/requested/late", request_body([SMALL], DAY))

    world.clock = Clock(NOW)
    world.run()
    (row,) = world.rows(SMALL)
    assert row.trying.is_read
    assert row.updated_at_ms - asked_ms < 10_000


def test_a_deadline_cuts_a_read_and_the_next_run_goes_on() -> None:
    world = World()
    world.reader = FakeEventReader(world.tasks, most=1)
    world.request(SMALL)
    world.run("read", deadline_s=1)
    (cut,) = world.rows(SMALL)
    assert cut.window.from_ms == DAY.from_ms
    assert cut.window.to_ms < DAY.to_ms
    world.clock.sleep(100)
    world.run("read")
    assert [row.window.from_ms for row in world.rows(SMALL)] == [DAY.from_ms, cut.window.to_ms]
    assert sum(row.trying.events for row in world.rows(SMALL)) == len(TEXTS)


def test_without_permission_to_read_all_goes_by_task_and_is_noted() -> None:
    world = World()
    world.reader.errors = [DENIED] * 100
    world.request()
    report = world.run()
    assert [row.trying.is_read for group in (SMALL, LARGE) for row in world.rows(group)] == [False, False]
    assert len(world.reader.errors) == 99, "it asked again"
    assert report.notes == [f"{DENIED} Until then, windows are exported by tasks alone."]
    assert report.failed == []


def test_a_day_that_came_by_task_is_exported_again_by_task() -> None:
    world = World()
    world.request(SMALL)
    world.run("export")
    world.convert()
    world.clock.sleep(60)
    world.request(SMALL, reexport=True)
    world.run("auto")
    (row,) = world.rows(SMALL)
    assert (row.generation, row.trying.is_read) == (2, False)


def test_a_day_that_was_read_is_settled_by_one_read() -> None:
    world = World()
    world.clock.time_ms = DAY.from_ms + 10 * MS_PER_HOUR
    world.control.put("requests/scheduled/1", b"{}")
    world.run("read")
    world.convert()
    world.clock.time_ms = DAY.to_ms + MS_PER_DAY + MS_PER_HOUR
    world.tasks.events[SMALL]["web"].append((START_MS + 5, "late"))
    world.control.put("requests/scheduled/2", b"{}")
    world.run("read")
    world.run("read")  # the one before read the fresh hours alone
    (day,) = [row for row in world.rows(SMALL) if row.window.to_ms == DAY.to_ms]
    assert (day.state, day.trying.is_read, day.trying.events) == (WindowState.EXPORTED, True, len(TEXTS) + 1)


def test_a_window_that_is_read_ends_five_minutes_ago() -> None:
    world = World()
    world.clock.time_ms = DAY.from_ms + 10 * MS_PER_HOUR + 6 * 60_000
    world.control.put("requests/scheduled/1", b"{}")
    world.run()
    assert max(row.window.to_ms for row in world.rows(SMALL)) == DAY.from_ms + 10 * MS_PER_HOUR
    assert max(row.window.to_ms for row in world.rows(LARGE)) == DAY.from_ms + 9 * MS_PER_HOUR


def test_a_group_that_is_gone_fails_with_its_reason() -> None:
    world = World()
    world.request(SMALL)

    class Gone(FakeEventReader):
        def page(self, log_group: LogGroupName, window: Window, token: str) -> object:  # type: ignore[override]
            world.tasks.groups.pop(SMALL, None)
            return super().page(log_group, window, token)

    world.reader = Gone(world.tasks)
    report = world.run()
    assert [row.state for row in world.rows(SMALL)] == [WindowState.FAILED]
    assert "does not exist" in report.failed[0]


def test_a_log_group_that_is_refused_is_not_tried_again_in_the_run() -> None:
    world = World()
    world.reader.errors = [ExportRefusedError("access to the key is denied")] * 9
    world.request(SMALL, Window(DAY.from_ms, EpochMs(DAY.to_ms + 3 * MS_PER_DAY)))
    report = world.run()
    assert report.failed == [f"{SMALL} {DAY}: access to the key is denied"]
    assert (len(world.reader.errors), world.tasks.created) == (8, 0)
