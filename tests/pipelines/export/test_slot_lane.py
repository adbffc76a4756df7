"""A window from nothing to EXPORTED: a run may end at each point, and CloudWatch may give any response."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, FakeExportTasks, ManualClock
from support.worlds.exports import DATASETS, ExportAccount
from support.worlds.ledger_rows import changed, ledger_row

from loglake.core.cloud_types import ExportTask
from loglake.core.ledger.row import MAX_ATTEMPTS, LedgerRow, WindowState
from loglake.core.planning.derive import PlanRules
from loglake.core.planning.next_windows import Known, NextWindows
from loglake.core.requests.requests import Request, RequestKind
from loglake.core.schema.bundle import RawObject, objects_digest
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError, DamagedListError, ExportRefusedError, NotFoundError, ServiceError
from loglake.pipelines.export.log_groups import LogGroups
from loglake.pipelines.export.read_budget import ReadBudget
from loglake.pipelines.export.slot_lane import SlotLane, task_name
from loglake.pipelines.object_lists import read_object_list

if TYPE_CHECKING:
    from support.fakes.stores import MemoryStore

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")
HOUR = Window(START_MS, EpochMs(START_MS + MS_PER_HOUR))
NOW = START_MS + 2 * MS_PER_HOUR
POLL_S = 5
REQUEST = Request("requests/requested/1", RequestKind.REQUESTED, (SHOP,), HOUR)


class FailingExportTasks(FakeExportTasks):
    """A CloudWatch with prepared errors, one for each call; None lets a call through."""

    def __init__(self, raw: MemoryStore) -> None:
        super().__init__(raw)
        self.trouble: dict[str, list[Exception | None]] = {}
        self.lost_answers = 0

    def create(self, name: str, log_group: LogGroupName, window: Window, bucket: str, prefix: str) -> str:
        self._meet("create")
        task_id = super().create(name, log_group, window, bucket, prefix)
        if self.lost_answers:
            self.lost_answers -= 1
            raise ServiceError("the connection broke")
        return task_id

    def describe(self, task_id: str) -> ExportTask:
        self._meet("describe")
        return super().describe(task_id)

    def find(self, name: str, bucket: str, prefix: str, since_ms: int = 0) -> ExportTask | None:
        self._meet("find")
        return super().find(name, bucket, prefix, since_ms)

    def active(self) -> ExportTask | None:
        self._meet("active")
        return super().active()

    def _meet(self, call: str) -> None:
        waiting = self.trouble.get(call, [])
        error = waiting.pop(0) if waiting else None
        if error is not None:
            raise error


@dataclass
class World(ExportAccount):
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))

    def __post_init__(self) -> None:
        self.tasks = FailingExportTasks(self.raw)
        self.tasks.add_group(SHOP, {"web/1": [(START_MS + 1, "one")]})
        self.reader = FakeEventReader(self.tasks)

    def run(self, deadline_s: float = 600, jitter: Callable[[], float] = lambda: 1.0) -> LedgerRow:
        """Exports the window, or goes on with it; returns its row as it stands then."""
        deadline_ms = self.clock.time_ms + int(deadline_s * 1000)
        ended: list[LedgerRow] = []
        begun = self.ledger.in_states(WindowState.EXPORTING)
        lane = SlotLane(
            self.ports(self.tasks, jitter, self.reader),
            LogGroups(self.tasks, self.clock),
            ReadBudget(self.clock, 25),
            begun,
            poll_s=POLL_S,
            deadline_ms=deadline_ms,
            begin=lambda candidate: None,
            end=ended.append,
        )
        retried = [row for row in self.ledger.in_states(WindowState.FAILED) if row.is_retried]
        known = Known(self.ledger.rows_between, retried=retried)
        groups = self.tasks.groups.values()
        windows = NextWindows(groups, DATASETS, [REQUEST], known, PlanRules(), now_ms=self.clock.now_ms())
        while not ended and (self.clock.time_ms < deadline_ms or not lane.is_idle):
            due_ms = lane.step(self.clock.now_ms(), windows)
            if due_ms is None:
                break
            if due_ms > self.clock.time_ms:
                self.clock.sleep((due_ms - self.clock.time_ms) / 1000)
        return self.row

    @property
    def row(self) -> LedgerRow:
        return self.ledger.stored[SHOP, HOUR]

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.said.getvalue().splitlines()]
        return [line for line in lines if line["event"] == name]

    def crashed(self, **fields: Any) -> None:
        """The row that a run left when it died while the window was EXPORTING."""
        fields = {"tries": 1, "exported_at_ms": EpochMs(NOW), **fields}
        self.ledger.stored[SHOP, HOUR] = ledger_row(SHOP, HOUR, "app_shop", WindowState.EXPORTING, **fields)

    def started(self, **fields: Any) -> str:
        """A task as the crashed run started it."""
        task_id = self.tasks.create(task_name(self.row), SHOP, HOUR, "raw", self.row.keys.export_prefix)
        task, *rest = self.tasks.tasks[task_id]
        self.tasks.tasks[task_id] = (replace(task, **fields), *rest)  # type: ignore[assignment]
        return task_id


def tries_of(row: LedgerRow) -> int:
    assert row.failure
    return row.failure.tries


def retry_at(row: LedgerRow) -> EpochMs:
    assert row.failure
    return row.failure.retry_at_ms


def is_retried_empty(row: LedgerRow) -> bool:
    return row.is_retried and row.failure is not None and row.failure.empty_retry


@pytest.fixture
def world() -> World:
    return World()


def test_a_window_is_exported_and_its_row_says_what_is_there(world: World) -> None:
    row = world.run()
    assert row == world.row
    assert (row.state, row.newest.objects, row.newest.exported_at_ms, row.reason) == (WindowState.EXPORTED, 1, NOW, "")
    assert row.newest.digest == objects_digest(read_object_list(world.control, row))


# The points at which a run may die, and what the next run does.


def test_a_crash_before_the_task_was_started_starts_it(world: World) -> None:
    world.crashed()
    assert world.run().state is WindowState.EXPORTED
    assert world.tasks.created == 1


def test_a_crash_before_the_id_was_noted_finds_the_task_by_its_name(world: World) -> None:
    world.crashed()
    task_id = world.started(created_ms=NOW + 500)
    row = world.run()
    assert (row.state, row.newest.task_id, row.newest.exported_at_ms) == (WindowState.EXPORTED, task_id, NOW + 500)
    assert world.tasks.created == 1


def test_a_crash_while_the_task_ran_picks_it_up_by_its_id(world: World) -> None:
    world.crashed()
    world.crashed(task_id=world.started())
    assert world.run().state is WindowState.EXPORTED
    assert world.tasks.created == 1


def test_a_crash_after_the_list_was_written_writes_it_again(world: World) -> None:
    world.crashed()
    world.crashed(task_id=world.started())
    before = world.row
    done = world.run()
    listed = world.control.get(done.keys.object_list)
    world.ledger.stored[SHOP, HOUR] = before
    assert world.run().newest.digest == done.newest.digest
    assert world.control.get(done.keys.object_list) == listed


def test_a_task_that_cloudwatch_forgot_is_started_again(world: World) -> None:
    world.crashed(task_id="forgotten-long-ago")
    assert world.run().state is WindowState.EXPORTED
    assert world.tasks.created == 1


def test_a_forgotten_task_that_was_started_again_by_a_run_that_died_too_is_adopted(world: World) -> None:
    world.crashed(task_id="forgotten-long-ago")
    task_id = world.started()
    assert world.run().newest.task_id == task_id
    assert world.tasks.created == 1


def test_a_task_that_is_forgotten_while_it_is_waited_for_is_an_attempt_that_failed(world: World) -> None:
    world.tasks.trouble["describe"] = [None, NotFoundError("The specified export task does not exist.")]
    row = world.run()
    assert (row.state, row.is_retried, tries_of(row)) == (WindowState.FAILED, True, 1)
    assert "does not know export task task-0001 any more" in row.reason


def test_a_found_task_that_failed_is_an_attempt_that_failed(world: World) -> None:
    world.crashed()
    world.started(status="FAILED", message="internal error")
    row = world.run()
    assert (row.state, row.is_retried, tries_of(row)) == (WindowState.FAILED, True, 1)
    assert row.reason == "export task task-0001 is FAILED: internal error"
    assert world.run().state is WindowState.EXPORTED
    assert world.tasks.created == 2


def test_tasks_older_than_the_intent_are_not_looked_at(world: World) -> None:
    """A generation that was opened again by hand may repeat a name. Its objects don't belong to this one."""
    world.crashed()
    old = world.started(status="COMPLETED", created_ms=NOW - 2 * MS_PER_HOUR)
    row = world.run()
    assert (row.state, world.tasks.created) == (WindowState.EXPORTED, 2)
    assert row.newest.task_id != old


