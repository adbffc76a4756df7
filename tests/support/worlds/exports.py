"""The surroundings of an export run, in memory."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from loglake.config import ExportConfig
from loglake.core.ledger.row import LedgerRow
from loglake.core.ports.event_reader import EventReader
from loglake.core.requests.requests import parse_request, request_body
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.export.job import ExportReport, run_export
from loglake.pipelines.ports import ExportPorts, Jitter, no_jitter
from loglake.telemetry import Telemetry
from support.fakes.catalogs import MemoryCatalog
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, FakeExportTasks, ManualClock, MemoryLedger
from support.fakes.stores import MemoryStore

DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
DATASETS = load_datasets({"datasets": [{"log_groups": ["/app/*"], "ingest": "export"}]})
NOW = START_MS + 2 * MS_PER_DAY


@dataclass
class ExportAccount:
    """An account without log groups; `said` has the lines of its runs."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    control: MemoryStore = field(default_factory=lambda: MemoryStore("control"))
    raw: MemoryStore = field(default_factory=lambda: MemoryStore("raw"))
    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)
    said: io.StringIO = field(default_factory=io.StringIO)

    def ports(
        self, tasks: FakeExportTasks, jitter: Jitter = no_jitter, reader: EventReader | None = None
    ) -> ExportPorts:
        telemetry, reader = Telemetry(self.clock, "run", self.said), reader or FakeEventReader(tasks)
        return ExportPorts(
            self.ledger, self.catalog, self.control, self.clock, telemetry, tasks, self.raw, reader, jitter
        )


@dataclass
class World(ExportAccount):
    """An account with one log group that has a day of events."""

    def __post_init__(self) -> None:
        self.tasks = FakeExportTasks(self.raw)
        events = [(START_MS + 1, "one"), (START_MS + 5, "two\n  more")]
        self.tasks.add_group("/app/shop", {"web/1": events, "web/2": [(START_MS + 9, "three")]})

    def request(self, window: Window = DAY, pattern: str = "/app/*", key: str = "requests/requested/1") -> None:
        self.control.put(key, request_body([pattern], window))

    def use(self, kind: type[FakeExportTasks]) -> None:
        """Uses another CloudWatch with the same log groups."""
        tasks = kind(self.raw)
        tasks.groups, tasks.events = self.tasks.groups, self.tasks.events
        self.tasks = tasks

    def run(self, deadline_s: float = 600, datasets: Datasets = DATASETS) -> ExportReport:
        config = ExportConfig("control", "raw", "ledger", "s3://control/x", "jr_1", deadline_s, 5, 30, 24)
        return run_export(self.ports(self.tasks), datasets, config)

    def row(self, window: Window = DAY) -> LedgerRow:
        return self.ledger.stored[LogGroupName("/app/shop"), window]


def wake_ups(world: ExportAccount) -> list[tuple[str, int, int]]:
    """The present wake-ups: key, length of the chain, and seconds until due."""
    found = []
    for item in world.control.list("requests/continue/"):
        request = parse_request(item.key, world.control.get(item.key))
        found.append((item.key, request.chain, (request.not_before_ms - world.clock.time_ms) // 1000))
    return found
