"""The cost of each log group, by the ledger."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from support.deployments.used_account import HOUR, NOW_MS, SHOP, WEB, before_ms, row, usage, used_account
from support.worlds.ledger_rows import ledger_row

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.units import EpochMs
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError
from loglake_cli.operations.cost.actual import used
from loglake_cli.operations.cost.actual_text import group_rows

pytestmark = pytest.mark.unit


def test_a_ledger_that_may_not_be_read_leaves_the_log_groups_out() -> None:
    def refused() -> Iterable[LedgerRow]:
        raise AccessDeniedError("no", "dynamodb:Scan")

    found = used(used_account(), "lake", days=30, now_ms=NOW_MS, rows=refused)
    assert (found.groups, found.usd_per_gb) == ((), None)
    assert found.unknown[0][1] == "dynamodb:Scan is not allowed: grant it to read this."


def test_log_groups_share_what_was_not_idle() -> None:
    found = usage(used_account())
    busy = (90 + 60) * 0.0625 / 3600 * 0.44 + 180 / 3600 * 0.29
    assert sum(group.usd for group in found.groups) == pytest.approx(busy)
    shop, web = found.groups
    assert (shop.log_group, shop.gb, web.gb) == (SHOP, 3, 1)
    assert shop.usd == pytest.approx((90 + 60) * 0.0625 / 3600 * 0.44 / 2 + 0.75 * 180 / 3600 * 0.29)
    assert shop.usd_per_gb == pytest.approx(shop.usd / 3)
    assert found.usd_per_gb == pytest.approx(found.usd / 4)


def test_windows_of_before_and_of_nothing_are_left_out_and_replaced_ones_count_as_work() -> None:
    old = row(SHOP, 100, updated_at_ms=before_ms(days=31))
    day = Window(EpochMs(0), EpochMs(24 * 3_600_000))
    replaced = ledger_row(SHOP, HOUR, "app", WindowState.CONVERTED, accounting=Accounting(text_bytes=10**9))
    replaced = replaced.supersede(before_ms(hours=2), day)
    planned = ledger_row(WEB, HOUR, "app", updated_at_ms=NOW_MS)
    (shop,) = usage(used_account(), [old, replaced, row(SHOP, 1, 5), planned]).groups
    assert (shop.done.windows, shop.done.text_bytes, shop.gb, shop.done.rows) == (2, 2 * 10**9, 1, 10)


def test_without_bytes_windows_are_the_shares() -> None:
    found = usage(used_account(), [row(SHOP, 0), row(SHOP, 0, 1), row(WEB, 0)])
    assert found.groups[0].usd == pytest.approx(2 * found.groups[1].usd)
    assert (found.usd_per_gb, found.groups[0].usd_per_gb) == (None, None)
    assert group_rows(found)[0][-1] == ""
