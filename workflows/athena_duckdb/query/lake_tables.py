"""SQL over the tables of a folder, in this process, on a DuckDB connection that can only read.

Three separate barriers keep it from writing: an allowlist of statement parts (`select_only`), DuckDB's own file system
is switched off for good, and its replacement can't write (`read_only_files`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import tzinfo
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType

import duckdb

from athena_duckdb.catalog_file import Catalog, parquet_tables
from athena_duckdb.errors import ConfigError
from athena_duckdb.query import refusals
from athena_duckdb.query.athena_select import Answer, Row, select
from athena_duckdb.query.hive_checks import as_athena_says, partition_mismatch
from athena_duckdb.query.query_bounds import ALWAYS
from athena_duckdb.query.read_only_files import SCHEME, DataFile, ReadOnlyFiles
from athena_duckdb.query.select_only import tables_read
from athena_duckdb.query.sources import Source, kept_source
from athena_duckdb.query.table_views import TableViews

_SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET temp_directory = ''",
    "SET python_enable_replacements = false",  # else a table name may be a variable of this program
    "SET enable_progress_bar = true",  # else there is no progress to read
    "SET enable_progress_bar_print = false",
    "SET external_file_cache_request_sizing = 'EXACT'",  # else it reads blocks of 2 MB, as for remote files
    "SET parquet_metadata_cache = true",  # a view looks at the footers before the query does
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    f"SET allowed_directories = ['{SCHEME}://']",
    "SET enable_external_access = false",
    "SET disabled_filesystems = 'LocalFileSystem'",
    "SET lock_configuration = true",
)


class LakeTables(AbstractContextManager["LakeTables"]):
    """The tables of a folder; a context manager that closes the connection.

    Args:
        place: has the tables; unless `opened` takes another one, a folder with a catalog and a folder for each bucket.
        memory_mb: DuckDB's memory limit; None uses DuckDB's default.
        add_views: the catalog with more views, as `TableType` ``VIRTUAL_VIEW``; Athena's SQL sees them.
        opened: returns what is at a place.

    Raises:
        NoCatalogError: the folder has no catalog.
        MemoryError: here and while rows are read: the process has not enough memory.
    """

    def __init__(
        self,
        place: Path | str,
        memory_mb: int | None = None,
        add_views: Callable[[Catalog], Catalog] = lambda own: own,
        opened: Callable[[str], Source] = kept_source,
    ) -> None:
        source = opened(str(place))
        self._catalog = source.catalog
        self._with_views = lru_cache(1)(lambda: add_views(self._catalog))
        files: dict[str, DataFile] = {}
        with _sentences(self._duckdb_words):
            self._connection = duckdb.connect(":memory:")
            if memory_mb:
                self._connection.execute(f"SET memory_limit = '{memory_mb}MB'")
            self._files = ReadOnlyFiles(files)
            self._connection.register_filesystem(self._files)
            for setting in _SETTINGS:
                self._connection.execute(setting)
        self._views = TableViews(self._connection, self._catalog, source.below, files)
        self._problems: dict[str, str] | None = None

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def percent(self) -> int:
        """The estimated progress of the running statement; 0 if DuckDB has no estimate. From any thread."""
        return max(0, min(100, int(self._connection.query_progress())))

    def select(self, sql: str, batch: int = 1000) -> Answer:
        """Runs one statement that reads.

        Args:
            sql: SELECT, WITH, VALUES, FROM, DESCRIBE, SHOW or SUMMARIZE.
            batch: rows in each batch.

        Raises:
            ConfigError: here and while batches are read: it doesn't only read, or DuckDB refuses it, with DuckDB's
                message.
        """
        with _sentences(self._duckdb_words):
            if self._problems is None:
                self._problems = self._views.create()
            named = tables_read(self._connection, sql)
            self._check_tables(named, self._problems)
            described = self._connection.execute(sql).description or []
            columns, types = (tuple(str(column[at]) for column in described) for at in (0, 1))
            known = {table["Name"].lower() for table in parquet_tables(self._catalog)}
            reads = dict.fromkeys(sorted(known & named), ALWAYS)
            return Answer(columns, types, self._batches(batch, self._duckdb_words), reads)

    @property
    def bytes_read(self) -> int:
        """Bytes that were read from the tables' files, footers included."""
        return self._files.bytes_read

    def select_as_athena(self, sql: str, database: str | None = None, batch: int = 1000) -> Answer:
        """Runs one statement in Athena's SQL.

        Args:
            sql: SELECT, SHOW, DESCRIBE or EXPLAIN.
            database: the default for tables that are named without one; None: the only database that has the table.
            batch: rows in each batch.

        Raises:
            ConfigError: here and while batches are read: Athena would refuse it, or it has no translation.
        """
        with _sentences(_athena_words):
            batches = partial(self._batches, batch, _athena_words)
            return select(self._views, sql, database, self._with_views(), batches)

    def _batches(
        self, size: int, words: Callable[[Exception], str], zones: Mapping[int, tzinfo] = MappingProxyType({})
    ) -> Iterator[list[Row]]:
        with _sentences(words):
            while rows := self._connection.fetchmany(size):
                yield [_in_zone(row, zones) for row in rows] if zones else rows

    def _check_tables(self, named: set[str], problems: dict[str, str]) -> None:
        """Refuses a query over a table that can't be read, or that has partitions that disagree with it."""
        for table in parquet_tables(self._catalog):
            if table["Name"].lower() in named:
                problem = problems.get(table["Name"].lower()) or partition_mismatch(self._catalog, table)
                if problem:
                    raise ConfigError(problem)

    def _duckdb_words(self, error: Exception) -> str:
        if isinstance(error, UnicodeError):
            return f"A value or name of the answer is not UTF-8 text ({error}): select it as BLOB."
        if isinstance(error, duckdb.CatalogException):
            return _which_tables(str(error), self._catalog)
        return as_athena_says(_without_traceback(str(error)))


def _athena_words(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return f"A value or name of the answer is not UTF-8 text ({error})."
    return refusals.sentence(_without_traceback(str(error)))


@contextmanager
def _sentences(words: Callable[[Exception], str]) -> Iterator[None]:
    """Converts DuckDB's exceptions to our errors, in words that a person can use."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise MemoryError(str(error)) from error
    except (duckdb.Error, UnicodeError) as error:
        raise ConfigError(words(error)) from error


def _in_zone(row: Row, zones: Mapping[int, tzinfo]) -> Row:
    return tuple(
        value.astimezone(zones[at]) if at in zones and value is not None else value for at, value in enumerate(row)
    )


def _without_traceback(error: str) -> str:
    """DuckDB returns an exception of `read_only_files` as a traceback: its last line has the message."""
    return error.strip().splitlines()[-1] if error.startswith("Traceback") else error


def _which_tables(refusal: str, catalog: Catalog) -> str:
    """DuckDB's message about a missing table, with the catalog's tables in place of its own suggestions."""
    if not refusal.startswith("Catalog Error: Table with name"):
        return refusal
    first, _, where = refusal.partition("\n\n")
    tables = parquet_tables(catalog)
    names = Counter(table["Name"] for table in tables)
    there = sorted(t["Name"] if names[t["Name"]] == 1 else f"{t['DatabaseName']}.{t['Name']}" for t in tables)
    known = f"The catalog has {', '.join(there) or 'no table'}."
    return "\n\n".join(filter(None, [f"{first.splitlines()[0]} {known}", where]))
