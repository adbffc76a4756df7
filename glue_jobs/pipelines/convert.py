"""The story of a convert run: take in what was landed, claim windows, decide types, convert with Spark, commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Callable, TypeVar

from glue_jobs.core.accounting import total
from glue_jobs.core.conversion import Bundle, BundleFailure
from glue_jobs.core.keys import REQUESTS
from glue_jobs.core.ledger import LedgerRow
from glue_jobs.core.schema import TableSchema, retyped
from glue_jobs.core.units import MS_PER_HOUR
from glue_jobs.errors import LeaseLostError, PermanentError, SchemaChangedError, TransientError, WindowBusyError
from glue_jobs.pipelines.claims import Claims
from glue_jobs.pipelines.commit import Committer
from glue_jobs.pipelines.compaction_run import CompactionRun
from glue_jobs.pipelines.convert_report import ConvertReport
from glue_jobs.pipelines.crawls import Crawls
from glue_jobs.pipelines.landed_days import LandedDaysRun
from glue_jobs.pipelines.landed_lists import LandedLists
from glue_jobs.pipelines.landing import LandingRun
from glue_jobs.pipelines.leases import Leases
from glue_jobs.pipelines.other_converters import OtherConverters
from glue_jobs.pipelines.removals import Removals
from glue_jobs.pipelines.table_plan import plan_tables
from glue_jobs.pipelines.window_bundles import window_bundles
from glue_jobs.pipelines.window_results import WindowResults

if TYPE_CHECKING:
    from glue_jobs.config import ConvertConfig
    from glue_jobs.core.conversion import BundleResult
    from glue_jobs.core.datasets import Datasets
    from glue_jobs.core.landing import WindowName
    from glue_jobs.core.manifest import Manifest
    from glue_jobs.core.ports import (
        Catalog,
        Clock,
        ConvertLedger,
        ConvertStage,
        CrawlNotes,
        LandedObjects,
        ObjectStore,
        SchemaRegistry,
    )
    from glue_jobs.pipelines.compaction_report import CompactionReport
    from glue_jobs.pipelines.landing_report import LandingReport, SettlingReport
    from glue_jobs.telemetry import Telemetry

BATCH_WINDOWS = 500
"""Windows of one batch: types are decided per batch, and a commit waits for no more than its own window."""

LANDING_SHARE = 0.5
"""How much of a run's time may go by before windows are converted: many landed objects must not starve exports."""

T = TypeVar("T")


@dataclass(frozen=True)
class ConvertPorts:
    """What a convert run works on."""

    ledger: ConvertLedger
    registry: SchemaRegistry
    landed: LandedObjects
    control: ObjectStore
    raw: ObjectStore
    lake: ObjectStore
    stage: ConvertStage
    clock: Clock
    telemetry: Telemetry
    crawl_notes: CrawlNotes
    catalog: Catalog


def run_convert(ports: ConvertPorts, datasets: Datasets, config: ConvertConfig) -> ConvertReport:
    """Does one run: takes in what was landed, and converts windows until none can be claimed or the deadline comes.

    A window whose converter was killed stays leased for a while: the run waits for that, rather than leave it to
    a next run that nobody may start. A window that can't be converted is FAILED with its reason and stops no other.

    Raises:
        TransientError: something that may pass, after all that it did not touch is done. Its windows are given back.
    """
    begun_ms, length_ms = ports.clock.now_ms(), int(config.deadline_s * 1000)
    deadline_ms = begun_ms + length_ms
    landing = LandingRun(ports, datasets)
    days = LandedDaysRun(ports, datasets, config.settle_after_hours * MS_PER_HOUR)
    crawls = Crawls(ports.crawl_notes, ports.catalog, ports.clock, ports.telemetry)
    crawls.begin()
    with Leases(ports.ledger, ports.clock, config.run_id, config.lease_s) as leases:
        removals = Removals(ports.lake, ports.ledger, ports.registry, ports.stage, config.run_id)
        committer = Committer(ports.lake, leases, config.run_id, removals.remove, crawls.note)
        claims = Claims(ports.ledger, leases)
        ratio = config.max_quarantined_ratio
        run = ConvertRun(ports, datasets, claims, leases, committer, max_quarantined_ratio=ratio)
        others = OtherConverters(ports.ledger, ports.clock, ports.telemetry, deadline_ms)
        claims.offer(landing.reconcile(begun_ms + int(length_ms * LANDING_SHARE)))
        claims.offer(days.settle(begun_ms + int(length_ms * LANDING_SHARE)))
        _convert_all(run, claims, landing, others, deadline_ms)
    compaction = CompactionRun(ports, config.run_id, config.lease_s)
    if config.compaction and not landing.faults and not run.faults:
        compaction.look(run.tables, length_ms, deadline_ms)
    report = run.finish(landing.report, days.report, compaction.report)
    body = _wake_up(report, crawls, config.crawl_delay_s)
    if body is not None:
        ports.control.put(f"{REQUESTS}continue/{config.run_id}", body)
    ports.telemetry.event("convert finished", **report.to_json())
    faults = [*landing.faults, *run.faults, *compaction.faults]
    if faults:
        raise faults[0]
    return report


