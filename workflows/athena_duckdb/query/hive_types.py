"""Converts Glue's (Hive's) column types to DuckDB's, and quotes names and texts for DuckDB's SQL."""

from __future__ import annotations

import re

from athena_duckdb.errors import ConfigError
from athena_duckdb.split_list import split_list

_PLAIN = {
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "binary": "BLOB",
}
_DECIMAL = re.compile(r"decimal\(\d+,\s*\d+\)")
_TEXT = re.compile(r"(?:varchar|char)\(\d+\)")


def duckdb_type(hive: str) -> str:
    """The DuckDB type of a Glue column: ``array<struct<a:int>>`` is ``STRUCT("a" INTEGER)[]``.

    Raises:
        ConfigError: Athena doesn't know the type.
    """
    name = hive.strip()
    kind, _, inner = name.partition("<")
    if name in _PLAIN:
        return _PLAIN[name]
    if _DECIMAL.fullmatch(name):
        return name.upper()
    if _TEXT.fullmatch(name):
        return "VARCHAR"
    if name.endswith(">"):
        parts = split_list(inner[:-1])
        if kind == "array" and len(parts) == 1:
            return f"{duckdb_type(parts[0])}[]"
        if kind == "map" and len(parts) == 2:
            return f"MAP({duckdb_type(parts[0])}, {duckdb_type(parts[1])})"
        if kind == "struct":
            members = (part.partition(":") for part in parts)
            return f"STRUCT({', '.join(f'{quoted(name)} {duckdb_type(kind)}' for name, _, kind in members)})"
    raise ConfigError(f"the catalog has a column of type {hive!r}, which Athena does not know")


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
