"""One bundle of raw objects into staged files: gunzip, events, format, schema, Parquet, counted all the way."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from glue_jobs.core.accounting import Accounting
from glue_jobs.core.conversion import Bundle, BundleResult, StagedFile, TablePlan
from glue_jobs.core.keys import partition_of
from glue_jobs.core.units import MS_PER_DAY, MS_PER_HOUR, day_of
from glue_jobs.errors import UnbalancedError
from glue_jobs.kernels.arrow import Int64s, Mask
from glue_jobs.kernels.formats.registry import format_of
from glue_jobs.kernels.parquet import ROW_GROUP_BYTES, RowWriter, rows_of
from glue_jobs.kernels.quarantine import QuarantineWriter
from glue_jobs.kernels.raw_objects import Damage, read_objects
from glue_jobs.kernels.sample import sample_bundle

if TYPE_CHECKING:
    from glue_jobs.core.ports import ObjectStore


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
    """Converts a bundle into one Parquet file per partition, and a quarantine file where something is damaged.

    Same objects and plan, same keys and bytes, however the store cuts what it reads. Memory is bounded by the sizes of
    a batch and a row group, not by those of the objects; local disk holds the bundle's files until they are staged.

    Args:
        bundle: the raw objects, in the order of their keys.
        plan: format and schema of the table.
        raw: the bucket of the raw objects.
        lake: the bucket of the staged files.
        work_dir: where local files go; the system's place for such if None.

    Raises:
        ConfigError: the plan names no format.
        NotFoundError: a raw object is gone.
        TransientError: a store failed in a way that may pass.
        UnbalancedError: events in are not events out: a bug.
    """
    with tempfile.TemporaryDirectory(prefix="loglake-", dir=work_dir) as folder:
        conversion = _Conversion(bundle, plan, folder)
        for item in read_objects(bundle.objects, raw):
            conversion.add(item)
        files = [_stage(bundle, lake, made) for made in conversion.finish()]
    if not conversion.accounting.balanced:
        raise UnbalancedError(f"bundle {bundle.number} of {bundle.keys.path}: {conversion.accounting}")
    return BundleResult(bundle.log_group, bundle.window, bundle.number, tuple(files), conversion.accounting)


class _Made(NamedTuple):
    """A finished local file."""

    path: str
    final_key: str
    rows: int
    partition: str


def _stage(bundle: Bundle, lake: ObjectStore, made: _Made) -> StagedFile:
    staged_key = bundle.keys.staged(bundle.attempt, made.final_key)
    lake.put_file(staged_key, made.path)
    return StagedFile(staged_key, made.final_key, made.rows, os.path.getsize(made.path), made.partition)


class _Conversion:
    """The state of one bundle's conversion."""

    def __init__(self, bundle: Bundle, plan: TablePlan, folder: str) -> None:
        self._bundle = bundle
        self._schema = plan.schema
        self._parse = format_of(plan.format).parser(plan.schema)
        self._folder = folder
        self._sources = [raw.key for raw in bundle.objects]
        self._streams = [raw.log_stream for raw in bundle.objects]
        self._writers: dict[str, RowWriter] = {}
        self._quarantine = QuarantineWriter(os.path.join(folder, "quarantine"))
        self._counts = Accounting()

    @property
    def accounting(self) -> Accounting:
        """What became of every event so far."""
        written = sum(writer.rows for writer in self._writers.values())
        return self._counts + Accounting(rows_out=written, quarantined=self._quarantine.entries)

    def add(self, item: pa.RecordBatch | Damage) -> None:
        """Takes a batch of events, or a stretch that is none."""
        if isinstance(item, Damage):
            self._counts += Accounting(events_in=1)
            self._quarantine.write(item)
            return
        kept = _in_window(self._bundle, item)
        self._counts += Accounting(events_in=item.num_rows, out_of_window=item.num_rows - kept.num_rows)
        if not kept.num_rows:
            return
        parsed = self._parse(kept.column("raw"))
        self._counts += Accounting(rescued_values=parsed.rescued_values)
        for partition, rows in _partitions(rows_of(kept, parsed, self._schema), self._bundle.partition_by):
            self._writer(partition).write(rows)
        self._bound_memory()

    def _bound_memory(self) -> None:
        """A window of hours has many partitions: the fullest ones give up their row groups early."""
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
        if self._quarantine.entries:
            day = day_of(self._bundle.window.from_ms)
            key = keys.quarantine_file(table, day, number)
            yield _Made(self._quarantine.path, key, self._quarantine.entries, "")

    def _writer(self, partition: str) -> RowWriter:
        if partition not in self._writers:
            self._writers[partition] = RowWriter(
                path=os.path.join(self._folder, partition.replace("/", "-")),
                schema=self._schema,
                log_group=self._bundle.log_group,
                sources=self._sources,
                streams=self._streams,
                may_open=self._may_open,
            )
        return self._writers[partition]


def _in_window(bundle: Bundle, events: pa.RecordBatch) -> pa.RecordBatch:
    """Without the events that another window of the same log group has; what no window has is kept here."""
    times = events.column("event_time").to_numpy()
    outside = ~_within(times, bundle.window.from_ms, bundle.window.to_ms)
    if not outside.any():
        return events
    elsewhere = np.zeros(len(times), np.bool_)
    for other in bundle.elsewhere:
        elsewhere |= _within(times, other.from_ms, other.to_ms)
    return events.filter(pa.array(~(outside & elsewhere)))


def _within(times: Int64s, from_ms: int, to_ms: int) -> Mask:
    return (times >= from_ms) & (times < to_ms)


def _partitions(rows: pa.RecordBatch, partition_by: str) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The rows by their partition, in the order of time, each part in the order in which the rows came."""
    unit_ms = MS_PER_HOUR if partition_by == "hour" else MS_PER_DAY
    units = rows.column("event_time").to_numpy() // unit_ms
    for unit in np.unique(units):
        part = units == unit
        yield partition_of(int(unit) * unit_ms, partition_by), rows if part.all() else rows.filter(pa.array(part))
