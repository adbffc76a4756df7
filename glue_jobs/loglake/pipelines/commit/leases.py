"""Leases on windows: one converter works on a window at a time, and a silent one is waited for and fenced off."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Callable

from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ports.clock import Clock
from loglake.core.ports.ledger import Ledger
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window, WindowName
from loglake.errors import LeaseLostError, LedgerConflictError, LoglakeError, UnreadableItemError
from loglake.pipelines.ports import ConvertPorts


class Leases:
    """The leases of one converter, renewed in the background every third of a lease.

    Thread-safe: writes of one window follow one another, and those of different windows may come at the same time.
    Leaving the context manager gives back the windows that are still held.

    Attributes:
        ledger: stores them.
        clock: decides when they run out.
    """

    def __init__(self, ledger: Ledger, clock: Clock, owner: str, lease_s: float) -> None:
        self.ledger = ledger
        self.clock = clock
        self._owner = owner
        self._lease_s = lease_s
        self._held: dict[WindowName, LedgerRow] = {}
        self._locks: dict[WindowName, threading.Lock] = {}
        self._stop = threading.Event()
        self._renewer = threading.Thread(target=self._keep_renewing, name="leases", daemon=True)

    def __enter__(self) -> Leases:
        """Starts renewing."""
        self._renewer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops renewing, and gives back windows that are not done."""
        self._stop.set()
        self._renewer.join()
        for row in list(self._held.values()):
            with suppress(LoglakeError):  # another converter has it, or will once the lease runs out
                self.give_back(row)

    def claim(self, row: LedgerRow) -> LedgerRow | None:
        """Takes a window that is exported or has an expired lease; None if another converter was faster."""
        if not row.claimable(self.clock.now_ms()):
            return None
        claimed = row.advance(
            WindowState.CONVERTING, self.clock.now_ms(), owner=self._owner, lease_until_ms=self._until()
        )
        try:
            self.ledger.replace(claimed)
        except LedgerConflictError:
            return None
        with self._lock(claimed):
            self._held[claimed.name] = claimed
        return claimed

    def holds(self, row: LedgerRow) -> bool:
        """Whether this converter still works on a window: neither finished nor taken over."""
        return row.name in self._held

    def check(self, row: LedgerRow) -> LedgerRow:
        """Renews the lease on a window: the fence before every irreversible step.

        Raises:
            LeaseLostError: another converter has taken the window.
        """
        with self._lock(row):
            held = self._own(row)
            return self._save(held.advance(WindowState.CONVERTING, self.clock.now_ms(), lease_until_ms=self._until()))

    def give_back(self, row: LedgerRow, **changes: Any) -> LedgerRow:
        """Makes a window EXPORTED again, and lets go of it. Raises LeaseLostError as `check` does."""
        now_ms = self.clock.now_ms()
        free = {"owner": "", "lease_until_ms": now_ms, **changes}
        return self.finish(row, lambda held: held.advance(WindowState.EXPORTED, now_ms, **free))

    def finish(self, row: LedgerRow, end: Callable[[LedgerRow], LedgerRow]) -> LedgerRow:
        """Writes a window's end, and lets go of it. Raises LeaseLostError as `check` does."""
        with self._lock(row):
            return self._save(end(self._own(row)))

    def _lock(self, row: LedgerRow) -> threading.Lock:
        return self._locks.setdefault(row.name, threading.Lock())

    def _own(self, row: LedgerRow) -> LedgerRow:
        held = self._held.get(row.name)
        if held is None:
            raise LeaseLostError(f"{row.log_group} {row.window}: the lease of {self._owner} ran out")
        return held

    def _save(self, row: LedgerRow) -> LedgerRow:
        """A conditional write that keeps `_held` right; a conflict means that another converter has the window."""
        try:
            self.ledger.replace(row)
        except LedgerConflictError:
            self._held.pop(row.name, None)
            raise LeaseLostError(f"{row.log_group} {row.window}: another converter took it over") from None
        if row.state is WindowState.CONVERTING:
            self._held[row.name] = row
        else:
            self._held.pop(row.name, None)
        return row

    def _until(self) -> EpochMs:
        return EpochMs(self.clock.now_ms() + int(self._lease_s * 1000))

    def _keep_renewing(self) -> None:
        while not self._stop.wait(self._lease_s / 3):
            for row in list(self._held.values()):
                # If this fails, it is done, or its next check reports why; a passing fault is retried in a moment.
                with suppress(LoglakeError):
                    self.check(row)


class LeaseWaiter:
    """Waits for the leases of converters that went silent."""

    def __init__(self, ports: ConvertPorts, deadline_ms: int) -> None:
        self._ports = ports
        self._deadline_ms = deadline_ms
        self._waited: set[tuple[LogGroupName, Window, str]] = set()

    def wait(self) -> bool:
        """Waits for the first lease of another converter to run out.

        False if there is none, if it is too late, or if all have been waited for: an owner that renewed its lease
        meanwhile is alive and needs no help.
        """
        listed = self._ports.ledger.in_states(WindowState.CONVERTING)  # the index may still list one of our own windows
        silent = [
            row
            for row in map(self._now, listed)
            if row and row.state is WindowState.CONVERTING and _holding(row) not in self._waited
        ]
        first_ms = min((row.trying.lease_until_ms for row in silent), default=self._deadline_ms)
        if first_ms >= self._deadline_ms:
            return False
        self._waited |= {_holding(row) for row in silent if row.trying.lease_until_ms == first_ms}
        wait_s = max(0.0, (first_ms - self._ports.clock.now_ms()) / 1000)
        self._ports.telemetry.event("waiting for another converter's lease", seconds=wait_s)
        self._ports.clock.sleep(wait_s)
        return True

    def _now(self, row: LedgerRow) -> LedgerRow | None:
        try:
            return self._ports.ledger.row(row.log_group, row.window)
        except UnreadableItemError:
            return None  # nobody knows how long its lease is


def _holding(row: LedgerRow) -> tuple[LogGroupName, Window, str]:
    return row.log_group, row.window, row.trying.owner
