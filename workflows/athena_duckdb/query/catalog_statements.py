"""Answers SHOW and DESCRIBE from the catalog, as Athena does."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from athena_duckdb.catalog_file import Catalog
from athena_duckdb.errors import ConfigError

Rows = list[tuple[Any, ...]]
_NAME = r'[`"]?([\w-]+)[`"]?'
_TABLE = rf'(?:[`"]?awsdatacatalog[`"]?\.)?(?:{_NAME}\.)?{_NAME}'
_IN = r"(?:from|in)"
_LIKE = r"(?:like\s+)?'([^']*)'"

_KNOWN = (
    "SHOW TABLES, SHOW VIEWS, SHOW DATABASES, SHOW COLUMNS, SHOW PARTITIONS, SHOW CREATE TABLE, SHOW CREATE VIEW, "
    "SHOW TBLPROPERTIES"
)
VIEW = "VIRTUAL_VIEW"
"""Glue's type of table that is a view."""


def catalog_answer(catalog: Catalog, sql: str, database: str | None) -> tuple[tuple[str, ...], Rows] | None:
    """Columns and rows of a SHOW or DESCRIBE statement; None for any other.

    Args:
        catalog: the content of the catalog file.
        sql: the statement.
        database: the default for tables that are named without one; None means any.

    Raises:
        ConfigError: the table or the statement doesn't exist.
    """
    text = " ".join(sql.strip().rstrip(";").split())
    if not re.match(r"(?:show|describe|desc)\b", text, re.IGNORECASE):
        return None
    for pattern, answer in _STATEMENTS.items():
        found = re.fullmatch(pattern, text, re.IGNORECASE)
        if found:
            return answer(catalog, found, database)
    raise ConfigError(
        f"SYNTAX_ERROR: Athena's SHOW statements that are answered here are {_KNOWN}, and DESCRIBE TABLE."
    )


def _names(catalog: Catalog, found: re.Match[str], database: str | None) -> tuple[tuple[str, ...], Rows]:
    """The names of all tables, or of the views only."""
    only_views, database, pattern = found[1].lower() == "views", found[2] or database, found[3]
    names = {
        table["Name"]
        for table in catalog["tables"]
        if database in {None, table["DatabaseName"]} and (table.get("TableType") == VIEW or not only_views)
    }
    column = "views" if only_views else "tab_name"
    return (column,), [(name,) for name in sorted(names) if _matches(name, pattern)]


def _databases(catalog: Catalog, found: re.Match[str], _database: str | None) -> tuple[tuple[str, ...], Rows]:
    names = sorted(each["Name"] for each in catalog.get("databases", []))
    return ("database_name",), [(name,) for name in names if _matches(name, found[1])]


def _matches(name: str, pattern: str | None) -> bool:
    """Whether a name matches a pattern of Hive: ``*`` is anything, ``|`` is or."""
    if pattern is None:
        return True
    parts = "|".join(re.escape(part).replace(r"\*", ".*") for part in pattern.split("|"))
    return re.fullmatch(parts, name, re.IGNORECASE) is not None


def _columns(catalog: Catalog, found: re.Match[str], database: str | None) -> tuple[tuple[str, ...], Rows]:
    table = _table(catalog, found[3] or found[1] or database, found[2])
    return ("field",), [(name,) for name, _, _ in _all_columns(table)]


def _partitions(catalog: Catalog, found: re.Match[str], database: str | None) -> tuple[tuple[str, ...], Rows]:
    table = _table(catalog, found[1] or database, found[2])
    keys = [key["Name"] for key in table.get("PartitionKeys", [])]
    if not keys:
        raise ConfigError(f"Table {table['DatabaseName']}.{table['Name']} is not a partitioned table.")
    own = (table["DatabaseName"], table["Name"])
    rows = [
        "/".join(f"{key}={value}" for key, value in zip(keys, each["Values"]))
        for each in catalog["partitions"]
        if (each["DatabaseName"], each["TableName"]) == own
    ]
    return ("partition",), [(row,) for row in sorted(rows)]


def _describe(catalog: Catalog, found: re.Match[str], database: str | None) -> tuple[tuple[str, ...], Rows]:
    table = _table(catalog, found[1] or database, found[2])
    rows: Rows = [*_all_columns(table)]
    keys = [(key["Name"], key["Type"], key.get("Comment", "")) for key in table.get("PartitionKeys", [])]
    if keys:
        heading = [("# Partition Information", "", ""), ("# col_name", "data_type", "comment")]
        rows += [("", "", ""), *heading, ("", "", ""), *keys]
    return ("col_name", "data_type", "comment"), rows