# What goes wrong while it runs.


def test_a_lost_answer_starts_nothing_twice(world: World) -> None:
    world.tasks.lost_answers = 1
    assert world.run().state is WindowState.EXPORTED
    assert world.tasks.created == 1


def test_a_lost_answer_and_a_check_that_fails_start_nothing_twice(world: World) -> None:
    world.tasks.lost_answers = 1
    world.tasks.trouble["find"] = [ServiceError("down"), ServiceError("down")]
    assert world.run().state is WindowState.EXPORTED
    assert world.tasks.created == 1


def test_a_service_that_stays_down_costs_no_attempt_and_the_next_run_looks_for_the_task(world: World) -> None:
    world.tasks.lost_answers = 1
    world.tasks.trouble["find"] = [ServiceError("CloudWatch Logs is down")] * 20
    row = world.run()
    assert (row.state, row.reason) == (WindowState.EXPORTING, "CloudWatch Logs is down")
    world.tasks.trouble.clear()
    assert (world.run().state, world.row.trying.tries, world.tasks.created) == (WindowState.EXPORTED, 1, 1)


def test_a_slot_that_may_be_ours_leaves_the_window_to_be_looked_for(world: World) -> None:
    """The response was lost and the listing lacks the task so far. It must not count as never started."""
    world.tasks.trouble["create"] = [ServiceError("the connection broke")]
    world.tasks.others_until_polls = 1000
    world.run(deadline_s=60)
    assert world.row.state is WindowState.EXPORTING


