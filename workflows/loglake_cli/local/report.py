"""What a local run did, as data: for ``--json``, for the terminal, and for the exit status."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loglake.core.accounting import Accounting
from loglake.core.plain_notes import PlainNotes, sentences
from loglake.core.plain_notes import to_json as plain_document
from loglake.core.units import format_instant
from loglake_cli.local.failures import node_failures, refusals, window_failures

if TYPE_CHECKING:
    from loglake.core.ledger.row import LedgerRow
    from loglake_cli.local.engine.views import RunView
    from loglake_cli.local.iam.access_report import AccessReport

_GOOD_NODES = frozenset({"FIRED", "SUCCEEDED"})


@dataclass(frozen=True)
class TableReport:
    """A catalog table.

    Attributes:
        rows: counted in its Parquet files, not taken from what any job says.
        columns: Glue types by column name, in the table's order; partition keys are not among them.
        partitions: how many.
    """

    database: str
    name: str
    rows: int
    columns: Mapping[str, str]
    partitions: int


@dataclass(frozen=True)
class LocalRunReport:
    """A local run.

    Attributes:
        loaded: events that were put into the log groups.
        unfinished: windows that did not become rows, each with its state and reason.
        unqueryable: tables with catalog gaps, so some of their rows can't be queried.
        windows: every window of the ledger, with what became of its events.
        reasons: entries of quarantine by their reason.
        access: what became of the roles' permissions; None if they were not enforced.
        plain: log files that a person should know something about, by their paths.
        left_out: what of the log files is no event, in sentences.
        not_kept: why the folder still has what it had before; empty if it was replaced.
        unread: sentences about a configured format that read too few events.
        logs: the folder that has the jobs' logs.
    """

    runs: tuple[RunView, ...]
    tables: tuple[TableReport, ...]
    accounting: Accounting
    loaded: int
    unfinished: tuple[str, ...]
    windows: tuple[LedgerRow, ...]
    reasons: Mapping[str, int]
    lake_bucket: str
    seconds: float
    access: AccessReport | None = None
    plain: Mapping[str, PlainNotes] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    not_kept: str = ""
    unread: tuple[str, ...] = ()
    unqueryable: tuple[str, ...] = ()
    logs: Path | None = None

    def problems(self) -> list[str]:
        """Everything that keeps the run from being all good, in words for a person; empty if it is.

        A crawl that failed is none if a later one brought all in: no row is missing by that.
        """
        bad = [
            (run, node)
            for run in self.runs
            for node in run.nodes
            if node.state not in _GOOD_NODES and (node.type != "CRAWLER" or self.unqueryable)
        ]
        causes = [each for each in bad if each[1].state != "SKIPPED"]  # what was skipped was so because of these
        problems = list(node_failures(causes or bad, self.logs))
        problems += [
            f"some rows of {table} can't be queried: the catalog lacks partitions or columns of it"
            for table in self.unqueryable
        ]
        problems += [f"not loaded: {each}" for each in self.left_out]
        problems += self.unread
        problems += [self.not_kept] if self.not_kept else []
        problems += window_failures(self.unfinished)
        problems += refusals(self.access, problems)
        if not self.accounting.balanced:
            problems.append(f"the accounting does not balance: {self.accounting}")
        if self.accounting.events_in != self.loaded and not self.unfinished:  # else it is said why
            problems.append(f"{self.loaded:,} events were loaded, but {self.accounting.events_in:,} came in")
        rows = sum(table.rows for table in self.tables)
        if rows != self.accounting.rows_out:
            problems.append(f"the accounting says {self.accounting.rows_out:,} rows, but the tables have {rows:,}")
        return problems

    def read_as(self) -> dict[str, dict[str, int]]:
        """Events by table and the format that read them."""
        tables: dict[str, Counter[str]] = defaultdict(Counter)
        for row in self.windows:
            tables[row.table].update(row.accounting.read_as if row.accounting else {})
        return {table: dict(counts.most_common()) for table, counts in sorted(tables.items()) if counts}

    def notes(self) -> list[str]:
        """What is good to know and keeps nothing from being good."""
        return [*sentences(self.plain), *filter(None, [self.accounting.left_out])]

    def to_json(self) -> dict[str, Any]:
        """The document that ``--json`` prints."""
        return {
            "workflow_runs": [run_document(run) for run in self.runs],
            "tables": [
                {
                    "database": table.database,
                    "name": table.name,
                    "rows": table.rows,
                    "columns": dict(table.columns),
                    "partitions": table.partitions,
                }
                for table in self.tables
            ],
            "accounting": self.accounting.to_json(),
            "read_as": self.read_as(),
            "quarantine_reasons": dict(self.reasons),
            "windows": [_window(row) for row in self.windows],
            "plain_files": plain_document(self.plain),
            "not_loaded": list(self.left_out),
            "kept": not self.not_kept,
            "lake_bucket": self.lake_bucket,
            **({"iam": self.access.to_json()} if self.access else {}),
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class TemplateReport:
    """What the workflow of somebody's template did.

    Attributes:
        ignored: what of the template was left out, in words.
        access: what became of the roles' permissions; None if they were not enforced.
        logs: the folder that has the jobs' logs.
    """

    runs: tuple[RunView, ...]
    ignored: tuple[str, ...]
    access: AccessReport | None = None
    logs: Path | None = None

    def problems(self) -> list[str]:
        """The jobs and crawlers that ran and did not succeed; what the workflow did about them is its own matter.

        And what roles were refused.
        """
        failed = [(run, node) for run in self.runs for node in run.nodes if node.attempts and node.state != "SUCCEEDED"]
        problems = list(node_failures(failed, self.logs))
        return [*problems, *refusals(self.access, problems)]

    def to_json(self) -> dict[str, Any]:
        """The document that ``--json`` prints."""
        extra = {"iam": self.access.to_json()} if self.access else {}
        return {"workflow_runs": [run_document(run) for run in self.runs], "ignored": list(self.ignored), **extra}


def _window(row: LedgerRow) -> dict[str, Any]:
    return {
        "log_group": row.log_group,
        "from": format_instant(row.window.from_ms),
        "to": format_instant(row.window.to_ms),
        "table": row.table,
        "state": row.state.value,
        "accounting": row.accounting.to_json() if row.accounting else None,
    }


def run_document(run: RunView) -> dict[str, Any]:
    """A run with the states of its nodes, ready for JSON."""
    return {
        "name": run.name,
        "status": run.status,
        "statistics": dict(run.statistics),
        "nodes": [
            {"type": node.type, "name": node.name, "state": node.state, "seconds": node.seconds} for node in run.nodes
        ],
    }
