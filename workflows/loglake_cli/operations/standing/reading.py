"""The status of a deployment or a kept local run, from its ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import groupby

from loglake.aws.ledger_rows import LedgerContents
from loglake.core.accounting import total
from loglake.core.keys import REQUESTS
from loglake.core.landing.days import LandedTotal, days_between
from loglake.core.landing.objects import KEPT_MS
from loglake.core.ledger.row import CLOSED, TERMINAL, LedgerRow, WindowState, not_replaced, pending_around
from loglake.core.ledger.stretches import windows_in
from loglake.core.state_items import KEPT_FROM, LANDED_TOTAL, of_groups, paused, values
from loglake.core.units import EPOCH, EpochMs, LogGroupName, day_of
from loglake.errors import AccessDeniedError
from loglake.pipelines.side_by_side import for_each
from loglake_cli.operations.evidence import Evidence, KnownState
from loglake_cli.operations.jobs import JobSettings
from loglake_cli.operations.standing.holes import absent, complete_until, gaps, is_quiet
from loglake_cli.operations.standing.missing import AskedTime, Lack, Missing, lack_of, lacks_of_group
from loglake_cli.operations.standing.status import (
    GroupStatus,
    SlotStatus,
    Status,
    day_passes,
    status_of_landed,
    status_of_slot,
)
from loglake_cli.operations.verify.quick import lost_files


def status_of(evidence: Evidence) -> Status:
    """The status of a deployment, or of a kept local run, which exports nothing any more.

    Reads the whole ledger, and unpacks no closed month unless a row has some of its time.
    """
    ledger, settings, now_ms = evidence.ledger, evidence.settings(), evidence.clock.now_ms()
    read = partial(ledger.rows_and_totals, settings.settle_after_ms)
    rows, runs = not_replaced(read()), evidence.runs()
    evidence.load(row.table for row in rows)
    there = evidence.log_group_names()
    # Log groups of landed events may be in another account.
    gone = () if there is None else tuple(sorted({row.log_group for row in rows if row.holds_exports} - there))
    open_gaps = tuple(evidence.open_gaps())
    removed = of_groups(ledger, KEPT_FROM)
    found = Status(
        now_ms,
        status_of_groups(rows, paused(ledger), now_ms, settings.settle_after_ms),
        status_of_landed(evidence.landed(), _arrived(ledger, now_ms)),
        slot_of(evidence),
        runs,
        gone,
        settings,
        tuple(item for _, item in sorted(ledger.unreadable.items())),
        gaps=open_gaps,
        missing=Missing((*map(lack_of, open_gaps), *_lacks(rows, settings, evidence, gone))),
        removed=removed,
    )
    with suppress(AccessDeniedError):  # the rest of the status is useful
        requests = evidence.control.list(f"{REQUESTS}requested/") if evidence.changes else ()
        found = replace(found, requests=tuple(item.key for item in requests))
    # A run has begun to remove files of the others.
    staying = [row for row in rows if not row.has_days_before(removed.get(row.log_group, EPOCH))]
    try:
        return replace(found, lost=lost_files(staying, evidence.lake, read if evidence.changes else None))
    except AccessDeniedError as error:  # the rest of the status is useful
        return replace(found, lake_unknown=str(error))


def _arrived(ledger: KnownState, now_ms: EpochMs) -> Mapping[str, LandedTotal]:
    """How many objects landed on each day: as noted, and of days without a note as far as they are known."""
    totals = values(ledger, LANDED_TOTAL)
    if isinstance(ledger, LedgerContents):  # they are counted one by one
        return totals
    days = [day for day in days_between(now_ms - KEPT_MS, now_ms) if day_of(day) not in totals]
    counts = for_each(lambda day: sum(1 for _ in ledger.landed_on(day)), days)
    return {**totals, **{day_of(day): LandedTotal(count) for day, count in zip(days, counts)}}


def _lacks(
    rows: Iterable[LedgerRow], settings: JobSettings, evidence: Evidence, gone: Collection[LogGroupName]
) -> Iterator[Lack]:
    """What answers over all tables and times lack. Nothing more is exported from a kept run, and of what is gone."""
    now_ms = evidence.clock.now_ms() if evidence.changes else None
    for name, mine in groupby(rows, lambda row: row.log_group):
        asked = AskedTime(None, None, None if name in gone else now_ms, settings.settle_after_ms)
        yield from lacks_of_group(list(mine), asked)


def slot_of(evidence: Evidence) -> SlotStatus | None:
    """Which task has the export slot; None if no log groups are kept."""
    if evidence.tasks is None:
        return None
    try:
        return status_of_slot(evidence.tasks.active(), evidence.raw.bucket)
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
        rows: and stretches, ordered by log group and window.
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


def _counts(rows: Iterable[LedgerRow]) -> Counter[WindowState]:
    counts = Counter[WindowState]()
    for row in rows:
        counts[row.state] += windows_in(row)
    return counts


def status_of_group(
    name: LogGroupName,
    rows: Sequence[LedgerRow],
    paused_since_ms: EpochMs | None,
    now_ms: EpochMs,
    settle_after_ms: int,
) -> GroupStatus:
    """A log group that has windows; `rows` are all of them, or stretches of them, in order."""
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
        counts=_counts(rows),
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
