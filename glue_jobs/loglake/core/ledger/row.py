"""The ledger: one row per (log group, window), the only truth about progress.

The states are an enum, the allowed changes a table; every change is a conditional write on the row's version, so of
two runs that want the same change one gets it and the other reads again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from loglake.core.accounting import Accounting
from loglake.core.keys import WindowKeys, window_prefix
from loglake.core.ledger.set_aside import SetAside
from loglake.core.units import EPOCH, EpochMs, LogGroupName
from loglake.core.windows import Window


class WindowState(str, Enum):
    """Where a window is on its way from CloudWatch to the table."""

    PLANNED = "PLANNED"
    EXPORTING = "EXPORTING"
    EXPORTED = "EXPORTED"
    CONVERTING = "CONVERTING"
    CONVERTED = "CONVERTED"
    FAILED = "FAILED"
    SUPERSEDED = "SUPERSEDED"


class Line(str, Enum):
    """Which line a window waits in for the account's one export slot; `core.turns` says whose turn it is."""

    ASKED = "asked"  # a person asked for it
    FRESH = "fresh"  # its day has not settled yet
    CATCH_UP = "catch_up"  # never exported, though its day should have settled by now
    SETTLED = "settled"  # a day's fresh windows once more, as one
    LAST = "last"  # a settled day once more, when nothing can come any more


TERMINAL: frozenset[WindowState] = frozenset({WindowState.CONVERTED, WindowState.FAILED, WindowState.SUPERSEDED})
CLOSED: frozenset[WindowState] = frozenset({WindowState.CONVERTED, WindowState.SUPERSEDED})
"""Nothing is left to do about these: the index of pending rows has none of them."""

UNDER_WAY: frozenset[WindowState] = frozenset({WindowState.EXPORTING, WindowState.EXPORTED, WindowState.CONVERTING})
"""A task or a converter has the window in hand, or is about to."""

TRANSITIONS: Mapping[WindowState, frozenset[WindowState]] = {
    # FAILED without a task: nothing can be exported, such as from a deleted group.
    # SUPERSEDED, here and below: a wider window holds its time from now on.
    WindowState.PLANNED: frozenset({WindowState.EXPORTING, WindowState.FAILED, WindowState.SUPERSEDED}),
    # Back to PLANNED: the task failed or was cancelled, and another attempt is due.
    # To itself: the task id is recorded after the intent, so that a crash between the two finds the task by name.
    WindowState.EXPORTING: frozenset(
        {WindowState.EXPORTING, WindowState.EXPORTED, WindowState.PLANNED, WindowState.FAILED}
    ),
    # To itself, under the next generation: more objects of the window were landed.
    WindowState.EXPORTED: frozenset({WindowState.CONVERTING, WindowState.EXPORTED}),
    # To itself: the owner renews its lease, or another run takes it over after it ran out.
    # Back to EXPORTED: a converter gives the window back, such as at its deadline.
    # FAILED: it can't be converted; or it is, and the failed export that was set aside is told again.
    WindowState.CONVERTING: frozenset(
        {WindowState.CONVERTING, WindowState.CONVERTED, WindowState.EXPORTED, WindowState.FAILED}
    ),
    # Under the next generation: exported again, or converted again from the raw objects that are there, since more of
    # them were landed or a person asked for it.
    WindowState.CONVERTED: frozenset({WindowState.PLANNED, WindowState.EXPORTED, WindowState.SUPERSEDED}),
    # A person re-opened it, or more of its objects were landed.
    WindowState.FAILED: frozenset({WindowState.PLANNED, WindowState.EXPORTED, WindowState.SUPERSEDED}),
    WindowState.SUPERSEDED: frozenset(),
}

MAX_ATTEMPTS = 5
"""Export attempts before a window is FAILED with its reason."""


