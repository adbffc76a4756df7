"""The data for the templates: the runs, which change all the time; the lake, which is slower to read; a search."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from athena_duckdb.query.query_bounds import TimeRange
from loglake.core.format_share import MIN_READ_RATIO, FormatShares, in_words, with_examples
from loglake.core.schema.datasets import Datasets
from loglake.core.units import MS_PER_DAY, parse_instant
from loglake.errors import ConfigError
from loglake_cli.errors import REFUSALS
from loglake_cli.local.report import TableReport
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.finding.find import Found, find
from loglake_cli.operations.finding.statements import Searched, counts_sql, ms_of, searched_tables
from loglake_cli.operations.standing.missing_reads import missing_in
from loglake_cli.operations.standing.reading import status_of
from loglake_cli.operations.standing.status import Status
from loglake_cli.ui.chart import LEVELS, Chart, chart, unit_of
from loglake_cli.ui.pages import Pick, drawn
from loglake_cli.ui.runs import Graph, Runs
from loglake_cli.ui.tables import FILE_BOUNDS, Mirror, Tables


class FormatReads(NamedTuple):
    """How the events of one table were read.

    Attributes:
        words: events by the format that read them, such as ``json 1,200, plain text 3``; empty if not counted.
        unread: a sentence for each log group with a configured format that read too few events, with examples if a job
            noted some.
    """

    words: str
    unread: tuple[str, ...]


def format_reads(status: Status, datasets: Datasets) -> dict[str, FormatReads]:
    """The ledger's data for each table that gets windows."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    shares: dict[str, FormatShares] = defaultdict(FormatShares)
    for group in status.groups:
        counts[group.table].update(group.accounting.read_as)
        if dataset := datasets.find(group.log_group):
            shares[group.table].add(group.table, group.log_group, dataset.format, group.accounting, ())
    remarks = [said for run in status.runs for said in run.remarks]
    unread = {
        table: tuple(with_examples(said, remarks) for said in share.below(MIN_READ_RATIO))
        for table, share in shares.items()
    }
    return {table: FormatReads(in_words(read_as), unread.get(table, ())) for table, read_as in counts.items()}


SHOWN = 50
"""How many rows are shown, the newest ones."""

OPEN_DAYS = 30
"""Days before the newest row that are counted if no beginning was given."""


@dataclass(frozen=True)
class Results:
    """What a search found; `chart` is None if nothing."""

    found: Found
    chart: Chart | None


@dataclass
class Searches:
    """Searches the tables; from any thread. The last results are kept until something changes."""

    mirror: Mirror
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asked: tuple[Any, ...] = ()
    _results: Results | None = None

    def results(self, pick: Pick) -> Results | None:
        """What a person looks for; None if there is no table yet.

        Raises:
            ConfigError: a time is none, or it would take too long.
        """
        span = _span(pick)
        text = pick.find.strip()
        levels = LEVELS[: LEVELS.index(pick.level) + 1] if pick.level in LEVELS else ()
        with self._lock:
            tables = searched_tables(self.mirror.refresh(), text, levels)
            asked = (self.mirror.changes, text, span, levels)
            if self._asked != asked:
                self._results = self._search(tables, text, span) if tables else None
                self._asked = asked
            return self._results

    def _search(self, tables: list[Searched], text: str, span: TimeRange) -> Results:
        found = find(lambda _what, sql: self.mirror.query(sql), tables, text, span, limit=SHOWN)
        if not found.hits:
            return Results(found, None)
        newest = ms_of(found.hits[0].row["event_time"])
        counted = (newest - OPEN_DAYS * MS_PER_DAY if span[0] is None else span[0], newest + 1)
        sql = partial(counts_sql, tables, text, counted, in_ids=not found.texts)
        rows: Any = self.mirror.query(sql("hour"), FILE_BOUNDS).rows
        unit = unit_of(rows[-1][0] - rows[0][0] + timedelta(hours=1))
        if unit == "minute":
            rows = self.mirror.query(sql(unit), FILE_BOUNDS).rows
        return Results(found, chart(rows, unit))


