"""The status of log groups from the rows of their windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from loglake.core.accounting import total
from loglake.core.ledger.row import CLOSED, TERMINAL, LedgerRow, WindowState, pending_around
from loglake.core.units import EPOCH, EpochMs, LogGroupName
from loglake.core.windows import Window, merge, subtract
from loglake_cli.operations.standing.status import GroupStatus, day_passes


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
        accounting=total(row.live.accounting for row in rows if row.live),
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


def _is_quiet(rows: Sequence[LedgerRow]) -> bool:
    return not rows[-1].holds_exports and not any(missing for _, missing in _missing(rows))
