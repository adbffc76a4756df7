"""What an answer lacks, for the tables and times that a query reads. Of a deployment only these rows are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby

from athena_duckdb.query.query_bounds import ALWAYS, TimeRange
from loglake.aws.ledger_rows import LedgerContents
from loglake.core.ledger.row import LedgerRow, Queue, not_replaced
from loglake.core.run.outcome import EXPORT
from loglake.core.state_items import KEPT_FROM, RUN, known_groups, of_groups, values
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs, LogGroupName, format_instant
from loglake.pipelines.side_by_side import for_each
from loglake_cli.operations.evidence import Evidence, KnownState, StoredState
from loglake_cli.operations.standing.missing import AskedTime, Lack, Missing, Reads, lack_of, lacks_of_group

_WIDEST_MS = 32 * MS_PER_DAY
"""Windows are at most a month wide, except one that begins before its log group's creation."""

_FIRST_EXPORTS = (Queue.REQUESTED.value, Queue.FRESH.value, Queue.CATCH_UP.value)

_QUIET_MS = 2 * MS_PER_DAY
"""A log group without exports for so long may be gone: then none is missing."""


def missing_in(evidence: Evidence, reads: Reads) -> Missing:
    """What an answer over a deployment or a kept local run lacks. A kept run exports nothing more.

    If the query says since when, it asks DynamoDB once for each log group that a schedule exports or that has landed,
    for that time. If it doesn't, or if a table has no row of these, it reads the ledger.
    """
    if reads is not None and not reads:
        return Missing()
    ledger, now_ms = evidence.ledger, evidence.clock.now_ms() if evidence.changes else None
    from_ms, to_ms = _hull(reads)
    groups: list[list[LedgerRow]] = []
    if from_ms is not None and not isinstance(ledger, LedgerContents):
        names = sorted(known_groups(ledger))
        groups = for_each(partial(_rows, ledger, EpochMs(max(from_ms, 0)), to_ms), names)
    if not groups or _strange(reads, groups):
        groups = [list(rows) for _, rows in groupby(not_replaced(ledger.all_rows()), lambda row: row.log_group)]
    settle_ms = evidence.settings().settle_after_ms
    found: list[Lack] = []
    kept_from = of_groups(ledger, KEPT_FROM)
    there: set[LogGroupName] | None = None
    for rows in filter(None, groups):
        end_ms = max(row.window.to_ms for row in rows)
        quiet = now_ms is not None and rows[-1].holds_exports and end_ms < now_ms - _QUIET_MS
        if quiet and there is None:
            there = evidence.log_group_names()
        gone = quiet and there is not None and rows[0].log_group not in there
        kept_ms = kept_from.get(rows[0].log_group, EPOCH)
        found += _of_rows(rows, reads, None if gone else now_ms, settle_ms, kept_ms)
    strange = _strange(reads, groups)
    unknown = f"the ledger has no window of {', '.join(strange)}." if strange else ""
    if evidence.changes:
        gaps = evidence.open_gaps()  # what Athena does not see yet
        found += [lack_of(gap) for gap in gaps if reads is None or gap.table in reads]
        unknown = unknown or _first_exports(ledger, to_ms)
    return Missing(tuple(found), unknown)


def _strange(reads: Reads, groups: Iterable[Sequence[LedgerRow]]) -> list[str]:
    """The tables that a query reads and no row is of."""
    return sorted({*(reads or ())} - {row.table for rows in groups for row in rows})


def _first_exports(ledger: KnownState, to_ms: int | None) -> str:
    """What the rows can't say: a log group has none before its first export begins."""
    export = values(ledger, RUN).get(EXPORT)
    first = [export.waiting[queue] for queue in _FIRST_EXPORTS if queue in export.waiting] if export else []
    if not first or (to_ms is not None and min(each.oldest_ms for each in first) >= to_ms):
        return ""
    since = format_instant(min(each.oldest_ms for each in first))
    return (
        f"windows since {since} wait for their first export, perhaps of log groups that the ledger does not know yet."
    )


def _rows(ledger: StoredState, from_ms: EpochMs, to_ms: EpochMs | None, log_group: LogGroupName) -> list[LedgerRow]:
    """A log group's rows of a time; all of them if these may not be all."""
    since_ms = EpochMs(max(from_ms - _WIDEST_MS, 0))
    rows = not_replaced(ledger.rows_between(log_group, since_ms, to_ms))
    if not rows or rows[0].window.from_ms > from_ms:
        return not_replaced(ledger.rows(log_group))
    return rows


def _of_rows(
    rows: Sequence[LedgerRow],
    reads: Reads,
    now_ms: EpochMs | None,
    settle_after_ms: int,
    kept_from_ms: EpochMs,
) -> Iterator[Lack]:
    """What one log group lacks. Rows that can't be read may be of any table."""
    tables = {row.table for row in rows if row.table}
    for from_ms, to_ms in _times(reads, tables or None):
        asked = AskedTime(_ms(from_ms), _ms(to_ms), now_ms, settle_after_ms, kept_from_ms)
        yield from lacks_of_group(rows, asked)


def _times(reads: Reads, tables: set[str] | None) -> Iterable[TimeRange]:
    """The times of a query over any of some tables, or over any table."""
    if reads is None:
        return [ALWAYS]
    return dict.fromkeys(time for table, time in reads.items() if tables is None or table in tables)


def _hull(reads: Reads) -> tuple[EpochMs | None, EpochMs | None]:
    times = list(_times(reads, None))
    begins, ends = [begin for begin, _ in times], [end for _, end in times]
    return (
        None if None in begins else EpochMs(min(each for each in begins if each is not None)),
        None if None in ends else EpochMs(max(each for each in ends if each is not None)),
    )


def _ms(value: int | None) -> EpochMs | None:
    return None if value is None else EpochMs(value)
