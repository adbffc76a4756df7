"""A deployment's status: how far each log group is, what failed, and who has the export slot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from loglake.core.accounting import Accounting
from loglake.core.catalog_gaps import CatalogGap
from loglake.core.cloud_types import ExportTask
from loglake.core.keys import EXPORTS
from loglake.core.landing.days import LandedTotal
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.row import TERMINAL, LedgerRow, WindowState
from loglake.core.ledger.stretches import day_ends
from loglake.core.planning.passes import Pass, pass_at
from loglake.core.run.outcome import Outcome, RunNote
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName, day_of
from loglake.core.unreadable import UnreadableItem
from loglake.core.windows import Window
from loglake_cli.operations.jobs import JobSettings
from loglake_cli.operations.standing.missing import Missing
from loglake_cli.operations.verify.quick import LostFiles


@dataclass(frozen=True, slots=True)
class DayPasses:
    """Days of a log group with rows in the table, by the pass that all of their windows have reached.

    Attributes:
        fresh: their late events still have to be exported.
        settled: exported again after they were over.
        final: exported after the last possible late event.
        oldest_unsettled_ms: the start of the oldest fresh day; None if there is none.
    """

    fresh: int = 0
    settled: int = 0
    final: int = 0
    oldest_unsettled_ms: EpochMs | None = None


def day_passes(rows: Iterable[LedgerRow], settle_after_ms: int) -> DayPasses:
    """The days of a log group's rows. A window counts for the day that it ends in; landed windows have no pass.

    For a window that is exported again, the current rows count until the new ones are committed.
    """
    days: dict[EpochMs, Pass] = {}
    for row in rows:
        if row.live and row.live.holds_exports:
            reached = pass_at(row.live.exported_at_ms, row.window, settle_after_ms)
            days.update((end, min(reached, days.get(end, reached))) for end in day_ends(row))
    fresh = [EpochMs(end - MS_PER_DAY) for end, reached in days.items() if reached is Pass.FRESH]
    counts = list(days.values())
    return DayPasses(len(fresh), counts.count(Pass.SETTLED), counts.count(Pass.FINAL), min(fresh, default=None))


FEW = 50
"""So many log groups are all shown; of more, `SHOWN` ones."""
SHOWN = 20
"""How many failed landed objects and skipped log groups a status names: there may be many thousands."""


@dataclass(frozen=True, slots=True)
class GroupStatus:
    """One log group.

    Attributes:
        table: the table of its newest window.
        complete_until_ms: all of its windows before this are in the table, without gaps, and their hours are over; None
            if that is not so of its first window. Nothing is known of objects that no run has taken in.
        lag_ms: how long ago that is; None if everything is in the table and the newest window was landed, because the
            next delivery is not known.
        counts: its windows by state.
        retried: FAILED windows that are retried by themselves.
        settling: pending windows with their time in the table already, which replace those rows; `waiting` has the
            others.
        days: how final its days are.
        failed: windows that need a person, in order.
        ignored: FAILED windows that a person ignores.
        last_error: the last error of a window that is not done; empty if there was none.
        held_until_ms: that window is not retried before then; None if the next run retries it.
        gaps: times between its windows that no request covers.
        accounting: of its windows in the table. A replaced window counts in the wider one.
        ways: how the events in the table came: ``landing``, ``read``, ``task``.
        paused_since_ms: None where it is not paused.
    """

    log_group: LogGroupName
    table: str = ""
    complete_until_ms: EpochMs | None = None
    lag_ms: int | None = None
    counts: Mapping[WindowState, int] = field(default_factory=dict)
    retried: int = 0
    settling: int = 0
    days: DayPasses = field(default_factory=DayPasses)
    failed: tuple[LedgerRow, ...] = ()
    ignored: int = 0
    last_error: str = ""
    held_until_ms: EpochMs | None = None
    gaps: tuple[Window, ...] = ()
    accounting: Accounting = field(default_factory=Accounting)
    ways: tuple[str, ...] = ()
    paused_since_ms: EpochMs | None = None

    @property
    def pending(self) -> int:
        """Pending windows."""
        return sum(count for state, count in self.counts.items() if state not in TERMINAL) + self.retried

    @property
    def waiting(self) -> int:
        """Pending windows that add missing time."""
        return self.pending - self.settling


@dataclass(frozen=True)
class LandedStatus:
    """The landed objects.

    Attributes:
        known: scanned objects.
        failed: how many of these can't be read; `unread`: the first `SHOWN` of them.
        quarantined: entries of quarantine that belong to no table.
        skipped: log groups with landed events that no table takes; at most `SHOWN`.
        more_skipped: there are others.
    """

    known: int = 0
    failed: int = 0
    unread: tuple[LandedObject, ...] = ()
    quarantined: int = 0
    skipped: tuple[str, ...] = ()
    more_skipped: bool = False


@dataclass(frozen=True)
class SlotStatus:
    """The one export task that an account and Region may have.

    Attributes:
        task: the active one; None if the slot is free, or if `unknown` says why it is not known.
        ours: whether this deployment started it.
    """

    task: ExportTask | None = None
    ours: bool = False
    unknown: str = ""


@dataclass(frozen=True)
class Status:
    """The status of a deployment at one time.

    Attributes:
        slot: None without export tasks, as for a kept local run.
        runs: how the last run of each job went.
        gone: exported log groups that are gone, in order, if log groups can be listed.
        settings: those of the export job.
        unreadable: items of the ledger's table that can't be read, by their keys.
        lost: missing table files, and ones with another size, but for windows of closed months.
        lake_unknown: why that is not known; empty if it is.
        gaps: the open catalog gaps, in the order of their tables.
        requests: the keys of requests that no run has taken up.
        missing: what answers over all tables and times lack.
        removed: log groups with days that `retention_days` removed, and until when these were.
    """

    now_ms: EpochMs
    groups: tuple[GroupStatus, ...]
    landed: LandedStatus
    slot: SlotStatus | None = None
    runs: tuple[RunNote, ...] = ()
    gone: tuple[LogGroupName, ...] = ()
    settings: JobSettings = field(default_factory=JobSettings)
    unreadable: tuple[UnreadableItem, ...] = ()
    lost: tuple[LostFiles, ...] = ()
    lake_unknown: str = ""
    gaps: tuple[CatalogGap, ...] = ()
    requests: tuple[str, ...] = ()
    missing: Missing = field(default_factory=Missing)
    removed: Mapping[LogGroupName, EpochMs] = field(default_factory=dict)

    def is_done(self, group: GroupStatus) -> bool:
        """Whether a log group has no pending window, and all of its rows can be queried."""
        return not group.pending and all(gap.table != group.table for gap in self.gaps)

    @property
    def kept(self) -> bool:
        """Whether it is a kept local run, which has no log groups and no schedule any more."""
        return self.slot is None

    @property
    def stopped(self) -> tuple[RunNote, ...]:
        """The jobs with a failed last run."""
        return tuple(run for run in self.runs if run.outcome is Outcome.FAILED)

    @property
    def failed(self) -> bool:
        """Whether something needs a person."""
        given_up = any(gap.given_up for gap in self.gaps)
        troubles = (self.landed.failed, self.stopped, self.unreadable, self.lost, given_up)
        return any(troubles) or any(group.failed for group in self.groups)


def status_of_landed(objects: Iterable[LandedObject], totals: Mapping[str, LandedTotal]) -> LandedStatus:
    """The status of landed objects; reads them once, and keeps only what it shows.

    Args:
        objects: what the ledger knows of them. Those that left nothing to do have expired after a while.
        totals: how many arrived on each day.
    """
    arrived = Counter({day: total.objects for day, total in totals.items()})
    there: Counter[str] = Counter()
    failed = quarantined = 0
    unread: list[LandedObject] = []
    skipped: set[str] = set()
    more = False
    for each in objects:
        there[day_of(each.arrived_ms)] += 1
        quarantined += each.quarantined
        if each.state is LandedState.FAILED:
            failed += 1
            unread += [each] if len(unread) < SHOWN else []
        skipped.update(each.skipped)
        more = more or each.skipped_groups > len(each.skipped) or len(skipped) > SHOWN
        skipped = set(sorted(skipped)[:SHOWN])
    known = sum((arrived | there).values())
    return LandedStatus(known, failed, tuple(unread), quarantined, tuple(sorted(skipped)), more)


def status_of_slot(task: ExportTask | None, raw_bucket: str) -> SlotStatus:
    """Whether the active task is this deployment's: its tasks export below ``exports/`` of its own bucket."""
    return SlotStatus(task, task is not None and task.bucket == raw_bucket and task.prefix.startswith(EXPORTS))
