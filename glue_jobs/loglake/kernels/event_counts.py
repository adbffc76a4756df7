"""The accounting of each raw object, counted in whole batches."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from loglake.core.accounting import Accounting
from loglake.kernels.arrow import Int64s, Strings, pc
from loglake.kernels.quarantine import LeftOut
from loglake.kernels.readers.raw_objects import Origins

if TYPE_CHECKING:
    import pyarrow as pa

_KEYS = json.JSONDecoder(parse_int=str, parse_float=str)
"""Reads no number: int refuses one of more than 4,300 digits."""

_COUNTS = tuple(Accounting().counts())


class EventCounts:
    """Counts by raw object. Memory: a few numbers per origin.

    Attributes:
        reasons: entries of quarantine by their reason.
    """

    def __init__(self, origins: Origins) -> None:
        self.reasons: Counter[str] = Counter()
        self._origins = origins
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)
        self._undecoded: dict[str, Counter[str]] = defaultdict(Counter)

    def events(self, name: str, events: pa.RecordBatch) -> None:
        """Counts each event of a batch (with ``origin``) under a field of `Accounting`."""
        self._add(name, _by_origin(events))

    def texts(self, events: pa.RecordBatch) -> None:
        """Counts the texts' bytes."""
        self._add("text_bytes", _by_origin(events, pc.binary_length(events.column("raw")).to_numpy()))

    def rescued(self, events: pa.RecordBatch, rescued: Strings, values: int) -> None:
        """Counts rescued values; only their number in all events is known.

        If an event has several at one path, the further ones count for the first object that has any.
        """
        if values:
            paths = np.array([_paths(text) for text in rescued.to_pylist()], np.int64)
            paths[np.flatnonzero(paths)[0]] += values - paths.sum()
            self._add("rescued_values", _by_origin(events, paths))

    def violations(self, events: pa.RecordBatch, fields: Int64s) -> None:
        """Counts fields that break the table's contract, given how many each event has."""
        self._add("violations", _by_origin(events, fields))

    def quarantined(self, source: str, reason: str, left_out: LeftOut, **more: int) -> None:
        """Counts an entry of quarantine, and the part that quarantine leaves out.

        Args:
            source: the key of its object.
            reason: why it is there.
            left_out: what `QuarantineWriter.write` returned.
            more: other fields of `Accounting`, for an entry that was no event before.
        """
        self.reasons[reason] += 1
        self._undecoded[source][reason] += 1
        entries, size_bytes = left_out
        counts = {"quarantined": 1, "quarantine_left_out": entries, "quarantine_left_out_bytes": size_bytes, **more}
        self._counts[source].update(counts)

    def objects(self) -> dict[str, Accounting]:
        """The counts by the objects' keys, in their order."""
        return {source: _accounting(self._counts[source]) for source in sorted(self._counts)}

    def undecoded(self) -> dict[str, dict[str, int]]:
        """Fragments by raw object and reason."""
        return {source: dict(reasons) for source, reasons in sorted(self._undecoded.items())}

    def total(self) -> Accounting:
        """The counts of all objects."""
        counts: Counter[str] = Counter()
        for each in self._counts.values():
            counts.update(each)
        return _accounting(counts)

    def _add(self, name: str, sums: Int64s) -> None:
        for number in np.flatnonzero(sums):
            self._counts[self._origins.known[number].source][name] += int(sums[number])


def _by_origin(events: pa.RecordBatch, weights: Any = None) -> Int64s:
    """For each origin the sum of its events' weights, or their number."""
    return np.bincount(events.column("origin").to_numpy(), weights).astype(np.int64)


def _paths(rescued: Any) -> int:
    """How many paths of an event were rescued."""
    if not rescued:
        return 0
    try:
        return len(_KEYS.decode(rescued))
    except RecursionError:  # nested deeper than Python reads
        return 1


def _accounting(counts: Mapping[str, int]) -> Accounting:
    known: dict[str, Any] = {name: counts.get(name, 0) for name in _COUNTS}
    return Accounting(**known)
