"""The Spark session of a notebook: starts when a cell needs it, and has the tables as they are by then."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from pyspark import SparkConf, SparkContext

from athena_duckdb.bucket_folders import location_folder
from athena_duckdb.catalog_file import CATALOG, kept_catalog, parquet_tables
from athena_duckdb.errors import NoCatalogError
from gluelocal.athena.table_copies import Clients, TableCopies
from loglake.core.temporary import TemporaryFolder
from loglake.errors import ConfigError
from loglake.spark.context import LOCAL_CONF
from loglake.spark.own_context import end, launch
from loglake.spark.session import spark_session
from loglake_cli.errors import in_words
from loglake_cli.operations.lakes.connect import spark_literal

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class KeptRun:
    """What a local run kept; a later run that is kept in the same folder replaces it."""

    directory: Path

    @property
    def name(self) -> str:
        """With its folder."""
        return f"the run kept in {self.directory}"

    def refresh(self) -> object:
        """Copies nothing.

        Raises:
            ConfigError: there is nothing to read.
        """
        try:
            found = (self.directory / CATALOG).stat()
        except OSError as error:
            missing = NoCatalogError(f"{self.directory.absolute()} has no kept run")
            raise ConfigError(in_words(missing)) from error
        return found.st_ino, found.st_mtime_ns


class RunningStack:
    """A stack that `loglake local up` keeps up. Spark has no way into its buckets, so the tables' files are copied.

    Args:
        clients: of the stack.
        endpoint: its address.
    """

    def __init__(self, clients: Clients, endpoint: str) -> None:
        self._folder = TemporaryFolder("notebook")  # gone with this process
        self._copies = TableCopies(clients, self.directory)
        self.name = f"the stack at {endpoint}"

    @property
    def directory(self) -> Path:
        """The folder of the copies."""
        return Path(self._folder.name)

    def refresh(self) -> object:
        """Copies what is new."""
        self._copies.refresh()
        return self._copies.changes


Source = Union[KeptRun, RunningStack]
"""Where tables are. Its `refresh` makes the folder `directory` have the catalog, and what there is now in a folder for
each bucket; the answer is another one once that has changed. Its `name` says what it is, for a person.
"""

_NOTHING: Any = object()


class LakeSession:
    """A session in a JVM of its own. What the JVM prints goes nowhere: errors come as exceptions.

    Attributes:
        source: where the tables are.
        tables: the names of those that are declared.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tables: list[str] = []
        self._seen = _NOTHING
        self._gateway: Any = None
        self._spark: SparkSession | None = None
        self._warehouse = TemporaryFolder("warehouse")  # where databases would have tables

    @property
    def running(self) -> SparkSession | None:
        """The session, if it has started."""
        return self._spark

    def spark(self) -> SparkSession:
        """The session, with the tables as they are now.

        Raises:
            ConfigError: there are none, or Spark does not start.
        """
        now = self.source.refresh()
        if self._spark is None:
            self._spark = self._start()
        if now != self._seen:
            forget(self._spark, self.tables)
            self.tables = declare(self._spark, self.source.directory)
            self._seen = now
        return self._spark

    def stop(self) -> None:
        """Ends Spark and its JVM, if they run."""
        if self._spark is None:
            return
        self._spark.stop()
        end(self._gateway)
        self._spark, self._gateway, self._seen, self.tables = None, None, _NOTHING, []

    def _start(self) -> SparkSession:
        settings = {
            **LOCAL_CONF,
            "spark.sql.catalogImplementation": "in-memory",
            "spark.sql.warehouse.dir": self._warehouse.name,
            "spark.sql.files.ignoreMissingFiles": "true",  # a partition without files has no rows, as in Athena
        }
        conf = SparkConf().setMaster("local[*]").setAppName("notebook").setAll(list(settings.items()))
        with tempfile.TemporaryFile() as said:
            self._gateway = launch(conf, said)
        return spark_session("notebook", SparkContext(gateway=self._gateway, conf=conf))


_PARTITIONS = 500
"""Partitions that one statement adds."""


def declare(spark: SparkSession, directory: Path) -> list[str]:
    """Declares every Parquet table of a folder's catalog as ``database.table``, in place of what was declared before.

    No file is read. A table has the columns and types of the catalog, NULL if a file has no such column; a query reads
    the folders of the partitions that it needs, and no others.

    Args:
        spark: the session, with a catalog in memory.
        directory: of a kept run: it has the catalog, and the tables' Locations are looked up in it.

    Returns:
        The tables' names, such as ``loglake.app_shop``.

    Raises:
        ConfigError: a Location leads out of the folder.
    """
    catalog = kept_catalog(directory)
    for database in catalog["databases"]:
        spark.sql(f"CREATE DATABASE IF NOT EXISTS {_name(database['Name'])}")
    tables = parquet_tables(catalog)
    for table in tables:
        for statement in _statements(directory, catalog, table):
            spark.sql(statement)
    return [f"{table['DatabaseName']}.{table['Name']}" for table in tables]


def forget(spark: SparkSession, tables: Iterable[str]) -> None:
    """Takes back the declaration of tables; their files stay."""
    for table in tables:
        database, _, name = table.partition(".")
        spark.sql(f"DROP TABLE IF EXISTS {_name(database)}.{_name(name)}")


def _statements(directory: Path, catalog: Mapping[str, list[Any]], table: Any) -> Iterator[str]:
    name = f"{_name(table['DatabaseName'])}.{_name(table['Name'])}"
    keys = [key["Name"] for key in table.get("PartitionKeys", [])]
    columns = [*table["StorageDescriptor"]["Columns"], *table.get("PartitionKeys", [])]
    listed = ", ".join(f"{_name(column['Name'])} {column['Type']}" for column in columns)
    by = f" PARTITIONED BY ({', '.join(map(_name, keys))})" if keys else ""
    yield f"CREATE TABLE {name} ({listed}) USING parquet{by} LOCATION {_location(directory, table)}"
    own = (table["DatabaseName"], table["Name"])
    partitions = [each for each in catalog["partitions"] if (each["DatabaseName"], each["TableName"]) == own]
    for start in range(0, len(partitions), _PARTITIONS):
        added = " ".join(_partition(directory, keys, each) for each in partitions[start : start + _PARTITIONS])
        yield f"ALTER TABLE {name} ADD IF NOT EXISTS {added}"


def _partition(directory: Path, keys: list[str], partition: Any) -> str:
    values = ", ".join(
        f"{_name(key)} = {spark_literal(value)}" for key, value in zip(keys, partition["Values"], strict=True)
    )
    return f"PARTITION ({values}) LOCATION {_location(directory, partition)}"


def _location(directory: Path, entry: Any) -> str:
    return spark_literal(str(location_folder(directory, entry["StorageDescriptor"]["Location"])))


def _name(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
