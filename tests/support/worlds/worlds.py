"""An account in memory, and both jobs on it, with the real kernels in this process."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.config import CatalogConfig, ConvertConfig, ExportConfig
from loglake.core.format_share import MIN_READ_RATIO
from loglake.core.keys import REQUESTS
from loglake.core.ledger.row import WindowState
from loglake.core.requests.requests import request_body
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import CATALOG_GAP, values
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.convert.job import run_convert
from loglake.pipelines.convert.report import ConvertReport
from loglake.pipelines.export.job import ExportReport, run_export
from loglake.pipelines.ports import ConvertPorts, ExportPorts
from support.fakes.catalogs import MemoryCatalog
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, FakeExportTasks, ManualClock, MemoryLedger, silent
from support.fakes.stages import KernelStage
from support.fakes.stores import MemoryStore

SHOP, PAY = LogGroupName("/app/shop"), LogGroupName("/app/pay")
DAYS = Window(START_MS, EpochMs(START_MS + 2 * MS_PER_DAY))
DATASETS = load_datasets({"datasets": [{"log_groups": ["/app/*"], "ingest": "export"}]})
LEASE_S = 60.0


def shop_events(days: int = 2, per_day: int = 24) -> list[tuple[int, str]]:
    """JSON events, evenly over the days."""
    step = MS_PER_DAY // per_day
    return [
        (START_MS + n * step, json.dumps({"level": "info", "n": n, "user": {"id": n * 7}, "ok": n % 2 == 0}))
        for n in range(days * per_day)
    ]


@dataclass
class World:
    """An account with log groups, and everything that both jobs work on."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(START_MS + 3 * MS_PER_DAY))
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)
    control: MemoryStore = field(default_factory=lambda: MemoryStore("control"))
    raw: MemoryStore = field(default_factory=lambda: MemoryStore("raw"))
    lake: MemoryStore = field(default_factory=lambda: MemoryStore("lake"))
    datasets: Datasets = DATASETS
    is_crawled: bool = True  # after each run, as the crawl that it asks for would
    crawl_follows: bool = False
    stage: type[KernelStage] = KernelStage

    def __post_init__(self) -> None:
        self.ledger.clock = self.clock
        self.tasks = FakeExportTasks(self.raw)
        self.tasks.add_group(SHOP, {"web/1": shop_events()})
        self.tasks.add_group(PAY, {"pay": [(START_MS + 5, "plain text\n  and more"), (START_MS + 6, "ERROR broke")]})

    def export(self, *groups: str, reexport: bool = False) -> None:
        self.control.put(f"{REQUESTS}requested/1", request_body(list(groups or ["/app/*"]), DAYS, reexport))
        self.run_export()

    def run_export(self, run_id: str = "jr_e", deadline_s: float = 36000) -> ExportReport:
        """One run of the export job, which waits for the time of a wake-up if there is nothing else to do.

        With a deadline of 0 it takes requests and has no time to export anything.
        """
        ports = ExportPorts(
            self.ledger,
            self.catalog,
            self.control,
            self.clock,
            silent(self.clock),
            self.tasks,
            self.raw,
            FakeEventReader(self.tasks),
        )
        settings = (run_id, deadline_s, 5, 30)
        config = ExportConfig("control", "raw", "t", "s3://x/y", *settings, catalog=self._catalog_config)
        return run_export(ports, self.datasets, config)

    @property
    def _catalog_config(self) -> CatalogConfig:
        return CatalogConfig(crawl_follows=self.crawl_follows)

    def convert(
        self,
        run_id: str = "jr_c",
        interrupt: Callable[[Bundle], None] | None = None,
        deadline_s: float = 600,
        max_quarantined_ratio: float = 0.01,
        *,
        compaction: bool = True,
        min_read_ratio: float = MIN_READ_RATIO,
    ) -> ConvertReport:
        stage = self.stage(self.raw, self.lake, interrupt)
        ports = ConvertPorts(
            ledger=self.ledger,
            landed=self.raw.landed,
            control=self.control,
            raw=self.raw,
            lake=self.lake,
            stage=stage,
            clock=self.clock,
            telemetry=silent(self.clock),
            catalog=self.catalog,
        )
        settings = (deadline_s, "lake", "convert", LEASE_S, max_quarantined_ratio)
        more: dict[str, Any] = {"compaction": compaction, "min_read_ratio": min_read_ratio}
        more["catalog"] = self._catalog_config
        config = ConvertConfig("control", "raw", "t", "s3://x/y", run_id, *settings, **more)
        report = run_convert(ports, self.datasets, config)
        if self.is_crawled:
            self.catalog.crawl(values(self.ledger, CATALOG_GAP))
        return report

    def rows(self, table: str) -> pa.Table:
        bodies = [self.lake.get(item.key) for item in self.lake.list(f"tables/{table}/")]
        whole = pa.concat_tables([pq.read_table(io.BytesIO(body)) for body in bodies], promote_options="default")
        return whole.sort_by([("_source", "ascending"), ("_line", "ascending")])

    def states(self) -> set[WindowState]:
        return {row.state for row in self.ledger.stored.values()}
