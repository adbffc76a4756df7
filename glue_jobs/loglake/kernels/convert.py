"""One bundle of raw objects into staged files: gunzip, events, format, schema, Parquet, counted all the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from loglake.core.accounting import Accounting
from loglake.core.keys import partition_of
from loglake.core.schema.contract import Violation, join_violations
from loglake.core.schema.conversion import Bundle, BundleResult, StagedFile, TablePlan
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, day_of
from loglake.errors import LostEventsError, UnbalancedError
from loglake.kernels.checksums import sha256_of_file
from loglake.kernels.contract import ContractCheck
from loglake.kernels.decode import Decoded, Decoder
from loglake.kernels.event_counts import EventCounts
from loglake.kernels.parquet.rows import changed_rows, file_schema, plain_rows
from loglake.kernels.parquet.writer import ROW_GROUP_BYTES, RowWriter
from loglake.kernels.quarantine import QuarantineWriter
from loglake.kernels.readers.raw_objects import OriginEvents, Origins, UndecodedStretch, read_objects
from loglake.kernels.readers.sniff import PlainRules
from loglake.kernels.sample import default_group, sample_bundle
from loglake.kernels.selection import Selection
from loglake.kernels.transform import Transformation
from loglake.kernels.work_folder import work_folder

if TYPE_CHECKING:
    from loglake.core.ports.objects import ObjectStore


__all__ = ["OPEN_FILES", "WAITING_BYTES", "convert_bundle", "sample_bundle"]

WAITING_BYTES = 4 * ROW_GROUP_BYTES
"""Memory of the rows that wait for their row group, over all partitions of a bundle."""

OPEN_FILES = 64
"""Files that a bundle holds open: more than the hours of two days, far less than the 1,024 that a process may have.

