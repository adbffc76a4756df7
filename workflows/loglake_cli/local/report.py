"""The results of a local run as data: for ``--json``, for the terminal, and for the exit status."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from athena_duckdb.query.athena import QueryResult
from athena_duckdb.query.hive_types import literal, quoted
from gluelocal.engine.views import RunView
from gluelocal.iam.access_report import AccessReport
from gluelocal.runs.report import node_failures, refusals, run_document
from loglake.core.accounting import Accounting
from loglake.core.ledger.row import LedgerRow
from loglake.core.plain_notes import PlainNotes, sentences
from loglake.core.plain_notes import to_json as plain_document
from loglake.core.units import format_instant
from loglake_cli.wording import counted

_GOOD_NODES = frozenset({"FIRED", "SUCCEEDED"})


@dataclass(frozen=True)
class TableReport:
    """A catalog table.

    Attributes:
        rows: counted in its Parquet files, not taken from a job's report; -1 if that failed.
        columns: Glue types by column name, in the table's order, without partition keys.
        partitions: the number of partitions.
    """

    database: str
    name: str
    rows: int
    columns: Mapping[str, str]
    partitions: int

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict; rows are None if they can't be counted."""
        return {
            "database": self.database,
            "name": self.name,
            "rows": None if self.rows < 0 else self.rows,
            "columns": dict(self.columns),
            "partitions": self.partitions,
        }


def row_counts(tables: Iterable[Mapping[str, Any]], ask: Callable[[str], QueryResult]) -> dict[tuple[str, str], int]:
    """The rows of each table of a catalog, by database and name; in one query, because each starts a process."""
    names = [(table["DatabaseName"], table["Name"]) for table in tables]
    each = (f"SELECT {literal(d)}, {literal(t)}, count(*) FROM {quoted(d)}.{quoted(t)}" for d, t in names)
    return {(row[0], row[1]): row[2] for row in ask(" UNION ALL ".join(each)).rows} if names else {}


def table_reports(catalog: Mapping[str, Sequence[Any]], rows: Mapping[tuple[str, str], int]) -> list[TableReport]:
    """The tables of a catalog, with their rows by database and name."""
    partitions = Counter((each["DatabaseName"], each["TableName"]) for each in catalog["partitions"])
    return [
        TableReport(
            database=table["DatabaseName"],
            name=table["Name"],
            rows=rows[table["DatabaseName"], table["Name"]],
            columns={each["Name"]: each["Type"] for each in table.get("StorageDescriptor", {}).get("Columns", [])},
            partitions=partitions[table["DatabaseName"], table["Name"]],
        )
        for table in catalog["tables"]
    ]


@dataclass(frozen=True)
class LocalRunReport:
    """The report of a local run.

    Attributes:
        loaded: events that were loaded into the log groups.
        unfinished: windows that did not become rows, each with its state and reason.
        unqueryable: tables with catalog gaps: some of their rows can't be queried.
        windows: every window of the ledger, with the counts of its events.
        reasons: quarantine entries by reason.
        access: the report on the roles' permissions; None if roles were not enforced.
        plain: notes on log files for a person, by their paths.
        left_out: parts of the log files that are not events, in sentences.
        not_kept: why the folder still has its former content; empty if it was replaced.
        unread: sentences about configured formats that read too few events.
        logs: the folder of the jobs' logs.
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
        """All problems of the run, in words for a person; empty if there are none.

        A failed crawl is not a problem if a later one succeeded, because then no row is missing.
        """
        bad = [
            (run, node)
            for run in self.runs
            for node in run.nodes
            if node.state not in _GOOD_NODES and (node.type != "CRAWLER" or self.unqueryable)
        ]
        causes = [each for each in bad if each[1].state != "SKIPPED"]  # these caused the skipped ones
        problems = list(node_failures(causes or bad, self.logs))
        problems += [
            f"some rows of {table} can't be queried: the catalog lacks partitions or columns of it"
            for table in self.unqueryable
        ]
        problems += [f"not loaded: {each}" for each in self.left_out]
        problems += self.unread
        problems += [self.not_kept] if self.not_kept else []
        problems += _window_failures(self.unfinished)
        problems += refusals(self.access, problems)
        if not self.accounting.balanced:
            problems.append(f"the accounting does not balance: {self.accounting}")
        if self.accounting.events_in != self.loaded and not self.unfinished:  # else another sentence says why
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

    def ways(self) -> dict[str, list[str]]:
        """Log groups by the way in which their events came."""
        ways = {(row.live.way, row.log_group) for row in self.windows if row.live}
        return {way: [group for _, group in groups] for way, groups in groupby(sorted(ways), itemgetter(0))}

    def notes(self) -> list[str]:
        """Notes that are not problems."""
        empty = [f"{file} is empty" for file, notes in self.plain.items() if not notes.events]
        return [*empty, *sentences(self.plain), *filter(None, [self.accounting.left_out])]

    def to_json(self) -> dict[str, Any]:
        """The document that ``--json`` prints."""
        return {
            "workflow_runs": [run_document(run) for run in self.runs],
            "tables": [table.to_json() for table in self.tables],
            "accounting": self.accounting.to_json(),
            "read_as": self.read_as(),
            "ways": self.ways(),
            "quarantine_reasons": dict(self.reasons),
            "windows": [_window(row) for row in self.windows],
            "plain_files": plain_document(self.plain),
            "not_loaded": list(self.left_out),
            "kept": not self.not_kept,
            "lake_bucket": self.lake_bucket,
            **({"iam": self.access.to_json()} if self.access else {}),
            "seconds": round(self.seconds, 3),
        }


def _window_failures(unfinished: Sequence[str]) -> Iterator[str]:
    """A sentence for each reason why windows are not converted; all windows without a reason share one.

    Args:
        unfinished: windows and landed objects, each with a colon and its reason if it has one.
    """
    by_reason: dict[str, list[str]] = {}
    for each in unfinished:
        by_reason.setdefault(each.partition(": ")[2], []).append(each)
    for alike in by_reason.values():
        many = f"{counted(len(alike), 'window')} not converted, such as {alike[0]}"
        yield many if len(alike) > 1 else f"window not converted: {alike[0]}"


def _window(row: LedgerRow) -> dict[str, Any]:
    return {
        "log_group": row.log_group,
        "from": format_instant(row.window.from_ms),
        "to": format_instant(row.window.to_ms),
        "table": row.table,
        "state": row.state.value,
        "accounting": row.accounting.to_json() if row.accounting else None,
    }