def test_a_run_that_can_not_pick_up_a_task_leaves_it(world: World) -> None:
    world.crashed()
    world.started()
    world.tasks.trouble["find"] = [ServiceError("down")] * 20
    assert (world.run().state, world.row.state) == (WindowState.EXPORTING, WindowState.EXPORTING)
    world.tasks.trouble.clear()
    assert world.run().state is WindowState.EXPORTED


def test_questions_that_fail_are_asked_again(world: World) -> None:
    world.tasks.trouble["describe"] = [ServiceError("down")] * 3
    assert world.run().state is WindowState.EXPORTED


@pytest.mark.parametrize("call", ["create", "describe", "find"])
def test_credentials_that_run_out_lose_nothing(world: World, call: str) -> None:
    expired = AccessDeniedError("The security token included in the request is expired")
    world.tasks.trouble[call] = [expired]
    world.tasks.lost_answers = 1 if call == "find" else 0
    with pytest.raises(AccessDeniedError, match="expired"):
        world.run()
    assert world.row.state is WindowState.EXPORTING
    assert world.run().state is WindowState.EXPORTED
    assert (world.row.trying.tries, world.tasks.created) == (1, 1)


def test_what_cloudwatch_refuses_fails_the_window(world: World) -> None:
    world.tasks.trouble["create"] = [ExportRefusedError("Time range is invalid.")]
    row = world.run()
    assert (row.state, row.reason) == (WindowState.FAILED, "Time range is invalid.")


@pytest.mark.parametrize(("status", "advice"), [("FAILED", "run `loglake rerun`"), ("CANCELLED", "`loglake pause`")])
def test_five_attempts_fail_the_window_with_what_to_do(world: World, status: str, advice: str) -> None:
    world.crashed(tries=MAX_ATTEMPTS)
    world.started(status=status)
    row = world.run()
    assert row.state is WindowState.FAILED
    assert row.reason.startswith(
        f"export task task-0001 is {status}: CloudWatch Logs gives no reason (tried 5 times). "
    )
    assert advice in row.reason


# Waiting.


