"""Windows of a closed month that are alike are one stretch, and what status asks of rows is the same of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.worlds.ledger_rows import ledger_row

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ledger.stretches import Stretch, day_ends, stretches_of, windows_in
from loglake.core.ledger.versions import FINAL_AFTER_MS
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window, day_end

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")
NOVEMBER = 1_793_491_200_000  # 2026-11-01


def row(start: int, end: int, age_hours: int = 24, counts: Accounting | None = None, **values: Any) -> LedgerRow:
    """A converted window, by hours, exported so long after its day."""
    window = Window(EpochMs(NOVEMBER + start * MS_PER_HOUR), EpochMs(NOVEMBER + end * MS_PER_HOUR))
    exported_ms = EpochMs(day_end(window) + age_hours * MS_PER_HOUR)
    said = {"table": "shop", "task_id": "t-1", "accounting": counts or Accounting(3, 3), **values}
    return ledger_row(SHOP, window, state=WindowState.CONVERTED, exported_at_ms=exported_ms, **said)


LANDED: dict[str, Any] = {"task_id": "", "landed": True}
READ: dict[str, Any] = {"task_id": "r-1", "pages": 2}


def spans(*rows: LedgerRow) -> list[tuple[float, float, int]]:
    """The hours of stretches, and how many windows they have."""
    return [
        ((each.window.from_ms - NOVEMBER) / MS_PER_HOUR, (each.window.to_ms - NOVEMBER) / MS_PER_HOUR, each.windows)
        for each in stretches_of(rows)
    ]


def test_windows_one_behind_the_other_are_one_stretch() -> None:
    (one,) = stretches_of([row(0, 24), row(24, 25, 30), row(25, 48)])
    assert (one.window, windows_in(one)) == (Window(EpochMs(NOVEMBER), EpochMs(NOVEMBER + 2 * MS_PER_DAY)), 3)
    assert one.live
    assert (one.live.accounting, one.live.way, one.state) == (Accounting(9, 9), "task", WindowState.CONVERTED)
    assert (one.live.exported_at_ms, one.spread_ms) == (NOVEMBER + 3 * MS_PER_DAY, 6 * MS_PER_HOUR)
    assert list(day_ends(one)) == [NOVEMBER + MS_PER_DAY, NOVEMBER + 2 * MS_PER_DAY]


def test_a_stretch_ends_where_a_window_is_missing_but_not_between_landed_ones() -> None:
    assert spans(row(0, 1), row(1, 2), row(3, 4)) == [(0, 2, 2), (3, 4, 1)]
    assert spans(row(0, 5), row(2, 3), row(4, 6)) == [(0, 6, 3)]
    assert spans(row(0, 1, **LANDED), row(3, 4, **LANDED)) == [(0, 4, 2)]


def test_a_window_of_several_days_counts_for_its_last_one_so_it_is_a_stretch_of_its_own() -> None:
    assert spans(row(0, 24), row(24, 72), row(72, 96)) == [(0, 24, 1), (24, 72, 1), (72, 96, 1)]
    assert list(day_ends(row(24, 72))) == list(day_ends(*stretches_of([row(24, 72)]))) == [NOVEMBER + 3 * MS_PER_DAY]


@pytest.mark.parametrize(
    "other",
    [
        row(1, 2, table="other"),
        row(1, 2, **READ),
        row(1, 2, **LANDED),
        row(1, 2, FINAL_AFTER_MS // MS_PER_HOUR),
        row(1, 2, counts=Accounting(3, 2, quarantined=1)),
        row(1, 2, counts=Accounting(3, 3, rescued_values=1)),
    ],
)
def test_windows_that_differ_in_what_status_says_are_stretches(other: LedgerRow) -> None:
    assert spans(row(0, 1), other, row(2, 3)) == [(0, 1, 1), (1, 2, 1), (2, 3, 1)]
    assert spans(row(0, 1), replace(row(1, 2), version=9, decisions=("x",))) == [(0, 2, 2)]


def test_a_stretch_says_whether_all_of_it_had_one_pass() -> None:
    (one,) = stretches_of([row(0, 24, 26), row(24, 48, 24), row(48, 72, 30)])
    assert [one.is_clear(hours * MS_PER_HOUR) for hours in (23, 24, 25, 30, 31)] == [True, True, False, False, True]
    (one,) = stretches_of([row(0, 1, **LANDED), row(1, 2, 90, **LANDED)])
    assert one.is_clear(MS_PER_DAY)


def test_a_stretch_is_read_as_it_was_written() -> None:
    for one in stretches_of([row(0, 1), row(1, 2, 25), row(2, 3, **READ), row(3, 4, **LANDED), row(4, 5, **LANDED)]):
        assert Stretch.from_json(SHOP, one.to_json()) == one
        for name in ("windows", "spread_ms"):
            with pytest.raises(ValueError, match=name):
                Stretch.from_json(SHOP, {**one.to_json(), name: "x"})