The partitions that fill up first hold theirs open; rows of the others are spilled and written at the end.
"""


def convert_bundle(
    bundle: Bundle, plan: TablePlan, raw: ObjectStore, lake: ObjectStore, work_dir: str | None = None
) -> BundleResult:
    """Converts a bundle into one Parquet file per partition, and a quarantine file if something is damaged.

    Same objects and plan, same keys and bytes, however the store cuts what it reads. Memory is bounded by the sizes of
    a batch and a row group, not by the objects' sizes. Local disk holds the bundle's files until they are staged.

    Args:
        bundle: the raw objects, in the order of their keys.
        plan: format and schema of the table.
        raw: the bucket of the raw objects.
        lake: the bucket of the staged files.
        work_dir: the folder for local files; the system's temporary folder if None.

    Raises:
        ConfigError: the plan names no format.
        TransformError: the dataset's own transformation failed; nothing was staged.
        LostEventsError: a landed object has fewer events of the window than its scan found.
        UnreadableObjectsError: raw objects are gone, or can't be read; nothing was staged.
        TransientError: a store failed in a way that may pass.
        UnbalancedError: events in are not events out: a bug.
    """
    with work_folder(work_dir) as folder:
        conversion = _Conversion(bundle, plan, folder)
        for item in read_objects(bundle.objects, default_group(bundle), raw, conversion.origins, PlainRules.of(bundle)):
            conversion.add(item)
        conversion.check_scanned()
        files = [_stage(bundle, lake, made) for made in conversion.finish()]
    return BundleResult(
        log_group=bundle.log_group,
        window=bundle.window,
        number=bundle.number,
        files=tuple(files),
        accounting=replace(conversion.accounting(), read_as=conversion.read_as()),
        examples=() if bundle.transform else tuple(conversion.read.examples),  # it may hide what they show
        objects=conversion.event_counts.objects(),
        reasons=dict(conversion.event_counts.reasons),
        undecoded=conversion.event_counts.undecoded(),
        violations=conversion.violations(),
        plain={key: notes for key, notes in sorted(conversion.origins.notes.items()) if notes.is_notable},
    )


class _Made(NamedTuple):
    """A finished local file."""

    path: str
    final_key: str
    rows: int
    partition: str


def _stage(bundle: Bundle, lake: ObjectStore, made: _Made) -> StagedFile:
    staged_key = bundle.keys.staged(bundle.attempt, made.final_key)
    lake.put_file(staged_key, made.path)
    size_bytes, sha256 = os.path.getsize(made.path), sha256_of_file(made.path)
    return StagedFile(staged_key, made.final_key, made.rows, size_bytes, made.partition, sha256)


class _Conversion:
    """The state of one bundle's conversion."""

    def __init__(self, bundle: Bundle, plan: TablePlan, folder: str) -> None:
        self._bundle = bundle
        self._plan = plan
        self._folder = folder
        self.origins = Origins()
        self.event_counts = EventCounts(self.origins)
        self._selection = Selection(bundle, self.origins, self.event_counts)
        self._decoder = Decoder(bundle, plan)
        self.read = self._decoder.read
        self._transform = Transformation(bundle.transform, bundle.transform_path) if bundle.transform else None
        self._contract = ContractCheck(bundle.contract, plan.schema, shows_values=not bundle.transform)
        self._writers: dict[str, RowWriter] = {}
        self._quarantine = QuarantineWriter(os.path.join(folder, "quarantine"))

    def check_scanned(self) -> None:
        """Checks that all events that the scans found are there. A landed object's fragments don't count here.

        Raises:
            LostEventsError: events are missing, for example because an object was damaged or written over.
        """
        counts = self.event_counts.objects()
        for raw in self._bundle.objects:
            found = counts[raw.key].events_in if raw.key in counts else 0
            if found < raw.events:
                raise LostEventsError(self._bundle.log_group, raw.key, raw.events, found)

    def accounting(self) -> Accounting:
        """Counts what became of every event.

        Raises:
            UnbalancedError: the files don't hold what was counted, or an event is in no count.
        """
        counted = self.event_counts.total()
        written = sum(writer.rows for writer in self._writers.values())
        entries = counted.quarantined - counted.quarantine_left_out
        if not counted.balanced or (counted.rows_out, entries) != (written, self._quarantine.entries):
            files = f"{written} rows and {self._quarantine.entries} entries in files"
            raise UnbalancedError(f"bundle {self._bundle.number} of {self._bundle.keys.path}: {counted}, {files}")
        return counted

    def read_as(self) -> dict[str, int]:
        """Rows by the format that read their events."""
        return {name: count for name, count in sorted(self.read.counts.items()) if count}

    def violations(self) -> tuple[Violation, ...]:
        """What breaks the table's contract, by field."""
        return join_violations([self._contract.found])

    def add(self, item: OriginEvents | UndecodedStretch) -> None:
        """Adds a batch of events, or a fragment. For a landed object, the scan has already stored the fragments."""
        if isinstance(item, OriginEvents):
            self._add_events(self._selection.of(item.batch), item.fields)
        elif not self._bundle.landed:
            self.event_counts.fragment(item.source, item.fragment, self._quarantine.write(item))

    def _add_events(self, events: pa.RecordBatch, fields: tuple[str, ...]) -> None:
        if not events.num_rows:
            return
        decoded = self._decoder.decode(events, fields)
        self.event_counts.rescued(events, decoded.rescued, decoded.rescued_values)
        decoded, events = self._kept(decoded, events)
        if not events.num_rows:
            return
        rows, events = self._transformed(decoded.rows, events)
        self.event_counts.events("rows_out", events)
        for partition, of_it in _partitions(rows, self._bundle.partition_by):
            self._writer(partition).write(of_it)
        self._bound_memory()

    def _kept(self, decoded: Decoded, events: pa.RecordBatch) -> tuple[Decoded, pa.RecordBatch]:
        """The rows, with their events, that the table's contract takes; the others go to quarantine."""
        checked = self._contract.check(decoded, events, self.origins.known)
        if checked is None:
            return decoded, events
        self.event_counts.violations(events, checked.fields)
        for each in checked.discarded:
            left_out = self._quarantine.write(each)
            self.event_counts.discarded(each.source, each.fragment.reason, left_out)
        return checked.kept, events.filter(pa.array(checked.is_kept))

    def _transformed(self, rows: pa.RecordBatch, events: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        """The rows, with their events, that the dataset's transformation keeps; the others are counted as dropped."""
        if self._transform is None:
            return rows, events
        made, kept = self._transform(plain_rows(rows, file_schema(self._plan.schema), self.origins.known))
        dropped = np.ones(events.num_rows, np.bool_)
        dropped[kept] = False
        self.event_counts.events("dropped", events.filter(pa.array(dropped)))
        return changed_rows(rows, kept, made), events.filter(pa.array(~dropped))

    def _bound_memory(self) -> None:
        """A window of many hours has many partitions: the fullest ones write their row groups early."""
        excess = sum(writer.held_bytes for writer in self._writers.values()) - WAITING_BYTES
        while excess > 0:
            fullest = max(self._writers.values(), key=lambda writer: writer.held_bytes)
            excess -= fullest.held_bytes
            fullest.flush()

    def _may_open(self) -> bool:
        return sum(writer.is_open for writer in self._writers.values()) < OPEN_FILES

    def finish(self) -> Iterator[_Made]:
        """Closes the files, in the order of their partitions, quarantine last."""
        keys, table, number = self._bundle.keys, self._bundle.table, self._bundle.number
        for partition, writer in sorted(self._writers.items()):
            writer.close()
            yield _Made(writer.path, keys.table_file(table, partition, number), writer.rows, partition)
        self._quarantine.close()
        if self._quarantine.entries:
            day = day_of(self._bundle.window.from_ms)
            key = keys.quarantine_file(table, day, number)
            yield _Made(self._quarantine.path, key, self._quarantine.entries, "")

    def _writer(self, partition: str) -> RowWriter:
        if partition not in self._writers:
            self._writers[partition] = RowWriter(
                path=os.path.join(self._folder, partition.replace("/", "-")),
                schema=self._plan.schema,
                origins=self.origins.known,
                may_open=self._may_open,
            )
        return self._writers[partition]


def _partitions(rows: pa.RecordBatch, partition_by: str) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The rows by their partition, in the order of time, each part in the order in which the rows came."""
    unit_ms = MS_PER_HOUR if partition_by == "hour" else MS_PER_DAY
    units = rows.column("event_time").to_numpy() // unit_ms
    if not len(units):
        return
    if units.min() == units.max():  # as nearly all
        yield partition_of(int(units[0]) * unit_ms, partition_by), rows
        return
    for unit in np.unique(units):
        yield partition_of(int(unit) * unit_ms, partition_by), rows.filter(pa.array(units == unit))
