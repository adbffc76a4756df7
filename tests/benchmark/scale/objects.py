"""Many small objects: the convert job on folders, with a ledger in memory and a pool of processes."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmark.made_up import DAY, events
from benchmark.scale.row import Row, Timer, timed
from support.fakes.catalogs import MemoryCatalog
from support.fakes.fakes import FakeExportTasks, ManualClock, MemoryLedger, silent
from support.fakes.landing_queue import MemoryLandingQueue
from support.fakes.stores import FolderStore, MemoryStore
from support.worlds.ledger_rows import ledger_row

from loglake.config import ConvertConfig
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.schema.bundle import objects_digest
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.convert.bundles import window_bundles
from loglake.pipelines.convert.job import run_convert
from loglake.pipelines.export.exported_objects import ExportedObjects
from loglake.pipelines.object_lists import put_next_list
from loglake.pipelines.ports import ConvertPorts
from loglake.pool.convert_stage import pool_stage

WINDOWS = 8
GROUP = LogGroupName("/app/bench")
DATASETS = load_datasets({"datasets": [{"log_groups": ["/app/*"], "ingest": "export"}]})
_OBJECT_BYTES = 10_000
_PER_STREAM = 100
_DISTINCT = 20
_FILE_BYTES = 128 * 1024 * 1024


class _Tasks(FakeExportTasks):
    """Export tasks of a log group with many streams."""

    def __init__(self, streams: int) -> None:
        super().__init__(MemoryStore("raw"))
        self._streams = streams

    def stream_names(self, log_group: LogGroupName) -> Iterator[str]:
        return (f"web/{number:05d}" for number in range(self._streams))


@dataclass
class _Folders:
    """The buckets, as folders; a worker opens them by name."""

    root: str

    def __call__(self, bucket: str) -> FolderStore:
        return FolderStore(self.root, bucket)


def measure_objects(folder: Path, count: int) -> list[Row]:
    """Objects of 10 kB of text in eight windows of one log group."""
    rows = [_window(number) for number in range(WINDOWS)]
    packed, each = 0, count // WINDOWS
    for row in rows:
        packed += _write(folder / "raw", row, each)
    ledger, control = MemoryLedger(), FolderStore(folder, "control")
    raw, lake = FolderStore(folder, "raw"), FolderStore(folder, "lake")
    found = ExportedObjects(_Tasks(-(-each // _PER_STREAM)), raw)
    with timed() as planning:
        for row in rows:
            exported = _exported(row, found, control)
            ledger.add(exported)
            claimed = exported.claim(exported.updated_at_ms, "jr_1", "decision")
            window_bundles(claimed, [claimed], DATASETS, ledger, control)
    with timed() as converting, pool_stage(_Folders(str(folder)), "raw", "lake", pandas=False) as stage:
        clock = ManualClock(int(DAY) + 3 * MS_PER_DAY)
        ports = ConvertPorts(
            ledger=ledger, landed=MemoryLandingQueue(), control=control, raw=raw, lake=lake, stage=stage, clock=clock,
            telemetry=silent(clock), catalog=MemoryCatalog(),
        )  # fmt: skip
        settings = ("jr_1", 36000.0, "lake", "convert", 600.0, 0.01)
        report = run_convert(ports, DATASETS, ConvertConfig("control", "raw", "t", "s3://x/y", *settings))
    if report.converted != WINDOWS or report.failed:
        raise RuntimeError(f"{report.converted} of {WINDOWS} windows were converted: {report.failed}")
    made, done = list(lake.list("tables/")), each * WINDOWS
    most = packed // _FILE_BYTES + WINDOWS
    title = f"{done:,} objects of 10 kB in {WINDOWS} windows, on folders: "
    return [
        Row(title + "planned", done / planning.seconds, ">=", 3000, "/s", _details(planning, done)),
        Row("the same: converted", done / converting.seconds, ">=", 500, "/s", _details(converting, done)),
        Row("the same: files", len(made), "<=", most, "", {"rows": report.accounting.rows_out}),
    ]


def _details(timer: Timer, done: int) -> dict[str, float | str]:
    seconds, cpu = timer.seconds, timer.cpu_seconds
    return {"seconds": seconds, "CPU seconds": cpu, "per CPU second": done / cpu}


def _window(number: int) -> LedgerRow:
    start = EpochMs(int(DAY) + number * MS_PER_HOUR)
    return ledger_row(
        GROUP, Window(start, EpochMs(start + MS_PER_HOUR)), "app_bench", WindowState.EXPORTING, task_id="t"
    )


def _exported(row: LedgerRow, found: ExportedObjects, control: FolderStore) -> LedgerRow:
    """The row with the list of its objects, as the export job leaves it."""
    objects = found.of(row)
    put_next_list(control, row.keys, objects, "t")
    size = sum(raw.size_bytes for raw in objects)
    return ledger_row(
        row.log_group, row.window, row.table, WindowState.EXPORTED,
        generation=row.generation + 1, objects=len(objects), size_bytes=size, digest=objects_digest(objects),
    )  # fmt: skip


def _write(bucket: Path, row: LedgerRow, count: int) -> int:
    """Writes a window's objects, as links to a few; returns their packed bytes."""
    shift, size = row.window.from_ms - int(DAY), 0
    first = bucket / f"{row.keys.export_prefix}/t"
    bodies = []
    for seed in range(_DISTINCT):
        text = b"".join(events(_OBJECT_BYTES, seed=seed, from_ms=int(DAY) + shift))
        body = bucket / f"{row.keys.export_prefix}/aside/{seed}"
        body.parent.mkdir(parents=True, exist_ok=True)
        body.write_bytes(gzip.compress(text, 6, mtime=0))
        bodies.append((body, body.stat().st_size))
    for number in range(count):
        stream, part = divmod(number, _PER_STREAM)
        target = first / f"web-{stream:05d}" / f"{part:06d}.gz"
        if part == 0:
            target.parent.mkdir(parents=True)
        body, length = bodies[number % _DISTINCT]
        os.link(body, target)
        size += length
    return size
