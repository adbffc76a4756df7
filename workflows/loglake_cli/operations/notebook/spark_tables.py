"""The catalog's tables as tables of a Spark session: external ones over folders, with the partitions of the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from athena_duckdb.bucket_folders import location_folder
from athena_duckdb.catalog_file import kept_catalog
from athena_duckdb.query.table_views import parquet_tables
from loglake_cli.operations.lakes.connect import spark_literal

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

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
