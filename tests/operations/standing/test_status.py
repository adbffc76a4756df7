"""How far log groups are, from rows of the ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.fakes import ManualClock, MemoryLedger
from support.fakes.stores import MemoryStore
from support.worlds.ledger_rows import changed
from support.worlds.status_windows import DONE, EXPORTING, FAILED, MIDNIGHT, NOW, PAY, SHOP, hours, known, of

from loglake.core.cloud_types import ExportTask
from loglake.core.landing.days import LandedTotal
from loglake.core.landing.objects import LandedState
from loglake.core.ledger.row import Attempt, LedgerRow, WindowState
from loglake.core.state_items import LANDED_TOTAL
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, day_of, parse_instant
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.standing.holes import complete_until, gaps
from loglake_cli.operations.standing.reading import status_of, status_of_groups
from loglake_cli.operations.standing.status import SHOWN, LandedStatus, SlotStatus, status_of_landed, status_of_slot

pytestmark = pytest.mark.unit


def until(*rows: LedgerRow) -> int | None:
    """An instant in hours after midnight."""
    complete_ms = complete_until(rows, NOW)
    return None if complete_ms is None else (complete_ms - MIDNIGHT) // MS_PER_HOUR


def test_a_group_is_complete_up_to_the_first_window_that_is_not_converted() -> None:
    assert until(hours(0, 24), hours(24, 48), hours(48, 72, EXPORTING), hours(72, 73)) == 48
    assert until(hours(0, 24), hours(24, 48, FAILED), hours(48, 72)) == 24
    assert until(hours(0, 24, WindowState.CONVERTING), hours(24, 48)) is None
    assert until(hours(0, 24)) == 24


def test_a_time_that_nobody_asked_for_is_not_complete() -> None:
    rows = [hours(0, 24), hours(30, 48), hours(48, 50), hours(60, 61)]
    assert until(*rows) == 24
    assert gaps(rows) == [hours(24, 30).window, hours(50, 60).window]
    assert of(*rows).gaps == tuple(gaps(rows))


def test_hours_of_which_nothing_was_landed_are_no_gap() -> None:
    rows = [hours(0, 24), hours(30, 31, landed=True), hours(40, 41, landed=True), hours(50, 51, EXPORTING, landed=True)]
    assert until(*rows) == 50
    assert gaps(rows) == []
    switched = [hours(0, 1, landed=True), hours(5, 24)]  # from landing to export: what lies between is asked for
    assert until(*switched) == 1
    assert gaps(switched) == [hours(1, 5).window]


def test_landed_hours_stay_complete_while_a_longer_window_is_to_take_their_place() -> None:
    landed = [hours(start, start + 1, landed=True) for start in range(3)]
    for state in (EXPORTING, WindowState.EXPORTED, FAILED):
        rows = sorted([*landed, hours(0, 3, state, landed=True)], key=lambda row: row.window)
        assert until(*rows) == 3
    assert until(hours(0, 1, landed=True), hours(0, 3, WindowState.EXPORTED, landed=True)) == 1


def test_an_hour_with_more_landed_objects_than_its_rows_have_is_not_complete() -> None:
    before = hours(0, 1, landed=True)
    more = Attempt(2, landed=True, state=WindowState.CONVERTING)
    grown = replace(hours(1, 2, landed=True), generation=2, attempt=more)
    assert until(before, hours(1, 2, landed=True)) == 2
    group = of(before, grown)
    assert (until(before, grown), group.waiting, group.settling) == (1, 1, 0)
    assert group.lag_ms == NOW - grown.window.from_ms
    failed = grown.fail(NOW, "no permission")
    assert until(before, failed) == 1
    assert until(before, replace(grown, attempt=replace(more, reconverts=True))) == 2, "it has all of them"


def test_an_hour_of_landed_events_is_complete_once_it_is_over() -> None:
    assert until(*(hours(start, start + 1, landed=True) for start in (94, 95, 96))) == 96
    assert until(hours(96, 97, landed=True)) is None
    assert until(hours(94, 95, landed=True), hours(24 * 365, 24 * 365 + 1, landed=True)) == 95, "a wrong clock"


def test_windows_may_overlap_since_hours_are_landed_of_a_day_that_was_exported() -> None:
    rows = [hours(0, 24), hours(5, 6, landed=True), hours(24, 48)]
    assert (until(*rows), gaps(rows)) == (48, [])
    assert until(hours(0, 24), hours(5, 6, FAILED, landed=True)) == 5


def test_a_group_says_how_far_behind_it_is() -> None:
    assert of(hours(0, 24), hours(24, 48)).lag_ms == 2 * MS_PER_DAY
    assert of(hours(24, 48, EXPORTING)).lag_ms == 3 * MS_PER_DAY
    assert of(hours(0, 200)).lag_ms == 0
    quiet = [hours(0, 24), hours(30, 31, landed=True)]
    assert of(*quiet).lag_ms is None
    assert of(*quiet, hours(40, 41, FAILED, landed=True)).lag_ms == 56 * MS_PER_HOUR


def test_windows_are_counted_and_the_last_error_is_the_newest_of_what_is_not_done() -> None:
    rows = [
        replace(hours(0, 24), updated_at_ms=NOW),
        changed(hours(24, 48, FAILED), reason="the group is gone", updated_at_ms=EpochMs(5)),
        changed(hours(48, 72, EXPORTING), reason="the export slot is busy", updated_at_ms=EpochMs(9)),
        replace(hours(72, 73), table="app_new"),
    ]
    group = of(*rows)
    assert (group.counts, group.waiting) == ({DONE: 2, FAILED: 1, EXPORTING: 1}, 1)
    assert group.last_error == "the export slot is busy"
    assert group.failed == (rows[1],)
    assert (group.table, group.accounting.rows_out, group.accounting.quarantined) == ("app_new", 16, 4)
    assert of(hours(0, 24)).last_error == ""


def test_groups_are_in_the_order_of_their_names_and_paused_ones_without_windows_are_there() -> None:
    idle = LogGroupName("/a/idle")
    groups = status_of_groups(
        [hours(0, 1, group=PAY), hours(0, 24), hours(24, 48)], {SHOP: NOW, idle: NOW}, NOW, MS_PER_DAY
    )
    assert [(group.log_group, group.paused_since_ms) for group in groups] == [(idle, NOW), (PAY, None), (SHOP, NOW)]
    assert sum(groups[2].counts.values()) == 2
    assert groups[0].waiting == 0


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3), st.sampled_from([DONE, FAILED, EXPORTING])), min_size=1),
)
def test_everything_before_the_watermark_is_converted_and_something_at_it_is_not(
    parts: list[tuple[int, int, WindowState]],
) -> None:
    rows, at = [], 0
    for gap, length, state in parts:
        rows.append(hours(at + gap, at + gap + length, state))
        at += gap + length
    starts = {hour: EpochMs(MIDNIGHT + hour * MS_PER_HOUR) for hour in range(400)}
    holds = {hour: row for row in rows for hour, start_ms in starts.items() if start_ms in row.window}
    start = (rows[0].window.from_ms - MIDNIGHT) // MS_PER_HOUR
    reached = until(*rows)
    end = start if reached is None else reached
    assert all(holds[hour].state is DONE for hour in range(start, end))
    assert end not in holds or holds[end].state is not DONE
    missing = {hour for gap in gaps(rows) for hour, start_ms in starts.items() if start_ms in gap}
    assert missing == set(range(start, at)) - set(holds)


def test_landed_objects_are_counted_and_names_are_bounded() -> None:
    objects = [
        known("a", quarantined=2, skipped_groups=2, skipped=("/x", "")),
        known("b", LandedState.FAILED, reason="no permission."),
        known("c", skipped_groups=1, skipped=("/x",)),
    ]
    landed = status_of_landed(iter(objects), {})
    assert landed == LandedStatus(3, 1, (objects[1],), 2, ("", "/x"), more_skipped=False)
    assert status_of_landed([known("a", skipped_groups=9, skipped=("/x",))], {}).more_skipped
    many = [known(str(n), LandedState.FAILED, skipped_groups=1, skipped=(f"/{n:03d}",)) for n in range(50)]
    landed = status_of_landed(reversed(many), {})
    assert (landed.known, landed.failed, len(landed.unread), landed.more_skipped) == (50, 50, SHOWN, True)
    assert landed.skipped == tuple(f"/{n:03d}" for n in range(SHOWN))


def test_objects_that_have_expired_are_counted_by_their_day() -> None:
    totals = {"2026-10-01": LandedTotal(objects=70), "2026-11-20": LandedTotal(objects=2)}
    day = EpochMs(parse_instant("2026-11-20"))
    objects = [known(name, arrived_ms=day) for name in "abc"]
    assert status_of_landed(objects, totals).known == 73


def test_landed_objects_are_counted_by_notes_of_days_and_one_by_one_until_their_day_has_one() -> None:
    ledger, clock = MemoryLedger(), ManualClock(NOW)
    ledger.put(LANDED_TOTAL, day_of(EpochMs(NOW - MS_PER_DAY)), LandedTotal(objects=70))
    for name, day in (("a", 0), ("b", 0), ("c", 1), ("d", 2)):
        ledger.put_landed_object(known(name, arrived_ms=EpochMs(NOW - day * MS_PER_DAY)))
    control, raw, lake = (MemoryStore(name) for name in ("control", "raw", "lake"))
    assert status_of(Deployment(ledger, control, raw, lake, None, "loglake", clock)).landed.known == 2 + 70 + 1


def test_a_task_is_ours_where_it_exports_below_our_exports() -> None:
    task = ExportTask("t-1", "loglake-x", "RUNNING", "", "raw", "exports/app/x/g1", SHOP, NOW)
    assert status_of_slot(task, "raw").ours
    assert not status_of_slot(task, "other-raw").ours
    assert not status_of_slot(replace(task, prefix="backup"), "raw").ours
    assert status_of_slot(None, "raw") == SlotStatus()