def _wake_up(report: ConvertReport, crawls: Crawls, crawl_delay_s: float) -> bytes | None:
    """The body of the wake-up that a run leaves behind: at once where work is left, later where a crawl is."""
    waits, progress = report.remaining or report.landing.waiting, report.converted or report.landing.surveyed
    at_once = bool(waits and progress)  # without progress the schedule wakes it
    late = crawls.wake_up(crawl_delay_s, at_once)
    report.uncrawled, report.crawl_trouble = crawls.waiting, crawls.trouble
    return b"" if at_once else late


def _convert_all(
    run: ConvertRun, claims: Claims, landing: LandingRun, others: OtherConverters, deadline_ms: int
) -> None:
    """Converts until there is nothing left to claim, to take in or to wait for, or until the deadline."""
    worked = False
    while run.in_time(deadline_ms) and not run.faults:
        claimed = claims.take(BATCH_WINDOWS)
        if claimed:
            run.convert(claimed)
            worked = True
        elif worked and not landing.faults:
            # What was landed meanwhile, or had to wait for a window that this run had, may have no other wake-up.
            claims.offer(landing.reconcile(deadline_ms))
            worked = False
        elif not others.wait():
            break


def _name(row: LedgerRow) -> WindowName:
    return row.log_group, row.window


class ConvertRun:
    """One run's batches, and what they have done so far.

    Attributes:
        report: the numbers.
        faults: what may pass if another run tries again.
        tables: those that windows were converted for.
    """

    def __init__(
        self,
        ports: ConvertPorts,
        datasets: Datasets,
        claims: Claims,
        leases: Leases,
        committer: Committer,
        *,
        max_quarantined_ratio: float,
    ) -> None:
        self.report = ConvertReport(max_quarantined_ratio=max_quarantined_ratio)
        self.faults: list[TransientError] = []
        self.tables: set[str] = set()
        self._ports = ports
        self._datasets = datasets
        self._claims = claims
        self._leases = leases
        self._committer = committer
        self._lists = LandedLists(ports.ledger, ports.control, leases, claims)

    def in_time(self, deadline_ms: int) -> bool:
        """Whether the deadline is still to come."""
        return self._ports.clock.now_ms() < deadline_ms

    def finish(self, landing: LandingReport, settling: SettlingReport, compaction: CompactionReport) -> ConvertReport:
        """The whole report, at the end of the run."""
        self.report.compaction = compaction
        self.report.remaining = self._claims.remaining()
        self.report.landing = landing
        self.report.settling = settling
        self.report.accounting += landing.accounting
        self.report.reasons.update(landing.reasons)
        return self.report

    def convert(self, claimed: list[LedgerRow]) -> None:
        """Rolls forward what has a manifest already, and converts the rest."""
        begun = [row for row in claimed if not self._rolled_forward(row)]
        fresh = [row for row in begun if not self._attempt(row, partial(self._lists.gives_back, row), missing=True)]
        windows = {row.log_group: self._ports.ledger.rows(row.log_group) for row in fresh}
        bundles = {_name(row): self._attempt(row, partial(self._bundles, row, windows[row.log_group])) for row in fresh}
        whole = [row for row in fresh if bundles[_name(row)] is not None]
        self._convert_bundles(whole, [bundle for row in whole for bundle in bundles[_name(row)] or []])

    def _convert_bundles(self, rows: list[LedgerRow], bundles: list[Bundle]) -> None:
        results = WindowResults(rows, bundles)

        def on_result(result: BundleResult | BundleFailure) -> None:
            row = results.add(result)
            if row and isinstance(result, BundleFailure):
                self._fail(row, result.reason)
            elif row:
                self._attempt(row, partial(self._commit, row, results.of(row), plans[row.table].schema))

        try:
            plans, failures = plan_tables(self._ports.stage, self._ports.registry, bundles)
            for failure in failures:
                on_result(failure)
            for row in results.without_objects():
                self._attempt(row, partial(self._commit, row, [], TableSchema(row.table)))
            self._ports.stage.convert([(b, plans[b.table]) for b in bundles if results.wants(b)], on_result)
        except TransientError as error:
            self.faults.append(error)

    def _rolled_forward(self, row: LedgerRow) -> bool:
        """Whether a window needs nothing else any more, because its manifest was there or because it failed."""
        manifest = self._attempt(row, partial(self._committer.find_manifest, row), missing=None)
        if manifest and self._attempt(row, partial(self._roll_forward, row, manifest)):
            self.report.rolled_forward += 1
        return manifest is not None or not self._leases.holds(row)

    def _roll_forward(self, row: LedgerRow, manifest: Manifest) -> bool:
        return self._count(self._committer.roll_forward(row, manifest), [manifest])

    def _bundles(self, row: LedgerRow, group: list[LedgerRow]) -> list[Bundle]:
        return window_bundles(row, group, self._datasets, self._ports.control)

    def _commit(self, row: LedgerRow, results: list[BundleResult], schema: TableSchema) -> bool:
        """Commits, unless a person gave a column another type meanwhile: old and new files can't be read together."""
        changed = retyped(schema, self._ports.registry.latest(row.table)) if schema.columns else []
        if changed:
            raise SchemaChangedError(row.table, changed)
        try:
            return self._count(self._committer.commit(row, results, schema), results)
        except WindowBusyError:
            if self._lists.gives_back(row):
                return False
            raise

    def _attempt(self, row: LedgerRow, step: Callable[[], T], missing: T | None = None) -> T | None:
        """Takes a step for a window; what goes wrong is that window's trouble alone, and `missing` is returned."""
        try:
            return step()
        except LeaseLostError as error:
            self.report.lost += 1
            self._ports.telemetry.event("lease lost", reason=str(error))
        except PermanentError as error:
            self._fail(row, str(error))
        except TransientError as error:
            self.faults.append(error)
        return missing

    def _fail(self, row: LedgerRow, reason: str) -> None:
        try:
            self._committer.fail(row, reason)
        except LeaseLostError:
            self.report.lost += 1
            return
        except TransientError as error:
            self.faults.append(error)
            return
        self._claims.ended.add(_name(row))
        self.report.failed.append(f"{row.log_group} {row.window}: {reason}")
        self._ports.telemetry.event("window failed", log_group=row.log_group, window=str(row.window), reason=reason)

    def _count(self, row: LedgerRow, parts: Sequence[BundleResult | Manifest]) -> bool:
        accounting = total(part.accounting for part in parts)
        for part in parts:
            self.report.reasons.update(part.reasons)
        self.report.groups.add(row.log_group, row.table, accounting, [part.reasons for part in parts])
        self._claims.ended.add(_name(row))
        self.tables.add(row.table)
        self.report.converted += 1
        self.report.accounting += accounting
        self._ports.telemetry.event(
            "window converted",
            log_group=row.log_group,
            window=str(row.window),
            table=row.table,
            accounting=accounting.to_json(),
        )
        return True
