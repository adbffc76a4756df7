"""Fresh, settled, final: which pass a window has had, derived from when it was exported.

An export soon after the events is *fresh*. The window is exported again once its day (in UTC) has *settled*, and a
*final* time when no late event can come any more, or before the log group's retention drops it. A pass is derived from
`Version.exported_at_ms`: a window that was exported late, such as after an outage, has settled already.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Callable, Optional

from loglake.core.ledger.row import Current, LedgerRow, WindowState
from loglake.core.ledger.versions import FINAL_AFTER_MS
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window, day_end

RETENTION_MARGIN_MS = MS_PER_DAY
"""The margin for waiting in a queue: retention moves on meanwhile."""

GIVE_UP_MARGIN_MS = 2 * MS_PER_HOUR
"""A window that waits too long is given up this long before retention drops some of it: a task takes time."""

_SOON_MS = 5 * MS_PER_DAY
"""A window expires soon if retention drops some of it within this time, or within a quarter of a short retention."""


def expires_soon(window: Window, retention_days: int | None, now_ms: int) -> bool:
    """Whether a window has to be exported before others because retention will soon drop some of it."""
    if not retention_days:
        return False
    kept_ms = retention_days * MS_PER_DAY
    return window.from_ms + kept_ms - min(_SOON_MS, kept_ms // 4) <= now_ms


_FINAL_ROOM_MS = MS_PER_DAY
"""If retention is about to drop a day, its final pass is due this long before it can't be planned any more."""

EXPORTABLE_AFTER_MS = 12 * MS_PER_HOUR
"""How long CloudWatch may take to make an event exportable."""

_COUNTED_MS = 59 * MS_PER_DAY
"""How far back to look for a datapoint of a log group: the range of one request for hourly datapoints."""

CameIn = Callable[[LogGroupName, EpochMs, EpochMs], Optional[int]]
"""How many events CloudWatch received for a log group between two times; None if that is not known
(`ExportTasks.incoming_events`)."""


class Pass(IntEnum):
    """How final an exported window is; a greater one replaces a smaller one."""

    FRESH = 0
    SETTLED = 1
    FINAL = 2


def final_after(retention_days: int | None, settle_after_ms: int) -> int:
    """How many milliseconds after its end a day of a log group is due for its final pass.

    A retention of a fortnight or so drops the first events of a day while late ones can still come. Then the final pass
    is as late as possible. If that is no later than the settled pass, the settled pass is the final one.
    """
    if not retention_days:
        return FINAL_AFTER_MS
    in_time_ms = (retention_days - 1) * MS_PER_DAY - RETENTION_MARGIN_MS - _FINAL_ROOM_MS
    return max(min(FINAL_AFTER_MS, in_time_ms), settle_after_ms)


def pass_at(ms: int, window: Window, settle_after_ms: int, final_after_ms: int = FINAL_AFTER_MS) -> Pass:
    """The pass of a window that was exported at `ms`; a day has settled `settle_after_ms` after its end."""
    age_ms = ms - day_end(window)
    if age_ms >= final_after_ms:
        return Pass.FINAL
    return Pass.SETTLED if age_ms >= settle_after_ms else Pass.FRESH


def pass_of(row: LedgerRow, settle_after_ms: int, final_after_ms: int = FINAL_AFTER_MS) -> Pass:
    """The pass of an exported window, or the pass in which a window FAILED.

    So each pass tries a failed window again, and none tries it twice.
    """
    failed = row.failure if row.state is WindowState.FAILED else None
    tried_ms = failed.failed_at_ms if failed else row.newest.exported_at_ms
    return pass_at(tried_ms, row.window, settle_after_ms, final_after_ms)


def needs_final(rows: Sequence[LedgerRow], final_pass: str) -> bool | None:
    """Whether settled windows of one day get a final pass; None if CloudWatch is to be asked, see `came_in_since`.

    They don't if ``final_pass`` of their dataset is `never`, or if it is `when_late` and the settled pass found no more
    events than the fresh windows had.
    """
    if final_pass == "never":
        return False
    done = [row.live for row in rows if row.state is WindowState.CONVERTED and row.live]
    if len(done) < len(rows):
        return True
    return False if final_pass == "when_late" and all(_found_no_more(each) for each in done) else None


def came_in_since(rows: Sequence[LedgerRow], came_in: CameIn) -> bool:
    """Whether CloudWatch may have received events since the rows of a day were exported.

    CloudWatch has no datapoint for a time without events. So a missing datapoint means 0 if earlier ones exist; else
    nothing is known.
    """
    name, until_ms = rows[0].log_group, EpochMs(day_end(rows[-1].window) + FINAL_AFTER_MS)  # later ones are too young
    since_ms = min(row.live.exported_at_ms for row in rows if row.live) - EXPORTABLE_AFTER_MS
    counted = came_in(name, EpochMs(max(since_ms, 0)), until_ms)
    if counted is None:
        return came_in(name, EpochMs(max(until_ms - _COUNTED_MS, 0)), until_ms) is None
    return counted != 0


def _found_no_more(done: Current) -> bool:
    return done.events_before is not None and done.accounting.held <= done.events_before


def retry_from(window: Window, now_ms: int) -> EpochMs:
    """The earliest time for retrying an empty export: an event may take 12 hours until it is exportable.

    That is an hour from now at the earliest. The settled and the final pass care for events that come later.
    """
    return EpochMs(max(window.to_ms + EXPORTABLE_AFTER_MS, now_ms + MS_PER_HOUR))
