"""Conversions with a planted fault, to prove that the fuzz finds it."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import pyarrow as pa
import pyarrow.parquet as pq
from support.fakes.stores import MemoryStore

from fuzz.convert import Convert
from loglake.core.accounting import Accounting
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleResult, StagedFile, TablePlan
from loglake.kernels.convert import convert_bundle

Change = Callable[[BundleResult, MemoryStore], BundleResult]


def _faulty(change: Change) -> Convert:
    """A conversion with a result that is changed afterwards."""

    def run(
        bundle: Bundle, plan: TablePlan, raw: MemoryStore, lake: MemoryStore, work_dir: str | None = None
    ) -> BundleResult:
        return change(convert_bundle(bundle, plan, raw, lake, work_dir), lake)

    return run


def _counted(result: BundleResult, **more: Any) -> BundleResult:
    """Changes the counts, so that they still add up for the objects."""
    extra = Accounting(**more)
    first = next(iter(result.objects))
    objects = {**result.objects, first: result.objects[first] + extra}
    return replace(result, accounting=result.accounting + extra, objects=objects)


def _with_table(change: Callable[[pa.Table], pa.Table]) -> Change:
    """Changes the rows of the first file, and the counts with them."""

    def apply(result: BundleResult, lake: MemoryStore) -> BundleResult:
        staged = result.files[0]
        table = change(pq.read_table(io.BytesIO(lake.get(staged.staged_key))))
        out = io.BytesIO()
        pq.write_table(table, out)
        lake.put(staged.staged_key, out.getvalue())
        files = (replace(staged, rows=table.num_rows, size_bytes=out.tell()), *result.files[1:])
        more = table.num_rows - staged.rows
        return replace(_counted(result, events_in=more, rows_out=more), files=files)

    return apply


def _set(name: str, change: Callable[[Any], Any]) -> Change:
    """Changes the first row's value of a column."""

    def apply(table: pa.Table) -> pa.Table:
        values = table.column(name).to_pylist()
        values[0] = change(values[0])
        index = table.schema.get_field_index(name)
        return table.set_column(index, table.schema.field(index), pa.array(values, table.schema.field(index).type))

    return _with_table(apply)


def _without_quarantine(result: BundleResult, lake: MemoryStore) -> BundleResult:
    lost: list[StagedFile] = [staged for staged in result.files if not staged.partition]
    lake.delete(staged.staged_key for staged in lost)
    entries = sum(staged.rows for staged in lost)
    kept = tuple(staged for staged in result.files if staged.partition)
    return replace(_counted(result, events_in=-entries, quarantined=-entries), files=kept, reasons={})


def _crash(_result: BundleResult, _lake: MemoryStore) -> BundleResult:
    raise KeyError("planted")


def _by_chunks(
    bundle: Bundle, plan: TablePlan, raw: MemoryStore, lake: MemoryStore, work_dir: str | None = None
) -> BundleResult:
    result = convert_bundle(bundle, plan, raw, lake, work_dir)
    chunks = sum(1 for _ in raw.read(bundle.objects[0].key, 1 << 20))
    return _counted(result, text_bytes=chunks)


def _litter(
    bundle: Bundle, plan: TablePlan, raw: MemoryStore, lake: MemoryStore, work_dir: str | None = None
) -> BundleResult:
    Path(work_dir or ".", "left").touch()
    return convert_bundle(bundle, plan, raw, lake, work_dir)


FAULTS: Mapping[str, tuple[Convert, str]] = {
    "a row is lost": (_faulty(_with_table(lambda table: table.slice(1))), "a row is not its event"),
    "a row comes twice": (
        _faulty(_with_table(lambda table: pa.concat_tables([table.slice(0, 1), table]))),
        "a row is not its event",
    ),
    "a text is changed": (_faulty(_set("raw", lambda text: f"{text} ")), "a row is not its event"),
    "a time is changed": (_faulty(_set("event_time", lambda time: time.replace(microsecond=1_000))), "a row is not"),
    "another stream": (_faulty(_set("log_stream", lambda _: "x")), "log_stream"),
    "a value is nulled": (_faulty(_set("a", lambda _: None)), "a value is lost"),
    "a value is rounded": (_faulty(_set("b", round)), "a value is lost"),
    "a message is null": (_faulty(_set("message", lambda _: None)), "a message is null"),
    "quarantine is lost": (_faulty(_without_quarantine), "quarantine has []"),
    "unbalanced": (_faulty(lambda result, _: _counted(result, events_in=1)), "does not balance"),
    "left out": (_faulty(lambda result, _: _counted(result, events_in=1, out_of_window=1)), "were left out"),
    "rescued is not counted": (_faulty(lambda result, _: _counted(result, rescued_values=1)), "in no row"),
    "a crash": (_faulty(_crash), "crash: KeyError"),
    "chunks matter": (_by_chunks, "chunks change the result"),
    "a file is left": (_litter, "files are left on the disk"),
}
"""Faults, and what of the finding tells that it was this one."""


def hang(*_arguments: Any, **_named: Any) -> BundleResult:
    """Never ends."""
    while True:
        pass


def die(*_arguments: Any, **_named: Any) -> BundleResult:
    """Kills the process, as a bug in native code does."""
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError("unreachable")
