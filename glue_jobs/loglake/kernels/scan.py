"""Scans a landed object: counts its events by log group and hour, and quarantines its fragments.

Events in, counts out. Fragments go to quarantine here, because they belong to no log group's window. The same object
gives the same key and the same bytes, so a second scan changes nothing. Peak memory: as the readers', plus a number per
log group and hour.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from loglake.core.accounting import Accounting
from loglake.core.keys import landed_quarantine_file
from loglake.core.landing.objects import FIRST_MS, LAST_MS, ObjectScan, ScanFailure
from loglake.core.log_groups import owned
from loglake.core.schema.bundle import RawObject
from loglake.core.units import MS_PER_HOUR, EpochMs, LogGroupName
from loglake.errors import PermanentError, TransientError
from loglake.kernels.arrow import Mask
from loglake.kernels.quarantine import QuarantineWriter
from loglake.kernels.readers.events import Events, Fragment
from loglake.kernels.readers.raw_objects import ReadableStore, UndecodedStretch, read_object
from loglake.kernels.readers.unpacking.sound_members import Corrupt, CorruptMemberError
from loglake.kernels.work_folder import work_folder

if TYPE_CHECKING:
    import pyarrow as pa

    from loglake.core.ports.objects import ObjectStore

IMPOSSIBLE = "its time is before 1970 or after the year 9999"
"""The reason for an event with a time that no window can hold."""


def scan_or_failure(
    raw: RawObject, store: ReadableStore, lake: ObjectStore, *, redacts: bool = False
) -> ObjectScan | ScanFailure:
    """Scans one object of many. An error is returned, so that it stops no other object's scan.

    Unexpected errors are returned too: anybody may land anything.

    Raises:
        TransientError: a store failed in a way that may pass.
    """
    try:
        return scan_object(raw, store, lake, redacts=redacts)
    except TransientError:
        raise
    except PermanentError as error:
        return ScanFailure(raw, f"{type(error).__name__}: {error}")
    except Exception as error:
        return ScanFailure(raw, f"it can't be read, by a fault of loglake's own: {type(error).__name__}: {error}")


def scan_object(
    raw: RawObject, store: ReadableStore, lake: ObjectStore, work_dir: str | None = None, *, redacts: bool = False
) -> ObjectScan:
    """Counts an object's events, and writes its fragments to its quarantine file; without fragments, removes the file.

    Args:
        raw: the landed object.
        store: the bucket of the raw objects.
        lake: the bucket of the quarantine.
        work_dir: the folder for a local file; the system's temporary folder if None.
        redacts: some dataset hides values, and a fragment may be anybody's, so quarantine has no bytes of it.

    Raises:
        PermanentError: the object is gone, or may not be read.
        TransientError: a store failed in a way that may pass.
    """
    corrupt: dict[int, str] = {}
    while True:
        try:
            return _scan(raw, store, lake, work_dir, corrupt, redacts=redacts)
        except CorruptMemberError as error:  # the object is read again without it
            corrupt[error.number] = error.problem


def _scan(
    raw: RawObject,
    store: ReadableStore,
    lake: ObjectStore,
    work_dir: str | None,
    corrupt: Corrupt,
    *,
    redacts: bool,
) -> ObjectScan:
    with work_folder(work_dir) as folder:
        counting = _Counting(raw, QuarantineWriter(os.path.join(folder, "quarantine"), redacts=redacts))
        for item in read_object(raw, "", store, corrupt=corrupt):
            counting.add(item)
        counting.quarantine.close()
        quarantine_key = landed_quarantine_file(raw.key)
        if counting.quarantine.entries:
            lake.put_file(quarantine_key, counting.quarantine.path)
        else:
            lake.delete([quarantine_key])  # from a scan before a fix, or of an earlier content of the object
    return counting.scan()


class _Counting:
    """The counts of one object so far."""

    def __init__(self, raw: RawObject, quarantine: QuarantineWriter) -> None:
        self.quarantine = quarantine
        self._raw = raw
        self._hours: dict[LogGroupName, Counter[EpochMs]] = defaultdict(Counter)
        self._reasons: Counter[str] = Counter()
        self._undecoded_bytes = 0

    def add(self, item: Events | Fragment) -> None:
        """Adds a batch of events, or a fragment."""
        if isinstance(item, Fragment):
            self._quarantine(item)
            return
        times = item.batch.column("event_time").to_numpy()
        possible: Mask = (times >= FIRST_MS) & (times < LAST_MS)
        if not possible.all():
            for index in np.flatnonzero(~possible):
                self._quarantine(_impossible(item.batch, int(index)))
        hours, counts = np.unique(times[possible] // MS_PER_HOUR, return_counts=True)
        group = self._hours[owned(item.origin.account, item.origin.log_group)]
        for hour, count in zip(hours.tolist(), counts.tolist(), strict=True):
            group[EpochMs(hour * MS_PER_HOUR)] += count

    def scan(self) -> ObjectScan:
        """All counts, ordered."""
        hours = {group: dict(sorted(counts.items())) for group, counts in sorted(self._hours.items()) if counts}
        left_out = self.quarantine.left_out
        entries = self.quarantine.entries + left_out.entries
        undecoded = Accounting(
            events_in=entries,
            quarantined=entries,
            text_bytes=self._undecoded_bytes,
            quarantine_left_out=left_out.entries,
            quarantine_left_out_bytes=left_out.size_bytes,
        )
        return ObjectScan(self._raw, hours, undecoded, dict(self._reasons))

    def _quarantine(self, fragment: Fragment) -> None:
        self.quarantine.write(UndecodedStretch(self._raw.key, fragment))
        self._reasons[fragment.reason] += 1
        self._undecoded_bytes += len(fragment.data)


def _impossible(events: pa.RecordBatch, index: int) -> Fragment:
    """Quarantines an event with a time that no window can hold. Its offset is no longer known, so it is -1."""
    row: dict[str, Any] = events.slice(index, 1).to_pylist()[0]
    data = row["exact"] if row["exact"] is not None else row["raw"].encode("utf-8")
    return Fragment(row["line"], -1, data, IMPOSSIBLE)
