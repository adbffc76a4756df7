"""Ledger rows: every transition of the table, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.worlds.ledger_rows import changed, ledger_row

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import (
    TERMINAL,
    TRANSITIONS,
    Attempt,
    Current,
    Failure,
    LedgerRow,
    Queue,
    WindowState,
    not_replaced,
)
from loglake.core.ledger.row_json import row_from_json, row_to_json
from loglake.core.units import MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import UnreadableItemError

pytestmark = pytest.mark.unit

ROW = ledger_row(LogGroupName("/app/shop"), Window(EpochMs(0), EpochMs(1000)), "shop")


DAY = Window(EpochMs(0), EpochMs(86_400_000))
ATTEMPT_STATES = (WindowState.EXPORTING, WindowState.EXPORTED, WindowState.CONVERTING)
STORED = tuple(state for state in TRANSITIONS if state is not WindowState.UNREADABLE)


def test_a_row_that_cannot_be_read_changes_into_nothing_and_says_why() -> None:
    row = ledger_row(ROW.log_group, ROW.window, "shop", WindowState.UNREADABLE)
    changes: list[Callable[[], LedgerRow]] = [
        *(partial(change, row) for _, change in ENDS),
        lambda: row.begin(Attempt(2), EpochMs(5)),
        lambda: row.advance(WindowState.EXPORTED, EpochMs(5)),
    ]
    for change in changes:
        with pytest.raises(UnreadableItemError, match=r"^group#x 0#1 can't be read: damaged\. Put it back as it was"):
            change()
    assert (row.state, row.live, row.attempt, row.landed) == (WindowState.UNREADABLE, None, None, False)
    assert row.reason.startswith("group#x 0#1 can't be read")


@given(st.sampled_from(STORED), st.sampled_from(ATTEMPT_STATES))
def test_an_attempt_goes_on_only_as_the_table_says(before: WindowState, after: WindowState) -> None:
    row = ledger_row(ROW.log_group, ROW.window, "shop", before, version=7)
    if after in TRANSITIONS[before] and row.attempt:
        changed = row.advance(after, EpochMs(5), reason="why")
        assert (changed.state, changed.version, changed.updated_at_ms, changed.reason) == (after, 8, 5, "why")
    else:
        with pytest.raises(
            ValueError, match=rf"is {before.value}: nothing is|{before.value} can't become {after.value}"
        ):
            row.advance(after, EpochMs(5))


@given(st.sampled_from(STORED), st.sampled_from(ATTEMPT_STATES))
def test_an_attempt_begins_only_as_the_table_says(before: WindowState, first: WindowState) -> None:
    row = ledger_row(ROW.log_group, ROW.window, "shop", before, version=7)
    attempt = Attempt(2, state=first)
    if first in TRANSITIONS[before]:
        begun = row.begin(attempt, EpochMs(5), Queue.FINAL)
        assert (begun.attempt, begun.generation, begun.version, begun.queue) == (attempt, 2, 8, Queue.FINAL)
        assert (begun.current, begun.failure) == (row.current, row.failure)
    else:
        with pytest.raises(ValueError, match=f"{before.value} can't become {first.value}"):
            row.begin(attempt, EpochMs(5))


ENDS: list[tuple[WindowState, Callable[[LedgerRow], LedgerRow]]] = [
    (WindowState.CONVERTED, lambda row: row.succeed(EpochMs(5), Accounting(2, 2), ("dt=x",), 1)),
    (WindowState.FAILED, lambda row: row.fail(EpochMs(5), "why")),
    (WindowState.SUPERSEDED, lambda row: row.supersede(EpochMs(5), DAY)),
]


@given(st.sampled_from(STORED), st.sampled_from(ENDS))
def test_an_attempt_ends_only_as_the_table_says(
    before: WindowState, end: tuple[WindowState, Callable[[LedgerRow], LedgerRow]]
) -> None:
    row = ledger_row(ROW.log_group, ROW.window, "shop", before, version=7)
    state, change = end
    if state in TRANSITIONS[before]:
        ended = change(row)
        at_ms = 0 if state is WindowState.SUPERSEDED else 5  # of its time, whole seconds are stored
        assert (ended.state, ended.version, ended.updated_at_ms, ended.attempt) == (state, 8, at_ms, None)
    else:
        with pytest.raises(ValueError, match=f"{before.value} can't become {state.value}"):
            change(row)


def test_every_state_has_its_transitions_and_only_terminal_ones_need_a_person() -> None:
    assert set(TRANSITIONS) == set(WindowState)
    assert not TRANSITIONS[WindowState.UNREADABLE]
    assert not any(WindowState.UNREADABLE in followers for followers in TRANSITIONS.values())
    for state in STORED:
        reopened = {WindowState.EXPORTING, WindowState.EXPORTED}
        assert (TRANSITIONS[state] - {WindowState.SUPERSEDED} in (reopened, set())) is (state in TERMINAL)


def convert(row: LedgerRow, attempt: Attempt) -> LedgerRow:
    return row.begin(attempt, EpochMs(1)).advance(WindowState.CONVERTING, EpochMs(2), owner="jr")


CONVERTED = ledger_row(ROW.log_group, ROW.window, "shop", WindowState.CONVERTED, exported_at_ms=EpochMs(3), objects=4)
REFUSED = convert(CONVERTED, Attempt(2, "t", EpochMs(7), 3, state=WindowState.EXPORTED)).fail(EpochMs(8), "fewer")
AGAIN = Attempt(3, exported_at_ms=EpochMs(3), objects=4, state=WindowState.EXPORTED, reconverts=True)


def test_an_attempt_that_succeeds_is_current_and_clears_the_failure() -> None:
    done = convert(REFUSED, Attempt(3, "u", EpochMs(9), 5, state=WindowState.EXPORTED)).succeed(
        EpochMs(10), Accounting(6, 6), ("dt=x",), events_before=4
    )
    assert done.current == Current(
        3, "u", EpochMs(9), 5, accounting=Accounting(6, 6), partitions=("dt=x",), events_before=4
    )
    assert (done.state, done.failure, done.attempt, done.reason) == (WindowState.CONVERTED, None, None, "")
    assert (done.accounting, ROW.accounting) == (Accounting(6, 6), None)


def test_an_attempt_that_fails_is_the_failure_and_leaves_what_is_current() -> None:
    assert REFUSED.current == CONVERTED.current
    assert REFUSED.failure == Failure(2, "t", EpochMs(7), 3, reason="fewer", failed_at_ms=EpochMs(8))
    assert (REFUSED.state, REFUSED.reason, REFUSED.newest) == (WindowState.FAILED, "fewer", REFUSED.failure)


def test_what_is_current_is_converted_again_beside_a_failure() -> None:
    done = convert(REFUSED.ignore(EpochMs(9)), AGAIN).succeed(EpochMs(10), Accounting(4, 4), ())
    assert (done.state, done.is_ignored, done.generation) == (WindowState.FAILED, True, 3)
    assert done.failure == REFUSED.ignore(EpochMs(9)).failure
    assert done.current == Current(3, "", EpochMs(3), 4, accounting=Accounting(4, 4))


def test_if_that_fails_the_failure_says_both_until_it_is_repaired() -> None:
    broken = convert(REFUSED.ignore(EpochMs(9)), AGAIN).fail(EpochMs(10), "raw is gone")
    assert broken.failure == replace(REFUSED.failure or Failure(), reconversion="raw is gone")
    assert broken.is_trouble
    assert broken.reason == "raw is gone (while what is in the table was converted again; before that: fewer)"
    repaired = convert(broken, replace(AGAIN, generation=4)).succeed(EpochMs(11), Accounting(4, 4), ())
    assert (repaired.failure, repaired.reason) == (REFUSED.failure, "fewer")


def test_if_nothing_failed_before_it_is_a_failure_like_any() -> None:
    broken = convert(CONVERTED, replace(AGAIN, generation=2)).fail(EpochMs(10), "raw is gone")
    assert broken.reason == "raw is gone"
    assert broken.failure
    assert broken.failure.reconverts
    assert convert(broken, AGAIN).succeed(EpochMs(11), Accounting(4, 4), ()).state is WindowState.CONVERTED
    twice = convert(broken, AGAIN).fail(EpochMs(11), "and again")
    assert (twice.reason, twice.failure and twice.failure.reconversion) == ("and again", "")


def test_json_is_inverse() -> None:
    superseded = CONVERTED.supersede(EpochMs(9), DAY)
    includes = ledger_row(ROW.log_group, ROW.window, "shop", landed=True, includes=((0, 1, 2), (1, 2, 1)))
    for row in (ROW, CONVERTED, REFUSED, convert(REFUSED, AGAIN), superseded, includes):
        assert row_from_json(json.loads(json.dumps(row_to_json(row)))) == row


def test_a_row_keeps_the_key_prefix_that_it_was_made_with() -> None:
    old = replace(ROW, key_prefix="made-by/another-version")
    assert row_from_json(row_to_json(old)) == old
    assert old.keys.object_list == "ledger/made-by/another-version/g1.json"
    assert old.keys_at(3).export_prefix == "exports/made-by/another-version/g3"


def test_an_attempt_has_the_newest_generation_and_a_window_whose_time_another_holds_has_none() -> None:
    with pytest.raises(ValueError, match="an attempt has the newest generation"):
        replace(ROW, generation=2)
    with pytest.raises(ValueError, match="and none holds it"):
        replace(ROW, superseded_by=DAY)


def test_a_window_of_landed_objects_alone_holds_no_exported_events() -> None:
    landed = changed(ROW, landed=True)
    assert [row.holds_exports for row in (ROW, landed, changed(landed, task_id="t"))] == [True, False, True]


def test_only_a_first_export_of_an_hour_or_less_can_have_no_row_inside() -> None:
    hour, longer = Window(EpochMs(0), EpochMs(MS_PER_HOUR)), Window(EpochMs(0), EpochMs(MS_PER_HOUR + 1))
    first = ledger_row(ROW.log_group, hour, "shop", WindowState.EXPORTED)
    assert first.is_first
    assert not ledger_row(ROW.log_group, longer, "shop", WindowState.EXPORTED).is_first
    assert not replace(first, queue=Queue.SETTLED).is_first  # a part of a day that was read in narrower windows
    assert not ledger_row(ROW.log_group, hour, "shop", WindowState.EXPORTED, generation=2).is_first
    assert not changed(first, includes=((0, 1, 1),)).is_first


def test_a_failed_window_is_a_problem_until_somebody_ignores_it() -> None:
    failed = replace(REFUSED, updated_at_ms=EpochMs(5))
    ignored = failed.ignore(EpochMs(7))
    assert (failed.is_trouble, ignored.is_trouble, ignored.is_ignored) == (True, False, True)
    assert (ignored.version, ignored.updated_at_ms) == (failed.version + 1, 5)
    with pytest.raises(ValueError, match="can't be ignored"):
        ROW.ignore(EpochMs(7))


def test_a_row_of_another_version_of_loglake_is_reported_in_a_sentence() -> None:
    old = {**row_to_json(ROW), "format": 2}
    with pytest.raises(ValueError, match=r"^it has format 2, and this loglake reads format 8: an older loglake"):
        row_from_json(old)


def test_nothing_is_being_tried_of_a_window_at_rest() -> None:
    with pytest.raises(ValueError, match="is CONVERTED: nothing is being tried"):
        _ = CONVERTED.trying


def test_events_that_were_read_again_and_are_the_same_only_move_the_time_of_the_export() -> None:
    row = ledger_row(ROW.log_group, ROW.window, "shop", WindowState.CONVERTED, version=7, exported_at_ms=EpochMs(3))
    confirmed = row.confirm(EpochMs(9), EpochMs(8))
    assert row.live
    assert confirmed == replace(
        row, version=8, updated_at_ms=EpochMs(9), current=replace(row.live, exported_at_ms=EpochMs(8))
    )
    with pytest.raises(ValueError, match="is EXPORTING: nothing can be confirmed"):
        ROW.confirm(EpochMs(9), EpochMs(8))


def test_days_of_a_version_may_be_over_before_its_window_is() -> None:
    week, second = Window(EpochMs(0), EpochMs(7 * 86_400_000)), EpochMs(86_400_000)
    first, last = (
        ledger_row(ROW.log_group, week, "shop", WindowState.CONVERTED, partitions=(day,))
        for day in ("dt=1970-01-01", "dt=1970-01-03")
    )
    assert (first.has_days_before(second), last.has_days_before(second)) == (True, False)
    assert last.has_days_before(week.to_ms)
    assert not ledger_row(ROW.log_group, week, "shop").has_days_before(second)


def test_a_claimed_row_remembers_decisions_before_its_own() -> None:
    row = ledger_row(ROW.log_group, DAY, "shop", WindowState.EXPORTED).claim(EpochMs(5), "jr_1", "own")
    assert row.decisions == ("own",)
    assert row.remember(EpochMs(6), ["first", "second"]).decisions == ("first", "second", "own")


def test_a_list_says_which_landed_hours_a_day_has_marked() -> None:
    hour = ROW.window
    row = ledger_row(ROW.log_group, DAY, "shop", WindowState.CONVERTING, landed=True, includes=((0, 1000, 4),))
    row = replace(row, decisions=("before", "own"))
    (marked,) = row.marked_hours
    assert (marked.window, marked.generation, marked.decisions, marked.superseded_by) == (hour, 4, ("before",), DAY)
    assert not_replaced([row, marked]) == [row]
