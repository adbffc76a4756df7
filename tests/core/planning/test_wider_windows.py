"""Windows inside wider ones: which these are, which wait for others, and what they stage."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.worlds.ledger_rows import ledger_row

from loglake.core.accounting import Accounting
from loglake.core.keys import WindowKeys, staged_of
from loglake.core.ledger.manifest import Manifest, Replaced
from loglake.core.ledger.row import Attempt, LedgerRow, WindowState, pending_around
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

SHOP, PAY = LogGroupName("/app/shop"), LogGroupName("/app/pay")
DAY = Window(EpochMs(0), EpochMs(MS_PER_DAY))
HOUR = Window(EpochMs(MS_PER_HOUR), EpochMs(2 * MS_PER_HOUR))
FIRST = Window(EpochMs(0), EpochMs(MS_PER_HOUR))
LONG = Window(EpochMs(MS_PER_HOUR), EpochMs(2 * MS_PER_DAY))


def row(window: Window, state: WindowState = WindowState.EXPORTING, **fields: object) -> LedgerRow:
    return replace(ledger_row(SHOP, window, "shop", state), **fields)  # type: ignore[arg-type]


def test_a_window_holds_what_lies_in_it_and_itself() -> None:
    assert all(DAY.holds(window) for window in (DAY, HOUR, FIRST))
    assert not any(HOUR.holds(window) for window in (DAY, FIRST, LONG))
    assert not DAY.holds(LONG)


def test_a_row_lies_in_a_wider_one_of_its_own_log_group() -> None:
    assert row(HOUR).lies_in(row(DAY))
    assert not row(DAY).lies_in(row(DAY))
    assert not row(HOUR).lies_in(replace(row(DAY), log_group=PAY))
    assert not row(LONG).lies_in(row(DAY))


def test_a_wider_window_is_waited_for_until_it_is_done_or_failed() -> None:
    for state in WindowState:
        around = pending_around(row(HOUR), [row(FIRST), row(HOUR), row(DAY, state)])
        done = state in {WindowState.CONVERTED, WindowState.FAILED, WindowState.SUPERSEDED}
        assert around == (None if done else row(DAY, state))


def test_rows_stand_in_the_table_while_their_next_generation_is_under_way() -> None:
    done = row(HOUR, WindowState.CONVERTED)
    assert done.live
    assert done.begin(Attempt(2), EpochMs(7)).live == done.live
    assert not row(HOUR, WindowState.FAILED).live
    assert not row(HOUR).live
    taken = done.supersede(EpochMs(7), DAY)
    assert (taken.state, taken.live, taken.current) == (WindowState.SUPERSEDED, None, None)


def test_a_staged_file_says_its_window_and_generation() -> None:
    keys = WindowKeys(SHOP, HOUR, 3)
    staged = keys.staged("jr-5", keys.table_file("shop", "dt=1970-01-01", 0))
    assert staged.startswith(keys.group_staging_prefix)
    assert staged_of(staged) == (HOUR, 3)
    assert staged_of(keys.object_list) is None
    assert staged_of("staging/app/no-window/g1/x") is None


def test_a_manifest_says_what_it_replaces() -> None:
    manifest = Manifest(SHOP, DAY, 1, "shop", "jr", 1, (), Accounting(), ("tables/x",), replaces=(Replaced(HOUR, 2),))
    assert Manifest.from_json(manifest.to_json(), "") == manifest
    assert manifest.keys_to_remove == ["tables/x"]
    body = manifest.to_json()
    del body["replaces"]
    assert Manifest.from_json(body, "") == replace(manifest, replaces=())
