"""The windows of a convert run, batch by batch: roll forward, decide types, convert, commit, or fail one window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import LedgerRow, all_readable
from loglake.core.ports.clock import Clock
from loglake.core.ports.ledger import SchemaRegistry
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.contract import Contract
from loglake.core.schema.conversion import BundleFailure, BundleResult
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.schema import TableSchema, retyped
from loglake.errors import LoglakeError, TransientError, UnreadableItemError, WindowBusyError
from loglake.pipelines.commit.claims import Claims
from loglake.pipelines.commit.committer import Committer
from loglake.pipelines.commit.leases import Leases
from loglake.pipelines.commit.manifests import find_manifest
from loglake.pipelines.compaction.report import CompactionReport
from loglake.pipelines.convert.bundles import WindowResults, window_bundles
from loglake.pipelines.convert.report import ConvertReport
from loglake.pipelines.convert.window_ends import WindowEnds
from loglake.pipelines.landing.day_settling import gives_back
from loglake.pipelines.landing.report import LandingReport, SettlingReport
from loglake.pipelines.ports import ConvertPorts
from loglake.pipelines.schema_plan import plan_tables
from loglake.pipelines.side_by_side import beginner, for_each

RECENT_MS = 5000
"""So long what was read is taken for the newest."""


class RecentSchemas:
    """Implements `SchemaRegistry` on another one: a read serves all windows of the next seconds.

    Nothing depends on the newest version: one is published only after the one before, and `schema set` has windows that
    are CONVERTING when it publishes converted again, whatever they were decided with.
    """

    def __init__(self, registry: SchemaRegistry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self._read: dict[str, tuple[int, TableSchema]] = {}

    def latest(self, table: str) -> TableSchema:
        """A table's newest version, or the one before if it was published in the last seconds."""
        now_ms = self._clock.now_ms()
        if table not in self._read or now_ms - self._read[table][0] >= RECENT_MS:
            self._read[table] = now_ms, self._registry.latest(table)
        return self._read[table][1]

    def publish(self, schema: TableSchema) -> None:
        """Adds a version."""
        self._read.pop(schema.table, None)
        self._registry.publish(schema)


class _End(NamedTuple):
    """A window that is decided and rolled forward, and what it was converted from."""

    row: LedgerRow
    manifest: Manifest
    parts: Sequence[BundleResult | Manifest]


class ConvertRun(WindowEnds):
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
        self._open_ends: list[_End] = []
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
        """Rolls forward windows that have a manifest, and converts the rest.

        The search for windows that kill their task ends at the deadline; nothing of the batch is converted then.
        """
        manifests = for_each(lambda row: self.attempt(row, partial(self._manifest, row)), claimed)
        begun = [row for row, found in zip(claimed, manifests, strict=True) if not self._rolled_forward(row, found)]
        known = [row for row in begun if not self.attempt(row, partial(self._gives_back, row), missing=True)]
        groups = {name: [row for row in known if row.log_group == name] for name in {row.log_group for row in known}}
        windows = dict(zip(groups, for_each(self._around, groups.values()), strict=True))
        fresh = self._of_known_schema([row for row in known if self._is_known_inside(row, windows[row.log_group])])
        bundles = for_each(lambda row: self.attempt(row, partial(self._bundles, row, windows[row.log_group])), fresh)
        whole = [(row, cut) for row, cut in zip(fresh, bundles, strict=True) if cut is not None]
        self._convert_bundles([row for row, _ in whole], [b for _, cut in whole for b in cut], deadline_ms)
        self._end_all()

    def _manifest(self, row: LedgerRow) -> Manifest | None:
        """The decision of a converter that had a window before."""
        return find_manifest(self._ports.lake, row.keys) if self._leases.is_again(row) else None

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
        results = WindowResults(rows, bundles)
        sizes = {(b.log_group, b.window, b.number): sum(raw.size_bytes for raw in b.objects) for b in bundles}
        size_bytes, left = sum(sizes.values()), dict(sizes)
        contracts = {bundle.table: bundle.contract for bundle in bundles}
        self._ports.telemetry.progress(0, size_bytes, "bytes")

        def on_result(result: BundleResult | BundleFailure) -> None:
            left.pop((result.log_group, result.window, result.number), None)
            self._ports.telemetry.progress(size_bytes - sum(left.values()), size_bytes, "bytes")
            row = results.add(result)
            if row and isinstance(result, BundleFailure):
                self.fail(row, result.reason)
            elif row:
                commit = partial(self._commit, row, results.of(row), plans[row.table].schema, contracts[row.table])
                begin(partial(self.attempt, row, commit))

        try:
            plans, failures = plan_tables(self._ports.stage, self._schemas, bundles, partial(self.in_time, deadline_ms))
            with beginner(len(rows)) as begin:
                for failure in failures:
                    on_result(failure)
                for row in results.without_objects():
                    commit = partial(self._commit, row, [], TableSchema(row.table), Contract())
                    begin(partial(self.attempt, row, commit))
                self._ports.stage.convert([(b, plans[b.table]) for b in bundles if results.wants(b)], on_result)
        except TransientError as error:
            self.faults.append(error)
        except UnreadableItemError as error:  # a new schema: the next run finds the windows that it concerns
            for row in rows:
                if self._leases.holds(row):
                    self.leave(row, error)

    def _rolled_forward(self, row: LedgerRow, manifest: Manifest | None) -> bool:
        """Whether a window is finished, because it had a manifest or because it failed."""
        if manifest and self.attempt(row, partial(self._committer.roll_forward, row, manifest)):
            self.report.rolled_forward += 1
            self._open_ends.append(_End(row, manifest, [manifest]))
        return manifest is not None or not self._leases.holds(row)

    def _end_all(self) -> None:
        ends, self._open_ends = self._open_ends, []
        try:
            self._end(ends)
        except LoglakeError:  # one by one shows which of them, and what it means
            for end in ends:
                self.attempt(end.row, partial(self._end, [end]))

    def _end(self, ends: Sequence[_End]) -> None:
        ended = {row.name for row in self._committer.end([(each.row, each.manifest) for each in ends])}
        for each in ends:
            if each.row.name in ended:
                self.converted(each.row, each.parts)
            else:
                self.lost(each.row)

    def _bundles(self, row: LedgerRow, group: list[LedgerRow]) -> list[Bundle]:
        bundles = window_bundles(row, group, self._datasets, self._schemas, self._ports.control)
        # Of a landed object, the scan has left these members out already.
        return [
            replace(bundle, accept_corrupt=self._accept_corrupt and not bundle.landed, account=self._account)
            for bundle in bundles
        ]

    def _commit(self, row: LedgerRow, results: list[BundleResult], schema: TableSchema, contract: Contract) -> None:
        """Commits, unless a person changed a column's type meanwhile: old and new files can't be read together."""
        changed = retyped(schema, self._schemas.latest(row.table)) if schema.columns else []
        if changed:
            raise TransientError(
                f"{', '.join(changed)} of {row.table} got another type while it was converted; "
                "the next run does it again"
            )
        try:
            unmatched = self.unmatched(results, schema, contract)
            self._open_ends.append(_End(row, self._committer.commit(row, results, schema, unmatched), results))
        except WindowBusyError:
            if not self._gives_back(row):
                raise

    def _gives_back(self, row: LedgerRow) -> bool:
        return gives_back(row, self._ports, self._leases, self._claims)
