"""What the end of a window means for its run: counted if it was converted, failed, or given back."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Callable, TypeVar

from loglake.core.accounting import Accounting, total
from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import LedgerRow
from loglake.core.schema.contract import Contract, unmatched_note
from loglake.core.schema.conversion import BundleResult
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.format_choice import AUTO
from loglake.core.schema.schema import TableSchema
from loglake.errors import LeaseLostError, LoglakeError, TransientError, UnreadableItemError
from loglake.pipelines.commit.claims import Claims
from loglake.pipelines.commit.committer import Committer
from loglake.pipelines.commit.leases import Leases
from loglake.pipelines.convert.report import ConvertReport
from loglake.pipelines.ports import ConvertPorts

T = TypeVar("T")


class WindowEnds:
    """The ends of a run's windows; from any thread.

    Attributes:
        report: the numbers.
        faults: errors that may pass if another run tries again.
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
        report: ConvertReport,
    ) -> None:
        self.faults: list[TransientError] = []
        self.tables: set[str] = set()
        self._ports = ports
        self._datasets = datasets
        self._claims = claims
        self._leases = leases
        self._committer = committer
        self.report = report
        self._counting = threading.Lock()

    def unmatched(self, results: list[BundleResult], schema: TableSchema, contract: Contract) -> tuple[str, ...]:
        """See `Contract.unmatched`. The log says it once for each table."""
        fields = (each.field for result in results for each in result.violations)
        unmatched = contract.unmatched(schema, fields) if schema.columns else ()
        with self._counting:
            is_new = bool(unmatched) and schema.table not in self.report.unmatched
            if is_new:
                self.report.unmatched[schema.table] = unmatched
        if is_new:
            columns = [column.name for column in schema.columns]
            notes = [unmatched_note(name, schema.table, columns) for name in unmatched]
            self._ports.telemetry.event("schema setting matches nothing", table=schema.table, notes=notes)
        return unmatched

    def attempt(self, row: LedgerRow, step: Callable[[], T], missing: T | None = None) -> T | None:
        """Runs a step for a window; if it fails, only that window is concerned, and `missing` is returned."""
        return self.attempt_all([row], step, missing)

    def attempt_all(self, rows: Sequence[LedgerRow], step: Callable[[], T], missing: T | None = None) -> T | None:
        """As `attempt`, for a step that concerns several windows."""
        try:
            return step()
        except TransientError as error:
            self.faults.append(error)
        except LoglakeError as error:
            for row in rows:
                if isinstance(error, LeaseLostError):
                    self.lost(row)
                elif isinstance(error, UnreadableItemError):
                    self.leave(row, error)
                else:
                    self.fail(row, str(error))
        return missing

    def leave(self, row: LedgerRow, error: UnreadableItemError) -> None:
        """Gives a window back, for a run that can read the items it depends on."""
        self._claims.left.add(row.name)
        self.report.unreadable[error.key] = str(error)
        self._ports.telemetry.event("window left", log_group=row.log_group, window=str(row.window), reason=str(error))
        try:
            self._leases.give_back(row)
        except LeaseLostError:
            self.lost(row)
        except TransientError as fault:
            self.faults.append(fault)

    def fail(self, row: LedgerRow, reason: str) -> None:
        """Marks a window as failed."""
        try:
            self._committer.fail(row, reason)
        except LeaseLostError:
            self.lost(row)
        except UnreadableItemError as error:
            self.leave(row, error)
        except TransientError as error:
            self.faults.append(error)
        else:
            self._claims.ended.add(row.name)
            self.report.failed.append(f"{row.log_group} {row.window}: {reason}")
            self._ports.telemetry.event("window failed", log_group=row.log_group, window=str(row.window), reason=reason)

    def converted(self, row: LedgerRow, parts: Sequence[BundleResult | Manifest]) -> None:
        """Counts a window that was committed."""
        accounting = total(part.accounting for part in parts)
        with self._counting:
            self._add_to_report(row, parts, accounting)
        self._ports.telemetry.event(
            "window converted",
            log_group=row.log_group,
            window=str(row.window),
            table=row.table,
            accounting=accounting.to_json(),
        )

    def lost(self, row: LedgerRow) -> None:
        """Counts a window that another converter has taken over."""
        with self._counting:
            self.report.lost += 1
        self._ports.telemetry.event("lease lost", log_group=row.log_group, window=str(row.window))

    def _add_to_report(self, row: LedgerRow, parts: Sequence[BundleResult | Manifest], accounting: Accounting) -> None:
        for part in parts:
            self.report.reasons.update(part.reasons)
        self.report.groups.add(row.log_group, row.table, accounting, [part.reasons for part in parts])
        dataset = self._datasets.find(row.log_group)
        examples = [text for part in parts for text in getattr(part, "examples", ())]
        self.report.formats.add(row.table, row.log_group, dataset.format if dataset else AUTO, accounting, examples)
        self._claims.ended.add(row.name)
        self.tables.add(row.table)
        self.report.converted += 1
        self.report.accounting += accounting
