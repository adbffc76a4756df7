"""The story of a convert run: claim exported windows, decide types, convert with Spark, commit window by window."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from glue_jobs.core.accounting import Accounting
from glue_jobs.core.conversion import Bundle, BundleFailure, bundle_objects
from glue_jobs.core.datasets import Dataset
from glue_jobs.core.keys import REQUESTS
from glue_jobs.core.ledger import LedgerRow, WindowState
from glue_jobs.core.windows import Window, merge
from glue_jobs.errors import LeaseLostError, PermanentError, TransientError
from glue_jobs.pipelines.commit import Committer
from glue_jobs.pipelines.export_window import read_object_list
from glue_jobs.pipelines.leases import Leases
from glue_jobs.pipelines.other_converters import OtherConverters
from glue_jobs.pipelines.report import Outcome
from glue_jobs.pipelines.table_plan import plan_tables
from glue_jobs.pipelines.window_results import WindowResults

if TYPE_CHECKING:
    from glue_jobs.config import ConvertConfig
    from glue_jobs.core.conversion import BundleResult
    from glue_jobs.core.datasets import Datasets
    from glue_jobs.core.ports import Clock, ConvertStage, Ledger, ObjectStore, SchemaRegistry
    from glue_jobs.core.units import LogGroupName
    from glue_jobs.telemetry import Telemetry

BATCH_WINDOWS = 500
"""Windows of one batch: types are decided per batch, and a commit waits for no more than its own window."""

MAX_QUARANTINED_RATIO = 0.01
"""Above this share of quarantined events a run is partial."""

T = TypeVar("T")


@dataclass(frozen=True)
class ConvertPorts:
    """What a convert run works on."""

    ledger: Ledger
    registry: SchemaRegistry
    control: ObjectStore
    lake: ObjectStore
    stage: ConvertStage
    clock: Clock
    telemetry: Telemetry


@dataclass
class ConvertReport:
    """What a convert run did.

    Attributes:
        converted: windows that are rows now; `rolled_forward` of them had a manifest already.
        lost: windows that another converter took over.
        failed: windows that need a person, with the reason.
        remaining: windows that wait for another run, some of them in another converter's hands.
    """

    converted: int = 0
    rolled_forward: int = 0
    lost: int = 0
    remaining: int = 0
    failed: list[str] = field(default_factory=list)
    accounting: Accounting = field(default_factory=Accounting)

    @property
    def outcome(self) -> Outcome:
        """Partial where windows failed or remain, or where too much could not be decoded."""
        quarantined = self.accounting.quarantined > MAX_QUARANTINED_RATIO * self.accounting.events_in
        return Outcome.PARTIAL if self.remaining or self.failed or quarantined else Outcome.OK

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {"outcome": self.outcome.value, **vars(self), "accounting": self.accounting.to_json()}


def run_convert(ports: ConvertPorts, datasets: Datasets, config: ConvertConfig) -> ConvertReport:
    """Does one run: batches of windows until nothing can be claimed or the deadline comes.

    A window whose converter was killed stays leased for a while: the run waits for that, rather than leave it to
    a next run that nobody may start. A window that can't be converted is FAILED with its reason and stops no other.

    Raises:
        TransientError: something that may pass, after all that it did not touch is done. Its windows are given back.
    """
    deadline_ms = ports.clock.now_ms() + int(config.deadline_s * 1000)
    with Leases(ports.ledger, ports.clock, config.run_id, config.lease_s) as leases:
        run = ConvertRun(ports, datasets, leases, Committer(ports.lake, leases, config.run_id))
        others = OtherConverters(ports.ledger, ports.clock, ports.telemetry, deadline_ms)
        while ports.clock.now_ms() < deadline_ms and not run.faults:
            claimed = run.claim()
            if claimed:
                run.convert(claimed)
            elif not others.wait():
                break
    pending = ports.ledger.in_states(WindowState.EXPORTED, WindowState.CONVERTING)
    run.report.remaining = len({_name(row) for row in pending} - run.ended)
    if run.report.remaining and run.report.converted:
        # Work is left and this run made progress: wake the workflow again. Without progress the schedule does.
        ports.control.put(f"{REQUESTS}continue/{config.run_id}", b"")
    ports.telemetry.event("convert finished", **run.report.to_json())
    if run.faults:
        raise run.faults[0]
    return run.report


def _name(row: LedgerRow) -> tuple[LogGroupName, Window]:
    return row.log_group, row.window


class ConvertRun:
    """One run's batches, and what they have done so far.

    Attributes:
        report: the numbers.
        faults: what may pass if another run tries again.
        ended: the windows that this run brought to an end, of whatever kind.
    """

    def __init__(self, ports: ConvertPorts, datasets: Datasets, leases: Leases, committer: Committer) -> None:
        self.report = ConvertReport()
        self.faults: list[TransientError] = []
        self.ended: set[tuple[LogGroupName, Window]] = set()
        self._ports = ports
        self._datasets = datasets
        self._leases = leases
        self._committer = committer

    def claim(self) -> list[LedgerRow]:
        """Takes up to `BATCH_WINDOWS` windows that are exported, or whose converter went silent."""
        candidates = self._ports.ledger.in_states(WindowState.EXPORTED, WindowState.CONVERTING)
        claimed = (self._leases.claim(row) for row in candidates)
        return list(islice((row for row in claimed if row), BATCH_WINDOWS))

    def convert(self, claimed: list[LedgerRow]) -> None:
        """Rolls forward what has a manifest already, and converts the rest."""
        fresh = [row for row in claimed if not self._rolled_forward(row)]
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
                version = plans[row.table].schema.version
                self._attempt(row, partial(self._commit, row, results.of(row), version))

        try:
            plans, failures = plan_tables(self._ports.stage, self._ports.registry, bundles)
            for failure in failures:
                on_result(failure)
            for row in results.without_objects():
                self._attempt(row, partial(self._commit, row, [], 0))
            self._ports.stage.convert([(b, plans[b.table]) for b in bundles if results.wants(b)], on_result)
        except TransientError as error:
            self.faults.append(error)

    def _rolled_forward(self, row: LedgerRow) -> bool:
        """Whether a window needs nothing else any more, because its manifest was there or because it failed."""
        manifest = self._attempt(row, partial(self._committer.find_manifest, row), missing=None)
        if manifest and self._attempt(row, lambda: self._count(self._committer.roll_forward(row, manifest))):
            self.report.rolled_forward += 1
        return manifest is not None or not self._leases.holds(row)

    def _bundles(self, row: LedgerRow, group: list[LedgerRow]) -> list[Bundle]:
        # The dataset may have been renamed or removed since the window was planned: its table stays as the ledger says.
        dataset = self._datasets.find(row.log_group) or Dataset((row.log_group,), row.table)
        # A window that failed holds no rows, so what belongs to it may as well be a row here.
        others = [other for other in group if other.window != row.window and other.state is not WindowState.FAILED]
        elsewhere = tuple(merge(other.window for other in others))
        return [
            Bundle(
                table=row.table,
                log_group=row.log_group,
                window=row.window,
                generation=row.generation,
                number=number,
                # A version of the row belongs to one claim: no two attempts share a folder.
                attempt=f"{row.owner}-{row.version}",
                objects=objects,
                format=dataset.format,
                partition_by=dataset.partition_by,
                elsewhere=elsewhere,
                types=dataset.types,
            )
            for number, objects in enumerate(bundle_objects(read_object_list(self._ports.control, row)))
        ]

    def _commit(self, row: LedgerRow, results: list[BundleResult], schema_version: int) -> bool:
        return self._count(self._committer.commit(row, results, schema_version))

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
            self._leases.finish(row, WindowState.FAILED, reason=reason)
        except LeaseLostError:
            self.report.lost += 1
            return
        except TransientError as error:
            self.faults.append(error)
            return
        self.ended.add(_name(row))
        self.report.failed.append(f"{row.log_group} {row.window}: {reason}")
        self._ports.telemetry.event("window failed", log_group=row.log_group, window=str(row.window), reason=reason)

    def _count(self, row: LedgerRow) -> bool:
        accounting = row.accounting or Accounting()
        self.ended.add(_name(row))
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
