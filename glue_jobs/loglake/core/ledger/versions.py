"""The parts of a ledger row: the current version of a window, the attempt at another one, the last failure."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from loglake.core.accounting import Accounting
from loglake.core.ledger.states import WindowState
from loglake.core.units import EPOCH, EpochMs

V = TypeVar("V", bound="Version")


@dataclass(frozen=True)
class Version:
    """The raw objects that one generation of a window is converted from.

    Attributes:
        generation: each attempt at the window has its own, from 1, and its own keys.
        task_id: the export task that wrote the raw objects; empty if all were landed.
        exported_at_ms: when that task was started; later events may be missing.
        objects: raw objects with data, and `size_bytes` their size in S3.
        digest: of the list of raw objects (`conversion.objects_digest`); empty if none was noted.
        landed: objects were landed for this window, alone or besides exported ones.
        includes: of a window that replaces landed hours: from, to and generation of the hours that its list covers.
    """

    generation: int = 1
    task_id: str = ""
    exported_at_ms: EpochMs = EPOCH
    objects: int = 0
    size_bytes: int = 0
    digest: str = ""
    landed: bool = False
    includes: tuple[tuple[int, int, int], ...] = ()

    @property
    def holds_exports(self) -> bool:
        """Whether it has all exported events of the window. False if it has only landed objects."""
        return not self.landed or bool(self.task_id)

    @classmethod
    def of(cls: type[V], other: Version, **more: Any) -> V:
        """A source with the same raw objects as another."""
        same = {each.name: getattr(other, each.name) for each in fields(Version)}
        return cls(**{**same, **more})


@dataclass(frozen=True)
class Current(Version):
    """The committed version, even if it has no rows.

    Attributes:
        accounting: what became of its events.
        partitions: the partition folders that its files are in.
        events_before: the versions that it replaced had at least so many events; None if that is not known.
        table_files: how many files it added to the table, and `table_bytes` their size; None if that is not known.
    """

    accounting: Accounting = field(default_factory=Accounting)
    partitions: tuple[str, ...] = ()
    events_before: int | None = None
    table_files: int | None = None
    table_bytes: int | None = None


@dataclass(frozen=True)
class Attempt(Version):
    """What is being tried.

    Attributes:
        state: PLANNED, EXPORTING, EXPORTED or CONVERTING.
        tries: export tasks that were started for it.
        reason: what went wrong last.
        owner: the converter that works on it; its lease lasts until `lease_until_ms`.
        not_before_ms: it is not exported earlier than this.
        empty_retry: its export was empty although CloudWatch counted incoming events, and is retried.
        reconverts: it converts the raw objects of the current version once more.
        accepts_fewer: it may have fewer events than what it replaces.
    """

    state: WindowState = WindowState.PLANNED
    tries: int = 0
    reason: str = ""
    owner: str = ""
    lease_until_ms: EpochMs = EPOCH
    not_before_ms: EpochMs = EPOCH
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
        ignored_at_ms: when a person ignored it.
        reconverts: it was to convert the raw objects of the current version once more.
        accepts_fewer: it was allowed to have fewer events than what it replaces.
        reconversion: why a later reconversion of the current version failed; empty if none did.
    """

    reason: str = ""
    failed_at_ms: EpochMs = EPOCH
    tries: int = 0
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
