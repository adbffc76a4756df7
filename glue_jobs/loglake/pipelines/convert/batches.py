"""The windows of a convert run, batch by batch: roll forward, decide types, convert, commit, or fail one window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from loglake.core.ledger.row import LedgerRow, all_readable
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.contract import Contract
from loglake.core.schema.conversion import BundleFailure, BundleResult, TablePlan
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.schema import TableSchema
from loglake.errors import TransientError, UnreadableItemError
from loglake.pipelines.commit.claims import Claims
from loglake.pipelines.commit.committer import Committer
from loglake.pipelines.commit.leases import Leases
from loglake.pipelines.compaction.report import CompactionReport
from loglake.pipelines.convert.batch_ends import BatchEnds, Done, End
from loglake.pipelines.convert.bundles import WindowResults, window_bundles
from loglake.pipelines.convert.recent_schemas import RecentSchemas
from loglake.pipelines.convert.report import ConvertReport
from loglake.pipelines.landing.report import LandingReport, SettlingReport
from loglake.pipelines.ports import ConvertPorts
from loglake.pipelines.schema_plan import plan_tables
from loglake.pipelines.side_by_side import beginner, for_each


class ConvertRun(BatchEnds):
    """One run's batches, and what they have done so far."""

    def __init__(
        self,
        ports: ConvertPorts,
        datasets: Datasets,
        claims: Claims,
        leases: Leases,
        committer: Committer,
        *,
        report: ConvertReport,
        accept_corrupt: bool,
        account: str,
    ) -> None:
        super().__init__(ports, datasets, claims, leases, committer, report=report)
        self._accept_corrupt = accept_corrupt
        self._account = account
        self._open_ends = []
        self._schemas = RecentSchemas(ports.ledger, ports.clock)

    def in_time(self, deadline_ms: int) -> bool:
        """Whether the deadline is still to come."""
        return self._ports.clock.now_ms() < deadline_ms

    def finish(
        self, landing: LandingReport, settling: SettlingReport, compaction: CompactionReport, remaining: int
    ) -> ConvertReport:
        """The whole report, at the end of the run."""
        self.report.compaction = compaction
        for key, item in self._ports.ledger.unreadable.items():
            self.report.unreadable.setdefault(key, str(item))
            self._ports.telemetry.event("unreadable item", key=key, reason=item.reason)
        self.report.remaining = remaining
        self.report.landing = landing
        self.report.settling = settling
        self.report.accounting += landing.accounting
        self.report.reasons.update(landing.reasons)
        return self.report

    def convert(self, claimed: list[LedgerRow], deadline_ms: int) -> None:
        """Rolls forward windows that are decided, and converts the rest.

        The search for windows that kill their task ends at the deadline; nothing of the batch is converted then.
        """
        decided = for_each(lambda row: self.attempt(row, partial(self._committer.decided, row)), claimed)
        ends = [End(row, found, [found]) for row, found in zip(claimed, decided, strict=True) if found]
        self.report.rolled_forward += self.roll_forward(ends)
        begun = [row for row, found in zip(claimed, decided, strict=True) if found is None and self._leases.holds(row)]
        known = [row for row in begun if not self.attempt(row, partial(self.gives_back, row), missing=True)]
        groups = {name: [row for row in known if row.log_group == name] for name in {row.log_group for row in known}}
        windows = dict(zip(groups, for_each(self._around, groups.values()), strict=True))
        fresh = self._of_known_schema([row for row in known if self._is_known_inside(row, windows[row.log_group])])
        bundles = for_each(lambda row: self.attempt(row, partial(self._bundles, row, windows[row.log_group])), fresh)
        whole = [(row, cut) for row, cut in zip(fresh, bundles, strict=True) if cut is not None]
        self._convert_bundles([row for row, _ in whole], [b for _, cut in whole for b in cut], deadline_ms)
        self.end_all()

    def _around(self, rows: list[LedgerRow]) -> list[LedgerRow]:
        """The rows of a log group that may matter for some of its windows.

        What a task exported may have events of any time; others count in their own window alone.
        """
        group = rows[0].log_group
        if any(row.holds_exports and not row.newest.is_read for row in rows):
            return self._ports.ledger.rows(group)
        windows = [row.window for row in rows if not (row.is_first and row.newest.is_read)]
        if not windows:
            return []
        start_ms, end_ms = min(each.from_ms for each in windows), max(each.to_ms for each in windows)
        return self._ports.ledger.rows_between(group, start_ms, end_ms)

    def _is_known_inside(self, row: LedgerRow, group: list[LedgerRow]) -> bool:
        """Whether all rows inside a window can be read. If not, it can't replace them, so nothing is converted."""
        inside = (other for other in group if other.lies_in(row))
        return self.attempt(row, partial(all_readable, inside)) is not None

    def _of_known_schema(self, rows: list[LedgerRow]) -> list[LedgerRow]:
        """The windows of tables with a readable schema, or none yet."""
        for table in sorted({row.table for row in rows}):
            try:
                self._schemas.latest(table)
            except UnreadableItemError as error:
                for row in rows:
                    if row.table == table:
                        self.leave(row, error)
        return [row for row in rows if self._leases.holds(row)]

    def _convert_bundles(self, rows: list[LedgerRow], bundles: list[Bundle], deadline_ms: int) -> None:
        try:
            plans, failures = plan_tables(self._ports.stage, self._schemas, bundles, partial(self.in_time, deadline_ms))
            self._convert_planned(WindowResults(rows, bundles), bundles, plans, failures)
        except TransientError as error:
            self.faults.append(error)
        except UnreadableItemError as error:  # a new schema: the next run finds the windows that it concerns
            for row in rows:
                if self._leases.holds(row):
                    self.leave(row, error)

    def _convert_planned(
        self,
        results: WindowResults,
        bundles: Sequence[Bundle],
        plans: Mapping[str, TablePlan],
        failures: Iterable[BundleFailure],
    ) -> None:
        sizes = {(b.log_group, b.window, b.number): sum(raw.size_bytes for raw in b.objects) for b in bundles}
        size_bytes, left = sum(sizes.values()), dict(sizes)
        written_with = {b.table: (plans[b.table].schema, b.contract) for b in bundles}
        self._ports.telemetry.progress(0, size_bytes, "bytes")

        def on_result(result: BundleResult | BundleFailure) -> None:
            left.pop((result.log_group, result.window, result.number), None)
            self._ports.telemetry.progress(size_bytes - sum(left.values()), size_bytes, "bytes")
            row = results.add(result)
            if row and isinstance(result, BundleFailure):
                self.fail(row, result.reason)
            commit(results.ended(row) if row else [])

        def commit(batch: Sequence[LedgerRow]) -> None:
            done = [
                Done(row, found, *(written_with[row.table] if found else (TableSchema(row.table), Contract())))
                for row, found in ((row, results.of(row)) for row in batch)
            ]
            if done:
                begin(partial(self.commit, done))

        with beginner(results.windows) as begin:
            for failure in failures:
                on_result(failure)
            for row in results.without_objects():
                commit(results.ended(row))
            try:
                self._ports.stage.convert([(b, plans[b.table]) for b in bundles if results.wants(b)], on_result)
            except TransientError:  # what is converted is worth its end
                for batch in results.rest():
                    commit(batch)
                raise

    def _bundles(self, row: LedgerRow, group: list[LedgerRow]) -> list[Bundle]:
        bundles = window_bundles(row, group, self._datasets, self._schemas, self._ports.control)
        # Of a landed object, the scan has left these members out already.
        return [
            replace(bundle, accept_corrupt=self._accept_corrupt and not bundle.landed, account=self._account)
            for bundle in bundles
        ]
