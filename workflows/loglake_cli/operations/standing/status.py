"""How far each log group is, what failed, and who has the export slot: a pure function of a snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from loglake.core.accounting import total
from loglake.core.catalog_gaps import CatalogGap
from loglake.core.cloud_types import ExportTask
from loglake.core.keys import EXPORTS
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.row import CLOSED, TERMINAL, LedgerRow, WindowState, pending_around
from loglake.core.run.outcome import Outcome, RunNote
from loglake.core.units import EPOCH, EpochMs, LogGroupName
from loglake.core.unreadable import UnreadableItem
from loglake.core.windows import Window, merge, subtract
from loglake_cli.operations.day_passes import DayPasses, day_passes
from loglake_cli.operations.job_settings import JobSettings
from loglake_cli.operations.verify.quick import LostFiles

SHOWN = 20
"""How many failed landed objects and skipped log groups a status names: there may be many thousands."""


@dataclass(frozen=True)
class GroupStatus:
    """One log group.

    Attributes:
        table: the table of its newest window.
        complete_until_ms: all of its windows before this are in the table, without gaps; None if its first window is
            not.
        lag_ms: how long ago that is; None if everything is in the table and the newest window was landed, because the
            next delivery is not known.
        counts: its windows by state.
        settling: pending windows with their time in the table already, which replace those rows; `waiting` has the
            others.
        days: how final its days are.
        failed: windows that need a person, in order.
        ignored: FAILED windows that a person ignores.
        last_error: the last error of a window that is not done; empty if there was none.
        held_until_ms: that window is not retried before then; None if the next run retries it.
        gaps: times between its windows that no request covers.
        rows: rows of its windows in the table. A replaced window counts in the wider one.
        quarantined: entries of quarantine of these.
        dropped: events of these that the dataset's own transformation left out.
        violations: fields of events of these that break the schema contract of their dataset.
        read_as: events of these by the format that read them; ``text`` are those that no other did.
        paused_since_ms: None where it is not paused.
    """

    log_group: LogGroupName
    table: str = ""
    complete_until_ms: EpochMs | None = None
    lag_ms: int | None = None
    counts: Mapping[WindowState, int] = field(default_factory=dict)
    settling: int = 0
    days: DayPasses = field(default_factory=DayPasses)
    failed: tuple[LedgerRow, ...] = ()
    ignored: int = 0
    last_error: str = ""
    held_until_ms: EpochMs | None = None
    gaps: tuple[Window, ...] = ()
    rows: int = 0
    quarantined: int = 0
    dropped: int = 0
    violations: int = 0
    read_as: Mapping[str, int] = field(default_factory=dict)
    paused_since_ms: EpochMs | None = None

    @property
    def pending(self) -> int:
        """Pending windows."""
        return sum(count for state, count in self.counts.items() if state not in TERMINAL)

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
        lost: missing table files, and ones with another size.
        lake_unknown: why that is not known; empty if it is.
        gaps: the open catalog gaps, in the order of their tables.
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


def status_of_groups(
    rows: Iterable[LedgerRow],
    paused: Mapping[LogGroupName, EpochMs],
    now_ms: EpochMs,
    settle_after_ms: int,
) -> tuple[GroupStatus, ...]:
    """All log groups that have a window or are paused, in the order of their names.

    Args:
        rows: ordered by log group and window.
        paused: log groups with the time since which they are paused.
        now_ms: the time.
        settle_after_ms: how long after its end a day has settled.
    """
    known = {
        name: status_of_group(name, list(mine), paused.get(name), now_ms, settle_after_ms)
        for name, mine in groupby(rows, lambda row: row.log_group)
    }
    idle = {name: GroupStatus(name, paused_since_ms=since) for name, since in paused.items()}
    return tuple(group for _, group in sorted({**idle, **known}.items()))


def status_of_group(
    name: LogGroupName,
    rows: Sequence[LedgerRow],
    paused_since_ms: EpochMs | None,
    now_ms: EpochMs,
    settle_after_ms: int,
) -> GroupStatus:
    """A log group that has windows; `rows` are all of them, in order."""
    complete_ms = complete_until(rows)
    troubled = [row for row in rows if row.reason and row.state not in CLOSED and not row.is_ignored]
    last = max(troubled, key=lambda row: row.updated_at_ms, default=None)
    held_ms = last.attempt.not_before_ms if last and last.attempt else EPOCH
    done = [row.live.accounting for row in rows if row.live]
    failed = [row for row in rows if row.is_trouble]
    return GroupStatus(
        log_group=name,
        table=next((row.table for row in reversed(rows) if row.table), ""),
        complete_until_ms=complete_ms,
        lag_ms=None if _is_quiet(rows) else max(0, now_ms - (complete_ms or rows[0].window.from_ms)),
        counts=Counter(row.state for row in rows),
        settling=sum(not missing for row, missing in _missing(rows) if row.state not in TERMINAL),
        days=day_passes(rows, settle_after_ms),
        # One inside a pending window needs nobody: its time is exported with that window.
        failed=tuple(row for row in failed if pending_around(row, rows) is None),
        ignored=sum(row.is_ignored for row in rows),
        last_error=last.reason if last else "",
        held_until_ms=held_ms if held_ms > now_ms else None,
        gaps=tuple(gaps(rows)),
        rows=sum(accounting.rows_out for accounting in done),
        quarantined=sum(accounting.quarantined for accounting in done),
        dropped=sum(accounting.dropped for accounting in done),
        violations=sum(accounting.violations for accounting in done),
        read_as=total(done).read_as,
        paused_since_ms=paused_since_ms,
    )


def complete_until(rows: Sequence[LedgerRow]) -> EpochMs | None:
    """The end of the first stretch of windows in the table; None if the first window is not in it.

    A window that is exported again keeps its earlier rows meanwhile, and so does the time of a wider one that replaces
    others. Hours without landed events have no window, so nothing is missing between landed ones.
    """
    start, end = rows[0].window.from_ms, max(row.window.to_ms for row in rows)
    absent = [gap.from_ms for gap in gaps(rows)]
    absent += [missing[0].from_ms for _, missing in _missing(rows) if missing]
    reach = min(absent, default=end)
    return reach if reach > start else None


def _missing(rows: Sequence[LedgerRow]) -> Iterator[tuple[LedgerRow, list[Window]]]:
    """Each window that holds its time, with its part that is not in the table; landed events hour by hour."""
    covered = merge(row.window for row in rows if row.live and row.live.holds_exports)
    landed = merge(row.window for row in rows if row.live and not row.live.holds_exports)
    for row in rows:
        if row.state is WindowState.SUPERSEDED:
            continue
        if row.live:
            yield row, []
        elif row.holds_exports:
            yield row, subtract(row.window, covered)
        else:
            yield row, subtract(row.window, landed)


def gaps(rows: Sequence[LedgerRow]) -> list[Window]:
    """The times between a log group's windows that none of them holds, in order, except before landed hours."""
    reach = rows[0].window.from_ms
    found = []
    for row in rows:
        if row.window.from_ms > reach and row.holds_exports:
            found.append(Window(reach, row.window.from_ms))
        reach = max(reach, row.window.to_ms)
    return found


def status_of_landed(objects: Iterable[LandedObject]) -> LandedStatus:
    """The status of landed objects; reads them once, and keeps only what it shows."""
    known = failed = quarantined = 0
    unread: list[LandedObject] = []
    skipped: set[str] = set()
    more = False
    for each in objects:
        known += 1
        quarantined += each.quarantined
        if each.state is LandedState.FAILED:
            failed += 1
            unread += [each] if len(unread) < SHOWN else []
        skipped.update(each.skipped)
        more = more or each.skipped_groups > len(each.skipped) or len(skipped) > SHOWN
        skipped = set(sorted(skipped)[:SHOWN])
    return LandedStatus(known, failed, tuple(unread), quarantined, tuple(sorted(skipped)), more)


def status_of_slot(task: ExportTask | None, raw_bucket: str) -> SlotStatus:
    """Whether the active task is this deployment's: its tasks export below ``exports/`` of its own bucket."""
    ours = task is not None and task.bucket == raw_bucket and task.prefix.startswith(EXPORTS)
    return SlotStatus(task, ours)


def _is_quiet(rows: Sequence[LedgerRow]) -> bool:
    return not rows[-1].holds_exports and not any(missing for _, missing in _missing(rows))
