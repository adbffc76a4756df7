"""The read lane takes windows to EXPORTED, and keeps what is complete of those that it can't read to their end."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import dataclass

import pytest
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, FakeExportTasks
from support.worlds.exports import ExportAccount
from support.worlds.reading import Offers, Reading

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import LedgerRow, Queue, WindowState
from loglake.core.planning.candidate import Candidate
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError, ExportRefusedError, NotFoundError, ServiceError, ThrottledError
from loglake.pipelines.export import payload_writer
from loglake.pipelines.object_lists import read_object_list

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")
HOUR = Window(START_MS, EpochMs(START_MS + 3_600_000))
FRESH = Candidate(SHOP, HOUR, Queue.FRESH, "app_shop")
EVENTS = [(START_MS + number, f"event {number}") for number in range(10)]
GONE = NotFoundError("The specified log group does not exist.", SHOP)


@dataclass
class World(ExportAccount):
    """One log group whose events come two a page."""

    def __post_init__(self) -> None:
        self.tasks = FakeExportTasks(self.raw)
        self.tasks.add_group(SHOP, {"web": list(EVENTS)})
        self.reader = FakeEventReader(self.tasks, most=2)

    def begin(self, candidate: Candidate = FRESH) -> Reading:
        """A read of a window; its first page is read."""
        return Reading(self.ports(self.tasks, reader=self.reader), candidate)

    def messages(self, row: LedgerRow) -> list[str]:
        lines = [
            line
            for raw in read_object_list(self.control, row)
            for line in gzip.decompress(self.raw.get(raw.key)).splitlines()
        ]
        return [event["message"] for line in lines for event in json.loads(line)["logEvents"]]

    def convert(self, row: LedgerRow) -> LedgerRow:
        """What convert-logs does to a row."""
        claimed = row.advance(WindowState.CONVERTING, self.clock.now_ms(), owner="jr_2")
        self.ledger.replace(claimed)
        done = claimed.succeed(self.clock.now_ms(), Accounting(row.trying.events, row.trying.events), ())
        self.ledger.replace(done)
        return done


def test_a_window_is_read_to_its_end_and_recorded() -> None:
    world = World()
    (row,) = world.begin().go_on()
    assert world.ledger.rows(SHOP) == [row]
    assert (row.state, row.window, row.table, row.queue) == (WindowState.EXPORTED, HOUR, "app_shop", Queue.FRESH)
    assert world.messages(row) == [text for _, text in EVENTS]
    source = row.trying
    assert (source.is_read, source.pages, source.events, source.objects) == (True, 5, 10, 1)
    assert source.task_id.startswith("jr_1-")
    assert [item.key for item in world.raw.list("exports/")] == [f"{row.keys.export_prefix}/{source.task_id}/000000.gz"]


def test_a_window_without_events_is_exported_without_objects() -> None:
    world = World()
    world.tasks.events[SHOP] = {}
    (row,) = world.begin().go_on()
    assert (row.state, row.trying.objects, row.trying.is_read) == (WindowState.EXPORTED, 0, True)
    assert list(world.raw.list("")) == []


def test_a_read_that_ends_early_is_a_narrower_window() -> None:
    world = World()
    reading = world.begin()
    assert reading.go_on(pages=2) == []
    (row,) = reading.stop()
    assert [again for _, again in reading.offers.back] == [True]
    assert reading.offers.written == [row]
    assert row.window == Window(HOUR.from_ms, EpochMs(START_MS + 5))
    assert world.messages(row) == [text for _, text in EVENTS[:5]]
    (rest,) = world.begin(Candidate(SHOP, Window(row.window.to_ms, HOUR.to_ms), Queue.FRESH, "app_shop")).go_on()
    assert world.messages(rest) == [text for _, text in EVENTS[5:]]


def test_nothing_is_kept_if_nothing_is_complete() -> None:
    world = World()
    world.tasks.events[SHOP] = {"web": [(START_MS, "one"), (START_MS, "two"), (START_MS, "three")]}
    reading = world.begin()
    assert reading.stop() == []
    assert (world.ledger.rows(SHOP), list(world.raw.list(""))) == ([], [])
    assert reading.offers.back == [(FRESH, False)]


@pytest.mark.parametrize("queue", [Queue.SETTLED, Queue.FINAL])
def test_a_window_that_replaces_rows_is_read_whole_or_not_at_all(queue: Queue) -> None:
    world = World()
    reading = world.begin(Candidate(SHOP, HOUR, queue, "app_shop"))
    reading.go_on(pages=2)
    assert reading.stop() == []
    assert world.ledger.rows(SHOP) == []


def test_a_full_object_ends_a_window_or_only_the_object_if_it_replaces_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload_writer, "OBJECT_BYTES", 64 * 1024)
    world = World()
    world.reader = FakeEventReader(world.tasks, most=500)
    world.tasks.events[SHOP] = {"web": [(START_MS + n, os.urandom(100).hex()) for n in range(2000)]}
    (narrow,) = world.begin().go_on()
    assert narrow.window.from_ms == HOUR.from_ms
    assert narrow.window.to_ms < START_MS + 2000
    assert narrow.trying.objects == 1
    (whole,) = world.begin(Candidate(SHOP, HOUR, Queue.SETTLED, "app_shop")).go_on()
    assert whole.window == HOUR
    assert whole.trying.objects > 1
    assert len(set(world.messages(whole))) == len(world.messages(whole)) == 2000


def test_a_pass_that_finds_the_same_events_only_marks_the_row() -> None:
    world = World()
    done = world.convert(world.begin().go_on()[0])
    world.clock.sleep(86_400)
    before = sorted(item.key for item in world.raw.list(""))
    (marked,) = world.begin(Candidate(SHOP, HOUR, Queue.FINAL, "app_shop", again=done)).go_on()
    assert (marked.state, marked.version) == (WindowState.CONVERTED, done.version + 1)
    assert marked.live
    assert marked.live.exported_at_ms > done.newest.exported_at_ms + 86_000_000
    assert sorted(item.key for item in world.raw.list("")) == before


@pytest.mark.parametrize("change", ["one more", "one fewer", "another id"])
def test_a_pass_that_finds_other_events_is_exported(change: str) -> None:
    world = World()
    done = world.convert(world.begin().go_on()[0])
    world.tasks.events[SHOP] = {
        "one more": {"web": [*EVENTS, (START_MS + 3, "late")]},
        "one fewer": {"web": EVENTS[:-1]},
        "another id": {"web": EVENTS[:-1], "db": EVENTS[-1:]},
    }[change]
    (row,) = world.begin(Candidate(SHOP, HOUR, Queue.FINAL, "app_shop", again=done)).go_on()
    assert (row.state, row.generation, row.current) == (WindowState.EXPORTED, 2, done.current)


def test_a_group_that_goes_leaves_what_was_read_and_a_failure() -> None:
    world = World()
    reading = world.begin()
    reading.go_on(pages=1)
    world.reader.errors.append(GONE)
    kept, failed = reading.go_on()
    assert (kept.state, kept.window.to_ms) == (WindowState.EXPORTED, START_MS + 3)
    assert (failed.state, failed.window) == (WindowState.FAILED, Window(EpochMs(START_MS + 3), HOUR.to_ms))
    assert failed.reason == "The specified log group does not exist."


def test_a_refused_group_fails_at_once() -> None:
    world = World()
    world.reader.errors.append(ExportRefusedError("FilterLogEvents is not supported for this log class."))
    (failed,) = world.begin().go_on()
    assert (failed.state, failed.window, failed.version) == (WindowState.FAILED, HOUR, 1)


def test_throttling_slows_it_down_and_is_no_failure() -> None:
    world = World()
    world.reader.errors += [ThrottledError("Rate exceeded")] * 20
    began_ms = world.clock.time_ms
    (row,) = world.begin().go_on()
    assert row.state is WindowState.EXPORTED
    assert world.clock.time_ms - began_ms > 50_000


def test_a_service_that_does_not_answer_ends_the_read_with_what_it_has() -> None:
    world = World()
    reading = world.begin()
    reading.go_on(pages=2)
    world.reader.errors += [ServiceError("time-out")] * 6
    (row,) = reading.go_on()
    assert row.window.to_ms == START_MS + 5


def test_without_permission_nothing_can_be_read() -> None:
    world = World()
    world.reader.errors.append(AccessDeniedError("not authorized to perform logs:FilterLogEvents"))
    reading = world.begin()
    assert reading.lane.is_idle
    assert reading.lane.refused == "not authorized to perform logs:FilterLogEvents"
    assert reading.lane.step(world.clock.now_ms(), Offers(FRESH)) is None
    assert world.ledger.rows(SHOP) == []


def test_the_faster_of_two_runs_keeps_its_window() -> None:
    world = World()
    slow = world.begin()
    slow.go_on(pages=1)
    (row,) = world.begin().go_on()
    assert slow.go_on() == []
    assert world.ledger.rows(SHOP) == [row]
    assert world.messages(row) == [text for _, text in EVENTS]
