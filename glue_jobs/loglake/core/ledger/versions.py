"""The parts of a ledger row: its state, its current version, the attempt at another one, the last failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, TypeVar

from loglake.core.accounting import Accounting
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs


class WindowState(str, Enum):
    """A window's progress from CloudWatch to the table."""

    EXPORTING = "EXPORTING"
    EXPORTED = "EXPORTED"
    CONVERTING = "CONVERTING"
    CONVERTED = "CONVERTED"
    FAILED = "FAILED"
    SUPERSEDED = "SUPERSEDED"
    UNREADABLE = "UNREADABLE"  # its row can't be read; this state is never written


class Queue(str, Enum):
    """Why a window is exported; `core.planning.order` says which queue goes first."""

    REQUESTED = "requested"  # a person asked for it
    FRESH = "fresh"  # its day has not settled yet
    CATCH_UP = "catch_up"  # never exported, though its day should have settled by now
    SETTLED = "settled"  # a day's fresh windows once more, as one window
    FINAL = "final"  # a settled day once more, when no late event can come any more


PASSES: frozenset[Queue] = frozenset({Queue.SETTLED, Queue.FINAL})

FINAL_AFTER_MS = 15 * MS_PER_DAY
"""PutLogEvents takes events up to 14 days old, and they are exportable 12 hours later."""

TERMINAL: frozenset[WindowState] = frozenset({WindowState.CONVERTED, WindowState.FAILED, WindowState.SUPERSEDED})
CLOSED: frozenset[WindowState] = frozenset({WindowState.CONVERTED, WindowState.SUPERSEDED})
"""States with nothing left to do: the index of pending rows has none of them."""

UNDER_WAY: frozenset[WindowState] = frozenset({WindowState.EXPORTING, WindowState.EXPORTED, WindowState.CONVERTING})
"""States in which a task or a converter works on the window, or is about to."""

TRANSITIONS: Mapping[WindowState, frozenset[WindowState]] = {
    # To itself: the task id is recorded after the intent, so that a crash between the two finds the task by name.
    # If the export slot is busy, the row stays as it is until the task can be started.
    WindowState.EXPORTING: frozenset({WindowState.EXPORTING, WindowState.EXPORTED, WindowState.FAILED}),
    # To itself, under the next generation: more objects of the window were landed.
    WindowState.EXPORTED: frozenset({WindowState.CONVERTING, WindowState.EXPORTED}),
    # To itself: another run takes it over once its owner's lease ran out.
    # Back to EXPORTED: a converter gives the window back, such as at its deadline.
    WindowState.CONVERTING: frozenset(
        {WindowState.CONVERTING, WindowState.CONVERTED, WindowState.EXPORTED, WindowState.FAILED}
    ),
    # Another attempt, under the next generation: an export, or a conversion of the raw objects, if more of them were
    # landed or a person asks for it.
    # SUPERSEDED: a wider window replaces it.
    WindowState.CONVERTED: frozenset({WindowState.EXPORTING, WindowState.EXPORTED, WindowState.SUPERSEDED}),
    WindowState.FAILED: frozenset({WindowState.EXPORTING, WindowState.EXPORTED, WindowState.SUPERSEDED}),
    WindowState.SUPERSEDED: frozenset(),
    WindowState.UNREADABLE: frozenset(),
}

MAX_ATTEMPTS = 5
"""Export tasks of one attempt before a window is FAILED with its reason."""


V = TypeVar("V", bound="Version")


