"""Selects the events that become rows: new events of the bundle's window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from loglake.core.log_groups import account_of, name_of
from loglake.core.schema.bundle import Bundle
from loglake.kernels.arrow import Int64s, Mask
from loglake.kernels.event_counts import EventCounts
from loglake.kernels.readers.events import Origin
from loglake.kernels.readers.raw_objects import Origins
from loglake.kernels.seen_ids import SeenIds


class Selection:
    """Leaves out and counts the events that don't become rows of the bundle.

    Memory: as `SeenIds`, for events that have an id.
    """

    def __init__(self, bundle: Bundle, origins: Origins, event_counts: EventCounts) -> None:
        self._bundle = bundle
        self._origins = origins
        self._event_counts = event_counts
        self._seen = SeenIds()

    def of(self, events: pa.RecordBatch) -> pa.RecordBatch:
        """The events that become rows. Every event is counted, unless another window is responsible for it."""
        if self._bundle.landed:
            events = own_events(events, self._bundle, self._origins.known)
        self._event_counts.events("events_in", events)
        self._event_counts.texts(events)
        if not self._bundle.landed:
            events = self._keep(events, in_window(events, self._bundle), "out_of_window")
        return self._unseen(events)

    def _unseen(self, events: pa.RecordBatch) -> pa.RecordBatch:
        """Without events that repeat an id; an exported event has no id."""
        ids = events.column("event_id")
        if ids.null_count == len(ids):
            return events
        return self._keep(events, self._seen.fresh(ids), "duplicates")

    def _keep(self, events: pa.RecordBatch, kept: Mask, otherwise: str) -> pa.RecordBatch:
        if kept.all():
            return events
        self._event_counts.events(otherwise, events.filter(pa.array(~kept)))
        return events.filter(pa.array(kept))


def own_events(events: pa.RecordBatch, bundle: Bundle, origins: Sequence[Origin]) -> pa.RecordBatch:
    """The events (with ``origin``) of a landed bundle's log group and window."""
    used, places = np.unique(events.column("origin").to_numpy(), return_inverse=True)
    account, name = account_of(bundle.log_group) or bundle.account, name_of(bundle.log_group)
    known = [origins[number] for number in used]
    of_group = [name == each.log_group and account in {"", each.account or bundle.account} for each in known]
    own = np.array(of_group, np.bool_)[places]
    own &= _within(events.column("event_time").to_numpy(), bundle.window.from_ms, bundle.window.to_ms)
    return events if own.all() else events.filter(pa.array(own))


def in_window(events: pa.RecordBatch, bundle: Bundle) -> Mask:
    """Which events belong here, because no other window of the log group holds them; also events without a window."""
    times = events.column("event_time").to_numpy()
    outside = ~_within(times, bundle.window.from_ms, bundle.window.to_ms)
    elsewhere = np.zeros(len(times), np.bool_)
    if outside.any():
        for other in bundle.elsewhere:
            elsewhere |= _within(times, other.from_ms, other.to_ms)
    return ~(outside & elsewhere)


def _within(times: Int64s, from_ms: int, to_ms: int) -> Mask:
    return (times >= from_ms) & (times < to_ms)
