"""Athena's ``information_schema``: the catalog's databases, tables and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from athena_duckdb.catalog_file import Catalog
from athena_duckdb.query.catalog_statements import VIEW
from athena_duckdb.split_list import split_list

if TYPE_CHECKING:
    import duckdb


_SCHEMA = "loglake_information"
_CATALOG = "awsdatacatalog"

_TABLES: dict[str, tuple[str, ...]] = {
    "schemata": ("catalog_name VARCHAR", "schema_name VARCHAR"),
    "tables": ("table_catalog VARCHAR", "table_schema VARCHAR", "table_name VARCHAR", "table_type VARCHAR"),
    "columns": (
        *("table_catalog VARCHAR", "table_schema VARCHAR", "table_name VARCHAR", "column_name VARCHAR"),
        *("ordinal_position BIGINT", "column_default VARCHAR", "is_nullable VARCHAR", "data_type VARCHAR"),
        *("comment VARCHAR", "extra_info VARCHAR"),
    ),
}


def is_of(reference: exp.Table) -> bool:
    """Whether a name in FROM is a table of information_schema."""
    return bool(reference.db.lower() in {"information_schema", _SCHEMA})


def rename(reference: exp.Table) -> None:
    """Makes a reference use the table that `make` made."""
    reference.set("db", exp.to_identifier(_SCHEMA))
    reference.set("catalog", None)


def make(connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Makes the tables if they don't exist."""
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
    rows = {"schemata": _schemata(catalog), "tables": _tables(catalog), "columns": _columns(catalog)}
    for name, columns in _TABLES.items():
        values = [[row[at] for row in rows[name]] for at in range(len(columns))]
        lists = ", ".join(f"unnest(?::{column.split()[1]}[])" for column in columns)
        connection.execute(f"CREATE OR REPLACE TABLE {_SCHEMA}.{name} ({', '.join(columns)})")
        connection.execute(f"INSERT INTO {_SCHEMA}.{name} SELECT {lists}", values)


def athena_name(hive: str) -> str:
    """Trino's name of a Glue column's type: ``array<string>`` becomes ``array(varchar)``."""
    plain = {"string": "varchar", "int": "integer", "float": "real", "binary": "varbinary", "timestamp": "timestamp(3)"}
    name = hive.strip()
    if name in plain:
        return plain[name]
    kind, _, inner = name.partition("<")
    if kind == "struct":
        fields = (part.partition(":") for part in split_list(inner[:-1]))
        return f"row({', '.join(f'{field} {athena_name(of)}' for field, _, of in fields)})"
    if inner:
        return f"{kind}({', '.join(map(athena_name, split_list(inner[:-1])))})"
    return name


def _schemata(catalog: Catalog) -> list[tuple[Any, ...]]:
    return [
        (_CATALOG, name) for name in [*(each["Name"] for each in catalog.get("databases", [])), "information_schema"]
    ]


def _tables(catalog: Catalog) -> list[tuple[Any, ...]]:
    return [
        (_CATALOG, table["DatabaseName"], table["Name"], "VIEW" if table.get("TableType") == VIEW else "BASE TABLE")
        for table in catalog["tables"]
    ]


def _columns(catalog: Catalog) -> list[tuple[Any, ...]]:
    rows = []
    for table in catalog["tables"]:
        own, keys = table.get("StorageDescriptor", {}).get("Columns", []), table.get("PartitionKeys", [])
        for at, column in enumerate([*own, *keys], 1):
            name = (_CATALOG, table["DatabaseName"], table["Name"], column["Name"].lower(), at)
            extra = "partition key" if at > len(own) else None
            rows.append((*name, None, "YES", athena_name(column["Type"]), column.get("Comment"), extra))
    return rows
