"""The rows of a bundle: events into formats, columns, and one Parquet file per partition, counted all the way.

Memory: a few times a batch and a row group, and `WAITING_BYTES`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from loglake.core.keys import partition_of
from loglake.core.ports.objects import FileStore
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleResult, StagedFile, TablePlan
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR
from loglake.errors import UnbalancedError
from loglake.kernels.checksums import sha256_of_file
from loglake.kernels.contract import ContractCheck
from loglake.kernels.crowded import MOST_CELLS
from loglake.kernels.decode import Decoded, Decoder
from loglake.kernels.event_counts import EventCounts
from loglake.kernels.parquet.rows import changed_rows, file_schema, plain_rows, without_raw
from loglake.kernels.parquet.writer import ROW_GROUP_BYTES, RowWriter
from loglake.kernels.quarantine import QuarantineWriter
from loglake.kernels.readers.raw_objects import Origins
from loglake.kernels.transform import Transformation

WAITING_BYTES = 4 * ROW_GROUP_BYTES
"""Memory of the rows that wait for their row group, over all partitions of a bundle."""

OPEN_FILES = 64
"""Files that a bundle holds open: more than the hours of two days, far less than the 1,024 that a process may have.

The partitions that fill up first hold theirs open; rows of the others are spilled and written at the end.
"""


class MadeFile(NamedTuple):
    """A finished local file."""

    path: str
    final_key: str
    rows: int
    partition: str = ""


def stage_file(bundle: Bundle, lake: FileStore, made: MadeFile) -> StagedFile:
    """Puts a file into the bundle's staging."""
    staged_key = bundle.keys.staged(bundle.attempt, made.final_key)
    lake.put_file(staged_key, made.path)
    size_bytes, sha256 = os.path.getsize(made.path), sha256_of_file(made.path)
    return StagedFile(staged_key, made.final_key, made.rows, size_bytes, made.partition, sha256)


class BundleRows:
    """Makes the rows of a bundle, or of one part of it; implements `kernels.parts.Part`.

    Args:
        bundle: the bundle.
        plan: format and schema of the table.
        origins: of the events; may grow while they come.
        lake: the bucket of the staged files.
        folder: for local files.
        part: the number of the part.
        quarantine: gets what the table's contract discards. A bundle whose contract discards is not split.

    Raises:
        ConfigError: the plan names no format.
        TransformError: the dataset's own transformation can't be imported.
    """

    def __init__(
        self,
        bundle: Bundle,
        plan: TablePlan,
        origins: Origins,
        lake: FileStore,
        folder: str,
        *,
        part: int = 0,
        quarantine: QuarantineWriter | None = None,
    ) -> None:
        self._bundle = bundle
        self._plan = plan
        self._origins = origins
        self._lake = lake
        self._folder = folder
        self._part = part
        self._quarantine = quarantine
        self._event_counts = EventCounts(origins)
        self._decoder = Decoder(bundle, plan)
        self._transform = Transformation.of(bundle.transform, bundle.transform_path)
        self._contract = ContractCheck(bundle.contract, plan.schema, shows_values=not bundle.transform)
        self._writers: dict[str, RowWriter] = {}
        self._rows_at_once = MOST_CELLS // (len(plan.schema.columns) + 1)

    def add(self, events: pa.RecordBatch, fields: tuple[str, ...]) -> None:
        """Adds a batch of events.

        Args:
            events: columns of `EVENTS`, and ``origin``.
            fields: the field names of a line, in order, if the object names them.

        Raises:
            TransformError: the dataset's own transformation failed.
        """
        for start in range(0, events.num_rows, self._rows_at_once):
            self._add(events.slice(start, self._rows_at_once), fields)

    def _add(self, events: pa.RecordBatch, fields: tuple[str, ...]) -> None:
        decoded = self._decoder.decode(events, fields)
        self._event_counts.rescued(events, decoded.rescued, decoded.rescued_values)
        decoded, events = self._kept(decoded, events)
        if not events.num_rows:
            return
        rows, events = self._transformed(decoded.rows, events)
        self._event_counts.events("rows_out", events)
        if self._bundle.omits_raw:  # a transformation has seen it
            rows = without_raw(rows)
        for partition, of_it in _partitions(rows, self._bundle.partition_by):
            self._writer(partition).write(of_it)
        self._bound_memory()

    def end(self) -> None:
        """Nothing: the rows that wait are written by `result`."""

    def result(self) -> BundleResult:
        """Closes the files, stages them in the order of their partitions, and counts.

        Raises:
            UnbalancedError: the files don't hold what was counted.
        """
        files = tuple(stage_file(self._bundle, self._lake, made) for made in self._finish())
        counted, read = self._event_counts.total(), self._decoder.read
        written = sum(staged.rows for staged in files)
        if counted.rows_out != written:
            raise UnbalancedError(f"bundle {self._bundle.number}: {counted}, and {written} rows in files")
        return BundleResult(
            log_group=self._bundle.log_group,
            window=self._bundle.window,
            number=self._bundle.number,
            files=files,
            accounting=replace(
                counted,
                read_as={name: count for name, count in sorted(read.counts.items()) if count},
                redacted=dict(sorted(self._decoder.redactor.counts.items())),
            ),
            examples=() if self._bundle.transform else tuple(read.examples),  # it may hide what they show
            objects=self._event_counts.objects(),
            reasons=dict(self._event_counts.reasons),
            undecoded=self._event_counts.undecoded(),
            violations=self._contract.found,
        )

    def _kept(self, decoded: Decoded, events: pa.RecordBatch) -> tuple[Decoded, pa.RecordBatch]:
        """The rows, with their events, that the table's contract takes; the others go to quarantine."""
        checked = self._contract.check(decoded, events, self._origins.known)
        if checked is None:
            return decoded, events
        self._event_counts.violations(events, checked.fields)
        for each in checked.discarded:
            assert self._quarantine is not None
            self._event_counts.quarantined(each.source, each.fragment.reason, self._quarantine.write(each))
        return checked.kept, events.filter(pa.array(checked.is_kept))

    def _transformed(self, rows: pa.RecordBatch, events: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        """The rows, with their events, that the dataset's transformation keeps; the others are counted as dropped."""
        if self._transform is None:
            return rows, events
        made, kept = self._transform(plain_rows(rows, file_schema(self._plan.schema), self._origins.known))
        dropped = np.ones(events.num_rows, np.bool_)
        dropped[kept] = False
        self._event_counts.events("dropped", events.filter(pa.array(dropped)))
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

    def _finish(self) -> Iterator[MadeFile]:
        """Closes the files, in the order of their partitions."""
        keys, table, number = self._bundle.keys, self._bundle.table, self._bundle.number
        for partition, writer in sorted(self._writers.items()):
            writer.close()
            yield MadeFile(writer.path, keys.table_file(table, partition, number, self._part), writer.rows, partition)

    def _writer(self, partition: str) -> RowWriter:
        if partition not in self._writers:
            self._writers[partition] = RowWriter(
                path=os.path.join(self._folder, partition.replace("/", "-")),
                schema=self._plan.schema,
                origins=self._origins.known,
                may_open=self._may_open,
                find_by=self._bundle.find_by,
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
