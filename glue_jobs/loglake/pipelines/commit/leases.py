"""The lease of a convert run, and the windows that it holds.

A run renews one lease for all its windows: a note in the ledger. Once that ran out, other converters may take the
windows over. It proves nothing, since a run may be stopped at any line and go on later: each row is written on
condition of its version, and each decision is made once (`commit.decisions`).

What is claimed together is decided together, as far as it is of one table and not too much. The name of the decision is
in each row before anything is staged. So whoever takes a row over knows what may have been decided.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Callable

from loglake.core.keys import decision_name
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ports.clock import Clock
from loglake.core.ports.ledger import ConvertLedger
from loglake.core.state_items import LEASE, LEASES, StateItems, change
from loglake.core.units import EpochMs
from loglake.core.windows import WindowName
from loglake.errors import LeaseLostError, LoglakeError, NotFoundError, UnreadableItemError
from loglake.pipelines.ports import ConvertPorts

BATCH_WINDOWS, BATCH_BYTES = 500, 256 * 1024 * 1024
"""The most windows of a decision, and the most raw bytes unless it is about one window: all of them are committed when
the last one is converted."""


class Leases:
    """The lease of one converter, renewed in the background every third of its length, and the windows under it.

    Thread-safe for different windows. Leaving the context manager gives back the windows that are still held.

    Attributes:
        ledger: stores it.
        clock: decides when it runs out.
    """

    def __init__(self, ledger: ConvertLedger, clock: Clock, owner: str, lease_s: float) -> None:
        self.ledger = ledger
        self.clock = clock
        self._owner = owner
        self._lease_s = lease_s
        self._until_ms = 0
        self._held: dict[WindowName, LedgerRow] = {}
        self._again: set[WindowName] = set()
        self._deciding: set[WindowName] = set()
        self._renewing = threading.Lock()
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

    def claim_all(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Takes windows that are exported, or whose converter is silent, unless another converter is faster."""
        until = self._others_until(rows)
        free = [row for row in rows if self._is_free(row, until)]
        if not free:
            return []
        with self._renewing:
            if self._until_ms <= self.clock.now_ms():
                self.renew()
        now_ms = self.clock.now_ms()
        begun = []
        for batch in _batches(free):
            about = [self._owner, *(f"{row.key_prefix} {row.version}" for row in batch)]
            name = decision_name(now_ms, "\n".join(about))
            begun += [row.claim(now_ms, self._owner, name) for row in batch]
        claimed = self.ledger.replace_all(begun)
        self._held.update((row.name, row) for row in claimed)
        self._deciding.difference_update(row.name for row in claimed)
        self._again.update(row.name for row in free if row.trying.owner)
        return claimed

    def holds(self, row: LedgerRow) -> bool:
        """Whether this converter still works on a window: neither finished nor taken over."""
        return row.name in self._held

    def is_again(self, row: LedgerRow) -> bool:
        """Whether a converter had a window before, which may have staged files for it, and decided."""
        return row.name in self._again

    def remember(self, row: LedgerRow, decisions: Iterable[str]) -> None:
        """Notes decisions in a row (`LedgerRow.remember`). Raises LeaseLostError as `check` does."""
        changed = self._own(row).remember(self.clock.now_ms(), decisions)
        if not self.ledger.replace_all([changed]):
            raise self._lost(row)
        self._held[row.name] = changed

    def deciding(self, rows: Iterable[LedgerRow]) -> None:
        """Notes that windows are about to be decided: from now on they may be, whatever comes back."""
        self._deciding.update(row.name for row in rows)

    def check(self, row: LedgerRow) -> None:
        """Reads whether a window is still this converter's.

        Raises:
            LeaseLostError: another converter has taken the window.
        """
        if self.ledger.row(*row.name).version != self._own(row).version:
            raise self._lost(row)

    def give_back(self, row: LedgerRow, **changes: Any) -> LedgerRow:
        """Makes a window EXPORTED again, and lets go of it.

        The row still says who had it. Raises LeaseLostError as `check` does.
        """
        return self.finish(row, lambda held: held.advance(WindowState.EXPORTED, self.clock.now_ms(), **changes))

    def finish(self, row: LedgerRow, end: Callable[[LedgerRow], LedgerRow]) -> LedgerRow:
        """Writes a window's end other than CONVERTED, and lets go of it. Raises LeaseLostError as `check` does.

        Its decision is made without it, unless it may have been made before.
        """
        held = self._own(row)
        if row.name not in self._deciding:
            held = replace(held, decisions=held.decisions[:-1])
        ended = end(held)
        if not self.ledger.replace_all([ended]):
            raise self._lost(row)
        del self._held[row.name]
        return ended

    def finish_all(self, ends: Sequence[tuple[LedgerRow, Callable[[LedgerRow], LedgerRow]]]) -> list[LedgerRow]:
        """Writes the ends of windows that no other converter has taken, and lets go of all; returns the former."""
        ended = [end(held) for row, end in ends if (held := self._held.get(row.name))]
        written = self.ledger.replace_all(ended)
        # The answer to an earlier try of this may have been lost.
        written += [row for row in ended if row not in written and self._is_there(row)]
        for row, _ in ends:
            self._held.pop(row.name, None)
        return written

    def _is_there(self, row: LedgerRow) -> bool:
        """Whether the ledger has a row like this, whenever it was written."""
        with suppress(NotFoundError, UnreadableItemError):
            return replace(self.ledger.row(*row.name), updated_at_ms=row.updated_at_ms) == row
        return False

    def _others_until(self, rows: Iterable[LedgerRow]) -> Mapping[str, EpochMs] | None:
        """Until when the leases of these windows' other converters last; None if nobody knows."""
        if not any(row.state is WindowState.CONVERTING and row.trying.owner != self._owner for row in rows):
            return {}
        with suppress(UnreadableItemError):
            return leases_until(self.ledger)
        return None

    def _is_free(self, row: LedgerRow, until: Mapping[str, EpochMs] | None) -> bool:
        if row.state is not WindowState.CONVERTING:
            return row.state is WindowState.EXPORTED
        if row.trying.owner == self._owner:
            return not self.holds(row)  # the answer to its claim was lost
        return until is not None and until.get(row.trying.owner, 0) <= self.clock.now_ms()

    def _own(self, row: LedgerRow) -> LedgerRow:
        held = self._held.get(row.name)
        if held is None:
            raise LeaseLostError(f"{row.log_group} {row.window}: the lease of {self._owner} ran out")
        return held

    def _lost(self, row: LedgerRow) -> LeaseLostError:
        self._held.pop(row.name, None)
        return LeaseLostError(f"{row.log_group} {row.window}: another converter took it over")

    def renew(self) -> None:
        """Writes how long the lease lasts, and leaves out those that ran out."""
        now_ms = self.clock.now_ms()
        until_ms = EpochMs(now_ms + int(self._lease_s * 1000))
        with suppress(UnreadableItemError):  # if the note can't be read, nobody takes its windows over
            change(
                self.ledger,
                LEASES,
                LEASE,
                {},
                lambda others: {**{owner: ms for owner, ms in others.items() if ms > now_ms}, self._owner: until_ms},
            )
        self._until_ms = until_ms

    def _keep_renewing(self) -> None:
        while not self._stop.wait(self._lease_s / 3):
            with self._renewing, suppress(LoglakeError):  # a passing fault is retried in a moment
                if self._held:
                    self.renew()


