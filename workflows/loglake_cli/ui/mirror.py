"""The tables of a running stack as files, so that SQL sees them as `loglake query` sees a kept run."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from athena_duckdb.query.athena import Dialect, QueryResult
from athena_duckdb.query.query_bounds import Bounds
from gluelocal.athena.table_copies import Catalog, TableCopies
from loglake.core.temporary import TemporaryFolder
from loglake.errors import ConfigError
from loglake_cli.aws_views.query import query

if TYPE_CHECKING:
    from gluelocal.cloud.events.eventbridge import Clients

BOUNDS = Bounds(rows=500, seconds=10, memory_mb=1024, answer_mb=16)
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
