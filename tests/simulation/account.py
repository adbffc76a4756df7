"""Simulates an account for a year: log groups, schedule, both real jobs, outages, other people's exports."""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from unittest import mock

from support.fakes.catalogs import MemoryCatalog
from support.worlds.run_notes import note_export

from loglake.config import ConvertConfig, ExportConfig, Resolver
from loglake.core.cloud_types import LogGroup
from loglake.core.keys import REQUESTS
from loglake.core.ledger.row import LedgerRow
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import CATALOG_GAP, values
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs, LogGroupName, parse_instant
from loglake.errors import TransientError
from loglake.pipelines import side_by_side
from loglake.pipelines.convert.job import run_convert
from loglake.pipelines.export.job import run_export
from loglake.pipelines.export.report import ExportReport
from loglake.pipelines.ports import ConvertPorts, ExportPorts
from loglake.telemetry import Telemetry
from simulation.checks import Checks
from simulation.cloudwatch import SimulatedCloudWatch
from simulation.counting_stage import CountingStage
from simulation.ledger import SimulatedLedger
from simulation.measures import Measures
from simulation.reading import SimulatedReader
from simulation.stores import IndexedStore
from simulation.traffic import make_traffic
from simulation.virtual_time import Calendar

START_MS = parse_instant("2026-01-01")

WAKE_MS = 90_000
"""EventBatchWindowSeconds, and half a minute in which Glue starts a Python shell job."""

CONVERT_MS = 3 * MS_PER_MINUTE
"""From the end of one job to the commits of the next: Spark's start, and converting."""


