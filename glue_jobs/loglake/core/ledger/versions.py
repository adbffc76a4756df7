"""What a ledger row keeps apart: the current version of a window, the attempt at another one, the last failure."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from loglake.core.accounting import Accounting
from loglake.core.ledger.states import WindowState
from loglake.core.units import EPOCH, EpochMs

V = TypeVar("V", bound="Version")


@dataclass(frozen=True)
class Version:
    """What one generation of a window is converted from.

    Attributes:
        generation: of the window: each attempt has its own, from 1, and so has keys of its own.
        task_id: the export task that wrote the raw objects; empty if all of them were landed.
        exported_at_ms: when that task was started; what came later may be missing.
        objects: raw objects with data, and `size_bytes` their size in S3.
        digest: of the list of raw objects (`conversion.objects_digest`); empty if none was noted.
        landed: objects were landed for this window, alone or besides exported ones.
        includes: of a window in the place of landed hours: from, to and generation of those whose objects its list has.
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
        """Whether all exported events of the window are among its events: of landed objects alone none is."""
        return not self.landed or bool(self.task_id)

    @classmethod
    def of(cls: type[V], other: Version, **more: Any) -> V:
        """One that is made from the same raw objects as another."""
        same = {each.name: getattr(other, each.name) for each in fields(Version)}
        return cls(**{**same, **more})


@dataclass(frozen=True)
class Current(Version):
    """The committed version, also one without rows.

    Attributes:
        accounting: what became of its events.
        partitions: the partition folders that its files are in.
        events_before: at least so many events the versions had whose place it took; None if nothing is known of them.
        table_files: how many files it brought into the table, and `table_bytes` their size; None if that is not known.
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
        reason: what went wrong with it last.
        owner: the converter that works on it, and `lease_until_ms` how long it may without renewing.
        not_before_ms: it is not exported earlier than this.
        empty_retry: an export of it gave nothing though events were taken in, and is done once more.
        reconverts: it converts the raw objects of the current version once more.
        accepts_fewer: it may take away more events than it brings.
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
        failed_at_ms: when it failed; by that a pass knows whether it has tried the window.
        tries: export tasks that were started for it.
        ignored_at_ms: when a person said that nothing is to be done about it.
        reconverts: it was to convert the raw objects of the current version once more.
        accepts_fewer: it was allowed to take away more events than it brings.
        reconversion: why converting the current version once more failed since; empty if it did not.
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
        """All that went wrong, for a person."""
        if not self.reconversion:
            return self.reason
        return f"{self.reconversion} (while what is in the table was converted again; before that: {self.reason})"
