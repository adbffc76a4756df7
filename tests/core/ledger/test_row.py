"""Ledger rows: the transition table and nothing besides it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import TERMINAL, TRANSITIONS, LedgerRow, WindowState
from loglake.core.ledger.set_aside import SetAside
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

ROW = LedgerRow(LogGroupName("/app/shop"), Window(EpochMs(0), EpochMs(1000)), "shop")


@given(st.sampled_from(WindowState), st.sampled_from(WindowState))
def test_a_row_changes_only_as_the_table_says(before: WindowState, after: WindowState) -> None:
    row = LedgerRow(ROW.log_group, ROW.window, "shop", state=before, version=7)
    if after in TRANSITIONS[before]:
        changed = row.advance(after, EpochMs(5), reason="why")
        assert (changed.state, changed.version, changed.updated_at_ms, changed.reason) == (after, 8, 5, "why")
    else:
        with pytest.raises(ValueError, match=f"{before.value} can't become {after.value}"):
            row.advance(after, EpochMs(5))


def test_every_state_has_its_transitions_and_only_terminal_ones_need_a_person() -> None:
    assert set(TRANSITIONS) == set(WindowState)
    for state in WindowState:
        reopened = {WindowState.PLANNED, WindowState.EXPORTED}
        assert (TRANSITIONS[state] - {WindowState.SUPERSEDED} in (reopened, set())) is (state in TERMINAL)


def test_json_is_inverse() -> None:
    accounting = Accounting(events_in=2, rows_out=2)
    converted = LedgerRow(
        ROW.log_group, ROW.window, "shop", WindowState.CONVERTED, accounting=accounting, partitions=("dt=1970-01-01",)
    )
    doubted = replace(ROW, exported_at_ms=EpochMs(5), not_before_ms=EpochMs(6), doubted=True, digest="ab12")
    aside = replace(ROW, set_aside=SetAside.of(replace(doubted, generation=3, events_before=7, reason="why")))
    for row in (ROW, converted, replace(converted, landed=True), doubted, aside):
        assert LedgerRow.from_json(json.loads(json.dumps(row.to_json()))) == row
    old = {name: value for name, value in ROW.to_json().items() if name != "set_aside"}
    assert LedgerRow.from_json(old) == ROW


def test_a_window_of_landed_objects_alone_holds_no_exported_events() -> None:
    landed = replace(ROW, landed=True)
    assert [row.holds_exports for row in (ROW, landed, replace(landed, task_id="t"))] == [True, False, True]


def test_a_window_can_be_claimed_when_exported_or_when_its_converter_went_silent() -> None:
    exported = LedgerRow(ROW.log_group, ROW.window, "shop", WindowState.EXPORTED)
    leased = exported.advance(WindowState.CONVERTING, EpochMs(0), owner="a", lease_until_ms=EpochMs(100))
    assert exported.keys.generation == 1
    assert not ROW.claimable(50)
    assert exported.claimable(50)
    assert not leased.claimable(99)
    assert leased.claimable(100)


def test_a_window_that_failed_is_told_from_one_whose_own_export_is_in_the_table() -> None:
    failed = replace(ROW, state=WindowState.FAILED, generation=2, standing=1, exported_at_ms=EpochMs(9))
    assert failed.failed_beside_rows
    assert not replace(failed, standing=0).failed_beside_rows
    assert not replace(failed, standing_exported_ms=EpochMs(9)).failed_beside_rows
    assert not replace(failed, state=WindowState.CONVERTED).failed_beside_rows


def test_what_is_set_aside_of_a_row_is_what_it_is_again() -> None:
    failed = replace(ROW, state=WindowState.FAILED, updated_at_ms=EpochMs(5), dismissed_ms=EpochMs(6), reason="why")
    converting = replace(failed, state=WindowState.CONVERTING, version=4, reason="", set_aside=SetAside.of(failed))
    again = converting.advance(WindowState.FAILED, EpochMs(8), **vars(SetAside.of(failed)), set_aside=None)
    assert again == replace(failed, version=5)


def test_a_failed_window_is_a_problem_until_somebody_dismisses_it() -> None:
    failed = LedgerRow(
        LogGroupName("/a"), Window(EpochMs(0), EpochMs(9)), "a", WindowState.FAILED, updated_at_ms=EpochMs(5)
    )
    dismissed = failed.dismiss(EpochMs(7))
    assert (failed.is_trouble, dismissed.is_trouble) == (True, False)
    assert (dismissed.version, dismissed.updated_at_ms, dismissed.dismissed_ms) == (failed.version + 1, 5, 7)
    with pytest.raises(ValueError, match="can't be dismissed"):
        replace(failed, state=WindowState.PLANNED).dismiss(EpochMs(7))
