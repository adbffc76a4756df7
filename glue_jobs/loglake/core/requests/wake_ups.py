"""When a run that leaves work behind wakes the workflow again: at once after progress, else later and later.

The next run gets a wake-up as a request object (`requests`), and waits until its time. Each run in a row without
progress, such as while another task has the export slot, doubles the wait. After `MOST_RUNS` of them only a schedule or
a person starts a run, so that nothing wakes itself for ever.
"""

from __future__ import annotations

from collections.abc import Iterable

from loglake.core.requests.requests import Request, RequestKind, continue_body
from loglake.core.units import EPOCH, MS_PER_MINUTE, EpochMs

MOST_DELAY_MS = 30 * MS_PER_MINUTE
"""The wait is part of the run's time, so it is shorter than a run."""

MOST_RUNS = 8
"""Runs in a row without progress that are woken. The last one begins some two hours after the first."""


def wake_up(chain: int, progress: bool, now_ms: EpochMs, first_delay_ms: int) -> bytes | None:
    """The body of the wake-up that a run leaves behind; None if it leaves none.

    Args:
        chain: how many runs before it, in a row, made no progress.
        progress: whether this one made some.
        now_ms: the time.
        first_delay_ms: how long the first run without progress lets the next one wait.
    """
    if progress:
        return continue_body(0, now_ms)
    if chain >= MOST_RUNS:
        return None
    return continue_body(chain + 1, EpochMs(now_ms + min(first_delay_ms << chain, MOST_DELAY_MS)))


def look_again_ms(wakes: int, now_ms: EpochMs, first_delay_ms: int) -> EpochMs:
    """When to check catalog gaps: the first time when a crawl should be over, then later and later.

    Args:
        wakes: how often a crawl was requested before, in a row.
        now_ms: the time.
        first_delay_ms: how long the first wait is.
    """
    return EpochMs(now_ms + min(first_delay_ms << wakes, MOST_DELAY_MS))


def wait_until(requests: Iterable[Request]) -> EpochMs:
    """Until when a run only waits: if all its requests are wake-ups that are not due yet."""
    requested = list(requests)
    if not requested or any(request.kind is not RequestKind.CONTINUE for request in requested):
        return EPOCH
    return min(request.not_before_ms for request in requested)