def test_whose_task_is_waited_for_is_reported_but_not_at_every_check(world: World) -> None:
    world.tasks.others_until_polls = 20
    world.tasks.others = ExportTask("t-9", "nightly", "RUNNING", "", "theirs", "x", "/their/group", NOW - 60_000)
    assert world.run(deadline_s=3600).state is WindowState.EXPORTED
    reported = world.events("waiting for an export task")
    assert {key: reported[0][key] for key in ("task_name", "log_group", "since", "ours")} == {
        "task_name": "nightly",
        "log_group": "/their/group",
        "since": "2026-11-21T01:59:00.000Z",
        "ours": False,
    }
    waited_s = (world.clock.time_ms - NOW) / 1000
    assert 2 <= len(reported) <= waited_s / 300 + 1


@pytest.mark.parametrize(("trouble", "who"), [([], ": task t-9 of /other has it"), ([ServiceError("down")], "")])
def test_a_slot_that_stays_busy_says_who_has_it(world: World, trouble: list[Exception | None], who: str) -> None:
    world.tasks.others_until_polls = 1000
    world.tasks.others = ExportTask("t-9", "", "RUNNING", "", "raw", "exports/x", "/other")
    world.tasks.trouble["active"] = trouble
    row = world.run(deadline_s=700)
    assert (row.state, row.trying.tries, row.reason) == (WindowState.EXPORTING, 1, f"the export slot is busy{who}")
    assert world.events("waiting for an export task")[0]["ours"] is True
    assert (world.clock.time_ms - NOW) == 700_000  # up to the deadline, and no longer
    world.tasks.others_until_polls = 0
    assert (world.run().state, world.row.reason, world.tasks.created) == (WindowState.EXPORTED, "", 1)


def test_a_task_of_ours_that_takes_long_is_reported_too(world: World) -> None:
    world.tasks.polls = 60
    assert world.run(deadline_s=7200).state is WindowState.EXPORTED
    reported = world.events("waiting for an export task")
    assert (reported[0]["log_group"], reported[0]["ours"]) == (SHOP, True)
    assert 2 <= len(reported) <= (world.clock.time_ms - NOW) / 300_000


def test_pauses_grow_and_are_cut_by_chance(world: World) -> None:
    pauses: list[float] = []

    class Watched(ManualClock):
        def sleep(self, seconds: float) -> None:
            pauses.append(seconds)
            super().sleep(seconds)

    world.clock = Watched(NOW)
    world.tasks.polls = 30
    assert world.run(deadline_s=7200, jitter=lambda: 0.0).state is WindowState.EXPORTED
    assert (pauses[0], pauses[-1]) == (POLL_S / 2, 30.0)
    assert pauses == sorted(pauses)


# An empty export. If events may be read, a read confirms it at once.


@pytest.fixture
def empty(world: World) -> World:
    """Events may not be read."""
    world.tasks.events[SHOP] = {"web/1": []}
    world.reader.errors = [AccessDeniedError("logs:FilterLogEvents")] * 10
    return world


def test_an_empty_export_counts_at_once_if_a_read_finds_nothing(empty: World) -> None:
    empty.reader.errors = []
    empty.tasks.incoming[SHOP] = {START_MS: 3}
    row = empty.run()
    assert (row.state, row.newest.objects, row.trying.empty_retry) == (WindowState.EXPORTED, 0, False)
    assert empty.events("nothing was exported")[0]["doubted"] == ""


def test_an_empty_export_never_counts_while_a_read_finds_events(empty: World) -> None:
    empty.reader.errors = []
    empty.tasks.incoming[SHOP] = {START_MS: 3}
    empty.tasks.late = [(10**15, SHOP, "web/1", (START_MS + 1, "late"))]
    for _ in range(3):
        row = empty.run()
        assert is_retried_empty(row)
        assert "the export is empty although a read finds events" in row.reason
        empty.clock.time_ms = retry_at(row)
    empty.tasks.late = [(0, SHOP, "web/1", (START_MS + 1, "late"))]
    empty.tasks.events[SHOP] = {"web/1": [(START_MS + 1, "late")]}
    assert (empty.run().state, empty.row.newest.objects) == (WindowState.EXPORTED, 1)


def test_an_export_that_stays_empty_fails_if_a_read_finds_events(empty: World) -> None:
    empty.reader.errors = []
    empty.tasks.incoming[SHOP] = {START_MS: 3}
    empty.tasks.late = [(10**15, SHOP, "web/1", (START_MS + 1, "late"))]
    for _ in range(MAX_ATTEMPTS - 1):
        empty.clock.time_ms = retry_at(empty.run())
    row = empty.run()
    assert (row.is_trouble, row.is_retried) == (True, False)
    assert "a read finds events (tried 5 times)" in row.reason


