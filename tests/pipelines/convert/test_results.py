"""A window is complete with its last bundle, or with the first one that fails."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS
from support.worlds.ledger_rows import ledger_row

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import WindowState
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleFailure, BundleResult
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.convert.bundles import WindowResults

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")
DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
NEXT = Window(DAY.to_ms, EpochMs(DAY.to_ms + MS_PER_DAY))
ROW, OTHER = (ledger_row(SHOP, window, "app_shop", WindowState.CONVERTING, decisions=("d",)) for window in (DAY, NEXT))


def bundle(number: int, window: Window = DAY) -> Bundle:
    return Bundle("app_shop", SHOP, window, 1, number, "jr_1", ())


def result(number: int, window: Window = DAY) -> BundleResult:
    return BundleResult(SHOP, window, number, (), Accounting())


def failure(number: int) -> BundleFailure:
    return BundleFailure(SHOP, DAY, number, f"bundle {number} is damaged")


@pytest.fixture
def results() -> WindowResults:
    """The results of a window with three bundles and of a window with one."""
    return WindowResults([ROW, OTHER], [bundle(0), bundle(1), bundle(2), bundle(0, NEXT)])


def test_a_window_is_complete_once_with_the_last_of_its_bundles(results: WindowResults) -> None:
    assert [results.add(result(number)) for number in (2, 0)] == [None, None]
    assert results.add(result(0, NEXT)) == OTHER
    assert results.add(result(1)) == ROW
    assert [each.number for each in results.of(ROW)] == [2, 0, 1]
    assert results.ended(OTHER) == []
    assert results.rest() == [[OTHER]]
    assert results.ended(ROW) == [OTHER, ROW]
    assert results.rest() == []


def test_a_window_fails_once_and_its_other_bundles_are_not_wanted(results: WindowResults) -> None:
    assert results.wants(bundle(2))
    assert results.add(failure(1)) == ROW
    assert not results.wants(bundle(2))
    assert results.wants(bundle(0, NEXT))
    assert [results.add(late) for late in (failure(0), result(2))] == [None, None]
    assert results.of(ROW) == []
    assert (results.ended(ROW), results.ended(OTHER)) == ([], [OTHER])


def test_a_window_without_objects_waits_for_nothing() -> None:
    assert WindowResults([ROW, OTHER], [bundle(0)]).without_objects() == [OTHER]
