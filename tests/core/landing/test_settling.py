"""Which days of landed hours are due to settle, and their windows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.worlds.ledger_rows import changed, ledger_row

from loglake.core.landing.settling import MOST_DAYS, LandedDays, day_of_window, joined, rests, stretches, to_settle
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.schema.bundle import RawObject
from loglake.core.schema.bundling import BUNDLE_SIZE_BYTES
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

LIVE = LogGroupName("/app/live")
DAY = Window(EpochMs(20 * MS_PER_DAY), EpochMs(21 * MS_PER_DAY))


def hours(first: int, end: int) -> Window:
    return Window(EpochMs(DAY.from_ms + first * MS_PER_HOUR), EpochMs(DAY.from_ms + end * MS_PER_HOUR))


def landed(window: Window, size_bytes: int = 10, table: str = "live") -> LedgerRow:
    return ledger_row(LIVE, window, table, WindowState.CONVERTED, landed=True, size_bytes=size_bytes)


def raw(name: str, size_bytes: int = 10, events: int = 1) -> RawObject:
    return RawObject(f"landing/{name}", size_bytes, "", events=events)


def test_a_note_grows_by_days_and_loses_them_as_they_settle() -> None:
    note = LandedDays(LIVE).plus(EpochMs(DAY.to_ms)).plus(DAY.from_ms)
    assert note.days == (DAY.from_ms, DAY.to_ms)
    assert note.plus(DAY.from_ms) is note
    assert note.due(DAY.to_ms + MS_PER_DAY, MS_PER_DAY) == (DAY.from_ms,)
    assert note.due(DAY.to_ms + MS_PER_DAY - 1, MS_PER_DAY) == ()
    planned = note.plan([hours(0, 3)])
    assert planned.planned == (hours(0, 3),)
    assert planned.settled(DAY.from_ms) == LandedDays(LIVE, (EpochMs(DAY.to_ms),))
    assert planned.added() == LandedDays(LIVE, (DAY.from_ms, EpochMs(DAY.to_ms)))


def test_a_note_keeps_the_newest_days() -> None:
    full = LandedDays(LIVE, tuple(EpochMs(day) for day in range(MOST_DAYS)))
    assert full.plus(EpochMs(MOST_DAYS)).days == tuple(range(1, MOST_DAYS + 1))


@pytest.mark.parametrize("stays", [True, False])
def test_what_is_planned_of_a_day_goes_with_it(stays: bool) -> None:
    """Otherwise no day of the log group would settle any more, because days wait for what a run has begun."""
    days = [EpochMs(DAY.from_ms + number * MS_PER_DAY) for number in range(MOST_DAYS)]
    note = LandedDays(LIVE, tuple(days[: -1 if stays else None])).plan([hours(0, 3)])
    assert note.plus(EpochMs(days[-1] + MS_PER_DAY)).planned == ((hours(0, 3),) if stays else ())


def test_a_window_belongs_to_the_day_that_it_begins_in() -> None:
    assert day_of_window(hours(23, 24)) == DAY.from_ms


def test_hours_at_rest_settle_and_others_stand_aside() -> None:
    first, large = landed(hours(0, 1)), landed(hours(1, 2), BUNDLE_SIZE_BYTES)
    exported = changed(landed(hours(2, 3)), task_id="task")
    waiting = changed(landed(hours(3, 4)), state=WindowState.EXPORTED)
    gone = changed(landed(hours(4, 5)), state=WindowState.SUPERSEDED)
    wider = changed(landed(hours(6, 9)), state=WindowState.FAILED)
    last, other_day = landed(hours(9, 10)), landed(hours(24, 25))
    rows = [last, other_day, first, large, exported, waiting, gone, wider, landed(hours(7, 8))]
    assert to_settle(rows, DAY) == [first, last]
    assert [rests(row) for row in (first, exported, waiting)] == [True, False, False]


def test_neighbours_of_one_table_become_one_window() -> None:
    rows = [landed(hours(n, n + 1)) for n in (0, 1, 2, 4, 5, 6)]
    rows[-1] = replace(rows[-1], table="other")
    assert stretches(rows, {row.window: [raw(str(row.window))] for row in rows}) == [hours(0, 3), hours(4, 6)]


def test_windows_are_bounded_by_the_size_of_their_objects_which_count_once() -> None:
    rows = [landed(hours(n, n + 1)) for n in range(5)]
    same = {row.window: [raw("same", 60)] for row in rows}
    assert stretches(rows, same, 100) == [hours(0, 5)]
    own = {row.window: [raw(str(row.window), 50)] for row in rows}
    assert stretches(rows, own, 100) == [hours(0, 2), hours(2, 4)]
    del own[hours(1, 2)]  # what lacks its list stands aside
    assert stretches(rows, own, 100) == [hours(2, 4)]


def test_lists_are_joined_by_object_and_their_events_add_up() -> None:
    lists = [[raw("a", events=2), raw("b", events=1)], [raw("a", events=3)]]
    assert joined(lists) == [raw("a", events=5), raw("b", events=1)]
    have = [raw("a", events=4), raw("b", events=7), raw("c", events=1)]
    assert joined(lists, have) == [raw("a", events=5), raw("b", events=7), raw("c", events=1)]
