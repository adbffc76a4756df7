"""Answers SQL over the kept lake and catalog of a local run, as Athena would over the real ones.

DuckDB sees what the catalog says and nothing else: the tables' columns with the catalog's types (NULL where an older
file has no such column), the partitions that are in the catalog, partition keys as strings, times in UTC.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from glue_jobs.core.units import split_s3_uri
from glue_jobs.errors import ConfigError
from workflows.local.lake.hive_checks import as_athena_says, bad_files, checked, partition_mismatch
from workflows.local.lake.hive_types import duckdb_type, literal, quoted, without_glob
from workflows.local.lake.keep import CATALOG, MARKER, no_kept_run
from workflows.local.lake.query_bounds import Bounds, bounded

_FILE = "__loglake_file"
_PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


@dataclass(frozen=True)
class QueryResult:
    """The answer to a query: column names, their DuckDB types, and rows of Python values.

    `more` says that there are other rows, which `Bounds` left out.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool = False


def query(directory: Path, sql: str, bounds: Bounds | None = None) -> QueryResult:
    """Answers one SELECT over the tables of a kept run, as ``database.table`` or ``table``.

    Nothing is written, and no file is read but those of the kept buckets that hold tables.

    Args:
        directory: what `keep.export_stack` wrote.
        sql: one statement: SELECT, WITH, VALUES, DESCRIBE, SHOW or SUMMARIZE.
        bounds: None where it may take all that it needs.

    Raises:
        ConfigError: there is no kept run, or DuckDB refuses the query, in its words, or it takes more than it may.
    """
    catalog = _read_catalog(directory)
    with duckdb.connect(":memory:") as connection, bounded(connection, bounds):
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET temp_directory = ''")
            _create_views(connection, directory, catalog)
            _lock(connection, directory, catalog)
            _check_read_only(connection, sql)
            _check_partitions(connection, catalog, sql)
            answer = connection.execute(sql)
            described = answer.description or []
            columns, types = (tuple(str(column[at]) for column in described) for at in (0, 1))
            if not bounds:
                return QueryResult(columns, types, answer.fetchall())
            rows = answer.fetchmany(bounds.rows + 1)
            return QueryResult(columns, types, rows[: bounds.rows], more=len(rows) > bounds.rows)
        except duckdb.InterruptException as error:
            if not bounds:
                raise
            raise ConfigError(f"the query was ended, because it took longer than {bounds.seconds:g} s") from error
        except duckdb.CatalogException as error:
            raise ConfigError(_which_tables(str(error), catalog)) from error
        except duckdb.Error as error:
            raise ConfigError(as_athena_says(str(error))) from error


def _read_catalog(directory: Path) -> dict[str, list[Any]]:
    if not (directory / MARKER).is_file() or not (directory / CATALOG).is_file():
        raise no_kept_run(directory)
    catalog: dict[str, list[Any]] = json.loads((directory / CATALOG).read_text(encoding="utf-8"))
    return catalog


def _which_tables(refusal: str, catalog: dict[str, list[Any]]) -> str:
    """What DuckDB says of a table that is not there, with those that are in place of what it takes for alike."""
    if not refusal.startswith("Catalog Error: Table with name"):
        return refusal
    first, _, where = refusal.partition("\n\n")
    tables = _parquet_tables(catalog)
    names = Counter(table["Name"] for table in tables)
    there = sorted(t["Name"] if names[t["Name"]] == 1 else f"{t['DatabaseName']}.{t['Name']}" for t in tables)
    known = f"The catalog has {', '.join(there) or 'no table'}."
    return "\n\n".join(filter(None, [f"{first.splitlines()[0]} {known}", where]))


