"""How much windows are expected to hold before they are exported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.worlds.ledger_rows import ledger_row

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.planning.expected import ExpectedBytes, pages_of
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

SHOP = LogGroup(LogGroupName("/app/shop"), parse_instant("2024-01-10T05:30"))
DAY = Window(parse_instant("2024-02-01"), parse_instant("2024-02-02"))
NOW_MS = EpochMs(SHOP.created_ms + 100 * MS_PER_DAY)


def expected(stored_bytes: int | None = None, **changes: Any) -> ExpectedBytes:
    return ExpectedBytes(replace(SHOP, stored_bytes=stored_bytes, **changes), NOW_MS)


def hour(number: int, **values: Any) -> LedgerRow:
    start = DAY.to_ms + number * MS_PER_HOUR
    window = Window(EpochMs(start), EpochMs(start + MS_PER_HOUR))
    return ledger_row(SHOP.name, window, "shop", **{"state": WindowState.CONVERTED, "task_id": "t-1", **values})


def test_nothing_exported_yet_is_as_much_as_is_stored_of_the_days_that_are_kept() -> None:
    assert expected(1_500).near(DAY, ()) == 100  # stored bytes are compressed
    assert expected(1_500, retention_days=10).near(DAY, ()) == 1_000
    assert expected().near(DAY, ()) == 0
    young = ExpectedBytes(replace(SHOP, stored_bytes=1_500), EpochMs(SHOP.created_ms + 1))
    assert young.near(DAY, ()) == 10_000


def test_the_metric_is_better_than_what_is_stored() -> None:
    size = expected(1_500)
    size.came_in = 0
    assert size.near(DAY, ()) == 0
    size.came_in = 7
    assert size.near(DAY, ()) == 7


def test_the_windows_next_to_one_are_better_than_both() -> None:
    size = expected(1_500)
    size.came_in = 7
    assert size.near(DAY, [hour(0, size_bytes=180)]) == 24_000
    assert size.near(DAY, [hour(0, pages=1, events=1, id_sum=1)]) == 0
    assert size.near(DAY, [hour(0, pages=3, events=1, id_sum=1)]) == 2 * 312_500 * 24


def test_only_the_nearest_ones_count() -> None:
    near = [hour(number, size_bytes=180) for number in range(24)]
    assert expected().near(DAY, [*near, hour(24, size_bytes=10**9)]) == 24_000


def test_what_is_under_way_failed_or_landed_says_nothing() -> None:
    rows = [hour(0, state=WindowState.EXPORTING), hour(1, state=WindowState.FAILED), hour(2, task_id="", landed=True)]
    assert expected(1_500).near(DAY, rows) == 100


def test_the_last_page_may_be_empty() -> None:
    assert [pages_of(size_bytes) for size_bytes in (0, 1, 312_500, 312_501)] == [1, 2, 2, 3]
