"""The catalog's tables as DuckDB views over their Parquet files.

A view has the catalog's columns, types and partitions. A column that an older file lacks is NULL, and partition keys
are strings. If a column of the catalog has the parameter `IF_NULL`, the column that it names is read in place of NULL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import duckdb

from athena_duckdb.catalog_file import Catalog, parquet_tables
from athena_duckdb.errors import ConfigError
from athena_duckdb.query.hidden_columns import HIDDEN, SUFFIX
from athena_duckdb.query.hive_checks import as_athena_says, bad_files, checked
from athena_duckdb.query.hive_types import duckdb_type, literal, quoted
from athena_duckdb.query.read_only_files import DataFile

IF_NULL = "loglake.if_null"
"""A parameter of a column, which Athena does not know: the name of another one of the same type."""

_FILE = "__loglake_file"


@dataclass(frozen=True)
class TableViews:
    """Makes the views.

    Attributes:
        connection: a DuckDB connection with `files` as its only files.
        catalog: databases, tables and partitions, as the Glue API has them.
        below: returns the data files below a Location.
        files: gets the tables' files, by their names in DuckDB.
    """

    connection: duckdb.DuckDBPyConnection
    catalog: Catalog
    below: Callable[[str], Iterable[DataFile]]
    files: MutableMapping[str, DataFile]

    def create(self) -> dict[str, str]:
        """Creates a view for each table, as ``database.table`` and, if its name is unique, as ``table``.

        Returns:
            By table, in lower case, the reason if it has no view: catalog and files disagree.
        """
        tables = parquet_tables(self.catalog)
        names = Counter(table["Name"] for table in tables)
        problems = {}
        for number, table in enumerate(tables):
            try:
                view = self.create_one(table, number)
            except (ConfigError, duckdb.Error) as error:
                problems[table["Name"].lower()] = as_athena_says(str(error))
            else:
                if names[table["Name"]] == 1:
                    self.connection.execute(f"CREATE OR REPLACE VIEW {quoted(table['Name'])} AS FROM {view}")
        return problems

    def create_one(self, table: Any, number: int, which: str = "", hidden: bool = False) -> str:
        """Creates the view of one table, and returns its name, with its database.

        Args:
            table: the table's catalog entry.
            number: a different number for each view.
            which: an SQL condition on the partition keys, or empty: files of other partitions are left out.
            hidden: adds Athena's hidden columns; the view's name then ends with `hidden_columns.SUFFIX`.

        Raises:
            ConfigError, duckdb.Error: catalog and files disagree.
        """
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table['DatabaseName'])}")
        view = f"{quoted(table['DatabaseName'])}.{quoted(table['Name'] + (SUFFIX if hidden else ''))}"
        self.connection.execute(f"CREATE OR REPLACE VIEW {view} AS {self._select(table, number, which, hidden)}")
        return view

    def _select(self, table: Any, number: int, which: str, hidden: bool) -> str:
        """The query of a table's view."""
        hive = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
        columns = {name: duckdb_type(kind) for name, kind in hive.items()}
        keys = {key["Name"]: duckdb_type(key["Type"]) for key in table.get("PartitionKeys", [])}
        both = columns.keys() & keys.keys()
        if both:
            raise ConfigError(
                f"HIVE_INVALID_METADATA: table {table['Name']} has duplicate columns: {', '.join(sorted(both))} is a "
                "column and a partition key. Rename the column in the files."
            )
        files = self._files(table, list(keys))
        mapping = self._store_mapping(number, files, list(keys), hidden) if files and (keys or hidden) else ""
        if which and keys and files:
            files = self._chosen(mapping, files, which)
        extra = {name: kind for name, (kind, _) in HIDDEN.items()} if hidden else {}
        if not files:
            nulls = ", ".join(f"NULL::{kind} AS {quoted(name)}" for name, kind in {**columns, **keys, **extra}.items())
            return f"SELECT {nulls} WHERE false"
        listed = ", ".join(map(literal, files))
        reader = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false, filename = '{_FILE}')"
        described = self.connection.execute(f"DESCRIBE FROM {reader}")
        present = {row[0].lower(): row[0] for row in described.fetchall()}
        bad = bad_files(self.connection, table, files)

        def column(name: str, kind: str) -> str:
            if name not in present:
                return f"NULL::{kind}"
            cast = f"CAST(f.{quoted(present[name])} AS {kind})"
            return checked(name, cast, bad.get(name, {}), hive[name], _FILE)

        selected = []
        for each in table["StorageDescriptor"]["Columns"]:
            kind, other = columns[each["Name"]], each.get("Parameters", {}).get(IF_NULL)
            names = [each["Name"], *([other] if other else [])]
            values = ", ".join(column(name, kind) for name in names)
            selected.append(f"{f'coalesce({values})' if other else values} AS {quoted(each['Name'])}")
        if not mapping:
            return f"SELECT {', '.join(selected)} FROM {reader} f"
        selected += [f"CAST(p.{quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in keys.items()]
        selected += [f"{HIDDEN[name][1].format(file=_FILE)} AS {quoted(name)}" for name in extra]
        return f"SELECT {', '.join(selected)} FROM {reader} f JOIN {mapping} p ON f.{_FILE} = p.{_FILE}"

    def _files(self, table: Any, keys: list[str]) -> dict[str, tuple[str, ...]]:
        """The partition values of every file of a table; empty values if it has no partitions.

        As in Athena, it leaves out partitions that aren't in the catalog.
        """
        if not keys:
            return dict.fromkeys(self._data_files(table), ())
        own = (table["DatabaseName"], table["Name"])
        return {
            file: tuple(partition["Values"])
            for partition in self.catalog["partitions"]
            if (partition["DatabaseName"], partition["TableName"]) == own
            for file in self._data_files(partition)
        }

    def _data_files(self, entry: Any) -> Iterator[str]:
        """The files of a table or partition, by their names in DuckDB."""
        location = entry["StorageDescriptor"].get("Location", "")
        for file in self.below(location):
            self.files[file.name] = file
            yield file.name

    def _chosen(self, mapping: str, files: Mapping[str, tuple[str, ...]], which: str) -> dict[str, tuple[str, ...]]:
        """The files of partitions that meet a condition."""
        found = self.connection.execute(f"SELECT {_FILE} FROM {mapping} WHERE {which}")
        return {file: files[file] for (file,) in found.fetchall()}

    def _store_mapping(
        self, number: int, files: Mapping[str, tuple[str, ...]], keys: list[str], hidden: bool = False
    ) -> str:
        """Stores each file's partition; returns the name of the new table."""
        name = f"loglake_files.t{number}"
        columns: dict[str, list[Any]] = {_FILE: list(files)}
        columns.update({key: [values[at] for values in files.values()] for at, key in enumerate(keys)})
        selected = ", ".join(f"unnest(?::VARCHAR[]) AS {quoted(column)}" for column in columns)
        if hidden:
            columns["size_bytes"] = [self.files[file].size_bytes for file in files]
            columns["modified"] = [self.files[file].modified_s for file in files]
            selected += ", unnest(?::BIGINT[]) AS size_bytes, to_timestamp(unnest(?::DOUBLE[])) AS modified"
        self.connection.execute("CREATE SCHEMA IF NOT EXISTS loglake_files")
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {selected}", list(columns.values()))
        return name
