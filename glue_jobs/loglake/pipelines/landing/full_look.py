"""Looks for landed objects: each look into their queue, and one a day through all of ``landing/``.

The daily one finds objects whose event was lost, and adds up each day.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import islice

from loglake.core.cloud_types import ObjectInfo
from loglake.core.keys import LANDED, LANDING
from loglake.core.landing.days import LandedTotal, day_start, days_between
from loglake.core.landing.objects import KEPT_MS, LandedObject
from loglake.core.landing.rules import missed
from loglake.core.ports.landing_queue import LandingQueue
from loglake.core.ports.ledger import LookLedger
from loglake.core.ports.objects import ObjectStore, SourceStore
from loglake.core.state_items import LANDED_LOOK, LANDED_TOTAL, LOOK, MISSED, change, claim_ledger
from loglake.core.units import EPOCH, MS_PER_DAY, MS_PER_HOUR, EpochMs, day_of

_OVERLAP_MS = 2 * MS_PER_DAY
"""A look takes what was changed up to so long before the one before: one that was killed leaves no gap."""

_YOUNG_MS = 6 * MS_PER_HOUR
"""Younger objects may still wait in the queue. The next look finds them."""

_SOUGHT_MS = KEPT_MS - _OVERLAP_MS
"""An object that no run has noted is sent again for so long. All runs may fail until SQS drops its message, after 14
days or 100 receives. Of older objects, the notes may have expired."""

_SENT = 1000


def start_landing(
    ledger: LookLedger, raw: SourceStore, queue: LandingQueue, control: ObjectStore, *, now_ms: EpochMs, run_id: str
) -> int:
    """Puts the object that starts a landing run if something has landed, and looks through ``landing/`` if that is due.

    A look that is lost or late leaves its objects to the next one. One that is repeated may start a second run, which
    finds what the first left.

    Returns:
        About how many objects wait.

    Raises:
        OtherVersionLedgerError: another version of loglake wrote the ledger; nothing was done.
    """
    claim_ledger(ledger, now_ms, (LANDED_LOOK, LOOK))
    # What was sent a moment ago may not be counted yet.
    waiting = look_through(ledger, raw, queue, now_ms) or queue.waiting()
    if waiting:
        control.put(f"{LANDED}{run_id}", b"")
    return waiting


def look_through(ledger: LookLedger, raw: SourceStore, queue: LandingQueue, now_ms: EpochMs) -> int:
    """Lists all of ``landing/``, if that was not done for a day, and enqueues what is not known.

    The first look takes all objects, whatever their age; a later one those that were changed in the last three days, or
    since the one before if that is longer ago, and back to the oldest that the one before has sent. Two looks at once
    find the same, which does no harm.

    Returns:
        How many objects were enqueued.
    """
    before = ledger.load(LANDED_LOOK, LOOK)
    if before and now_ms < before.value + MS_PER_DAY:
        return 0
    since_ms = _since_ms(ledger, before.value) if before else 0
    # The clocks of S3 and of the events may differ at midnight. Before the first look, next to nothing is known.
    days = list(days_between(max(0, since_ms - MS_PER_DAY), now_ms)) if before else []
    totals = {day: LandedTotal() for day in days}

    def known_on(day: EpochMs) -> Iterator[LandedObject]:
        for known in ledger.landed_on(day):
            totals[day] = totals[day].plus(known)
            yield known

    known = merge(*map(known_on, days), key=lambda each: each.key)
    found = missed((info for info in raw.list(LANDING) if _is_due(info, since_ms, now_ms)), known)
    enqueued, oldest_ms = 0, now_ms
    while batch := list(islice(found, _SENT)):
        queue.send(batch)
        enqueued += len(batch)
        oldest_ms = EpochMs(min(oldest_ms, *(info.changed_ms for info in batch)))
    for _ in known:
        pass  # to the end, for the totals
    for day, total in totals.items():
        if day < day_start(now_ms):
            _write(ledger, day, total)
    change(ledger, LANDED_LOOK, MISSED, EPOCH, lambda _: oldest_ms)
    change(ledger, LANDED_LOOK, LOOK, EPOCH, lambda _: now_ms)
    return enqueued


def _since_ms(ledger: LookLedger, before_ms: EpochMs) -> int:
    """From when on a look takes what was changed. What the one before has sent may still be lost."""
    noted = ledger.load(LANDED_LOOK, MISSED)
    missed_ms = max(noted.value if noted else EPOCH, before_ms - _SOUGHT_MS)
    return max(0, min(missed_ms, before_ms - _OVERLAP_MS))


def _is_due(info: ObjectInfo, since_ms: int, now_ms: EpochMs) -> bool:
    return since_ms <= info.changed_ms <= now_ms - _YOUNG_MS


def _write(ledger: LookLedger, day: EpochMs, total: LandedTotal) -> None:
    """Notes a day's total. It only grows: items of a day long ago may have expired."""
    change(
        ledger,
        LANDED_TOTAL,
        day_of(day),
        LandedTotal(),
        lambda noted: noted if noted.objects >= total.objects else total,
    )
