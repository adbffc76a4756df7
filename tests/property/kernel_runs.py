"""Plans, converts and reads back a case with the kernels, batch by batch."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
from support.fakes.fakes import MemoryLedger
from support.fakes.stages import KernelStage
from support.fakes.stores import MemoryStore

from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleFailure, BundleResult, SchemaSample, TablePlan
from loglake.pipelines.schema_plan import plan_tables
from property.cases import Batch, Case
from property.exact_json import Path
from property.layout import LOG_GROUP, TABLE, ChoppyStore, bundle_of, expected_rows, raw_objects, sampled_events
from property.oracle import Col, Row, check
from property.parquet_rows import read_file, rows_of, table_schema
from property.tables import Expected, Place, Table


class SamplingStage(KernelStage):
    """Samples only the first objects of each bundle, as the stage samples only the start of large objects."""

    def __init__(self, raw: MemoryStore, lake: MemoryStore, sampled: int) -> None:
        super().__init__(raw, lake)
        self._sampled = sampled

    def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
        return super().sample([replace(bundle, objects=bundle.objects[: self._sampled]) for bundle in bundles])


@dataclass
class Run:
    """The result of converting a case.

    Attributes:
        files: all files by their final keys.
        tables: those of the table, as they were read.
        quarantined: entries, over all batches.
        rescued: values, over all batches.
        in_columns: values that are in a column of each type, by their path.
    """

    files: dict[str, bytes]
    tables: list[pa.Table]
    quarantined: int
    rescued: int
    in_columns: Counter[tuple[Path, str]]


def run_case(case: Case) -> Run:
    """Converts the batches of a case, and compares each with its events.

    Raises:
        LostError: something is wrong.
    """
    registry = MemoryLedger()
    table = Table(case.types)
    rows: dict[Place, Row] = {}
    run = Run({}, [], 0, 0, Counter())
    for number in range(len(case.batches)):
        rows.update(_run_batch(case, number, registry, table, run))
    _check_together(run, table.columns, len(rows))
    return run


def _run_batch(case: Case, number: int, registry: MemoryLedger, table: Table, run: Run) -> dict[Place, Row]:
    lake = MemoryStore("lake")
    plan, result = _converted(case, number, registry, lake)
    table.grows(plan.schema, sampled_events(case.batches[number]), plan.formats)
    found = _read(result, lake, table, run)
    expected = expected_rows(case, number, LOG_GROUP)
    kept = table.check_rows(expected, found)
    _check_quarantine(case.batches[number], result, lake)
    _check_accounting(case.batches[number], result, expected, kept.rescued)
    run.quarantined += result.accounting.quarantined
    run.rescued += kept.rescued
    run.in_columns.update(kept.in_columns)
    return found


def _converted(case: Case, number: int, registry: MemoryLedger, lake: MemoryStore) -> tuple[TablePlan, BundleResult]:
    raw = ChoppyStore("raw", case.chunks)
    objects = raw_objects(case.batches[number], number, LOG_GROUP)
    raw.objects.update({each.key: body for each, body in objects.items()})
    bundle = bundle_of(case, number, tuple(objects))
    stage = SamplingStage(raw, lake, case.batches[number].sampled)
    plans, failures = plan_tables(stage, registry, [bundle])
    check(not failures, "a bundle could not be looked at", failures)
    results: list[BundleResult | BundleFailure] = []
    stage.convert([(bundle, plans[TABLE])], results.append)
    (result,) = results
    assert isinstance(result, BundleResult), result
    return plans[TABLE], result


def _read(result: BundleResult, lake: MemoryStore, table: Table, run: Run) -> dict[Place, Row]:
    found: dict[Place, Row] = {}
    for staged in result.files:
        body = lake.get(staged.staged_key)
        run.files[staged.final_key] = body
        if staged.partition:
            run.tables.append(read_file(body, table.columns))
            rows = dict(rows_of(run.tables[-1], staged.partition))
            check(len(rows) == staged.rows and not rows.keys() & found.keys(), "rows share a place", staged)
            found.update(rows)
    return found


def _check_quarantine(batch: Batch, result: BundleResult, lake: MemoryStore) -> None:
    """Checks that text without a timestamp is in quarantine completely, and nothing else is."""
    bodies = [lake.get(staged.staged_key) for staged in result.files if not staged.partition]
    entries = [json.loads(line) for body in bodies for line in gzip.decompress(body).splitlines()]
    heads = [file.head.decode() for file in batch.files if file.head]
    reported = [(entry["text"], entry["line"], entry["offset"]) for entry in entries]
    check(reported == [(head, 1, 0) for head in heads], "quarantine is not what is not an event", reported, heads)


def _check_accounting(batch: Batch, result: BundleResult, expected: Mapping[Place, Expected], rescued: int) -> None:
    events, heads = sum(len(file.events) for file in batch.files), sum(bool(file.head) for file in batch.files)
    counted, rows = result.accounting, len(expected)
    reported = (counted.events_in, counted.rows_out, counted.quarantined, counted.out_of_window, counted.duplicates)
    check(
        reported == (events + heads, rows, heads, events - rows, 0),
        "the accounting is wrong",
        reported,
        events,
        heads,
        rows,
    )
    # Lines of text formats may have rescued fields of their own.
    ours = not any(event.fields_of_text for file in batch.files for event in file.events)
    check(counted.rescued_values == rescued or not ours, "rescued values are miscounted", counted, rescued)
    by_object = {key: counts.rows_out for key, counts in result.objects.items() if counts.rows_out}
    check(by_object == Counter(key for key, _ in expected), "rows are counted for another object", by_object)


def _check_together(run: Run, columns: tuple[Col, ...], rows: int) -> None:
    """Reads the files of all batches at once, under the table's last schema, as a query does."""
    last = table_schema(columns)
    whole = pa.concat_tables([last.empty_table(), *run.tables], promote_options="default")
    check(whole.schema.equals(last), "a column's type has changed", whole.schema)
    check(whole.num_rows == rows, "rows are missing", whole.num_rows, rows)