def _span(pick: Pick) -> TimeRange:
    begin, end = (parse_instant(text) if text.strip() else None for text in (pick.begin, pick.end))
    if begin is not None and end is not None and end <= begin:
        raise ConfigError("the end of the time is not after its beginning.")
    return begin, end


@dataclass(frozen=True)
class Watched:
    """The running stack that the page shows.

    Attributes:
        prefix: the prefix of the stack.
        datasets: the datasets that the jobs use.
        requests: commands that request the log groups' events.
    """

    runs: Runs
    tables: Tables
    mirror: Mirror
    searches: Searches
    deployment: Deployment
    endpoint: str
    prefix: str
    datasets: Datasets
    requests: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The options that select the stack in a command."""
        return f"--lake aws:{self.prefix}"


def live_context(watched: Watched, pick: Pick) -> dict[str, Any]:
    """The data that is fast to read: the runs, a graph and the end of a log."""
    runs = watched.runs
    graph = runs.graph(pick.run, pick.workflow)
    node = graph.find(pick.node)
    attempts = node.view.attempts if node else ()
    attempt = next((each for each in attempts if each.id == pick.attempt), attempts[-1] if attempts else None)
    newest = runs.newest()
    return {
        "pick": pick,
        "pinned": bool(graph.run and graph.run.id == pick.run),
        "runs": newest,
        "verdicts": runs.verdicts(*newest, *([graph.run] if graph.run else [])),
        "current": [runs.graph(run.id, "") for run in runs.current(newest)],
        "requests": watched.requests,
        "where": watched.where,
        "workflows": list(runs.stack.runtime.model.workflows),
        "drawn": drawn(graph),
        "node": node,
        "attempt": attempt,
        "log": runs.log_lines(attempt.id) if attempt else (),
        "log_dir": runs.stack.jobs.log_dir.absolute(),
        "version": runs.data_version(),
        "described": _described(graph),
    }


def lake_context(watched: Watched, pick: Pick) -> dict[str, Any]:
    """The data of the ledger and the tables, or why they can't be read."""
    status, details, trouble = None, None, ""
    tables: tuple[TableReport, ...] = ()
    try:
        status = status_of(watched.deployment)
        tables = watched.tables.reports()
        first = max(tables, key=lambda table: table.rows, default=None)
        details = watched.tables.details(pick.table or (f"{first.database}.{first.name}" if first else ""))
    except (*REFUSALS, ClientError, BotoCoreError) as error:
        trouble = str(error)
    return {
        "pick": pick,
        "status": status,
        "tables": tables,
        "reads": {
            f"{watched.deployment.database}.{table}": reads
            for table, reads in (format_reads(status, watched.datasets) if status else {}).items()
        },
        "details": details,
        "version": watched.mirror.changes,
        "lake_trouble": trouble,
        "requests": watched.requests,
        "where": watched.where,
    }


def search_context(watched: Watched, pick: Pick) -> dict[str, Any]:
    """What was found, with what it lacks, or why nothing can be."""
    results, missing, trouble = None, [], ""
    try:
        results = watched.searches.results(pick)
        missing = missing_in(watched.deployment, results.found.reads).sentences() if results else []
    except (*REFUSALS, ClientError, BotoCoreError) as error:
        trouble = str(error)
    return {"pick": pick, "results": results, "missing": missing, "trouble": trouble, "open_days": OPEN_DAYS}


def _described(graph: Graph) -> str:
    """The state in words that change only when something happens: for screen readers."""
    if not graph.run:
        return f"{graph.workflow} has not run yet"
    busy = ", ".join(node.view.name for node in graph.nodes if node.view.state == "RUNNING")
    return f"{graph.workflow} is {graph.run.status}" + (f": {busy} RUNNING" if busy else "")