@dataclass(frozen=True)
class Version:
    """The raw objects that one generation of a window is converted from.

    Attributes:
        generation: each attempt at the window has its own, from 1, and its own keys.
        task_id: the export task that wrote the raw objects, or the id of the read; empty if all were landed.
        exported_at_ms: when that was started; later events may be missing.
        objects: raw objects with data, and `size_bytes` their size in S3.
        digest: of the list of raw objects (`conversion.objects_digest`); empty if none was noted.
        landed: objects were landed for this window, alone or besides exported ones.
        includes: of a window that replaces landed hours: from, to and generation of the hours that its list covers.
        pages: how many pages of FilterLogEvents were read; 0 if a task wrote the raw objects.
        events: how many events were read, and `id_sum` the sum of their ids' 64-bit hashes, modulo 2**63.
    """

    generation: int = 1
    task_id: str = ""
    exported_at_ms: EpochMs = EPOCH
    objects: int = 0
    size_bytes: int = 0
    digest: str = ""
    landed: bool = False
    includes: tuple[tuple[int, int, int], ...] = ()
    pages: int = 0
    events: int = 0
    id_sum: int = 0

    @property
    def is_read(self) -> bool:
        """Whether the events were read, not exported by a task."""
        return self.pages > 0

    @property
    def way(self) -> str:
        """How its events came: ``read``, ``task`` or ``landing``."""
        return "read" if self.is_read else "task" if self.task_id else "landing"

    @property
    def holds_exports(self) -> bool:
        """Whether it has all exported events of the window. False if it has only landed objects."""
        return not self.landed or bool(self.task_id)

    @classmethod
    def of(cls: type[V], other: Version, **more: Any) -> V:
        """A source with the same raw objects as another."""
        return cls(**{each.name: getattr(other, each.name) for each in fields(Version)} | more)


@dataclass(frozen=True)
class Current(Version):
    """The committed version, even if it has no rows.

    Attributes:
        accounting: what became of its events.
        partitions: the partition folders that its files are in.
        events_before: the versions that it replaced had at least so many events; None if that is not known.
        table_files: how many files it added to the table, and `table_bytes` their size; None if that is not known.
        decision: the SHA-256 of the manifest that decided it (`Manifest.digest`); empty if none was noted.
    """

    accounting: Accounting = field(default_factory=Accounting)
    partitions: tuple[str, ...] = ()
    events_before: int | None = None
    table_files: int | None = None
    table_bytes: int | None = None
    decision: str = ""


@dataclass(frozen=True)
class Attempt(Version):
    """What is being tried.

    Attributes:
        state: EXPORTING, EXPORTED or CONVERTING.
        tries: export tasks that were started for it.
        reason: what went wrong last.
        owner: the converter that works on it, or was the last to do so; empty if none was.
        empty_retry: an earlier export was empty although CloudWatch counted incoming events; this one counts.
        reconverts: it converts the raw objects of the current version once more.
        accepts_fewer: it may have fewer events than what it replaces.
    """

    state: WindowState = WindowState.EXPORTING
    tries: int = 0
    reason: str = ""
    owner: str = ""
    empty_retry: bool = False
    reconverts: bool = False
    accepts_fewer: bool = False


@dataclass(frozen=True)
class Failure(Version):
    """The last attempt that failed, until another one resolves it.

    Attributes:
        reason: why it failed.
        failed_at_ms: when it failed; it shows whether a pass has tried the window.
        tries: export tasks that were started for it.
        retry_at_ms: when it is retried by itself; 0: a person decides.
        empty_retry: its export was empty although CloudWatch counted incoming events, and is retried once.
        ignored_at_ms: when a person ignored it.
        reconverts: it was to convert the raw objects of the current version once more.
        accepts_fewer: it was allowed to have fewer events than what it replaces.
        reconversion: why a later reconversion of the current version failed; empty if none did.
    """

    reason: str = ""
    failed_at_ms: EpochMs = EPOCH
    tries: int = 0
    retry_at_ms: EpochMs = EPOCH
    empty_retry: bool = False
    ignored_at_ms: EpochMs = EPOCH
    reconverts: bool = False
    accepts_fewer: bool = False
    reconversion: str = ""

    @property
    def words(self) -> str:
        """All reasons, for a person."""
        if not self.reconversion:
            return self.reason
        return f"{self.reconversion} (while what is in the table was converted again; before that: {self.reason})"