@dataclass(frozen=True)
class LedgerRow:
    """One window of one log group.

    Attributes:
        table: the table that its events go to.
        generation: counts exports of this window that were meant to replace each other, from 1.
        version: counts changes of this row; every write is conditional on it.
        attempts: export tasks that were started for this generation.
        task_id: the export task of the last attempt, where it is known.
        objects: raw objects with data.
        size_bytes: their size in S3.
        owner: the converter that works on it, and `lease_until_ms` how long it may without renewing.
        accounting: what became of its events, once CONVERTED.
        partitions: the partition folders that its files are in, once CONVERTED.
        reason: why it FAILED, or why the last attempt did.
        updated_at_ms: when this version was written.
        landed: objects were landed for this window, alone or besides exported ones.
        exported_at_ms: when the task was started that wrote this generation's objects; what came later may be missing.
        not_before_ms: a PLANNED window is not exported earlier than this.
        doubted: an export of this generation gave nothing though events were taken in, and is done once more.
        digest: of the list of its raw objects (`conversion.objects_digest`); empty where none was noted.
        standing: the generation whose rows are in the table, while a later one is under way or failed too; 0 where
            there is none, or where it was converted before this was noted.
        standing_exported_ms: the `exported_at_ms` of that generation.
        line: which line it waits in while it is PLANNED.
        includes: of a window in the place of landed hours: from, to and generation of those whose objects its list has.
        events_before: events that the windows had whose place this generation takes, as far as these are known; None
            where nothing is.
        dismissed_ms: when a person said of a FAILED window that nothing is to be done about it; whatever is done about
            it later, by a pass or by a person, makes it one like any other.
        set_aside: the failed export that the row tells of again once the rows in the table, which are an earlier one's,
            are converted again; None where that is not what is done.
        key_prefix: ``<group>/<window>`` of its S3 keys.
    """

    log_group: LogGroupName
    window: Window
    table: str
    state: WindowState = WindowState.PLANNED
    generation: int = 1
    version: int = 1
    attempts: int = 0
    task_id: str = ""
    objects: int = 0
    size_bytes: int = 0
    owner: str = ""
    lease_until_ms: EpochMs = EPOCH
    accounting: Accounting | None = None
    partitions: tuple[str, ...] = ()
    reason: str = ""
    updated_at_ms: EpochMs = EPOCH
    landed: bool = False
    exported_at_ms: EpochMs = EPOCH
    not_before_ms: EpochMs = EPOCH
    doubted: bool = False
    digest: str = ""
    standing: int = 0
    standing_exported_ms: EpochMs = EPOCH
    line: Line = Line.FRESH
    includes: tuple[tuple[int, int, int], ...] = ()
    events_before: int | None = None
    dismissed_ms: EpochMs = EPOCH
    set_aside: SetAside | None = None
    key_prefix: str = ""

    def __post_init__(self) -> None:
        """Fills in the key prefix of a new row."""
        if not self.key_prefix:
            object.__setattr__(self, "key_prefix", window_prefix(self.log_group, self.window))

    @property
    def holds_exports(self) -> bool:
        """Whether all exported events of this window are, or will be, its rows: of landed ones alone none is."""
        return not self.landed or bool(self.task_id)

    @property
    def in_table(self) -> bool:
        """Whether rows of this window are in the table, of this generation or of one before."""
        return self.state is WindowState.CONVERTED or bool(self.standing)

    @property
    def failed_beside_rows(self) -> bool:
        """Whether it FAILED with another export than the one whose rows are in the table."""
        other = self.standing_exported_ms != self.exported_at_ms
        return self.state is WindowState.FAILED and bool(self.standing) and other

    def lies_in(self, other: LedgerRow) -> bool:
        """Whether another, wider window of the same log group holds all of this one."""
        same = self.log_group == other.log_group and self.window != other.window
        return same and other.window.holds(self.window)

    @property
    def keys(self) -> WindowKeys:
        """The S3 keys of this window's current generation."""
        return WindowKeys(self.log_group, self.window, self.generation, self.key_prefix)

    def advance(self, to: WindowState, now_ms: EpochMs, **changes: Any) -> LedgerRow:
        """The next version of this row.

        Raises:
            ValueError: the transition table has no such change; a bug in the caller.
        """
        if to not in TRANSITIONS[self.state]:
            raise ValueError(f"{self.log_group} {self.window}: {self.state.value} can't become {to.value}")
        changes = {"updated_at_ms": now_ms, "dismissed_ms": EPOCH, **changes}
        if self.state is WindowState.CONVERTED and not self.standing:  # converted before that was noted
            changes = {"standing": self.generation, "standing_exported_ms": self.exported_at_ms, **changes}
        return replace(self, state=to, version=self.version + 1, **changes)

    @property
    def is_trouble(self) -> bool:
        """Whether it FAILED and nobody has dismissed it."""
        return self.state is WindowState.FAILED and not self.dismissed_ms

    def dismiss(self, now_ms: EpochMs) -> LedgerRow:
        """The next version of a FAILED row, which is no trouble any more.

        All else stays, `updated_at_ms` too: by that a pass knows whether it has tried the window.

        Raises:
            ValueError: it is not FAILED; a bug in the caller.
        """
        if self.state is not WindowState.FAILED:
            raise ValueError(f"{self.log_group} {self.window} is {self.state.value}, and can't be dismissed")
        return replace(self, version=self.version + 1, dismissed_ms=now_ms)

    def claimable(self, now_ms: int) -> bool:
        """Whether a converter may take this window: exported, or its owner's lease ran out."""
        expired = self.state is WindowState.CONVERTING and self.lease_until_ms <= now_ms
        return self.state is WindowState.EXPORTED or expired

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "log_group": self.log_group,
            "from_ms": self.window.from_ms,
            "to_ms": self.window.to_ms,
            "table": self.table,
            "state": self.state.value,
            "generation": self.generation,
            "version": self.version,
            "attempts": self.attempts,
            "task_id": self.task_id,
            "objects": self.objects,
            "size_bytes": self.size_bytes,
            "owner": self.owner,
            "lease_until_ms": self.lease_until_ms,
            "accounting": self.accounting.to_json() if self.accounting else None,
            "partitions": list(self.partitions),
            "reason": self.reason,
            "updated_at_ms": self.updated_at_ms,
            "landed": self.landed,
            "exported_at_ms": self.exported_at_ms,
            "not_before_ms": self.not_before_ms,
            "doubted": self.doubted,
            "digest": self.digest,
            "standing": self.standing,
            "standing_exported_ms": self.standing_exported_ms,
            "line": self.line.value,
            "includes": [list(place) for place in self.includes],
            "events_before": self.events_before,
            "dismissed_ms": self.dismissed_ms,
            "set_aside": self.set_aside.to_json() if self.set_aside else None,
            "key_prefix": self.key_prefix,
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> LedgerRow:
        """The inverse of `to_json`."""
        return LedgerRow(
            log_group=LogGroupName(data["log_group"]),
            window=Window(EpochMs(int(data["from_ms"])), EpochMs(int(data["to_ms"]))),
            table=data["table"],
            state=WindowState(data["state"]),
            generation=int(data["generation"]),
            version=int(data["version"]),
            attempts=int(data["attempts"]),
            task_id=data["task_id"],
            objects=int(data["objects"]),
            size_bytes=int(data["size_bytes"]),
            owner=data["owner"],
            lease_until_ms=EpochMs(int(data["lease_until_ms"])),
            accounting=Accounting.from_json(data["accounting"]) if data["accounting"] else None,
            partitions=tuple(data["partitions"]),
            reason=data["reason"],
            updated_at_ms=EpochMs(int(data["updated_at_ms"])),
            landed=bool(data.get("landed", False)),  # older rows have neither this field nor the next ones
            exported_at_ms=EpochMs(int(data.get("exported_at_ms", 0))),
            not_before_ms=EpochMs(int(data.get("not_before_ms", 0))),
            doubted=bool(data.get("doubted", False)),
            digest=data.get("digest", ""),
            standing=int(data.get("standing", 0)),
            standing_exported_ms=EpochMs(int(data.get("standing_exported_ms", 0))),
            line=Line(data.get("line", Line.FRESH.value)),
            includes=tuple((int(start), int(end), int(number)) for start, end, number in data.get("includes", ())),
            events_before=data.get("events_before"),
            dismissed_ms=EpochMs(int(data.get("dismissed_ms", 0))),
            set_aside=SetAside.from_json(data["set_aside"]) if data.get("set_aside") else None,
            key_prefix=data.get("key_prefix", ""),
        )


def pending_around(row: LedgerRow, group: Iterable[LedgerRow]) -> LedgerRow | None:
    """The wider window that is on its way to take a window's place; None where there is none.

    Until it is CONVERTED or FAILED, nobody opens again what lies in it: its commit waits until that has come to rest.
    """
    return next((other for other in group if row.lies_in(other) and other.state not in TERMINAL), None)
