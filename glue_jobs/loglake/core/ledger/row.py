"""The ledger: one row per (log group, window), the only truth about progress.

A row keeps three things apart. `current` is the version that is in the table. `attempt` is what is being tried.
`failure` is the last attempt that failed. Every change is a method that returns the next version of the row, and is
written on condition that the stored row has the version before. If two runs want the same change, one gets it, and the
other reads again.

An attempt that succeeds becomes `current`, and clears the failure that it resolves, in the same write. An attempt that
fails becomes the failure. Converting the current version's raw objects again (`schema set`, `rerun --quarantined`) is
an attempt that leaves the failure alone, whether it succeeds or not.

What each reader needs:

- planning (`derive`, `days`, `asked`): the state; of FAILED rows when they failed, of CONVERTED ones
  when they were exported and what came of it; which rows inside a window are in the table (`live`).
- exporting (`candidate`, `lane`, `replacing`): the attempt, with its tries and its time; `live`, and that
  of the rows inside, for what must not be lost.
- converting (`claims`, `leases`): state and owner of the attempt. `committer` compares what the
  attempt gave with `live` of the row and of those inside.
- landing (`windows`, `day_settling`): the newest list of raw objects, and what it includes.
- compaction: the generation of `current`, while no attempt is under way.
- status: the state, `live` for what is in the table, attempt and failure for what holds a window up.
- `rerun`: the failure's raw objects. `ignore`: the failure. `rerun --quarantined` and `schema set`: the current ones.
- the simulation and the tests with random histories: `live`, to compare the table with what was exported by then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from loglake.core.accounting import Accounting
from loglake.core.keys import WindowKeys, window_prefix
from loglake.core.ledger.versions import (
    CLOSED,
    MAX_ATTEMPTS,
    PASSES,
    TERMINAL,
    TRANSITIONS,
    UNDER_WAY,
    Attempt,
    Current,
    Failure,
    Queue,
    Version,
    WindowState,
)
from loglake.core.units import EPOCH, MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, day_of
from loglake.core.unreadable import UnreadableItem
from loglake.core.windows import Window, WindowName
from loglake.errors import UnreadableItemError

__all__ = [
    "CLOSED",
    "MAX_ATTEMPTS",
    "PASSES",
    "TERMINAL",
    "TRANSITIONS",
    "UNDER_WAY",
    "Attempt",
    "Current",
    "Failure",
    "LedgerRow",
    "Queue",
    "Version",
    "WindowState",
    "all_readable",
    "not_replaced",
    "pending_around",
]

SUPERSEDED_MS = 3 * MS_PER_DAY
"""How long a replaced window's row stays: longer than any job runs, so that whoever is late still finds it changed."""