@dataclass(frozen=True)
class Scenario:
    """The settings of a simulation.

    Attributes:
        groups: the number of log groups.
        days: the length of the simulation.
        seed: the seed of everything random.
        outages: the days, from the start, on which an outage begins: no run happens for `outage_days`.
        outage_days: the length of an outage.
        deleted_on: the day on which one log group is deleted; None: no log group is.
        others_minutes: how long somebody else's export takes each night, on average.
        median_s: the median time of an export task.
        speed: how fast tasks write and pages are read, as a share of what is assumed.
        final_pass: the dataset's setting.
        read: the log groups that may be read, as a pattern; the others go by task. Empty: the role may not read.
        retention_days: for how long each third log group keeps its events.
        kept_days: `retention_days` of the datasets.
        late_days: how late a pass may be.
        look_days: how often the oracle looks: less than retention, since it demands what CloudWatch still has.
    """

    groups: int = 500
    days: int = 365
    seed: int = 4
    outages: tuple[int, ...] = ()
    outage_days: int = 3
    deleted_on: int | None = None
    others_minutes: int = 60
    median_s: float = 60.0
    speed: float = 1.0
    final_pass: str = "always"
    read: str = ""
    retention_days: int = 90
    kept_days: int | None = None
    late_days: float = 1
    look_days: int = 3

    def scaled(self, scale: int) -> Scenario:
        """The same load of the slot in a smaller account: fewer log groups with longer tasks.

        The simulation gets faster by the same factor.
        """
        return replace(self, groups=max(1, self.groups // scale), median_s=self.median_s * scale)

    @property
    def end_ms(self) -> EpochMs:
        """When it ends."""
        return EpochMs(START_MS + self.days * MS_PER_DAY)

    def outage_at(self, ms: int) -> bool:
        """Whether an outage stops runs at a time."""
        day = (ms - START_MS) / MS_PER_DAY
        return any(first <= day < first + self.outage_days for first in self.outages)


class KilledError(Exception):
    """The run is gone, because an outage stops everything."""


class Nowhere(io.StringIO):
    """An output that nobody reads."""

    def write(self, text: str) -> int:
        return len(text)


class Account:
    """One account, from the start of a scenario to its end.

    Attributes:
        cloudwatch: the source of the exports.
        lake: the target of the conversions.
        ledger: the truth about progress.
        catalog: the tables and partitions that can be queried.
        measures: the measurements so far.
        checks: what the oracle sees.
        deleted: the log group that was deleted, and the time.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.calendar = Calendar(START_MS)
        self.control = IndexedStore("control", self._put)
        self.raw = IndexedStore("raw")
        self.lake = IndexedStore("lake")
        self.ledger = SimulatedLedger(self._converted)
        self.catalog = MemoryCatalog()
        self.cloudwatch = SimulatedCloudWatch(self.calendar, self.raw, scenario.median_s, scenario.speed, scenario.seed)
        self.reader = SimulatedReader(self.cloudwatch, may_read=bool(scenario.read))
        self.deleted: dict[LogGroupName, int] = {}
        self._random = random.Random(scenario.seed + 1)
        self._telemetry = Telemetry(self.calendar, "simulation", Nowhere())
        self._runs = 0
        self._is_exporting = False
        self._woken = False
        self._converted_rows: list[LedgerRow] = []
        self._datasets = load_datasets({"datasets": self._entries()})
        self.alive = self._make_groups()
        self.measures = Measures(self.alive, START_MS, scenario.days * 24)
        self.checks = Checks(self, START_MS)

    def _entries(self) -> list[dict[str, object]]:
        """The datasets: one table for all."""
        final_pass = self.scenario.final_pass
        entry: dict[str, object] = {"start": "2026-01-01", "table": "app", "final_pass": final_pass}
        entry |= {"retention_days": self.scenario.kept_days} if self.scenario.kept_days else {}
        by_task: dict[str, object] = {**entry, "log_groups": ["/app/*"], "ingest": "export"}
        read = self.scenario.read
        return [{**entry, "log_groups": [read], "ingest": "auto"}, by_task] if read else [by_task]

    def _make_groups(self) -> dict[LogGroupName, range]:
        """Makes the log groups: each 50th begins during the year, and each third keeps its events for a limited time.

        Returns:
            The hours in which each log group exists.
        """
        scenario = self.scenario
        living: dict[LogGroupName, range] = {}
        for number in range(scenario.groups):
            name = LogGroupName(f"/app/{number:04d}")
            hours = scenario.days * 24
            made_hour = self._first_hour(number)
            is_deleted = number == 5 and scenario.deleted_on is not None
            gone_hour = (scenario.deleted_on or 0) * 24 + 15 if is_deleted else hours
            created_ms = EpochMs(START_MS + made_hour * MS_PER_HOUR if made_hour else START_MS - 90 * MS_PER_DAY)
            alive = range(made_hour, gone_hour)
            self.cloudwatch.traffic[name] = make_traffic(number, START_MS, hours, scenario.seed, alive)
            group = LogGroup(name, created_ms, retention_days=scenario.retention_days if number % 3 == 0 else None)
            self.calendar.at(created_ms, lambda group=group: self._make(group))  # type: ignore[misc]
            if is_deleted:
                self.calendar.at(START_MS + gone_hour * MS_PER_HOUR, lambda name=name: self._delete(name))  # type: ignore[misc]
            living[name] = alive
        return living

    def _first_hour(self, number: int) -> int:
        """The hour in which a log group is made; 0 if it is older than the scenario."""
        groups, hours = self.scenario.groups, self.scenario.days * 24
        return hours * (number // 50 + 1) // (groups // 50 + 2) if number % 50 == 11 else 0

    def _make(self, group: LogGroup) -> None:
        self.cloudwatch.groups[group.name] = group

    def _delete(self, name: LogGroupName) -> None:
        del self.cloudwatch.groups[name]
        self.deleted[name] = self.calendar.now_ms()

    def run(self) -> None:
        """From the start to the end."""
        for _ in self.days():
            pass

    def days(self) -> Iterator[int]:
        """Each day after it has gone by, from the start to the end."""
        for hour in range(self.scenario.days * 24):
            self.calendar.at(START_MS + hour * MS_PER_HOUR + 6 * MS_PER_MINUTE, self._schedule)
        for day in range(self.scenario.days):
            at_ms = START_MS + day * MS_PER_DAY + 2 * MS_PER_HOUR + self._random.randrange(20 * MS_PER_MINUTE)
            self.calendar.at(at_ms, self._other_exports)
        for day in self.scenario.outages:
            self.calendar.at(START_MS + day * MS_PER_DAY, self._kill)
        for day in range(self.scenario.days):
            self.calendar.run_until(START_MS + (day + 1) * MS_PER_DAY)
            if (day + 1) % self.scenario.look_days == 0:
                self.checks.look()
            yield day

    def _schedule(self) -> None:
        """Puts a request each hour at six past, like EventBridge Scheduler."""
        self.measures.snapshot(self.calendar.now_ms())
        self.control.put(f"{REQUESTS}scheduled/{self.calendar.now_ms()}", b"{}")

    def _other_exports(self) -> None:
        if self.scenario.others_minutes:
            lasts = self.scenario.others_minutes * MS_PER_MINUTE * self._random.uniform(0.5, 1.5)
            self.cloudwatch.export_other(int(lasts))

    def _kill(self) -> None:
        if self._is_exporting:
            raise KilledError

    def _put(self, key: str) -> None:
        """Puts a request: EventBridge wakes the workflow, once for all requests within a while."""
        if key.startswith(REQUESTS) and not self._woken:
            self._woken = True
            self.calendar.after(WAKE_MS, self._wake)

    def _wake(self) -> None:
        """A run of the workflow: export, then convert. It converts even if another run has the export job."""
        self._woken = False
        if self.scenario.outage_at(self.calendar.now_ms()):
            return
        if not self._is_exporting:
            self._export()
        self.calendar.after(CONVERT_MS, self._convert)

    def _export(self) -> None:
        self._runs += 1
        config = ExportConfig.from_argv(*job_settings(f"jr_{self._runs}", **self._settings()))
        jitter = self._random.random
        ports = ExportPorts(
            self.ledger,
            self.catalog,
            self.control,
            self.calendar,
            self._telemetry,
            self.cloudwatch,
            self.raw,
            self.reader,
            jitter,
        )
        self._is_exporting = True
        try:
            report: ExportReport | None = run_export(ports, self._datasets, config)
        except KilledError:
            report = None
        self._is_exporting = False
        if report is not None:
            note_export(self.ledger, report, self.calendar.now_ms())
            self.measures.exported(report)

    def _settings(self) -> dict[str, str]:
        """Settings of the export job that are not its defaults."""
        return {}

    def _convert(self) -> None:
        if self.scenario.outage_at(self.calendar.now_ms()):
            return
        ports = ConvertPorts(
            ledger=self.ledger,
            landed=self.raw.landed,
            control=self.control,
            raw=self.raw,
            lake=self.lake,
            stage=self._stage(),
            clock=self.calendar,
            telemetry=self._telemetry,
            catalog=self.catalog,
        )
        self._runs += 1
        try:
            # Threads would make two simulations differ, and what they wait for takes no time here.
            with mock.patch.object(side_by_side, "FEW", sys.maxsize):
                run_convert(ports, self._datasets, ConvertConfig.from_argv(*job_settings(f"jr_{self._runs}")))
        except TransientError:
            self.measures.transient += 1  # it waits while a window inside it is under way
        self._crawl()
        self._clear()

    def _stage(self) -> CountingStage:
        """The convert stage."""
        return CountingStage(self.raw, self.lake)

    def _crawl(self) -> None:
        """Adds everything that was committed to the catalog, after a run of convert-logs."""
        self.catalog.crawl(values(self.ledger, CATALOG_GAP))

    def _converted(self, row: LedgerRow) -> None:
        self.measures.converted(row, self.calendar.now_ms())
        self._converted_rows.append(row)

    def _clear(self) -> None:
        """Deletes raw objects of converted windows and their lists, which nobody reads any more."""
        for row in self._converted_rows:
            self.raw.delete([item.key for item in self.raw.list(f"{row.keys.export_prefix}/")])
            self.control.delete([row.keys.object_list])
        self._converted_rows.clear()


def job_settings(run_id: str, **more: str) -> tuple[list[str], Resolver]:
    """A job's command line with these settings, and what parses it."""
    values = {"control_bucket": "control", "raw_bucket": "raw", "ledger_table": "ledger", "JOB_RUN_ID": run_id}
    values |= {"lake_bucket": "lake", "datasets_uri": "s3://control/datasets.json", "landing_queue": "q", **more}
    return ["job", *(part for name, value in values.items() for part in (f"--{name}", value))], lambda *_: values
