"""A status with windows that wider ones replace, and how final the days are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.worlds.ledger_rows import changed
from support.worlds.status_windows import DONE, EXPORTING, FAILED, MIDNIGHT, NOW, SUPERSEDED, hours, of

from loglake.core.ledger.row import Current, LedgerRow, not_replaced
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs
from loglake_cli.operations.standing.holes import complete_until, gaps
from loglake_cli.operations.standing.status import DayPasses, day_passes

pytestmark = pytest.mark.unit

DAY_HOURS = 24


def until(*rows: LedgerRow) -> int | None:
    """Coverage in hours after midnight, from rows in any order."""
    complete_ms = complete_until(not_replaced(sorted(rows, key=lambda row: row.window)), NOW)
    return None if complete_ms is None else (complete_ms - MIDNIGHT) // MS_PER_HOUR


def exported(row: LedgerRow, after_h: int) -> LedgerRow:
    """The row of a window that was exported so many hours after the end of its first day."""
    return changed(row, exported_at_ms=EpochMs(MIDNIGHT + (DAY_HOURS + after_h) * MS_PER_HOUR))


def days(*rows: LedgerRow) -> DayPasses:
    return day_passes(rows, MS_PER_DAY)


def test_a_settled_pass_on_its_way_is_no_lag() -> None:
    fresh = [hours(n, n + 1) for n in range(24)]
    assert until(hours(0, 24, EXPORTING), *fresh, hours(24, 25)) == 25
    group = of(fresh[0], hours(0, 24, EXPORTING), *fresh[1:])
    assert (group.pending, group.waiting, group.settling, group.accounting.rows_out) == (1, 0, 1, 24 * 8)
    assert group.lag_ms == of(*fresh).lag_ms


def test_what_only_the_wider_window_brings_is_missing_until_it_is_there() -> None:
    rows = [hours(0, 1), hours(0, 24, EXPORTING), hours(1, 2, SUPERSEDED), hours(2, 24)]
    assert until(*rows) == 1
    group = of(*rows)
    assert (group.waiting, group.settling, gaps(rows)) == (1, 0, [])
    assert until(hours(0, 1, SUPERSEDED), hours(0, 24, FAILED)) is None


def test_rows_are_counted_once_when_a_wider_window_has_taken_their_place() -> None:
    superseded = [changed(hours(n, n + 1), state=SUPERSEDED) for n in range(24)]
    group = of(superseded[0], hours(0, 24), *superseded[1:])
    assert (group.accounting.rows_out, group.accounting.quarantined, group.last_error) == (8, 2, "")
    assert (group.pending, group.counts) == (0, {DONE: 1})
    assert until(superseded[0], hours(0, 24), *superseded[1:]) == 24


def test_a_window_that_is_exported_again_keeps_its_rows_and_so_is_no_lag() -> None:
    again = changed(hours(0, 24, EXPORTING), generation=2, current=Current())
    assert until(again, hours(24, 48)) == 48
    assert of(again, hours(24, 48)).settling == 1
    assert until(changed(again, state=FAILED), hours(24, 48)) == 48
    assert until(replace(again, current=None), hours(24, 48)) is None
    landed = replace(hours(1, 2, EXPORTING, landed=True), current=Current(landed=True))
    assert of(hours(0, 1, landed=True), landed).lag_ms is None


def test_a_window_that_failed_needs_nobody_while_a_wider_one_is_on_its_way() -> None:
    failed, wider = hours(1, 2, FAILED), hours(0, 24, EXPORTING)
    assert of(hours(0, 1), wider, failed).failed == ()
    assert of(hours(0, 1), changed(wider, state=FAILED), failed).failed == (changed(wider, state=FAILED), failed)


def test_a_day_has_the_pass_that_all_of_its_windows_have_reached() -> None:
    settled, final = exported(hours(0, 24), DAY_HOURS), exported(hours(0, 24), 15 * DAY_HOURS)
    assert days(settled) == DayPasses(settled=1)
    assert days(final) == DayPasses(final=1)
    assert days(exported(hours(0, 24), 23)) == DayPasses(fresh=1, oldest_unsettled_ms=MIDNIGHT)
    late_hour = exported(hours(20, 24), 1)
    assert days(exported(hours(0, 20), DAY_HOURS), late_hour) == DayPasses(fresh=1, oldest_unsettled_ms=MIDNIGHT)
    tomorrow = exported(hours(24, 26), 3)
    assert days(final, tomorrow) == DayPasses(final=1, fresh=1, oldest_unsettled_ms=EpochMs(MIDNIGHT + MS_PER_DAY))


def test_only_what_has_rows_in_the_table_counts_for_a_day() -> None:
    assert days(hours(0, 24, EXPORTING), hours(24, 48, SUPERSEDED), hours(48, 49, landed=True)) == DayPasses()
    settled = exported(hours(0, 24), DAY_HOURS)
    under_way = replace(hours(0, 24, EXPORTING), current=settled.live)
    assert days(under_way) == DayPasses(settled=1)
    assert days(hours(0, 24)) == DayPasses(fresh=1, oldest_unsettled_ms=MIDNIGHT)
    assert of(under_way).days == DayPasses(settled=1)
    assert hours(0, 24).state is DONE