@pytest.mark.parametrize("incoming", [{}, {START_MS: 0}, {START_MS - 1: 7, HOUR.to_ms: 7}])
def test_an_empty_export_counts_if_nothing_came_in(empty: World, incoming: dict[int, int]) -> None:
    empty.tasks.incoming[SHOP] = incoming
    row = empty.run()
    assert (row.state, row.newest.objects, row.trying.empty_retry) == (WindowState.EXPORTED, 0, False)
    assert read_object_list(empty.control, row) == []
    assert empty.events("nothing was exported")[0]["doubted"] == ""


@pytest.mark.parametrize("taken_in_ms", [START_MS, START_MS + 5, HOUR.to_ms - 1])
def test_an_empty_export_is_retried_if_events_came_in_and_counts_the_second_time(
    empty: World, taken_in_ms: int
) -> None:
    empty.tasks.incoming[SHOP] = {taken_in_ms: 3}
    row = empty.run()
    assert (is_retried_empty(row), tries_of(row)) == (True, 1)
    assert retry_at(row) == HOUR.to_ms + 12 * MS_PER_HOUR
    assert "retried after 2026-11-21T13:00:00.000Z" in row.reason
    assert empty.events("nothing was exported")[0]["doubted"] == "CloudWatch counted incoming events"
    empty.clock.time_ms = retry_at(row)
    row = empty.run()
    assert (row.state, row.newest.objects, row.trying.empty_retry) == (WindowState.EXPORTED, 0, True)
    assert len(empty.tasks.asked_incoming) == 1


def test_events_that_are_there_the_second_time_are_taken(empty: World) -> None:
    empty.tasks.incoming[SHOP] = {START_MS: 1}
    empty.clock.time_ms = retry_at(empty.run())
    empty.tasks.events[SHOP] = {"web/1": [(START_MS + 1, "late")]}
    assert (empty.run().state, empty.row.newest.objects) == (WindowState.EXPORTED, 1)


def test_an_old_window_is_done_once_more_an_hour_later(empty: World) -> None:
    empty.clock.time_ms = NOW + 3 * MS_PER_DAY
    empty.tasks.incoming[SHOP] = {START_MS: 1}
    row = empty.run(deadline_s=16.25)
    assert retry_at(row) == empty.clock.time_ms + MS_PER_HOUR
    assert empty.tasks.asked_incoming == [(SHOP, START_MS, HOUR.to_ms)]


def test_the_metric_is_not_asked_where_there_are_objects(world: World) -> None:
    world.run()
    assert world.tasks.asked_incoming == []


# The list and the ledger must say the same.


def test_a_changed_list_is_refused(world: World) -> None:
    row = world.run()
    listing = json.loads(world.control.get(row.keys.object_list))
    listing["objects"][0]["size_bytes"] += 1
    world.control.put(row.keys.object_list, json.dumps(listing).encode())
    key = re.escape(row.keys.object_list)
    with pytest.raises(DamagedListError, match=rf"^{key} lists 1 object of .* and the ledger has noted 1 object"):
        read_object_list(world.control, row)


def test_a_list_of_other_objects_of_the_same_size_is_refused(world: World) -> None:
    row = world.run()
    body = world.control.get(row.keys.object_list).replace(b"000000.gz", b"000001.gz")
    world.control.put(row.keys.object_list, body)
    with pytest.raises(DamagedListError, match="which are others"):
        read_object_list(world.control, row)


@pytest.mark.parametrize("body", [b"{", b"{}", b"[]", b'{"objects": [3]}'])
def test_a_list_that_is_none_is_said(world: World, body: bytes) -> None:
    row = world.run()
    world.control.put(row.keys.object_list, body)
    with pytest.raises(DamagedListError, match=r"nothing that can be read.*loglake rerun"):
        read_object_list(world.control, row)


def test_a_list_without_a_digest_in_the_ledger_is_read_as_it_is(world: World) -> None:
    """Older rows have no digest."""
    row = changed(world.run(), digest="")
    listed = [RawObject("exports/x", 1, "s")]
    world.control.put(row.keys.object_list, json.dumps({"objects": [raw.to_json() for raw in listed]}).encode())
    assert read_object_list(world.control, row) == listed
