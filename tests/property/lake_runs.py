"""Runs many cases at once through the convert run, one table each, and crawls the lake after every batch."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.fakes.catalogs import MemoryCatalog
from support.fakes.fakes import ManualClock, MemoryLedger, silent
from support.fakes.landing_queue import MemoryLandingQueue
from support.fakes.stores import FolderStore
from support.worlds.ledger_rows import ledger_row

from loglake.config import ConvertConfig
from loglake.core.accounting import Accounting
from loglake.core.ledger.row import WindowState
from loglake.core.ports.convert_stage import ConvertStage
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.schema import FieldPath
from loglake.core.units import LogGroupName
from loglake.pipelines.convert.job import run_convert
from loglake.pipelines.ports import ConvertPorts
from property.cases import Case, window_of
from property.layout import expected_rows, raw_objects, task_id
from property.oracle import Col, Row, check
from property.parquet_rows import read_file, rows_of
from property.tables import Place, Table

DAYS_AFTER = window_of(30).from_ms
READS_OBJECTS = ("json",)
"""All of a batch is sampled here: where it has a JSON object, one of the table's formats reads them."""


class LakeTable:
    """A case on its way into the lake.

    Attributes:
        case: with all of each batch sampled.
        columns: after each batch.
        accounting: over all batches.
        in_columns: values that are in a column of each type, by their path.
    """

    def __init__(self, number: int, case: Case) -> None:
        self.number = number
        self.case = replace(case, batches=tuple(replace(batch, sampled=len(batch.files)) for batch in case.batches))
        self.table = Table(case.types)
        self.columns: list[tuple[Col, ...]] = []
        self.accounting = Accounting()
        self.in_columns: Counter[tuple[FieldPath, str]] = Counter()

    @property
    def log_group(self) -> LogGroupName:
        """``/case/07``."""
        return LogGroupName(f"/case/{self.number:02d}")

    @property
    def name(self) -> str:
        """The table, named after its log group."""
        return f"case_{self.number:02d}"


class LakeRun:
    """The buckets, the ledger and the tables.

    Args:
        root: where the buckets are folders.
        cases: one table each.
        make_stage: the convert stage over the raw and the lake bucket.
    """

    def __init__(self, root: Path, cases: Sequence[Case], make_stage: Callable[[Path], ConvertStage]) -> None:
        self.tables = [LakeTable(number, case) for number, case in enumerate(cases)]
        self.raw, self.lake, self._control = (FolderStore(root, name) for name in ("raw", "lake", "control"))
        self.ledger = MemoryLedger()
        self._stage = make_stage(root)
        self._datasets = load_datasets({"datasets": [_dataset(table) for table in self.tables]})

    @property
    def batches(self) -> int:
        """The largest number of batches of a case."""
        return max(len(table.case.batches) for table in self.tables)

    def convert(self, number: int) -> None:
        """Converts one batch of every table that has so many, in one run."""
        tables = [table for table in self.tables if number < len(table.case.batches)]
        for table in tables:
            self._export(table, number)
        clock = ManualClock(DAYS_AFTER)
        ports = ConvertPorts(
            ledger=self.ledger,
            landed=MemoryLandingQueue(),
            control=self._control,
            raw=self.raw,
            lake=self.lake,
            stage=self._stage,
            clock=clock,
            telemetry=silent(clock),
            catalog=MemoryCatalog(),
        )
        config = ConvertConfig(
            control_bucket="control",
            raw_bucket="raw",
            ledger_table="ledger",
            datasets_uri="s3://control/datasets.json",
            run_id=f"jr_{number}",
            deadline_s=36_000,
            lake_bucket="lake",
            job_name="convert-logs",
            lease_s=600,
            max_quarantined_ratio=0.01,
        )
        report = run_convert(ports, self._datasets, config)
        check(report.converted == len(tables) and not report.failed, "windows were not converted", report)

    def check_batch(self, number: int) -> None:
        """Compares the schemas and files of a batch with its events, table by table."""
        for table in self.tables:
            if number < len(table.case.batches):
                self._check_table(table, number)

    def _check_table(self, table: LakeTable, number: int) -> None:
        events = [event for file in table.case.batches[number].files for event in file.events]
        table.table.grows(self.ledger.latest(table.name), events, READS_OBJECTS)
        table.columns.append(table.table.columns)
        row = next(row for row in self.ledger.rows(table.log_group) if row.window == window_of(number))
        rows: dict[Place, Row] = {}
        label = row.keys.path.replace("/", ".")
        for info in self.lake.list(f"tables/{table.name}/"):
            folder, _, name = info.key.removeprefix(f"tables/{table.name}/").rpartition("/")
            if name.startswith(label):
                rows.update(rows_of(read_file(self.lake.get(info.key), table.table.columns), folder))
        kept = table.table.check_rows(expected_rows(table.case, number, table.log_group), rows)
        table.in_columns.update(kept.in_columns)
        check(row.accounting is not None and row.accounting.rows_out == len(rows), "rows are miscounted", row)
        table.accounting += row.accounting or Accounting()

    def check_all(self, table: LakeTable, rows: Mapping[Place, Row]) -> None:
        """Compares all rows of a table, from a query, with the events of all batches."""
        final = {column.name for column in table.columns[-1]}
        left = dict(rows)
        for number, columns in enumerate(table.columns):
            expected = expected_rows(table.case, number, table.log_group)
            found = {place: left.pop(place) for place in expected if place in left}
            later = final - {column.name for column in columns}
            for row in found.values():
                check(all(row[name] is None for name in later), "an older row has a value of a newer column", row)
            Table(table.case.types, columns).check_rows(expected, found)
        check(not left, "rows are of no event", list(left.items())[:3])

    def _export(self, table: LakeTable, number: int) -> None:
        """Puts the objects of a batch, and the ledger rows that the export job would write."""
        objects = raw_objects(table.case.batches[number], number, table.log_group)
        for raw, body in objects.items():
            self.raw.put(raw.key, body)
        row = ledger_row(
            log_group=table.log_group,
            window=window_of(number),
            table=table.name,
            state=WindowState.EXPORTED,
            objects=len(objects),
            size_bytes=sum(raw.size_bytes for raw in objects),
        )
        listing = {"task_id": task_id(number), "objects": [raw.to_json() for raw in objects]}
        self._control.put(row.keys.object_list, json.dumps(listing).encode())
        self.ledger.add(row)


def _dataset(table: LakeTable) -> Mapping[str, Any]:
    types = {".".join(path): kind.value for path, kind in table.case.types.items()}
    return {"log_groups": [table.log_group], "partition_by": table.case.partition_by, "types": types}
