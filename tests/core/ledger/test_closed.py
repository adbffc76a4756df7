"""Rows of a past month in one item: which rest, what is noted, and what a reader finds."""

from __future__ import annotations

import zlib
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from support.worlds.ledger_rows import ledger_row

from loglake.core.ledger import closed
from loglake.core.ledger.closed import (
    CLOSES_MS,
    ClosedMonth,
    MonthTotal,
    closed_until,
    may_close,
    month_of,
    month_window,
    stretches_from_json,
    with_noted,
    with_totals,
)
from loglake.core.ledger.row import SUPERSEDED_MS, LedgerRow, WindowState
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.unreadable import UnreadableItem
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")
NOVEMBER = 1_793_491_200_000  # 2026-11-01
DECEMBER = NOVEMBER + 30 * MS_PER_DAY


def row(number: int, state: WindowState = WindowState.CONVERTED) -> LedgerRow:
    start = NOVEMBER + number * MS_PER_HOUR
    return ledger_row(SHOP, Window(EpochMs(start), EpochMs(start + MS_PER_HOUR)), "shop", state, version=3)


def noted(*numbers: int) -> ClosedMonth:
    month = ClosedMonth(SHOP, "2026-11").plus([row(number) for number in numbers], NOVEMBER)
    assert month
    return month


def test_a_month_is_named_after_its_time() -> None:
    assert (month_of(NOVEMBER), month_of(DECEMBER - 1), month_of(DECEMBER)) == ("2026-11", "2026-11", "2026-12")
    assert month_window("2026-11") == Window(EpochMs(NOVEMBER), EpochMs(DECEMBER))
    assert month_window("2026-12") == Window(EpochMs(DECEMBER), EpochMs(DECEMBER + 31 * MS_PER_DAY))
    assert [month_window(name) for name in ("x", "2026")] == [None] * 2


def test_a_month_may_be_closed_once_the_passes_of_its_last_day_are_over() -> None:
    assert closed_until(DECEMBER + CLOSES_MS) == DECEMBER
    assert closed_until(DECEMBER + CLOSES_MS - 1) == NOVEMBER
    assert closed_until(0) == 0


@pytest.mark.parametrize("state", [each for each in WindowState if each is not WindowState.UNREADABLE])
def test_only_a_converted_row_that_rests_for_days_goes(state: WindowState) -> None:
    one = replace(row(0, state), updated_at_ms=EpochMs(NOVEMBER))
    assert may_close(one, NOVEMBER + SUPERSEDED_MS) is (state is WindowState.CONVERTED)
    assert not may_close(one, NOVEMBER + SUPERSEDED_MS - 1)


def test_a_month_is_read_as_it_was_written() -> None:
    month = noted(0, 2)
    assert ClosedMonth.from_json(SHOP, "2026-11", month.to_json()) == month
    assert month.to_json()["windows"] == 2


def test_each_change_has_a_time_of_its_own() -> None:
    month = noted(0)
    more = month.plus([row(1)], NOVEMBER)
    assert more
    less = more.without(row(0).window, NOVEMBER)
    assert month.changed_ms < more.changed_ms < less.changed_ms
    assert list(less.rows) == [row(1).window]


def test_rows_that_do_not_fit_into_an_item_are_not_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    item = noted(0).to_json()
    size = len(item["rows"]) + len(item["total"])
    monkeypatch.setattr(closed, "_MOST", size - 1)
    assert ClosedMonth(SHOP, "2026-11").plus([row(0)], NOVEMBER) is None
    monkeypatch.setattr(closed, "_MOST", size)
    assert noted(0)
    assert ClosedMonth(SHOP, "2026-11").plus([row(number) for number in range(9)], NOVEMBER) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": 1}, "format 1"),
        ({"version": "x"}, "changed_ms"),
        ({"rows": b"no zip"}, "can't be unpacked"),
        ({"rows": zlib.compress(b"{")}, "Expecting"),
        ({"windows": 2}, "it has a window twice"),
    ],
)
def test_a_damaged_month_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        ClosedMonth.from_json(SHOP, "2026-11", {**noted(0).to_json(), **changes})


def test_a_month_with_rows_of_another_one_or_of_another_log_group_is_refused() -> None:
    for name, group in (("2026-12", SHOP), ("2026-11", LogGroupName("/app/pay"))):
        with pytest.raises(ValueError, match=f"which is not of {group} and {name}"):
            ClosedMonth.from_json(group, name, noted(0).to_json())


def test_a_reader_finds_each_row_once_and_one_that_is_there_counts() -> None:
    again = replace(row(1), version=4)
    found = with_noted([again], [noted(0, 1, 2)])
    assert found == [row(0), again, row(2)]
    since = row(1).window.from_ms
    assert with_noted([], [noted(0, 1, 2)], since, row(2).window.from_ms) == [row(1)]


def test_a_month_that_can_not_be_read_is_found_at_any_time() -> None:
    damaged = LedgerRow(
        SHOP, Window(EpochMs(NOVEMBER), EpochMs(DECEMBER)), table="", unreadable=UnreadableItem("closed#x", "bad")
    )
    month = ClosedMonth(SHOP, "2026-11", {damaged.window: damaged})
    assert with_noted([], [month], DECEMBER - 1, DECEMBER) == [damaged]


def total_of(month: ClosedMonth, name: str = "2026-11") -> MonthTotal:
    stored = month.to_json()
    read = partial(ClosedMonth.from_json, SHOP, "2026-11", stored)
    return MonthTotal(SHOP, name, read, stretches_from_json(SHOP, stored))


def test_whoever_needs_no_single_windows_reads_the_total_of_a_month() -> None:
    later = replace(row(0), window=Window(EpochMs(DECEMBER), EpochMs(DECEMBER + 1)))
    total = total_of(noted(0, 1, 3))
    assert with_totals([later], [total], MS_PER_DAY) == [*total.stretches, later]
    assert [each.windows for each in total.stretches] == [2, 1]


def test_a_row_that_is_there_counts_in_place_of_its_note() -> None:
    again = replace(row(1), version=4)
    assert with_totals([again], [total_of(noted(0, 1))], MS_PER_DAY) == [row(0), again]
    other = replace(again, log_group=LogGroupName("/app/pay"))
    assert len(with_totals([other], [total_of(noted(0, 1))], MS_PER_DAY)) == 2


def test_a_month_is_unpacked_if_its_total_does_not_say_enough() -> None:
    rows, total = [row(0), row(1)], total_of(noted(0, 1))
    assert with_totals([], [replace(total, stretches=())], MS_PER_DAY) == rows
    assert with_totals([], [replace(total, name="x")], MS_PER_DAY) == rows
    unclear = [replace(each, spread_ms=100 * MS_PER_DAY * 365) for each in total.stretches]
    assert with_totals([], [replace(total, stretches=unclear)], MS_PER_DAY) == rows
    assert with_totals([], [total], MS_PER_DAY) == total.stretches


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"format": 1}, "format 1"), ({"total": b"no zip"}, "can't be unpacked"), ({"stretches": 2}, "of 4 windows")],
)
def test_a_damaged_total_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        stretches_from_json(SHOP, {**noted(0, 1).to_json(), **changes})