def _check_read_only(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ConfigError("The lake is only read: give one SELECT statement.")


def _check_partitions(connection: duckdb.DuckDBPyConnection, catalog: dict[str, list[Any]], sql: str) -> None:
    """Refuses a query over a table whose partitions disagree with it."""
    named = _tables_named(connection, sql)
    for table in _parquet_tables(catalog):
        mismatch = partition_mismatch(catalog, table) if table["Name"] in named else None
        if mismatch:
            raise ConfigError(mismatch)


def _tables_named(connection: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    """The tables, in lower case and without their databases, that a SELECT names; none of another statement."""
    answer = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    waiting: list[Any] = [json.loads(answer[0])] if answer else []
    named = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            named |= {node["table_name"].lower()} if node.get("type") == "BASE_TABLE" else set()
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return named


def _lock(connection: duckdb.DuckDBPyConnection, directory: Path, catalog: dict[str, list[Any]]) -> None:
    """Leaves DuckDB no file but those of the tables' buckets, and no way to change that."""
    buckets = {split_s3_uri(table["StorageDescriptor"]["Location"])[0] for table in _parquet_tables(catalog)}
    folders = [f"{directory.absolute() / bucket}/" for bucket in sorted(buckets)]
    # DuckDB holds first the pattern, then the file that it finds, against the list.
    allowed = ", ".join(literal(path) for folder in folders for path in (folder, without_glob(folder)))
    connection.execute(f"SET allowed_directories = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _parquet_tables(catalog: dict[str, list[Any]]) -> list[Any]:
    tables = catalog["tables"]
    return [
        t
        for t in tables
        if t.get("StorageDescriptor", {}).get("SerdeInfo", {}).get("SerializationLibrary") == _PARQUET_SERDE
    ]


def _create_views(connection: duckdb.DuckDBPyConnection, directory: Path, catalog: dict[str, list[Any]]) -> None:
    tables = _parquet_tables(catalog)
    names = Counter(table["Name"] for table in tables)
    for number, table in enumerate(tables):
        schema = quoted(table["DatabaseName"])
        view = f"{schema}.{quoted(table['Name'])}"
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        connection.execute(f"CREATE VIEW {view} AS {_select(connection, directory, catalog, table, number)}")
        if names[table["Name"]] == 1:
            connection.execute(f"CREATE VIEW {quoted(table['Name'])} AS FROM {view}")


def _select(
    connection: duckdb.DuckDBPyConnection, directory: Path, catalog: dict[str, list[Any]], table: Any, number: int
) -> str:
    """The query that a table is."""
    hive = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    columns = {name: duckdb_type(kind) for name, kind in hive.items()}
    keys = {key["Name"]: duckdb_type(key["Type"]) for key in table.get("PartitionKeys", [])}
    both = columns.keys() & keys.keys()
    if both:
        raise ConfigError(
            f"HIVE_INVALID_METADATA: table {table['Name']} has duplicate columns: {', '.join(sorted(both))} is a "
            "column and a partition key. Rename the column in the files."
        )
    files = _files(directory, catalog, table, list(keys))
    if not files:
        nulls = ", ".join(f"NULL::{kind} AS {quoted(name)}" for name, kind in {**columns, **keys}.items())
        return f"SELECT {nulls} WHERE false"
    listed = ", ".join(literal(without_glob(file)) for file in files)
    reader = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false, filename = '{_FILE}')"
    present = {row[0].lower(): row[0] for row in connection.execute(f"DESCRIBE FROM {reader}").fetchall()}
    bad = bad_files(connection, table, files)

    def column(name: str, kind: str) -> str:
        if name not in present:
            return f"NULL::{kind}"
        cast = f"CAST(f.{quoted(present[name])} AS {kind})"
        return checked(name, cast, bad.get(name, {}), hive[name], _FILE)

    selected = [f"{column(name, kind)} AS {quoted(name)}" for name, kind in columns.items()]
    if not keys:
        return f"SELECT {', '.join(selected)} FROM {reader} f"
    selected += [f"CAST(p.{quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in keys.items()]
    mapping = _store_mapping(connection, number, files, list(keys))
    return f"SELECT {', '.join(selected)} FROM {reader} f JOIN {mapping} p ON f.{_FILE} = p.{_FILE}"


def _files(directory: Path, catalog: dict[str, list[Any]], table: Any, keys: list[str]) -> dict[str, tuple[str, ...]]:
    """The partition values of every file of a table; empty values where it has no partitions.

    As in Athena, a partition that is not in the catalog is not seen, nor a file whose name starts with ``_`` or ``.``.
    """
    if not keys:
        return dict.fromkeys(_data_files(directory, table["StorageDescriptor"]["Location"]), ())
    own = (table["DatabaseName"], table["Name"])
    return {
        file: tuple(partition["Values"])
        for partition in catalog["partitions"]
        if (partition["DatabaseName"], partition["TableName"]) == own
        for file in _data_files(directory, partition["StorageDescriptor"]["Location"])
    }


def _data_files(directory: Path, location: str) -> Iterable[str]:
    bucket, key = split_s3_uri(location)
    folder = directory.absolute() / bucket / key
    for path in sorted(folder.rglob("*")):
        hidden = any(part[0] in "_." for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.stat().st_size:
            yield str(path)


def _store_mapping(
    connection: duckdb.DuckDBPyConnection, number: int, files: dict[str, tuple[str, ...]], keys: list[str]
) -> str:
    """Stores which file is in which partition; returns the name of that table."""
    name = f"loglake_files.t{number}"
    columns: dict[str, list[str]] = {_FILE: list(files)}
    columns.update({key: [values[at] for values in files.values()] for at, key in enumerate(keys)})
    connection.execute("CREATE SCHEMA IF NOT EXISTS loglake_files")
    connection.register("loglake_mapping", pa.table(columns))
    connection.execute(f"CREATE TABLE {name} AS FROM loglake_mapping")
    connection.unregister("loglake_mapping")
    return name
