"""The tables of a running stack, as the page shows them: as files for SQL, with columns, history and sample rows."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from athena_duckdb.query.athena import Dialect, QueryResult
from athena_duckdb.query.query_bounds import Bounds
from gluelocal.athena.table_copies import Catalog, TableCopies
from loglake.core.temporary import TemporaryFolder
from loglake.errors import ConfigError
from loglake_cli.aws_views.query import query
from loglake_cli.errors import BAD_INPUT
from loglake_cli.local.report import TableReport, row_counts, table_reports
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.lakes.query import PAGE_BOUNDS
from loglake_cli.operations.tables.table_schemas import TableSchemas, schemas_in

if TYPE_CHECKING:
    from gluelocal.cloud.events.eventbridge import Clients


BOUNDS = PAGE_BOUNDS
"""The limits of the page's queries; one runs at a time."""

FILE_BOUNDS = Bounds(rows=50_000, seconds=10, memory_mb=1024, answer_mb=64)
"""The limits of a query for a file to download."""


class Mirror:
    """A copy of all catalog tables' objects in a temporary folder; a context manager that removes it.

    Any thread may use it; others wait meanwhile.
    """

    def __init__(self, clients: Clients) -> None:
        self._temporary = TemporaryFolder("ui")
        self._folder = Path(self._temporary.name)
        self._lock = threading.RLock()
        self._asking = threading.Lock()
        self._copies = TableCopies(clients, self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:  # not during a query
            self._temporary.cleanup()

    @property
    def changes(self) -> int:
        """How often a `refresh` found a change."""
        return self._copies.changes

    def refresh(self) -> Catalog:
        """Copies new objects, removes deleted ones, and returns the catalog."""
        with self._lock:
            return self._copies.refresh()

    def query(self, sql: str, bounds: Bounds | None = None) -> QueryResult:
        """Answers a statement in Athena's SQL over the tables as they are now; the default limits are `BOUNDS`.

        Raises:
            ConfigError: as `athena.query`, or other queries run too long.
        """
        if not self._asking.acquire(timeout=BOUNDS.seconds or -1):
            raise ConfigError("other queries are still running, one at a time: run this one again in a moment.")
        try:
            with self._lock:
                self.refresh()
                return query(self._folder, sql, bounds or BOUNDS, dialect=Dialect.ATHENA)
        finally:
            self._asking.release()

    def query_copied(self, sql: str) -> QueryResult:
        """Answers a statement of the page itself, in DuckDB's SQL, over the tables of the last `refresh`."""
        with self._lock:
            return query(self._folder, sql, BOUNDS)


@dataclass(frozen=True)
class TableDetails:
    """A table.

    Attributes:
        schemas: registered versions; None if no job wrote the table.
    """

    table: TableReport
    schemas: TableSchemas | None

    def changes(self) -> list[tuple[int, list[str]]]:
        """The changes of each schema version, the newest first."""
        return self.schemas.changes()[::-1] if self.schemas else []


@dataclass
class Tables:
    """The catalog's tables; from any thread. Results are cached until something changes."""

    mirror: Mirror
    deployment: Deployment
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _at: int = -1
    _reports: tuple[TableReport, ...] = ()
    _details: dict[str, TableDetails] = field(default_factory=dict)

    def reports(self) -> tuple[TableReport, ...]:
        """All current tables; a row count is -1 if it is unknown."""
        with self._lock:
            catalog = self.mirror.refresh()
            if self._at != self.mirror.changes:
                self._at, self._details = self.mirror.changes, {}
                self._reports = tuple(table_reports(catalog, self._counts(catalog)))
            return self._reports

    def details(self, name: str) -> TableDetails | None:
        """A table, by ``database.table``; None if it doesn't exist."""
        found = {f"{table.database}.{table.name}": table for table in self.reports()}
        if name not in found:
            return None
        with self._lock:
            if name not in self._details:
                self._details[name] = TableDetails(found[name], self._schemas(found[name]))
            return self._details[name]

    def _counts(self, catalog: Catalog) -> dict[tuple[str, str], int]:
        """Rows by table, in one query; if a table makes that fail, one query per table."""
        ask = self.mirror.query_copied
        try:
            return row_counts(catalog["tables"], ask)
        except BAD_INPUT:
            counts: dict[tuple[str, str], int] = {}
            for table in catalog["tables"]:
                try:
                    counts |= row_counts([table], ask)
                except BAD_INPUT:
                    counts[table["DatabaseName"], table["Name"]] = -1
            return counts

    def _schemas(self, table: TableReport) -> TableSchemas | None:
        if table.database != self.deployment.database:
            return None
        try:
            return schemas_in(self.deployment, table.name)
        except BAD_INPUT:
            return None
