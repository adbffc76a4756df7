"""An account with landed objects and everything that the convert job needs, in memory."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.config import ConvertConfig
from loglake.core.keys import LANDING
from loglake.core.landing.objects import LandedState
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ports.convert_stage import ConvertStage
from loglake.core.ports.landing_queue import LandingQueue
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import CATALOG_GAP, values
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.convert.job import run_convert
from loglake.pipelines.convert.report import ConvertReport
from loglake.pipelines.ports import ConvertPorts
from support.fakes.catalogs import MemoryCatalog
from support.fakes.fakes import START_MS, ManualClock, MemoryLedger, silent
from support.fakes.stages import KernelStage
from support.fakes.stores import MemoryStore
from support.worlds.landed import LandedEvent
from support.worlds.ledger_rows import ledger_row

LEASE_S = 60.0
SHOP = LogGroupName("/app/shop")
HOUR = Window(START_MS, EpochMs(START_MS + MS_PER_HOUR))
Row = tuple[str, str, int, str]
"""Log group, stream, time in ms and text of an event."""


@dataclass
class LandingWorld:
    """Lands objects, runs the job, and reads the tables."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(START_MS + MS_PER_DAY))
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)
    control: MemoryStore = field(default_factory=lambda: MemoryStore("control"))
    raw: MemoryStore = field(default_factory=lambda: MemoryStore("raw"))
    lake: MemoryStore = field(default_factory=lambda: MemoryStore("lake"))
    datasets: Datasets = field(
        default_factory=lambda: load_datasets({"datasets": [{"log_groups": ["/app/*"], "ingest": "landing"}]})
    )
    queue: LandingQueue | None = None
    account: str = ""
    runs: int = 0

    def __post_init__(self) -> None:
        self.ledger.clock = self.raw.landed.clock = self.clock

    def land(self, name: str, body: bytes) -> str:
        self.raw.now_ms = self.clock.now_ms()
        self.raw.put(f"{LANDING}{name}", body)
        return f"{LANDING}{name}"

    def stage(self, interrupt: Callable[[Bundle], None] | None = None) -> KernelStage:
        return KernelStage(self.raw, self.lake, interrupt)

    def run(self, stage: ConvertStage | None = None, deadline_s: float = 600) -> ConvertReport:
        self.runs += 1
        run_id = f"jr_{self.runs}"
        self.raw.landed.time_out()
        ports = ConvertPorts(
            ledger=self.ledger,
            landed=self.queue or self.raw.landed,
            control=self.control,
            raw=self.raw,
            lake=self.lake,
            stage=stage or self.stage(),
            clock=self.clock,
            telemetry=silent(self.clock),
            catalog=self.catalog,
        )
        config = ConvertConfig("control", "raw", "t", "s3://x/y", run_id, deadline_s, "lake", "convert", LEASE_S, 0.01)
        report = run_convert(ports, self.datasets, replace(config, account=self.account))
        self.catalog.crawl(values(self.ledger, CATALOG_GAP))
        return report

    def rows(self, table: str = "") -> list[Row]:
        """All rows, sorted: what a query sees."""
        files = [pq.read_table(io.BytesIO(self.lake.get(item.key))) for item in self.lake.list(f"tables/{table}")]
        return sorted(row for file in files for row in _rows(file))

    def done(self) -> list[str]:
        """The keys of the landed objects that are done, in order."""
        return [known.key for known in self.ledger.landed_objects() if known.state is LandedState.SCANNED]

    def generations(self, group: LogGroupName) -> dict[Window, int]:
        return {row.window: row.generation for row in self.ledger.rows(group)}


def _rows(file: pa.Table) -> list[Row]:
    times = file.column("event_time").cast(pa.int64()).to_pylist()
    columns = [file.column(name).to_pylist() for name in ("log_group", "log_stream", "raw")]
    return [
        (str(group), str(stream), int(time), str(raw)) for time, group, stream, raw in zip(times, *columns, strict=True)
    ]


def as_rows(group: LogGroupName, events: Iterable[LandedEvent], stream: str = "i-1") -> list[Row]:
    """The rows of events, each id once, sorted."""
    return sorted({(group, stream, EpochMs(event.timestamp), event.message) for event in events})


def exported_row(world: LandingWorld, state: WindowState) -> LedgerRow:
    """An hour that was exported before its log group was switched to landing."""
    row = ledger_row(SHOP, HOUR, "app_shop", state)
    if state is WindowState.EXPORTED:
        key = f"{row.keys.export_prefix}/task/web/000000.gz"
        world.raw.put(key, gzip.compress(b"2026-11-21T00:30:00.000Z exported\n"))
        listing = {"task_id": "task", "objects": [RawObject(key, 34, "web").to_json()]}
        world.control.put(row.keys.object_list, json.dumps(listing).encode())
        row = ledger_row(SHOP, HOUR, "app_shop", state, objects=1, size_bytes=34, task_id="task")
    world.ledger.stored[SHOP, HOUR] = row
    return row
