"""One bundle of raw objects into staged files: gunzip, events, format, schema, Parquet, counted all the way."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING

from loglake.core.accounting import Accounting, total
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.contract import join_violations
from loglake.core.schema.conversion import BundleResult, StagedFile, TablePlan
from loglake.core.units import day_of
from loglake.errors import LostEventsError, UnbalancedError
from loglake.kernels.bundle_rows import BundleRows, MadeFile, stage_file
from loglake.kernels.event_counts import EventCounts
from loglake.kernels.formats.together import EXAMPLES
from loglake.kernels.quarantine import QuarantineWriter
from loglake.kernels.readers.raw_objects import OriginEvents, Origins, UndecodedStretch, read_objects
from loglake.kernels.readers.sniff import PlainRules
from loglake.kernels.readers.unpacking.sound_members import Corrupt, CorruptMemberError
from loglake.kernels.sample import default_group
from loglake.kernels.selection import Selection
from loglake.kernels.work_folder import work_folder

if TYPE_CHECKING:
    import pyarrow as pa

    from loglake.core.ports.objects import FileStore
    from loglake.kernels.parts import OpenParts
    from loglake.kernels.readers.raw_objects import ReadableStore


def convert_bundle(
    bundle: Bundle,
    plan: TablePlan,
    raw: ReadableStore,
    lake: FileStore,
    work_dir: str | None = None,
    *,
    open_parts: OpenParts | None = None,
) -> BundleResult:
    """Converts a bundle into one Parquet file per partition, and a quarantine file if something is damaged.

    Same objects and plan, same keys and bytes, however the store cuts what it reads. Memory is bounded by the sizes of
    a batch and a row group, not by the objects' sizes. Local disk holds the bundle's files until they are staged.

    With `open_parts`, the batches of events go to the parts by turns, and each part writes files of its own. What
    depends on the order of all events stays here: reading, line numbers, event ids that were seen, and quarantine. If
    a part fails at its end, other parts may have staged files.

    A gzip member that fails its check is in quarantine as a whole, without its bytes, unless the bundle accepts it. If
    it is so large that some of its events were passed on before, all of the bundle is converted again without it.

    Args:
        bundle: the raw objects, in the order of their keys.
        plan: format and schema of the table.
        raw: the bucket of the raw objects.
        lake: the bucket of the staged files.
        work_dir: the folder for local files; the system's temporary folder if None.
        open_parts: begins the parts of a bundle that may be split; None: the rows are made here.

    Raises:
        ConfigError: the plan names no format.
        TransformError: the dataset's own transformation failed; nothing was staged.
        LostEventsError: a landed object has fewer events of the window than its scan found.
        UnreadableObjectsError: raw objects are gone, or can't be read; nothing was staged.
        TransientError: a store failed in a way that may pass.
        UnbalancedError: events in are not events out: a bug.
    """
    corrupt: dict[str, Corrupt] | None = None if bundle.accept_corrupt else {}
    while True:
        with suppress(CorruptMemberError):  # it is known now: the bundle is read again without it
            return _convert(bundle, plan, raw, lake, work_dir=work_dir, open_parts=open_parts, corrupt=corrupt)


def _convert(
    bundle: Bundle,
    plan: TablePlan,
    raw: ReadableStore,
    lake: FileStore,
    *,
    work_dir: str | None,
    open_parts: OpenParts | None,
    corrupt: dict[str, Corrupt] | None,
) -> BundleResult:
    with work_folder(work_dir) as folder:
        events = _BundleEvents(bundle, folder)
        if open_parts:
            parts = open_parts(bundle, plan, events.origins)
        else:
            parts = [BundleRows(bundle, plan, events.origins, lake, folder, quarantine=events.quarantine)]
        turns, group, rules = cycle(parts), default_group(bundle), PlainRules.of(bundle)
        for item in read_objects(bundle.objects, group, raw, events.origins, rules, corrupt=corrupt):
            selected = events.selected(item)
            if isinstance(item, OriginEvents) and selected is not None:
                next(turns).add(selected, item.fields)
        events.check_scanned()
        for part in parts:
            part.end()
        return _joined(bundle, events, [part.result() for part in parts], events.stage_quarantine(lake))


class _BundleEvents:
    """The events of a bundle, in their order: which become rows, and what is none. Counts the others.

    Attributes:
        origins: of the events so far.
        counts: what became of all events that don't go to a part, and how many there are.
        quarantine: has what is no event.
    """

    def __init__(self, bundle: Bundle, folder: str) -> None:
        self._bundle = bundle
        self.origins = Origins(bundle.account)
        self.counts = EventCounts(self.origins)
        self._selection = Selection(bundle, self.origins, self.counts)
        self.quarantine = QuarantineWriter(os.path.join(folder, "quarantine"), redacts=bool(bundle.redact))

    def selected(self, item: OriginEvents | UndecodedStretch) -> pa.RecordBatch | None:
        """The events of a batch that become rows; None if there are none.

        A fragment goes to quarantine; for a landed object, the scan has already stored it.
        """
        if isinstance(item, OriginEvents):
            events = self._selection.of(item.batch)
            return events if events.num_rows else None
        if not self._bundle.landed:
            reason, size_bytes = item.fragment.reason, len(item.fragment.data)
            left_out = self.quarantine.write(item)
            self.counts.quarantined(item.source, reason, left_out, events_in=1, text_bytes=size_bytes)
        return None

    def check_scanned(self) -> None:
        """Checks that all events that the scans found are there. A landed object's fragments don't count here.

        Raises:
            LostEventsError: events are missing, for example because an object was damaged or written over.
        """
        counts = self.counts.objects()
        for raw in self._bundle.objects:
            found = counts[raw.key].events_in if raw.key in counts else 0
            if found < raw.events:
                raise LostEventsError(self._bundle.log_group, raw.key, raw.events, found)

    def stage_quarantine(self, lake: FileStore) -> list[StagedFile]:
        """Closes the quarantine file and stages it, if there is one."""
        self.quarantine.close()
        if not self.quarantine.entries:
            return []
        bundle, day = self._bundle, day_of(self._bundle.window.from_ms)
        key = bundle.keys.quarantine_file(bundle.table, day, bundle.number)
        return [stage_file(bundle, lake, MadeFile(self.quarantine.path, key, self.quarantine.entries))]


def _joined(
    bundle: Bundle, events: _BundleEvents, parts: Sequence[BundleResult], quarantine: Sequence[StagedFile]
) -> BundleResult:
    """The result of a bundle, from what was counted here and in its parts.

    Raises:
        UnbalancedError: the files don't hold what was counted, or an event is in no count.
    """
    files = (*(staged for part in parts for staged in part.files), *quarantine)
    objects = events.counts.objects()
    reasons = Counter(events.counts.reasons)
    undecoded = {source: Counter(each) for source, each in events.counts.undecoded().items()}
    for part in parts:
        objects = {key: total([counts, part.objects.get(key, Accounting())]) for key, counts in objects.items()}
        reasons.update(part.reasons)
        for source, each in part.undecoded.items():
            undecoded.setdefault(source, Counter()).update(each)
    made = total(part.accounting for part in parts)
    accounting = replace(total(objects.values()), read_as=made.read_as, redacted=made.redacted)
    written = sum(staged.rows for staged in files if staged.partition)
    entries = accounting.quarantined - accounting.quarantine_left_out
    if not accounting.balanced or (accounting.rows_out, entries) != (written, events.quarantine.entries):
        held = f"{written} rows and {events.quarantine.entries} entries in files"
        raise UnbalancedError(f"bundle {bundle.number} of {bundle.keys.path}: {accounting}, {held}")
    return BundleResult(
        log_group=bundle.log_group,
        window=bundle.window,
        number=bundle.number,
        files=files,
        accounting=accounting,
        examples=tuple(example for part in parts for example in part.examples)[:EXAMPLES],
        objects=objects,
        reasons=dict(reasons),
        undecoded={source: dict(each) for source, each in sorted(undecoded.items())},
        violations=join_violations(part.violations for part in parts),
        plain={key: notes for key, notes in sorted(events.origins.notes.items()) if notes.is_notable},
        parts=len(parts),
    )
