"""Hourly windows of a log group, and landed objects, for tests of reports."""

from __future__ import annotations

from dataclasses import replace

from loglake.core.accounting import Accounting
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.row import LedgerRow, WindowState, not_replaced
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window
from loglake_cli.operations.standing.reading import status_of_group
from loglake_cli.operations.standing.status import GroupStatus
from support.worlds.ledger_rows import ledger_row

MIDNIGHT = parse_instant("2026-11-20")
NOW = EpochMs(MIDNIGHT + 4 * MS_PER_DAY)
SHOP, PAY = LogGroupName("/app/shop"), LogGroupName("/app/pay")
DONE, FAILED, EXPORTING = WindowState.CONVERTED, WindowState.FAILED, WindowState.EXPORTING
SUPERSEDED = WindowState.SUPERSEDED
CONVERTED = Accounting(events_in=10, rows_out=8, quarantined=2)


def hours(
    start: int, end: int, state: WindowState = DONE, group: LogGroupName = SHOP, landed: bool = False
) -> LedgerRow:
    window = Window(EpochMs(MIDNIGHT + start * MS_PER_HOUR), EpochMs(MIDNIGHT + end * MS_PER_HOUR))
    done = {"accounting": CONVERTED, "landed": landed} if state is DONE else {}
    return ledger_row(group, window, "app", state, **(done or ({} if state is SUPERSEDED else {"landed": landed})))


def of(*rows: LedgerRow, paused: EpochMs | None = None) -> GroupStatus:
    return status_of_group(SHOP, not_replaced(rows), paused, NOW, MS_PER_DAY)


def known(name: str, state: LandedState = LandedState.SCANNED, **fields: object) -> LandedObject:
    return replace(LandedObject(f"landing/{name}", 10, state), **fields)  # type: ignore[arg-type]