def _create(catalog: Catalog, found: re.Match[str], database: str | None) -> tuple[tuple[str, ...], Rows]:
    table = _table(catalog, found[1] or database, found[2])
    if table.get("TableType") == VIEW:
        raise ConfigError(f"{table['Name']} is a view: ask SHOW CREATE VIEW {table['Name']}.")
    storage, keys = table["StorageDescriptor"], table.get("PartitionKeys", [])
    lines = [f"CREATE EXTERNAL TABLE `{table['DatabaseName']}.{table['Name']}`(", *_listed(storage["Columns"])]
    if keys:
        lines += ["PARTITIONED BY ( ", *_listed(keys)]
    serde = storage.get("SerdeInfo", {}).get("SerializationLibrary", "")
    formats = {"ROW FORMAT SERDE": serde, "STORED AS INPUTFORMAT": storage.get("InputFormat", "")}
    formats |= {"OUTPUTFORMAT": storage.get("OutputFormat", ""), "LOCATION": storage.get("Location", "")}
    for words, value in formats.items():
        lines += [f"{words} ", f"  '{value}'"] if value else []
    properties = [f"  '{name}'='{value}'" for name, value in sorted(table.get("Parameters", {}).items())]
    if properties:
        lines += ["TBLPROPERTIES (", *(f"{line}, " for line in properties[:-1]), f"{properties[-1]})"]
    return ("createtab_stmt",), [(line,) for line in lines]


def _create_view(catalog: Catalog, found: re.Match[str], database: str | None) -> tuple[tuple[str, ...], Rows]:
    view = _table(catalog, found[1] or database, found[2])
    if view.get("TableType") != VIEW:
        raise ConfigError(f"{view['Name']} is a table: ask SHOW CREATE TABLE {view['Name']}.")
    text = f"CREATE VIEW {view['DatabaseName']}.{view['Name']} AS\n{view_sql(view)}"
    return ("Create View",), [(line,) for line in text.splitlines()]


def view_sql(view: Any) -> str:
    """The query of a view: Athena keeps it inside a comment, as base64 of JSON."""
    kept = re.fullmatch(r"/\* Presto View: (\S+) \*/", view.get("ViewOriginalText", ""))
    return str(json.loads(b64decode(kept[1]))["originalSql"] if kept else view["ViewExpandedText"])


def _listed(columns: list[Any]) -> list[str]:
    lines = [f"  `{column['Name']}` {column['Type']}" for column in columns]
    return [*(f"{line}, " for line in lines[:-1]), *(f"{line})" for line in lines[-1:])]


def _properties(catalog: Catalog, found: re.Match[str], database: str | None) -> tuple[tuple[str, ...], Rows]:
    properties = _table(catalog, found[1] or database, found[2]).get("Parameters", {})
    return ("prpt_name", "prpt_value"), sorted(properties.items())


def _all_columns(table: Any) -> list[tuple[str, str, str]]:
    columns = [*table.get("StorageDescriptor", {}).get("Columns", []), *table.get("PartitionKeys", [])]
    return [(column["Name"], column["Type"], column.get("Comment", "")) for column in columns]


def _table(catalog: Catalog, database: str | None, name: str) -> Any:
    for table in catalog["tables"]:
        if table["Name"].lower() == name.lower() and database in {None, table["DatabaseName"]}:
            return table
    there = ", ".join(sorted(f"{table['DatabaseName']}.{table['Name']}" for table in catalog["tables"])) or "no table"
    raise ConfigError(f"TABLE_NOT_FOUND: Table '{name}' does not exist. The catalog has {there}.")


_STATEMENTS: Mapping[str, Callable[[Any, re.Match[str], str | None], tuple[tuple[str, ...], Rows]]] = {
    rf"show (tables|views)(?: {_IN} {_NAME})?(?: {_LIKE})?": _names,
    rf"show (?:databases|schemas)(?: {_LIKE})?": _databases,
    rf"show columns {_IN} {_TABLE}(?: {_IN} {_NAME})?": _columns,
    rf"show partitions {_TABLE}": _partitions,
    rf"show create table {_TABLE}": _create,
    rf"show create view {_TABLE}": _create_view,
    rf"show tblproperties {_TABLE}": _properties,
    rf"(?:describe|desc)(?: extended| formatted)? {_TABLE}": _describe,
}
