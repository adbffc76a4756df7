"""Answers SQL over the files and the catalog of a folder, as Athena does over the real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from athena_duckdb.catalog_file import kept_catalog
from athena_duckdb.errors import ConfigError
from athena_duckdb.query import query_messages
from athena_duckdb.query.query_bounds import NO_BOUNDS, Bounds, TimeRange
from athena_duckdb.query.query_process import CHILD, QueryProcess


class Dialect(str, Enum):
    """The dialect of a query."""

    ATHENA = "athena"
    DUCKDB = "duckdb"


@dataclass(frozen=True)
class QueryResult:
    """The answer to a query.

    Attributes:
        columns: the column names.
        types: the column types, in the query's dialect.
        rows: rows of Python values.
        more: `Bounds` left out other rows.
        bytes_read: bytes that were read from the tables' files, footers included.
        dialect: the dialect of the query.
        reads: the tables that it reads, each with the time range of its rows; None if that is not known.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool = False
    bytes_read: int = 0
    dialect: Dialect = Dialect.DUCKDB
    reads: Mapping[str, TimeRange] | None = None


def query(
    place: Path | str,
    sql: str,
    bounds: Bounds = NO_BOUNDS,
    on_part: Callable[[int, int], None] = lambda done, of: None,
    *,
    dialect: Dialect = Dialect.DUCKDB,
    database: str | None = None,
    child: str = CHILD,
) -> QueryResult:
    """Answers one SELECT over the tables of a folder, as ``database.table`` or ``table``.

    It runs in its own process, which can't write, and reads only the tables' files. All rows of the answer are held in
    memory.

    Args:
        place: a folder that has the catalog, and a folder for each bucket; or a text that `child` opens.
        sql: one statement that reads, such as SELECT, SHOW or DESCRIBE.
        bounds: its limits.
        on_part: called regularly with the percentage that is done, out of 100, as DuckDB estimates it.
        dialect: the SQL dialect.
        database: in Athena's SQL, the default for tables that are named without one.
        child: the module that the process runs.

    Raises:
        NoCatalogError: the folder has no catalog.
        ConfigError: the query exceeds its limits, or DuckDB refuses it; then with DuckDB's message.
    """
    if isinstance(place, Path):
        kept_catalog(place)
        place = str(place.absolute())
    rows: list[tuple[Any, ...]] = []
    told: dict[str, Any] = {}
    with QueryProcess(place, sql, bounds, athena=dialect == Dialect.ATHENA, database=database, child=child) as process:
        for kind, value in process.messages():
            if kind == query_messages.ROWS:
                rows += value
            elif kind == query_messages.PERCENT:
                on_part(value, 100)
            elif kind == query_messages.REFUSED:
                raise ConfigError(value)
            elif kind == query_messages.MEMORY:
                raise ConfigError(process.too_much_memory())
            elif kind == query_messages.TOO_LARGE:
                raise ConfigError(
                    f"the query was ended, because its answer is larger than {bounds.answer_mb:,} MB: select fewer "
                    "columns, or shorter values."
                )
            else:  # once each: the columns, what is read, the bytes that were read, the end
                told[kind] = value
    columns, types = told[query_messages.COLUMNS]
    read, reads = told[query_messages.READ], told[query_messages.READS]
    return QueryResult(columns, types, rows, told[query_messages.END], read, dialect, reads)
