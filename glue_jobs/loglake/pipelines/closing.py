"""Closes past months, a part of convert runs: once a day, rows that rest go to their months (`core.ledger.closed`)."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from loglake.core.ledger.closed import closed_until, may_close
from loglake.core.ports.clock import Clock
from loglake.core.ports.ledger import ConvertLedger
from loglake.core.state_items import RETENTION, change, known_groups
from loglake.core.units import EPOCH, MS_PER_DAY, LogGroupName
from loglake.core.windows import floor_to
from loglake.errors import LedgerConflictError, TransientError, UnreadableItemError
from loglake.pipelines.side_by_side import for_each

MONTHS = "months"
"""The key of the note that says on which day that was done."""


def close_months(ledger: ConvertLedger, clock: Clock, until_ms: int) -> list[TransientError]:
    """Closes what can be closed of all log groups, if no run has done so today.

    Whatever a killed run left, or a person opened again, is found the next time: the day counts as done at the end
    only, and all rows of past months are looked at. Those that failed or are under way stay as they are.

    Args:
        ledger: the ledger.
        clock: the clock.
        until_ms: when to stop; the next run begins again.

    Returns:
        An error that may pass if another run tries again.
    """
    today = floor_to(clock.now_ms(), MS_PER_DAY)
    try:
        done = ledger.load(RETENTION, MONTHS)
        if done and done.value >= today:
            return []
        if all(for_each(partial(_close, ledger, clock, until_ms), sorted(known_groups(ledger)))):
            change(ledger, RETENTION, MONTHS, EPOCH, lambda before: max(before, today))
    except UnreadableItemError:
        pass  # the ledger reports it
    except TransientError as error:
        return [error]
    return []


def _close(ledger: ConvertLedger, clock: Clock, until_ms: int, log_group: LogGroupName) -> bool:
    """Whether there was time for a log group."""
    now_ms = clock.now_ms()
    if now_ms >= until_ms:
        return False
    # A day late: by then, whoever replaces or removes a row knows that its month may have a note of it.
    until = closed_until(now_ms - MS_PER_DAY)
    rows = [row for row in ledger.open_rows(log_group, until) if may_close(row, now_ms)]
    with suppress(LedgerConflictError, UnreadableItemError):  # somebody opened one, or `status` says what is damaged
        ledger.close_rows(rows)
    return True
