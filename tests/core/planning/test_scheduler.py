"""Which window gets the export slot next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.worlds.ledger_rows import changed, ledger_row

from loglake.core.ledger.row import LedgerRow, Queue, WindowState
from loglake.core.planning.scheduler import AGING_MS, Scheduler, waits_since
from loglake.core.units import MS_PER_HOUR, MS_PER_MINUTE, EpochMs, LogGroupName
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

NOW = EpochMs(1000 * MS_PER_HOUR)


def row(group: str, hour: int, queue: Queue = Queue.FRESH, since_h: float = 0, length: int = 1) -> LedgerRow:
    """A window that begins so many hours ago and waits since `since_h` hours ago."""
    start = NOW - hour * MS_PER_HOUR
    window = Window(EpochMs(start), EpochMs(start + length * MS_PER_HOUR))
    since = EpochMs(NOW - int(since_h * MS_PER_HOUR))
    return ledger_row(LogGroupName(group), window, "t", queue=queue, updated_at_ms=since)


def order(rows: list[LedgerRow], served: dict[LogGroupName, EpochMs] | None = None) -> list[LedgerRow]:
    """The rows in the scheduler's order, one export per minute."""
    scheduler, now_ms, taken = Scheduler(rows, served or {}), NOW, []
    while (each := scheduler.next(now_ms)) is not None:
        taken.append(each)
        now_ms = EpochMs(now_ms + MS_PER_MINUTE)
    assert (len(taken), len(scheduler)) == (len(rows), 0)
    return taken


def test_what_a_run_before_left_behind_goes_first() -> None:
    started = changed(row("/b", 1), state=WindowState.EXPORTING)
    assert order([row("/a", 9), started]) == [started, row("/a", 9)]


def test_log_groups_alternate_from_their_oldest_window_on() -> None:
    rows = [row(group, hour) for group in ("/a", "/b") for hour in (5, 4, 3)]
    assert [(each.log_group, each.window.from_ms) for each in order(rows)] == [
        (group, NOW - hour * MS_PER_HOUR) for hour in (5, 4, 3) for group in ("/a", "/b")
    ]


def test_a_group_that_was_served_in_another_run_waits_for_the_others() -> None:
    rows = [*(row("/huge", hour) for hour in (50, 40, 30)), row("/small", 2)]
    assert order(rows)[0].log_group == "/huge"
    assert order(rows, {LogGroupName("/huge"): NOW})[0].log_group == "/small"


def test_a_window_whose_attempt_failed_goes_to_the_end_of_the_queue() -> None:
    failed = changed(row("/a", 9, since_h=0), tries=1)
    assert order([failed, row("/a", 5), row("/a", 4)])[-1] == failed


def test_under_a_light_load_fresh_goes_before_settled_and_that_before_final() -> None:
    queues = [Queue.FINAL, Queue.SETTLED, Queue.CATCH_UP, Queue.FRESH]
    rows = [row(f"/{queue.value}", 3, queue, since_h=2) for queue in queues]
    assert [each.queue for each in order(rows)] == queues[::-1]


def test_queues_with_a_long_aging_time_are_served_after_a_long_wait() -> None:
    fresh = [row(f"/fresh/{n}", 3) for n in range(5)]
    last = row("/last", 500, Queue.FINAL, since_h=17)  # twice its aging time and more: as long as a fresh one of 2 h
    assert order([*fresh, last])[0] == last


def test_being_served_in_one_queue_does_not_count_in_another() -> None:
    # The slot can't keep up: each group had a fresh window a while ago, and has the next one already.
    groups = [f"/{n}" for n in range(3)]
    fresh = [row(group, 11) for group in groups]
    settled = [row(group, 90, Queue.SETTLED, since_h=50, length=24) for group in groups]
    served = {LogGroupName(group): EpochMs(NOW - 9 * MS_PER_HOUR) for group in groups}
    assert {each.queue for each in order([*fresh, *settled], served)[:3]} == {Queue.SETTLED}


def test_the_most_overdue_pass_goes_first_whoever_was_served_in_another_queue() -> None:
    late, later = (row(group, hour, Queue.FINAL, length=24) for group, hour in (("/a", 500), ("/b", 524)))
    assert order([late, later], {LogGroupName("/b"): NOW}) == [later, late]


def test_log_groups_alternate_in_passes_that_are_very_late() -> None:
    rows = [row(group, hour, Queue.FINAL, length=24) for group, hour in (("/a", 976), ("/a", 952), ("/b", 928))]
    assert [each.log_group for each in order(rows)] == ["/a", "/b", "/a"]
    assert [each.log_group for each in order(rows, {LogGroupName("/a"): NOW})] == ["/b", "/a", "/a"]


