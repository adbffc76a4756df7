"""An account with new tables and a crawler, in which events and crawls may be lost."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence

from loglake.core.catalog_gaps import Missing
from loglake.core.keys import CATALOG, TABLES
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleFailure, SchemaSample
from loglake.core.schema.schema import ColumnType, InferredType
from loglake.core.units import MS_PER_DAY, MS_PER_MINUTE
from loglake.core.windows import Window
from simulation.account import START_MS, Account, Scenario
from simulation.counting_stage import CountingStage

HOURLY = 11
"""The number of the log group whose table is partitioned by hour."""

APART_HOURS = 14
"""From one table's first event to the next one's."""

GROWS_MS = START_MS + 5 * MS_PER_DAY
"""From then on each event has one more column."""

_EVENT_MS, _CRAWL_MS = MS_PER_MINUTE, 3 * MS_PER_MINUTE


class ColumnsStage(CountingStage):
    """Finds a column, later two."""

    def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
        return [SchemaSample(bundle.table, {"json": 1}, {"json": _columns(bundle.window)}) for bundle in bundles]


class CatalogWeek(Account):
    """A week of twelve log groups; one of them never has an event.

    Attributes:
        crawls: that began.
        asked: the tables and columns of each object that asked for one.
    """

    def __init__(self, lost: float = 0.0, failing: float = 0.0) -> None:
        """`lost` is the share of events that never arrive, `failing` the share of crawls that fail."""
        self.crawls = 0
        self.asked: list[set[tuple[str, str]]] = []
        self._lost = lost
        self._failing = failing
        self._dice = random.Random(7)
        self._is_crawl_woken = False
        super().__init__(Scenario(groups=HOURLY + 1, days=8, others_minutes=0, median_s=20))

    def unqueryable(self) -> Iterator[str]:
        """The files of tables that can't be queried."""
        for item in self.lake.list(TABLES):
            _, table, *folders, _ = item.key.split("/")
            columns = tuple(column.name for column in self.ledger.latest(table).columns)
            missing = self.catalog.missing(table, Missing(("/".join(folders),), columns))
            if missing:
                yield f"{item.key}: {missing}"

    def _entries(self) -> list[dict[str, object]]:
        hourly: dict[str, object] = {
            "log_groups": [f"/app/{HOURLY:04d}"],
            "start": "2026-01-01",
            "partition_by": "hour",
        }
        return [hourly, {"log_groups": ["/app/*"], "start": "2026-01-01"}]

    def _first_hour(self, number: int) -> int:
        return number * APART_HOURS

    def _stage(self) -> CountingStage:
        return ColumnsStage(self.raw, self.lake)

    def _crawl(self) -> None:
        """Does nothing: no crawl follows a run."""

    def _put(self, key: str) -> None:
        super()._put(key)
        if key.startswith(CATALOG):
            lacking = json.loads(self.control.get(key))["columns"]
            self.asked.append({(table, name) for table, names in lacking.items() for name in names})
            if self._dice.random() >= self._lost and not self._is_crawl_woken:
                self._is_crawl_woken = True
                self.calendar.after(_EVENT_MS, self._start_crawl)

    def _start_crawl(self) -> None:
        self._is_crawl_woken = False
        if self.catalog.is_ready:  # else the node of the workflow is FAILED
            self.crawls += 1
            self.catalog.is_ready = False
            self.calendar.after(_CRAWL_MS, self._end_crawl)

    def _end_crawl(self) -> None:
        self.catalog.is_ready = True
        if self._dice.random() >= self._failing:
            self.catalog.crawl_files(self.lake, self.ledger.schemas)


def _columns(window: Window) -> dict[tuple[str, ...], InferredType]:
    names = ["n", "late"] if window.from_ms >= GROWS_MS else ["n"]
    return {(name,): InferredType(ColumnType.BIGINT) for name in names}
