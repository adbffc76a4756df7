"""Answers SQL over the kept lake and catalog of a local run, as Athena would over the real ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from loglake.errors import ConfigError
from loglake_cli.local.lake.query import query_messages
from loglake_cli.local.lake.query.query_bounds import NO_BOUNDS, Bounds
from loglake_cli.local.lake.query.query_process import QueryProcess


class Dialect(str, Enum):
    """Whose SQL a query is in."""

    ATHENA = "athena"
    DUCKDB = "duckdb"


@dataclass(frozen=True)
class QueryResult:
    """The answer to a query.

    Attributes:
        columns: their names.
        types: their types, in the words of the dialect that was asked in.
        rows: rows of Python values.
        more: there are other rows, which `Bounds` left out.
        bytes_read: how much was read of the tables' files, footers included.
        dialect: in which the query was asked.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool = False
    bytes_read: int = 0
    dialect: Dialect = Dialect.DUCKDB


def query(
    directory: Path,
    sql: str,
    bounds: Bounds = NO_BOUNDS,
    on_part: Callable[[int, int], None] = lambda done, of: None,
    *,
    dialect: Dialect = Dialect.DUCKDB,
    database: str | None = None,
) -> QueryResult:
    """Answers one SELECT over the tables of a kept run, as ``database.table`` or ``table``.

    It runs in a process of its own, which can't write, and reads no file but those of the tables. All rows of the
    answer are held in memory.

    Args:
        directory: what `keep.export_stack` wrote.
        sql: one statement that reads, such as SELECT, SHOW or DESCRIBE.
        bounds: what it may take.
        on_part: told now and then how many percent of 100 are done, as DuckDB estimates it.
        dialect: whose SQL it is.
        database: in Athena's SQL, that of tables that are named without theirs.

    Raises:
        ConfigError: there is no kept run, or DuckDB refuses the query, in its words, or it takes more than it may.
    """
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: list[tuple[Any, ...]] = []
    more, bytes_read = False, 0
    with QueryProcess(directory, sql, bounds, dialect == Dialect.ATHENA, database) as process:
        for kind, value in process.messages():
            if kind == query_messages.COLUMNS:
                columns, types = value
            elif kind == query_messages.ROWS:
                rows += value
            elif kind == query_messages.PERCENT:
                on_part(value, 100)
            elif kind == query_messages.READ:
                bytes_read = value
            elif kind == query_messages.END:
                more = value
            elif kind == query_messages.REFUSED:
                raise ConfigError(value)
            elif kind == query_messages.MEMORY:
                raise ConfigError(process.too_much_memory())
            else:
                raise ConfigError(
                    f"the query was ended, because its answer is larger than {bounds.answer_mb:,} MB: select fewer "
                    "columns, or shorter values."
                )
    return QueryResult(columns, types, rows, more, bytes_read, dialect)