def _batches(rows: Iterable[LedgerRow]) -> Iterator[list[LedgerRow]]:
    """What is decided together: windows of one table, in their order."""
    batches: dict[str, list[LedgerRow]] = {}
    for row in rows:
        batch = batches.setdefault(row.table, [])
        size_bytes = sum(each.trying.size_bytes for each in (*batch, row))
        if batch and (len(batch) == BATCH_WINDOWS or size_bytes > BATCH_BYTES):
            yield batches.pop(row.table)
            batch = batches.setdefault(row.table, [])
        batch.append(row)
    yield from batches.values()


class LeaseWaiter:
    """Waits for the leases of converters that went silent."""

    def __init__(self, ports: ConvertPorts, owner: str, deadline_ms: int) -> None:
        self._ports = ports
        self._deadline_ms = deadline_ms
        self._known = {owner}

    def wait(self, rows: Iterable[LedgerRow]) -> bool:
        """Waits for the first lease to run out of another converter of these windows.

        False if there is none, if it is too late, or if all have been waited for: an owner that renewed its lease
        meanwhile is alive and needs no help.
        """
        others = {row.trying.owner for row in rows if row.state is WindowState.CONVERTING} - self._known
        if not others:
            return False
        try:
            leases = leases_until(self._ports.ledger)
        except UnreadableItemError:
            return False
        first_ms = min(leases.get(owner, 0) for owner in others)
        if first_ms >= self._deadline_ms:
            return False
        self._known |= {owner for owner in others if leases.get(owner, 0) == first_ms}
        wait_s = max(0.0, (first_ms - self._ports.clock.now_ms()) / 1000)
        self._ports.telemetry.event("waiting for another converter's lease", seconds=wait_s)
        self._ports.clock.sleep(wait_s)
        return True


def leases_until(ledger: StateItems) -> Mapping[str, EpochMs]:
    """Until when the lease of each converter lasts; those that ran out may be missing.

    Raises:
        UnreadableItemError: nobody knows.
    """
    item = ledger.load(LEASES, LEASE)
    return item.value if item else {}
