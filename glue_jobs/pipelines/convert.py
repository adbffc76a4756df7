"""The story of a convert run: claim exported windows, decide types, convert with Spark, commit window by window."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Callable

from glue_jobs.core.accounting import Accounting
from glue_jobs.core.conversion import Bundle, BundleResult, bundle_objects
from glue_jobs.core.datasets import Dataset
from glue_jobs.core.ledger import LedgerRow, WindowState
from glue_jobs.errors import LeaseLostError
from glue_jobs.pipelines.commit import Committer
from glue_jobs.pipelines.export_window import read_object_list
from glue_jobs.pipelines.leases import Leases
from glue_jobs.pipelines.report import Outcome
from glue_jobs.pipelines.table_plan import plan_tables

if TYPE_CHECKING:
    from glue_jobs.config import ConvertConfig
    from glue_jobs.core.conversion import BundleResult
    from glue_jobs.core.datasets import Datasets
    from glue_jobs.core.ports import Clock, ConvertStage, Ledger, ObjectStore, SchemaRegistry
    from glue_jobs.core.windows import Window
    from glue_jobs.telemetry import Telemetry

BATCH_WINDOWS = 500
"""Windows of one batch: types are decided per batch, and a commit waits for no more than its own window."""

MAX_QUARANTINED_RATIO = 0.01
"""Above this share of quarantined events a run is partial."""


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
    """What a convert run did. `lost` counts windows that another converter took over."""

    converted: int = 0
    rolled_forward: int = 0
    lost: int = 0
    remaining: int = 0
    accounting: Accounting = field(default_factory=Accounting)

    @property
    def outcome(self) -> Outcome:
        """Partial where windows remain, or where too much could not be decoded."""
        quarantined = self.accounting.quarantined > MAX_QUARANTINED_RATIO * self.accounting.events_in
        return Outcome.PARTIAL if self.remaining or quarantined else Outcome.OK

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {"outcome": self.outcome.value, **vars(self), "accounting": self.accounting.to_json()}


def run_convert(ports: ConvertPorts, datasets: Datasets, config: ConvertConfig) -> ConvertReport:
    """Does one run: batches of windows until nothing can be claimed or the deadline comes.

    A window whose converter was killed stays leased for a while: the run waits for that, rather than leave it to
    a next run that nobody may start.

    Raises:
        UnbalancedError, DamagedCommitError: a bug or damage, never hidden.
    """
    deadline_ms = ports.clock.now_ms() + int(config.deadline_s * 1000)
    with Leases(ports.ledger, ports.clock, config.run_id, config.lease_s) as leases:
        run = _ConvertRun(ports, datasets, leases, Committer(ports.lake, leases, config.run_id))
        while ports.clock.now_ms() < deadline_ms:
            claimed = run.claim()
            if claimed:
                run.convert(claimed)
            elif not _wait_for_lease(ports, deadline_ms):
                break
    run.report.remaining = len(ports.ledger.in_states(WindowState.EXPORTED, WindowState.CONVERTING))
    ports.telemetry.event("convert finished", **run.report.to_json())
    return run.report


def _wait_for_lease(ports: ConvertPorts, deadline_ms: int) -> bool:
    """Waits for the first lease of another converter to run out; False where there is none, or it is too late."""
    leases = [row.lease_until_ms for row in ports.ledger.in_states(WindowState.CONVERTING)]
    if not leases or min(leases) >= deadline_ms:
        return False
    wait_s = max(0.5, (min(leases) - ports.clock.now_ms()) / 1000)
    ports.telemetry.event("waiting for another converter's lease", seconds=wait_s)
    ports.clock.sleep(wait_s)
    return True


class _ConvertRun:
    """One run's batches, and what they have done so far."""

    def __init__(self, ports: ConvertPorts, datasets: Datasets, leases: Leases, committer: Committer) -> None:
        self.report = ConvertReport()
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
        fresh = []
        for row in claimed:
            manifest = self._committer.find_manifest(row)
            if manifest:
                self._count(partial(self._committer.roll_forward, row, manifest))
                self.report.rolled_forward += 1
            else:
                fresh.append(row)
        bundles = self._bundles(fresh)
        plans = plan_tables(self._ports.stage, self._ports.registry, bundles)
        gather = WindowResults(fresh, bundles)
        for row in gather.without_objects():
            self._count(partial(self._committer.commit, row, [], 0))

        def on_result(result: BundleResult) -> None:
            row, results = gather.add(result)
            if row:
                self._count(partial(self._committer.commit, row, results, plans[row.table].schema.version))

        self._ports.stage.convert([(bundle, plans[bundle.table]) for bundle in bundles], on_result)

    def _bundles(self, rows: list[LedgerRow]) -> list[Bundle]:
        windows = {row.log_group: self._ports.ledger.rows(row.log_group) for row in rows}
        return [bundle for row in rows for bundle in self._window_bundles(row, windows[row.log_group])]

    def _window_bundles(self, row: LedgerRow, group: list[LedgerRow]) -> list[Bundle]:
        # The dataset may have been renamed or removed since the window was planned: its table stays as the ledger says.
        dataset = self._datasets.find(row.log_group) or Dataset((row.log_group,), row.table)
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
                elsewhere=tuple(other.window for other in group if other.window != row.window),
                types=dataset.types,
            )
            for number, objects in enumerate(bundle_objects(read_object_list(self._ports.control, row)))
        ]

    def _count(self, step: Callable[[], LedgerRow]) -> None:
        """Takes a committing step and counts what it gave; a window that is another converter's by now is not ours."""
        try:
            row = step()
        except LeaseLostError as error:
            self.report.lost += 1
            self._ports.telemetry.event("lease lost", reason=str(error))
            return
        accounting = row.accounting or Accounting()
        self.report.converted += 1
        self.report.accounting += accounting
        self._ports.telemetry.event(
            "window converted",
            log_group=row.log_group,
            window=str(row.window),
            table=row.table,
            accounting=accounting.to_json(),
        )


class WindowResults:
    """Collects bundle results, and hands a window's on when the last one is there."""

    def __init__(self, rows: Iterable[LedgerRow], bundles: Iterable[Bundle]) -> None:
        self._rows = {(row.log_group, row.window): row for row in rows}
        self._expected = Counter((bundle.log_group, bundle.window) for bundle in bundles)
        self._results: dict[tuple[str, Window], list[BundleResult]] = defaultdict(list)

    def without_objects(self) -> list[LedgerRow]:
        """Windows in which CloudWatch had nothing: there is nothing to wait for."""
        return [row for name, row in self._rows.items() if not self._expected[name]]

    def add(self, result: BundleResult) -> tuple[LedgerRow | None, list[BundleResult]]:
        """Takes a result: the window's row once all are there, else None, and the results so far."""
        name = (result.log_group, result.window)
        results = self._results[name]
        results.append(result)
        complete = len(results) == self._expected[name]
        return (self._rows[name] if complete else None), results