@dataclass(frozen=True)
class LedgerRow:
    """One window of one log group.

    Attributes:
        table: the table that its events go to.
        key_prefix: ``<group>/<window>`` of its S3 keys.
        version: the number of changes of this row; every write is conditional on it.
        generation: that of the newest attempt.
        queue: the queue in which it waits, or waited, for the export slot.
        updated_at_ms: when this version was written.
        current: the version that is in the table.
        attempt: what is being tried.
        failure: the last attempt that failed, until it is resolved.
        decisions: the names of decisions that may have brought rows of it, or of landed hours that it replaces, into
            the table: that of the current version first, if there is one, and of a CONVERTING row the one under which
            it is being converted last.
        superseded_by: the wider window that holds its time.
        unreadable: why the stored row can't be read; then only log group and window are known.
    """

    log_group: LogGroupName
    window: Window
    table: str
    key_prefix: str = ""
    version: int = 1
    generation: int = 1
    queue: Queue = Queue.FRESH
    updated_at_ms: EpochMs = EPOCH
    current: Current | None = None
    attempt: Attempt | None = None
    failure: Failure | None = None
    decisions: tuple[str, ...] = ()
    superseded_by: Window | None = None
    unreadable: UnreadableItem | None = None

    def __post_init__(self) -> None:
        """Fills in the key prefix of a new row, and states the invariants."""
        if not self.key_prefix:
            object.__setattr__(self, "key_prefix", window_prefix(self.log_group, self.window))
        if self.attempt and (self.attempt.generation != self.generation or self.superseded_by):
            raise ValueError(f"{self.log_group} {self.window}: an attempt has the newest generation, and none holds it")

    @property
    def name(self) -> WindowName:
        """What identifies the window in the ledger."""
        return self.log_group, self.window

    @property
    def state(self) -> WindowState:
        """The window's state."""
        if self.unreadable:
            return WindowState.UNREADABLE
        if self.superseded_by:
            return WindowState.SUPERSEDED
        if self.attempt:
            return self.attempt.state
        return WindowState.FAILED if self.failure else WindowState.CONVERTED

    @property
    def expires_ms(self) -> EpochMs | None:
        """From when on the ledger no longer has the row; None if it stays."""
        return EpochMs(self.updated_at_ms + SUPERSEDED_MS) if self.superseded_by else None

    @property
    def live(self) -> Current | None:
        """The version that is in the table now; None if there is none, or a wider window replaced it."""
        return None if self.superseded_by else self.current

    @property
    def marked_hours(self) -> list[LedgerRow]:
        """The landed hours that its list includes, as it leaves them once it is about to be committed: SUPERSEDED.

        A row may have expired before a commit that was killed goes on; the list still says which files were there.
        """
        places = self.newest.includes
        hours = ((Window(EpochMs(start), EpochMs(end)), generation) for start, end, generation in places)
        return [
            LedgerRow(
                self.log_group,
                hour,
                self.table,
                generation=generation,
                decisions=self.decisions[:-1],
                superseded_by=self.window,
            )
            for hour, generation in hours
        ]

    @property
    def newest(self) -> Version:
        """The attempt, else the failure, else the current version. It has the longest list of landed objects."""
        return self.attempt or self.failure or self.current or Version(self.generation)

    @property
    def trying(self) -> Attempt:
        """The attempt of a row that has one.

        Raises:
            ValueError: it has none; a bug in the caller.
        """
        if self.attempt is None:
            raise ValueError(f"{self.log_group} {self.window} is {self.state.value}: nothing is being tried")
        return self.attempt

    @property
    def open_decisions(self) -> tuple[str, ...]:
        """Names of decisions later than the current version's, which may have been made or not."""
        return self.decisions[bool(self.current) :]

    @property
    def landed(self) -> bool:
        """Whether objects were landed for this window."""
        return any(each.landed for each in (self.attempt, self.failure, self.current) if each)

    @property
    def holds_exports(self) -> bool:
        """Whether all exported events of this window are, or will be, its rows.

        False if it has only landed objects, and if a wider window replaced it.
        """
        return not self.superseded_by and self.newest.holds_exports

    @property
    def accounting(self) -> Accounting | None:
        """What became of the events of the current version."""
        return self.current.accounting if self.current else None

    @property
    def reason(self) -> str:
        """The reason of the last failure, until it is resolved."""
        if self.unreadable:
            return str(self.unreadable)
        if self.attempt:
            return self.attempt.reason
        return self.failure.words if self.failure and not self.superseded_by else ""

    @property
    def is_retried(self) -> bool:
        """Whether it FAILED and is retried by itself."""
        return bool(self.state is WindowState.FAILED and self.failure and self.failure.retry_at_ms)

    @property
    def is_trouble(self) -> bool:
        """Whether it FAILED, is not retried by itself, and is not ignored."""
        failed = self.failure if self.state is WindowState.FAILED else None
        return bool(failed and not failed.retry_at_ms and not failed.ignored_at_ms)

    @property
    def is_ignored(self) -> bool:
        """Whether it FAILED and a person ignores it."""
        return bool(self.state is WindowState.FAILED and self.failure and self.failure.ignored_at_ms)

    @property
    def is_first(self) -> bool:
        """Whether it is the first version of an hour or less, so it replaces nothing: no row lies inside it.

        Landed hours are whole ones, and only passes and settled days have narrower windows inside.
        """
        is_short = self.window.to_ms - self.window.from_ms <= MS_PER_HOUR
        return self.generation == 1 and is_short and self.queue not in PASSES and not self.newest.includes

    def has_days_before(self, ms: EpochMs) -> bool:
        """Whether it is over at a time, or its version in the table has days that are."""
        day = f"dt={day_of(ms)}"
        partitions = self.live.partitions if self.live else ()
        return self.window.to_ms <= ms or any(partition < day for partition in partitions)

    def lies_in(self, other: LedgerRow) -> bool:
        """Whether another, wider window of the same log group holds all of this one."""
        return self.log_group == other.log_group and self.window != other.window and other.window.holds(self.window)

    @property
    def keys(self) -> WindowKeys:
        """The S3 keys of the newest generation."""
        return self.keys_at(self.generation)

    def keys_at(self, generation: int) -> WindowKeys:
        """The S3 keys of a generation."""
        return WindowKeys(self.log_group, self.window, generation, self.key_prefix)

    def remember(self, now_ms: EpochMs, decisions: Iterable[str]) -> LedgerRow:
        """The next version of a CONVERTING row that will replace rows of other decisions: theirs may soon be gone."""
        *before, own = self.decisions
        return self._next(now_ms, decisions=(*before, *decisions, own))

    def begin(self, attempt: Attempt, now_ms: EpochMs, queue: Queue | None = None) -> LedgerRow:
        """The next version of this row with another attempt, under a later generation.

        Raises:
            ValueError: the transition table has no such change; a bug in the caller. So here and below.
            UnreadableItemError: nobody knows what the row says. So here and below.
        """
        self._check(attempt.state)
        return self._next(now_ms, attempt=attempt, generation=attempt.generation, queue=queue or self.queue)

    def advance(self, to: WindowState, now_ms: EpochMs, **changes: Any) -> LedgerRow:
        """The next version of this row with changes to its attempt."""
        self._check(to)
        attempt = replace(self.trying, state=to, **changes)
        return self._next(now_ms, attempt=attempt, generation=attempt.generation)

    def claim(self, now_ms: EpochMs, owner: str, decision: str) -> LedgerRow:
        """The next version of this row: a run converts it, and decides about it under a name."""
        claimed = self.advance(WindowState.CONVERTING, now_ms, owner=owner)
        return replace(claimed, decisions=(*self.decisions, decision))

    def succeed(
        self,
        now_ms: EpochMs,
        accounting: Accounting,
        partitions: tuple[str, ...],
        events_before: int | None = None,
        *,
        table_files: int | None = None,
        table_bytes: int | None = None,
        decision: str = "",
        decided_in: str = "",
    ) -> LedgerRow:
        """The next version of this row: its attempt becomes the current version, by the decision of a name.

        The failure is cleared, unless the attempt only converted the current version again.
        """
        self._check(WindowState.CONVERTED)
        done = self.trying
        current = Current.of(
            done,
            accounting=accounting,
            partitions=partitions,
            events_before=events_before,
            table_files=table_files,
            table_bytes=table_bytes,
            decision=decision,
        )
        kept = None
        if done.reconverts and self.failure and not self.failure.reconverts:
            kept = replace(self.failure, reconversion="")
        decisions = (decided_in,) if decided_in else self.decisions[-1:]
        return self._next(now_ms, current=current, attempt=None, failure=kept, decisions=decisions)

    def fail(self, now_ms: EpochMs, reason: str, retry_at_ms: EpochMs = EPOCH, *, empty: bool = False) -> LedgerRow:
        """The next version of this row: its attempt becomes the failure.

        It is retried by itself at `retry_at_ms`, if that is given; `empty`: because its export was empty. If converting
        the current version again fails, an earlier failure stays, and its reason mentions both.
        """
        self._check(WindowState.FAILED)
        tried = self.trying
        if tried.reconverts and self.failure and not self.failure.reconverts:
            failed = replace(self.failure, reconversion=reason, ignored_at_ms=EPOCH)
        else:
            failed = Failure.of(
                tried,
                reason=reason,
                failed_at_ms=now_ms,
                tries=tried.tries,
                retry_at_ms=retry_at_ms,
                empty_retry=empty,
                reconverts=tried.reconverts,
                accepts_fewer=tried.accepts_fewer,
            )
        return self._next(now_ms, attempt=None, failure=failed)

    def retry(self, now_ms: EpochMs, *, accepts_fewer: bool = False) -> LedgerRow:
        """The next version of a row at rest that is exported again, as if it had not been tried.

        One that is CONVERTED is exported again if its files and its raw objects are gone.
        """
        if self.state not in {WindowState.FAILED, WindowState.CONVERTED}:
            raise ValueError(f"{self.log_group} {self.window} is {self.state.value}, and can't be retried")
        failed = self.failure or Failure.of(self.newest, reason="it is exported again", failed_at_ms=now_ms)
        fewer = accepts_fewer or failed.accepts_fewer
        again = replace(
            failed, retry_at_ms=now_ms, tries=0, empty_retry=False, accepts_fewer=fewer, ignored_at_ms=EPOCH
        )
        return self._next(now_ms, failure=again, queue=Queue.REQUESTED)

    def supersede(self, now_ms: EpochMs, by: Window) -> LedgerRow:
        """The next version of this row: a wider window replaces it.

        Of its versions only the generation is left, and the ledger forgets even that some days later (`expires_ms`,
        whose seconds are all that is stored of its time).
        """
        self._check(WindowState.SUPERSEDED)
        at_ms = EpochMs(now_ms - now_ms % 1000)
        return self._next(at_ms, current=None, attempt=None, failure=None, queue=Queue.FRESH, superseded_by=by)

    def confirm(self, now_ms: EpochMs, exported_at_ms: EpochMs) -> LedgerRow:
        """The next version of a row whose current version's events were read again: all of them, and no others."""
        if self.live is None or self.attempt or self.unreadable:
            raise ValueError(f"{self.log_group} {self.window} is {self.state.value}: nothing can be confirmed")
        return self._next(now_ms, current=replace(self.live, exported_at_ms=exported_at_ms), failure=None)

    def lose(self, now_ms: EpochMs, left: Current, decision: str) -> LedgerRow:
        """The next version of a row, with another decision about what is left of its current version."""
        if self.live is None or self.attempt or left.generation != self.live.generation:
            raise ValueError(f"{self.log_group} {self.window} is {self.state.value}: its current version must stay")
        return self._next(now_ms, current=left, decisions=(decision, *self.open_decisions))

    def ignore(self, now_ms: EpochMs) -> LedgerRow:
        """The next version of a FAILED row with the failure ignored."""
        if self.state is not WindowState.FAILED or self.failure is None:
            raise ValueError(f"{self.log_group} {self.window} is {self.state.value}, and can't be ignored")
        return self._next(self.updated_at_ms, failure=replace(self.failure, ignored_at_ms=now_ms))

    def _check(self, to: WindowState) -> None:
        if self.unreadable:
            raise UnreadableItemError(self.unreadable.key, self.unreadable.reason)
        if to not in TRANSITIONS[self.state]:
            raise ValueError(f"{self.log_group} {self.window}: {self.state.value} can't become {to.value}")

    def _next(self, now_ms: EpochMs, **changes: Any) -> LedgerRow:
        return replace(self, version=self.version + 1, updated_at_ms=now_ms, **changes)


def pending_around(row: LedgerRow, group: Iterable[LedgerRow]) -> LedgerRow | None:
    """The pending wider window that is about to replace a window, or None.

    Until it is CONVERTED or FAILED, the windows inside it are not reopened: its commit waits for them to come to rest.
    """
    return next((other for other in group if row.lies_in(other) and other.state not in TERMINAL), None)


def not_replaced(rows: Iterable[LedgerRow]) -> list[LedgerRow]:
    """The rows that hold their own time, in their order."""
    return [row for row in rows if not row.superseded_by]


def all_readable(rows: Iterable[LedgerRow]) -> list[LedgerRow]:
    """The rows, for callers that need all of them.

    Raises:
        UnreadableItemError: one can't be read.
    """
    found = list(rows)
    for row in found:
        if row.unreadable:
            raise UnreadableItemError(row.unreadable.key, row.unreadable.reason)
    return found
