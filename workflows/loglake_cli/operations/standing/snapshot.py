"""A snapshot of the ledger's table, of a deployment or a kept local run, and the status from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from gluelocal.kept.restore import kept_runs
from loglake.core.accounting import total
from loglake.core.catalog_gaps import CatalogGap
from loglake.core.keys import REQUESTS
from loglake.core.landing.days import LandedTotal
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.row import CLOSED, TERMINAL, LedgerRow, not_replaced, pending_around
from loglake.core.run.outcome import RunNote
from loglake.core.state_items import (
    CATALOG_GAP,
    KEPT_FROM,
    KINDS,
    LANDED_TOTAL,
    RUN,
    StateReader,
    of_groups,
    paused,
    values,
)
from loglake.core.units import EPOCH, EpochMs, LogGroupName
from loglake.core.unreadable import UnreadableItem
from loglake.errors import AccessDeniedError, UnreadableItemError
from loglake_cli.local.kept_ledger import kept_contents
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.evidence import kept_store
from loglake_cli.operations.jobs import JobSettings, kept_settings, last_runs, with_unnoted
from loglake_cli.operations.standing.holes import absent, complete_until, gaps, is_quiet
from loglake_cli.operations.standing.missing import AskedTime, Lack, Missing, Why, lacks_of_group
from loglake_cli.operations.standing.status import (
    GroupStatus,
    SlotStatus,
    Status,
    day_passes,
    status_of_landed,
    status_of_slot,
)
from loglake_cli.operations.verify.quick import lost_files


@dataclass(frozen=True)
class LedgerSnapshot:
    """The contents of a ledger's table.

    Attributes:
        rows: all windows that no wider one has replaced, ordered by log group and window.
        landed: the landed objects that have not expired; may be read once.
        totals: how many objects landed on each day.
        paused: the paused log groups, and since when.
        runs: how the last run of each job went.
        unreadable: unreadable items of the table; those of landed objects after `landed` was read.
        gaps: the open catalog gaps.
        removed: log groups with removed days, and until when these were.
    """

    rows: Sequence[LedgerRow]
    landed: Iterable[LandedObject]
    totals: Mapping[str, LandedTotal]
    paused: Mapping[LogGroupName, EpochMs]
    runs: tuple[RunNote, ...] = ()
    unreadable: Mapping[str, UnreadableItem] = field(default_factory=dict)
    gaps: tuple[CatalogGap, ...] = ()
    removed: Mapping[LogGroupName, EpochMs] = field(default_factory=dict)

    @property
    def staying(self) -> list[LedgerRow]:
        """The rows whose files all stay: a run has begun to remove files of the others."""
        return [row for row in self.rows if not row.has_days_before(self.removed.get(row.log_group, EPOCH))]


def snapshot_of(deployment: Deployment) -> LedgerSnapshot:
    """The snapshot of a deployment. Reads the whole table."""
    ledger = deployment.ledger
    for kind in KINDS:
        ledger.load_all(kind)
    rows, known = not_replaced(ledger.all_rows()), landed_objects(deployment)
    for table in sorted({row.table for row in rows if row.table}):
        with suppress(UnreadableItemError):  # the ledger reports it
            ledger.latest(table)
    gaps, runs = _open_gaps(ledger), deployment.runs()
    totals, removed = values(ledger, LANDED_TOTAL), of_groups(ledger, KEPT_FROM)
    return LedgerSnapshot(rows, known, totals, paused(ledger), runs, ledger.unreadable, gaps, removed)


def landed_objects(deployment: Deployment) -> Iterator[LandedObject]:
    """The known landed objects, without unreadable ones that were deleted since."""
    for each in deployment.ledger.landed_objects():
        if each.state is not LandedState.FAILED or deployment.raw.exists(each.key):
            yield each


def kept_snapshot(keep: Path) -> LedgerSnapshot:
    """The snapshot of a kept local run; nothing is started for it.

    Raises:
        ConfigError: there is no kept run.
    """
    kept = kept_contents(keep)
    for kind in KINDS:
        kept.load_all(kind)
    kept.schemas()
    runs = with_unnoted(values(kept, RUN).values(), last_runs(kept_runs(keep)))
    gaps, landed = _open_gaps(kept), kept.landed_objects()
    totals = values(kept, LANDED_TOTAL)
    removed = of_groups(kept, KEPT_FROM)
    return LedgerSnapshot(
        not_replaced(kept.all_rows()), landed, totals, paused(kept), runs, kept.unreadable, gaps, removed
    )


def deployed_status(deployment: Deployment) -> Status:
    """The status of a deployment on AWS."""
    snapshot = snapshot_of(deployment)
    found = _status(snapshot, deployment.clock.now_ms(), slot_of(deployment), deployment.settings())
    gone = _gone(deployment, snapshot.rows)
    missing = _missing(snapshot, found.settings, found.now_ms, gone)
    found = replace(found, gone=gone, missing=missing)
    with suppress(AccessDeniedError):  # the rest of the status is useful
        requests = deployment.control.list(f"{REQUESTS}requested/")
        found = replace(found, requests=tuple(item.key for item in requests))
    try:
        return replace(found, lost=lost_files(snapshot.staying, deployment.lake, deployment.ledger))
    except AccessDeniedError as error:  # the rest of the status is useful
        return replace(found, lake_unknown=str(error))


def kept_status(keep: Path, now_ms: EpochMs) -> Status:
    """The status of a kept local run; nothing is started for it.

    Raises:
        ConfigError: there is no kept run.
    """
    snapshot = kept_snapshot(keep)
    found = _status(snapshot, now_ms, None, kept_settings(keep))
    found = replace(found, missing=_missing(snapshot, found.settings, None))
    noted = any(row.live and row.live.table_files for row in snapshot.rows)
    return replace(found, lost=lost_files(snapshot.staying, kept_store(keep, "lake"))) if noted else found


def _status(snapshot: LedgerSnapshot, now_ms: EpochMs, slot: SlotStatus | None, settings: JobSettings) -> Status:
    return Status(
        now_ms,
        status_of_groups(snapshot.rows, snapshot.paused, now_ms, settings.settle_after_ms),
        status_of_landed(snapshot.landed, snapshot.totals),
        slot,
        snapshot.runs,
        settings=settings,
        unreadable=tuple(item for _, item in sorted(snapshot.unreadable.items())),
        gaps=snapshot.gaps,
        removed=snapshot.removed,
    )


def _missing(
    snapshot: LedgerSnapshot, settings: JobSettings, now_ms: EpochMs | None, gone: Collection[LogGroupName] = ()
) -> Missing:
    """What answers over all tables and times lack; `now_ms` is None if nothing is exported any more."""
    lacks = [Lack(Why.NOT_IN_CATALOG, gap.table, count=gap.missing.count) for gap in snapshot.gaps]
    for name, rows in groupby(snapshot.rows, lambda row: row.log_group):
        asked = AskedTime(None, None, None if name in gone else now_ms, settings.settle_after_ms)
        lacks += lacks_of_group(list(rows), asked)
    return Missing(tuple(lacks))


def _open_gaps(notes: StateReader) -> tuple[CatalogGap, ...]:
    return tuple(gap for gap in values(notes, CATALOG_GAP).values() if gap.missing)


def _gone(deployment: Deployment, rows: Sequence[LedgerRow]) -> tuple[LogGroupName, ...]:
    """Exported log groups that are gone; log groups of landed events may be in another account."""
    there = deployment.log_group_names()
    return () if there is None else tuple(sorted({row.log_group for row in rows if row.holds_exports} - there))


def slot_of(deployment: Deployment) -> SlotStatus | None:
    """Which task has the export slot; None if no log groups are kept."""
    if deployment.tasks is None:
        return None
    try:
        return status_of_slot(deployment.tasks.active(), deployment.raw.bucket)
    except AccessDeniedError as error:  # the rest of the status is useful
        return SlotStatus(unknown=str(error))


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
    complete_ms = complete_until(rows, now_ms)
    troubled = [row for row in rows if row.reason and row.state not in CLOSED and not row.is_ignored]
    last = max(troubled, key=lambda row: row.updated_at_ms, default=None)
    held_ms = last.failure.retry_at_ms if last and last.is_retried and last.failure else EPOCH
    failed = [row for row in rows if row.is_trouble]
    return GroupStatus(
        log_group=name,
        table=next((row.table for row in reversed(rows) if row.table), ""),
        complete_until_ms=complete_ms,
        lag_ms=None if is_quiet(rows) else max(0, now_ms - (complete_ms or rows[0].window.from_ms)),
        counts=Counter(row.state for row in rows),
        retried=sum(row.is_retried for row in rows),
        settling=sum(not missing for row, missing in absent(rows) if row.state not in TERMINAL or row.is_retried),
        days=day_passes(rows, settle_after_ms),
        # One inside a pending window needs nobody: its time is exported with that window.
        failed=tuple(row for row in failed if pending_around(row, rows) is None),
        ignored=sum(row.is_ignored for row in rows),
        last_error=last.reason if last else "",
        held_until_ms=held_ms if held_ms > now_ms else None,
        gaps=tuple(gaps(rows)),
        accounting=total(row.live.accounting for row in rows if row.live),
        ways=tuple(sorted({row.live.way for row in rows if row.live})),
        paused_since_ms=paused_since_ms,
    )
