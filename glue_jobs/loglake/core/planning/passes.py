"""Fresh, settled, final: which pass a window has had, derived from when it was exported.

CloudWatch takes up to 12 hours to make an event exportable, and takes events that are up to 14 days old. So what was
exported soon after it happened is *fresh*, and exported again once its day has *settled*; and a *final* time when
nothing can come any more, or before the log group's retention drops it. Days are UTC days. A pass is not stored: it is
derived from `Version.exported_at_ms`, so that a window which was exported late, such as after an outage, has settled
already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Callable, Optional

from loglake.core.ledger.row import Current, LedgerRow, WindowState
from loglake.core.planning.coverage import CoveringWindow, coverage_of
from loglake.core.planning.retention import RETENTION_MARGIN_MS
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window, floor_to

FINAL_AFTER_MS = 15 * MS_PER_DAY
"""PutLogEvents takes events of up to 14 days before, and those are exportable 12 hours later."""

_FINAL_ROOM_MS = MS_PER_DAY
"""How long before a final pass can't be planned any more it is due, where retention is about to drop its day."""

EXPORTABLE_AFTER_MS = 12 * MS_PER_HOUR
"""How long an event may be in CloudWatch before an export task finds it."""

_COUNTED_MS = 59 * MS_PER_DAY
"""How far back to look for a datapoint of a log group: as far as one request for hourly ones goes."""

CameIn = Callable[[LogGroupName, EpochMs, EpochMs], Optional[int]]
"""How many events a log group took in between two times; None where nobody knows (`ExportTasks.incoming_events`); and
`QUERY_LATER` where so many were asked for already that it is for another planning."""

QUERY_LATER = -1


class Pass(IntEnum):
    """How final an exported window is; a greater one replaces a smaller one."""

    FRESH = 0
    SETTLED = 1
    FINAL = 2


def day_end(window: Window) -> EpochMs:
    """The end of the UTC day that a window ends in: midnight after its last instant."""
    return EpochMs(floor_to(window.to_ms - 1, MS_PER_DAY) + MS_PER_DAY)


def final_after(retention_days: int | None, settle_after_ms: int) -> int:
    """How many milliseconds after its end a day of a log group is due for its final pass.

    Retention drops the first events of a day before others of it can be too old to come, where it is a fortnight or so:
    then the final pass is as late as can be. Where that is no later than the day settles, settling it is the final
    pass.
    """
    if not retention_days:
        return FINAL_AFTER_MS
    in_time_ms = (retention_days - 1) * MS_PER_DAY - RETENTION_MARGIN_MS - _FINAL_ROOM_MS
    return max(min(FINAL_AFTER_MS, in_time_ms), settle_after_ms)


def begins_too_early(window: Window, retention_days: int | None, final_after_ms: int) -> bool:
    """Whether retention drops the first events of a window before its day is due for its final pass, or soon after.

    It may where a window begins in a day before, with the time before its log group's creation. What is exported as one
    window with that is not exported again either.

    Args:
        window: what is, or would be, exported.
        retention_days: of its log group; None where that drops nothing.
        final_after_ms: see `final_after`.
    """
    if not retention_days or window.from_ms >= day_end(window) - MS_PER_DAY:
        return False
    in_time_ms = window.from_ms + retention_days * MS_PER_DAY - RETENTION_MARGIN_MS - _FINAL_ROOM_MS
    return in_time_ms < day_end(window) + final_after_ms


def pass_at(ms: int, window: Window, settle_after_ms: int, final_after_ms: int = FINAL_AFTER_MS) -> Pass:
    """The pass that a window has which was exported at a time.

    Args:
        ms: the time.
        window: what was exported.
        settle_after_ms: how long after its end a day has settled.
        final_after_ms: see `final_after`.
    """
    age_ms = ms - day_end(window)
    if age_ms >= final_after_ms:
        return Pass.FINAL
    return Pass.SETTLED if age_ms >= settle_after_ms else Pass.FRESH


def pass_of(row: LedgerRow, settle_after_ms: int, final_after_ms: int = FINAL_AFTER_MS) -> Pass:
    """The pass of a window that was exported; of one that FAILED, the one that it failed in.

    So a window that fails is tried again by each pass, and by none of them twice.
    """
    failed = row.failure if row.state is WindowState.FAILED else None
    tried_ms = failed.failed_at_ms if failed else row.newest.exported_at_ms
    return pass_at(tried_ms, row.window, settle_after_ms, final_after_ms)


def events_at_least(covering: CoveringWindow) -> int | None:
    """How many events the time of a window has in the table, in rows or in quarantine, or more; None: nothing is known.

    If none of its own versions is in the table, these are the events of the windows in it, each instant once.
    """
    if covering.row.live:
        return covering.row.live.accounting.held
    counts = [events_at_least(inner) for inner in coverage_of(covering.inside)]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def events_before(row: LedgerRow, inside: Iterable[LedgerRow]) -> int | None:
    """At least so many events are in the table whose place a window's attempt takes; None if nothing is known.

    Nor if the attempt may take events away: a person accepts that; or it converts what is in the table once more, such
    as after a column was retyped; or objects were landed for it, which are counted one by one.

    Args:
        row: the window.
        inside: the rows of narrower windows in it, those that are SUPERSEDED or landed among them.
    """
    tried = row.trying
    if tried.accepts_fewer or tried.reconverts or row.landed:
        return None
    return events_at_least(CoveringWindow(row, tuple(inner for inner in inside if not inner.landed)))


def needs_final(rows: Sequence[LedgerRow], final_pass: str, came_in: CameIn) -> bool | None:
    """Whether windows of one day that have settled are to be exported a last time.

    They are not where nothing came in since, or where ``final_pass`` of their dataset says so: `never`; or `when_late`,
    and settling them found no event more than the fresh windows had.

    Args:
        rows: CONVERTED or FAILED; at least one.
        final_pass: of the dataset.
        came_in: asked twice at most.

    Returns:
        None where `came_in` leaves that for another planning.
    """
    if final_pass == "never":
        return False
    done = [row.live for row in rows if row.state is WindowState.CONVERTED and row.live]
    if len(done) < len(rows):
        return True
    if final_pass == "when_late" and all(_found_no_more(each) for each in done):
        return False
    since_ms = min(each.exported_at_ms for each in done) - EXPORTABLE_AFTER_MS
    until_ms = day_end(rows[-1].window) + FINAL_AFTER_MS  # later ones are too young to be of this day
    counted = _count(rows[0].log_group, max(since_ms, 0), until_ms, came_in)
    return None if counted == QUERY_LATER else counted != 0


def _count(log_group: LogGroupName, since_ms: int, until_ms: int, came_in: CameIn) -> int | None:
    """How many events a log group took in between two times, as far as that is known.

    CloudWatch has no datapoint where nothing came in. So none means nothing if there are some of earlier times; if
    there are not, nothing is known.
    """
    counted = came_in(log_group, EpochMs(since_ms), EpochMs(until_ms))
    if counted is not None:
        return counted
    before = came_in(log_group, EpochMs(max(until_ms - _COUNTED_MS, 0)), EpochMs(until_ms))
    return before if before is None or before == QUERY_LATER else 0


def _found_no_more(done: Current) -> bool:
    return done.events_before is not None and done.accounting.held <= done.events_before
