"""What an answer lacks, for the tables and times that a query reads. Of a deployment only these rows are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from athena_duckdb.query.query_bounds import ALWAYS, TimeRange
from loglake.core.ledger.row import LedgerRow, Queue, not_replaced
from loglake.core.run.outcome import EXPORT
from loglake.core.state_items import CATALOG_GAP, KEPT_FROM, LANDED_DAYS, RUN, WATERMARK, of_groups, values
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs, LogGroupName, format_instant
from loglake.pipelines.side_by_side import for_each
from loglake_cli.local.kept_ledger import kept_contents
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.jobs import kept_settings
from loglake_cli.operations.standing.missing import AskedTime, Lack, Missing, Reads, Why, lacks_of_group

_WIDEST_MS = 32 * MS_PER_DAY
"""Windows are at most a month wide, except one that begins before its log group's creation."""

_FIRST_EXPORTS = (Queue.REQUESTED.value, Queue.FRESH.value, Queue.CATCH_UP.value)

_QUIET_MS = 2 * MS_PER_DAY
"""A log group without exports for so long may be gone: then none is missing."""


def missing_in(deployment: Deployment, reads: Reads) -> Missing:
    """What an answer over a deployment lacks.

    If the query says since when, it asks DynamoDB once for each log group, for that time; else it reads the ledger.
    """
    if reads is not None and not reads:
        return Missing()
    ledger, now_ms = deployment.ledger, deployment.clock.now_ms()
    from_ms, to_ms = _hull(reads)
    if from_ms is None:
        groups = [list(rows) for _, rows in groupby(not_replaced(ledger.all_rows()), lambda row: row.log_group)]
    else:
        names = {*of_groups(ledger, WATERMARK), *of_groups(ledger, LANDED_DAYS)}
        groups = for_each(partial(_rows, deployment, EpochMs(max(from_ms, 0)), to_ms), sorted(names))
    settle_ms = deployment.settings().settle_after_ms
    found: list[Lack] = []
    kept_from = of_groups(ledger, KEPT_FROM)
    there: set[LogGroupName] | None = None
    for rows in filter(None, groups):
        quiet = rows[-1].holds_exports and max(row.window.to_ms for row in rows) < now_ms - _QUIET_MS
        if quiet and there is None:
            there = deployment.log_group_names()
        gone = quiet and there is not None and rows[0].log_group not in there
        kept_ms = kept_from.get(rows[0].log_group, EPOCH)
        found += _of_rows(rows, reads, None if gone else now_ms, settle_ms, kept_ms)
    known = {row.table for rows in groups for row in rows}
    return Missing((*found, *_gaps(deployment, reads)), _unknown(deployment, reads, known, to_ms))


def _unknown(deployment: Deployment, reads: Reads, known: set[str], to_ms: int | None) -> str:
    """What the rows can't say: a log group has none before its first export begins."""
    if strange := _strange(reads, known):
        return strange
    export = values(deployment.ledger, RUN).get(EXPORT)
    first = [export.waiting[queue] for queue in _FIRST_EXPORTS if queue in export.waiting] if export else []
    if not first or (to_ms is not None and min(each.oldest_ms for each in first) >= to_ms):
        return ""
    since = format_instant(min(each.oldest_ms for each in first))
    return (
        f"windows since {since} wait for their first export, perhaps of log groups that the ledger does not know yet."
    )


def _strange(reads: Reads, known: set[str]) -> str:
    """The tables that no window is of, in words."""
    strange = sorted({*(reads or ())} - known)
    return f"the ledger has no window of {', '.join(strange)}." if strange else ""


def _rows(deployment: Deployment, from_ms: EpochMs, to_ms: EpochMs | None, log_group: LogGroupName) -> list[LedgerRow]:
    """A log group's rows of a time; all of them if these may not be all."""
    since_ms = EpochMs(max(from_ms - _WIDEST_MS, 0))
    rows = not_replaced(deployment.ledger.rows_between(log_group, since_ms, to_ms))
    if not rows or rows[0].window.from_ms > from_ms:
        return not_replaced(deployment.ledger.rows(log_group))
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


def _gaps(deployment: Deployment, reads: Reads) -> Iterator[Lack]:
    """Tables with columns or partitions that Athena does not see yet."""
    for gap in values(deployment.ledger, CATALOG_GAP).values():
        if gap.missing and (reads is None or gap.table in reads):
            yield Lack(Why.NOT_IN_CATALOG, gap.table, count=gap.missing.count)


def missing_kept(keep: Path, reads: Reads) -> Missing:
    """What an answer over a local run that has ended lacks: nothing more is exported."""
    settle_ms = kept_settings(keep).settle_after_ms
    kept = kept_contents(keep)
    contents, kept_from = not_replaced(kept.all_rows()), of_groups(kept, KEPT_FROM)
    lacks = tuple(
        lack
        for name, rows in groupby(contents, lambda row: row.log_group)
        for lack in _of_rows(list(rows), reads, None, settle_ms, kept_from.get(name, EPOCH))
    )
    return Missing(lacks, _strange(reads, {row.table for row in contents}))
