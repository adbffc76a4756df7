"""Waiting for the leases of other converters that went silent."""

from __future__ import annotations

from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ports.clock import Clock
from loglake.core.ports.ledger import Ledger
from loglake.core.units import LogGroupName
from loglake.core.windows import Window
from loglake.errors import UnreadableItemError
from loglake.telemetry import Telemetry


class LeaseWaiter:
    """Waits for the leases of converters that went silent."""

    def __init__(self, ledger: Ledger, clock: Clock, telemetry: Telemetry, deadline_ms: int) -> None:
        self._ledger = ledger
        self._clock = clock
        self._telemetry = telemetry
        self._deadline_ms = deadline_ms
        self._waited: set[tuple[LogGroupName, Window, str]] = set()

    def wait(self) -> bool:
        """Waits for the first lease of another converter to run out.

        False if there is none, if it is too late, or if all have been waited for: an owner that renewed its lease
        meanwhile is alive and needs no help.
        """
        listed = self._ledger.in_states(WindowState.CONVERTING)  # the index may still list one of our own windows
        rows = [self._now(row) for row in listed]
        silent = [row for row in rows if row and row.state is WindowState.CONVERTING and self._unknown(row)]
        first_ms = min((row.trying.lease_until_ms for row in silent), default=self._deadline_ms)
        if first_ms >= self._deadline_ms:
            return False
        self._waited |= {_holding(row) for row in silent if row.trying.lease_until_ms == first_ms}
        wait_s = max(0.0, (first_ms - self._clock.now_ms()) / 1000)
        self._telemetry.event("waiting for another converter's lease", seconds=wait_s)
        self._clock.sleep(wait_s)
        return True

    def _now(self, row: LedgerRow) -> LedgerRow | None:
        try:
            return self._ledger.row(row.log_group, row.window)
        except UnreadableItemError:
            return None  # nobody knows how long its lease is

    def _unknown(self, row: LedgerRow) -> bool:
        return _holding(row) not in self._waited


def _holding(row: LedgerRow) -> tuple[LogGroupName, Window, str]:
    return row.log_group, row.window, row.trying.owner