def test_a_log_group_with_a_long_backlog_is_served_once_and_then_the_others() -> None:
    backlog = [row("/huge", 24 * day, Queue.CATCH_UP, since_h=30, length=24) for day in range(9, 2, -1)]
    fresh = [row(f"/{n}", 4) for n in range(5)]
    assert [each.queue for each in order([*backlog, *fresh])][:6] == [Queue.CATCH_UP, *[Queue.FRESH] * 5]


def test_what_retention_is_about_to_drop_goes_first_in_its_queue_and_before_others_that_wait_less_long() -> None:
    fresh = [row(f"/fresh/{n}", 40) for n in range(3)]
    last = [row(f"/last/{n}", 17 * 24 - n, Queue.FINAL, since_h=1, length=24) for n in range(3)]
    assert [each.queue for each in order([*fresh, *last])[:3]] == [Queue.FRESH] * 3
    scheduler = Scheduler([*fresh, *last], {}, lambda each: each == last[2])
    assert scheduler.next(NOW) == last[2]
    assert scheduler.next(NOW) == fresh[0]
    failed = changed(last[2], tries=1)
    assert Scheduler([*fresh, *last[:2], failed], {}, lambda each: each == failed).next(NOW) == failed  # it can't wait
    assert waits_since(fresh[0], expiring=True) == fresh[0].updated_at_ms - 48 * AGING_MS[Queue.FRESH]


@pytest.mark.parametrize(("queue", "due_h"), [(Queue.SETTLED, 24), (Queue.FINAL, 15 * 24)])
def test_a_pass_waits_since_it_was_due_also_while_there_was_no_room_to_plan_it(queue: Queue, due_h: int) -> None:
    end_h = NOW // MS_PER_HOUR // 24 * 24 - due_h - 24
    planned = row("/a", NOW // MS_PER_HOUR - end_h + 24, queue, since_h=1, length=24)
    assert waits_since(planned) == EpochMs((end_h + due_h) * MS_PER_HOUR)
    assert waits_since(changed(planned, tries=1)) == waits_since(planned)
    early = row("/a", 30, queue, since_h=1)
    assert waits_since(early) == early.updated_at_ms  # its setting differs from the default


def test_a_very_late_pass_that_is_tried_again_goes_after_those_that_were_planned_before_it_alone() -> None:
    """Otherwise it would wait for weeks, until no later pass is planned any more."""
    again, before, after = (
        row(name, 990, Queue.FINAL, since_h=since_h) for name, since_h in (("/a", 5), ("/b", 6), ("/c", 4))
    )
    tried = changed(again, tries=1, empty_retry=True)
    assert [each.log_group for each in order([after, tried, before])] == ["/b", "/a", "/c"]
    fresh = [row("/a", 9), row("/b", 8)]
    assert order([changed(fresh[0], tries=1), fresh[1]])[0] == fresh[1]


def test_passes_that_are_very_late_leave_room_for_fresh_windows() -> None:
    passes = [row(f"/{n}", 990, Queue.SETTLED, since_h=0, length=24) for n in range(3)]
    assert NOW - waits_since(passes[0]) == 48 * AGING_MS[Queue.SETTLED]
    fresh = [row(f"/fresh/{n}", 52) for n in range(3)]
    assert {each.queue for each in order([*passes, *fresh])[:3]} == {Queue.FRESH}


def test_a_window_that_widens_keeps_its_place() -> None:
    assert waits_since(row("/a", 9, length=1)) == waits_since(row("/a", 9, length=7))


def test_what_a_wider_window_has_taken_the_place_of_does_not_go() -> None:
    wide, narrow = row("/a", 9, length=4), row("/a", 8)
    assert Scheduler([wide, narrow], {}).next(NOW) == wide
    assert len(Scheduler([wide, narrow], {})) == 1
    under_way = changed(narrow, state=WindowState.EXPORTING)
    assert len(Scheduler([wide, under_way], {})) == 2
    assert len(Scheduler([wide, changed(narrow, generation=2)], {})) == 2


@given(st.lists(st.tuples(st.sampled_from(list(Queue)), st.integers(0, 4), st.integers(1, 90)), max_size=60))
def test_every_window_is_served_and_no_queue_waits_for_ever(waiting: list[tuple[Queue, int, int]]) -> None:
    rows = [
        row(f"/{queue.value}/{group}", 1000 - 2 * number, queue, hours)
        for number, (queue, group, hours) in enumerate(waiting)
    ]
    taken = order(rows)
    assert sorted(taken, key=lambda each: each.window) == sorted(rows, key=lambda each: each.window)
    assert set(AGING_MS) == set(Queue)
