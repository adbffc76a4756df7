"""A status by the totals of closed months says what one by all rows says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.worlds.ledger_rows import again, ledger_row

from loglake.core.accounting import Accounting
from loglake.core.ledger.closed import ClosedMonth, MonthTotal, month_of, stretches_from_json, with_noted, with_totals
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ledger.stretches import Stretch
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window, day_end
from loglake_cli.operations.standing.missing import AskedTime, lacks_of_group
from loglake_cli.operations.standing.reading import status_of_groups

pytestmark = pytest.mark.unit

START = parse_instant("2026-11-27")
NOW = EpochMs(START + 90 * MS_PER_DAY)
GROUPS = [LogGroupName("/app/pay"), LogGroupName("/app/shop")]
SETTLE_HOURS = (24, 31)
WAYS: dict[str, dict[str, Any]] = {
    "task": {"task_id": "t-1"},
    "read": {"task_id": "r-1", "pages": 2},
    "landing": {"landed": True},
    "both": {"task_id": "t-2", "landed": True},
}


@dataclass(frozen=True)
class Ledger:
    """Rows, and closed months as their items have them."""

    rows: Sequence[LedgerRow]
    months: Sequence[ClosedMonth]

    def all_rows(self) -> list[LedgerRow]:
        return with_noted(self.rows, self.months)

    def rows_and_totals(self, settle_hours: int) -> list[LedgerRow]:
        return with_totals(self.rows, list(map(_total, self.months)), settle_hours * MS_PER_HOUR)


def _total(month: ClosedMonth) -> MonthTotal:
    stretches = stretches_from_json(month.log_group, month.to_json())
    return MonthTotal(month.log_group, month.name, lambda: month, stretches)


@st.composite
def _rows_of(draw: st.DrawFn, group: LogGroupName) -> dict[Window, LedgerRow]:
    """CONVERTED windows over two ends of months: mostly alike, one behind the other."""
    rows: dict[Window, LedgerRow] = {}
    hour = draw(st.integers(0, 24))
    kinds = st.tuples(
        st.sampled_from([*WAYS, "task", "task"]),
        st.sampled_from(["app", "app", "web"]),
        st.sampled_from([-5, 24, 30, 359, 359]),
        st.booleans(),
    )
    for _ in range(draw(st.integers(0, 8))):
        (way, table, age, is_bad), length = draw(kinds), draw(st.sampled_from([1, 5, 24, 24, 72, 720]))
        hour += draw(st.sampled_from([0, 0, 0, 7, 24 - hour % 24, -2]))
        for _ in range(draw(st.integers(1, 5))):
            begin = max(hour, 0) * MS_PER_HOUR + START
            window = Window(EpochMs(begin), EpochMs(begin + length * MS_PER_HOUR))
            counts = Accounting(9, 9 - is_bad, quarantined=int(is_bad), rescued_values=draw(st.sampled_from([0, 0, 3])))
            exported_ms = day_end(window) + (age + draw(st.integers(0, 1))) * MS_PER_HOUR
            row = ledger_row(group, window, table, WindowState.CONVERTED, exported_at_ms=exported_ms, **WAYS[way])
            assert row.current
            rows[window] = replace(row, current=replace(row.current, accounting=counts))
            hour += length + (draw(st.sampled_from([0, 0, 1])) if way == "landing" else 0)
            hour -= draw(st.sampled_from([0, 0, 0, 0, 0, 3]))
    return rows


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    """Ledgers with noted rows, and with rows beside their notes, as they were or in another state."""
    open_rows: list[LedgerRow] = []
    noted: list[LedgerRow] = []
    for group in GROUPS:
        places = draw(st.sampled_from([["noted"], ["noted"], ["noted", "noted", "row", "both", "changed", "failed"]]))
        for row in draw(_rows_of(group)).values():
            where = draw(st.sampled_from(places))
            if where != "row" and row.window.from_ms < START + 40 * MS_PER_DAY:
                noted.append(row)
            if where != "noted" or row not in noted:
                open_rows.append(_changed(row, where))
    months: list[ClosedMonth] = []
    by_month = sorted(noted, key=lambda row: (row.log_group, row.window))
    for (name, month), rows in groupby(by_month, lambda row: (row.log_group, month_of(row.window.from_ms))):
        closed = ClosedMonth(name, month).plus(rows, NOW)
        assert closed
        months.append(closed)
    return Ledger(open_rows, months)


def _changed(row: LedgerRow, how: str) -> LedgerRow:
    if how not in {"changed", "failed"}:
        return row
    tried = again(row, NOW)
    return tried if how == "changed" else tried.fail(NOW, "it is gone")


def _answers(rows: Sequence[LedgerRow], settle_hours: int) -> list[object]:
    """All that a status says of log groups and of what answers lack."""
    asked = AskedTime(None, None, NOW, settle_hours * MS_PER_HOUR)
    groups = [list(mine) for _, mine in groupby(rows, lambda row: row.log_group)]
    statuses = status_of_groups(rows, {}, NOW, settle_hours * MS_PER_HOUR)
    texts = [group.accounting.to_json() for group in statuses]
    return [statuses, texts, {row.table for row in rows}, [lacks_of_group(mine, asked) for mine in groups]]


@settings(max_examples=150, deadline=None)
@given(ledgers(), st.sampled_from(SETTLE_HOURS))
def test_a_status_by_totals_is_one_by_rows(ledger: Ledger, settle_hours: int) -> None:
    rows, totals = ledger.all_rows(), ledger.rows_and_totals(settle_hours)
    assert _answers(totals, settle_hours) == _answers(rows, settle_hours)
    assert len(totals) <= len(rows)


def test_a_month_of_settled_days_is_one_stretch() -> None:
    days = [Window(EpochMs(START + n * MS_PER_DAY), EpochMs(START + (n + 1) * MS_PER_DAY)) for n in range(30)]
    done = partial(ledger_row, GROUPS[0], table="app", state=WindowState.CONVERTED, task_id="t-1")
    rows = [done(window=day, exported_at_ms=EpochMs(day.to_ms + (25 + n) * MS_PER_HOUR)) for n, day in enumerate(days)]
    months = [ClosedMonth(GROUPS[0], name).plus(list(mine), NOW) for name, mine in groupby(rows, _month)]
    found = Ledger([], [month for month in months if month]).rows_and_totals(24)
    assert [row.windows for row in found if isinstance(row, Stretch)] == [4, 26]
    assert status_of_groups(found, {}, NOW, MS_PER_DAY)[0].days.settled == 30


def _month(row: LedgerRow) -> str:
    return month_of(row.window.from_ms)
