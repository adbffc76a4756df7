"""A log group that lost an event in CloudWatch, so that a day's final pass failed, and another log group."""

from __future__ import annotations

import io
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache

import pyarrow.parquet as pq

from loglake.config import ExportConfig
from loglake.core.keys import REQUESTS
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.pipelines.export.job import run_export
from loglake.pipelines.ports import ExportPorts
from support.fakes.catalogs import MemoryCatalog
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, silent
from support.worlds.worlds import SHOP, World, shop_events

CART = LogGroupName("/app/cart")
TABLE = "app"
LOST = 0
"""The event that CloudWatch lost, by its number."""

FINAL_PASS_S = 15 * 86_400


@dataclass
class RefusedWorld(World):
    """Both groups are in one table. All of their days had their final pass; the one of the shop's first day failed."""

    datasets: Datasets = field(
        default_factory=lambda: load_datasets(
            {"datasets": [{"log_groups": [SHOP, CART], "table": TABLE, "start": "2026-11-21", "ingest": "export"}]}
        )
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        created_ms = EpochMs(START_MS - 30 * MS_PER_DAY)
        self.tasks.add_group(SHOP, {"web/1": shop_events()}, created_ms=created_ms)
        self.tasks.add_group(CART, {"web": shop_events()}, created_ms=created_ms)
        self.export(SHOP, CART)
        self.convert("jr_1")
        self.clock.sleep(FINAL_PASS_S)
        self.tasks.incoming = {SHOP: {}, CART: {}}
        self.tasks.events[SHOP] = {"web/1": shop_events()[LOST + 1 :]}
        self.export_what_is_due()
        self.convert("jr_2", compaction=False)
        assert self.refused.state is WindowState.FAILED

    @property
    def refused(self) -> LedgerRow:
        """The row of the shop's first day."""
        return self.ledger.rows(SHOP)[0]

    def export_what_is_due(self) -> None:
        """Exports everything that is due by the schedule."""
        self.control.put(f"{REQUESTS}scheduled/1", b"")
        ports = ExportPorts(
            self.ledger,
            MemoryCatalog(),
            self.control,
            self.clock,
            silent(self.clock),
            self.tasks,
            self.raw,
            FakeEventReader(self.tasks),
        )
        run_export(ports, self.datasets, ExportConfig("control", "raw", "t", "s3://x/y", "jr_e", 36000, 5, 30))

    def numbers(self, log_group: LogGroupName = SHOP) -> list[str]:
        """The column `n` of a log group's rows, as text, in order."""
        found = self.rows(TABLE).to_pylist()
        return sorted((str(row["n"]) for row in found if row["log_group"] == log_group), key=float)

    def types(self) -> set[str]:
        """The types that the column `n` has in the table's files."""
        bodies = [self.lake.get(item.key) for item in self.lake.list(f"tables/{TABLE}/")]
        return {str(pq.read_schema(io.BytesIO(body)).field("n").type) for body in bodies}


@cache
def _built() -> RefusedWorld:
    return RefusedWorld()


def refused_world() -> RefusedWorld:
    """A separate world for each caller, copied, because making one takes a second."""
    return deepcopy(_built())
