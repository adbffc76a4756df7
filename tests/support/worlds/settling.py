"""A settled day replaces a log group's fresh hours: all in memory, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from loglake.config import ConvertConfig
from loglake.core.ledger.row import TERMINAL, Attempt, LedgerRow, WindowState
from loglake.core.schema.bundle import RawObject
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import CATALOG_GAP, values
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.convert.job import run_convert
from loglake.pipelines.convert.report import ConvertReport
from loglake.pipelines.object_lists import object_list_body
from loglake.pipelines.ports import ConvertPorts
from loglake.pipelines.reconvert import check_raw, reopen
from support.fakes.catalogs import MemoryCatalog
from support.fakes.fakes import START_MS, ManualClock, MemoryLedger, silent
from support.fakes.plain_stage import Event, PlainStage, exported_body, visible
from support.fakes.steps import Steps
from support.fakes.stores import MemoryStore
from support.worlds.ledger_rows import changed, ledger_row, moved

SHOP = LogGroupName("/app/shop")
DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
LEASE_S = 60.0
LIVE = LogGroupName("/live")
DATASETS = load_datasets(
    {"datasets": [{"log_groups": ["/app/*"]}, {"log_groups": [LIVE], "ingest": "landing", "table": "live"}]}
)


def hour(number: int) -> Window:
    start = START_MS + number * MS_PER_HOUR
    return Window(EpochMs(start), EpochMs(start + MS_PER_HOUR))


def event(number: int, text: str = "fresh") -> Event:
    """An event in the middle of an hour."""
    return START_MS + number * MS_PER_HOUR + MS_PER_HOUR // 2, text


@dataclass
class SettlingWorld:
    """The convert job's surroundings, and the exports that feed it."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(START_MS + 3 * MS_PER_DAY))
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)
    control: MemoryStore = field(default_factory=lambda: MemoryStore("control"))
    raw: MemoryStore = field(default_factory=lambda: MemoryStore("raw"))
    lake: MemoryStore = field(default_factory=lambda: MemoryStore("lake"))
    datasets: Datasets = DATASETS
    shares: bool = False  # windows share files
    runs: int = 0

    def __post_init__(self) -> None:
        self.ledger.clock = self.clock

    def row(self, window: Window) -> LedgerRow:
        return self.ledger.stored[SHOP, window]

    def state(self, window: Window) -> WindowState:
        return self.row(window).state

    def states(self) -> dict[Window, WindowState]:
        return {row.window: row.state for row in self.ledger.rows(SHOP)}

    def plan(self, window: Window, group: LogGroupName = SHOP, table: str = "app_shop") -> LedgerRow:
        """A window that is to be exported: a new one, or its next generation."""
        row = self.ledger.stored.get((group, window))
        if row is None:
            row = ledger_row(group, window, table)
            self.ledger.add(row)
        elif row.state in TERMINAL:
            row = row.begin(Attempt(row.generation + 1), self.clock.now_ms())
            self.ledger.replace(row)
        return row

    def export(
        self,
        window: Window,
        events: Sequence[Event],
        generation: int = 0,
        group: LogGroupName = SHOP,
        table: str = "app_shop",
    ) -> LedgerRow:
        """Brings a window to EXPORTED, with these events."""
        row = self._save(
            self.plan(window, group, table), WindowState.EXPORTING, task_id="task", exported_at_ms=self.clock.now_ms()
        )
        row = changed(row, generation=generation or row.generation)
        key = f"{row.keys.export_prefix}/task/web/000000.gz"
        self.raw.put(key, exported_body(events))
        raw = RawObject(key, len(self.raw.get(key)), "web")
        self.control.put(row.keys.object_list, object_list_body(row.log_group, "task", [raw]))
        return self._save(row, WindowState.EXPORTED, objects=1, size_bytes=raw.size_bytes)

    def _save(self, row: LedgerRow, state: WindowState, **changes: object) -> LedgerRow:
        changed = moved(row, state, self.clock.now_ms(), **changes)
        self.ledger.replace(changed)
        return changed

    def reopen(self, window: Window) -> None:
        """Opens a window again, to convert it from the present raw objects."""
        found = check_raw([self.row(window)], self.control, self.raw)
        reopen(found.whole, self.ledger, self.control, self.clock)

    def next_generation(self, window: Window, events: Sequence[Event]) -> None:
        """A converter's unfinished window continues under the next generation, as if more objects had landed for it."""
        self.clock.sleep(LEASE_S)
        row = self.row(window)
        if row.state is WindowState.CONVERTING:
            row = self._save(row, WindowState.EXPORTED, owner="")
        if row.state is WindowState.EXPORTED:
            self.ledger.stored[SHOP, window] = changed(row, state=WindowState.FAILED)
        self.export(window, events)

    def convert(self, steps: Steps | None = None, deadline_s: float = 600) -> ConvertReport:
        """One run of the job, to its end or until `steps` stop it."""
        self.runs += 1
        self.raw.landed.time_out()
        wrap: Callable[..., MemoryStore] = steps.wrap if steps else lambda port: port
        ledger: MemoryLedger = steps.wrap(self.ledger) if steps else self.ledger
        lake, raw, control = wrap(self.lake), wrap(self.raw), wrap(self.control)
        landed = steps.wrap(self.raw.landed) if steps else self.raw.landed
        catalog: MemoryCatalog = steps.wrap(self.catalog) if steps else self.catalog
        stage, telemetry = PlainStage(raw, lake, shares=self.shares), silent(self.clock)
        ports = ConvertPorts(
            ledger=ledger,
            landed=landed,
            control=control,
            raw=raw,
            lake=lake,
            stage=stage,
            clock=self.clock,
            telemetry=telemetry,
            catalog=catalog,
        )
        settings = (deadline_s, "lake", "convert", LEASE_S, 0.01)
        config = ConvertConfig("control", "raw", "t", "s3://x/y", f"jr_{self.runs}", *settings)
        report = run_convert(ports, self.datasets, config)
        self.catalog.crawl(values(self.ledger, CATALOG_GAP))
        return report

    def overtake(self) -> ConvertReport:
        """Another run, once the lease of a silent one is over."""
        self.clock.sleep(LEASE_S)
        return self.convert()

    def visible(self) -> Counter[Event]:
        return visible(self.lake)

    def staged(self) -> list[str]:
        return [item.key for item in self.lake.list("staging/")]
