"""Finds tables that Athena refuses to read, because catalog, partitions and files disagree about a column's type.

Athena does not cast. If a Parquet file's column has another type than the catalog, a query that reads it fails with
``HIVE_BAD_DATA``. If a partition's column has another type than the table, a query that reads the partition fails with
``HIVE_PARTITION_SCHEMA_MISMATCH`` (Amazon Athena user guide, "Handle schema updates").
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from athena_duckdb.query.hive_types import literal, quoted

if TYPE_CHECKING:
    import duckdb

_FAILED_CAST = re.compile(r'reading file "(.+?)": failed to cast column "(.+?)" from type (.+?) to ([^:]+):')

_PARQUET_TYPES = {
    "boolean": {"BOOLEAN"},
    "int": {"INT32"},
    "bigint": {"INT32", "INT64"},
    "float": {"FLOAT"},
    "double": {"FLOAT", "DOUBLE"},
    "string": {"BYTE_ARRAY"},
    "timestamp": {"INT64 TIMESTAMP", "INT96"},
}
"""The file types that Athena reads for a Glue type; Glue types that are missing here are not checked."""


def partition_mismatch(catalog: Mapping[str, list[Any]], table: Any) -> str | None:
    """Athena's error for the first partition that declares another type for a column of its table."""
    types = _types(table)
    own = (table["DatabaseName"], table["Name"])
    keys = [key["Name"] for key in table.get("PartitionKeys", [])]
    for partition in catalog["partitions"]:
        if (partition["DatabaseName"], partition["TableName"]) != own:
            continue
        for name, kind in _types(partition).items():
            if types.get(name, kind) != kind:
                values = "/".join(f"{key}={value}" for key, value in zip(keys, partition["Values"]))
                return (
                    "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas. "
                    f"The column '{name}' in table '{own[0]}.{own[1]}' is declared as type '{types[name]}', but "
                    f"partition '{values}' declared column '{name}' as type '{kind}'."
                )
    return None


def bad_files(connection: duckdb.DuckDBPyConnection, table: Any, files: Iterable[str]) -> dict[str, dict[str, str]]:
    """By table column, the files with a type that Athena can't read for it, each with that type.

    Args:
        connection: may read the files.
        table: the table's catalog entry.
        files: their names in DuckDB.
    """
    types = _types(table)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    listed = ", ".join(literal(file) for file in files)
    rows = connection.execute(
        "SELECT file_name, lower(name), type, coalesce(logical_type, ''), coalesce(num_children, 0) "
        f"FROM parquet_schema([{listed}])"
    )
    for file, name, told in _columns(rows.fetchall()):
        readable = _PARQUET_TYPES.get(types.get(name, ""))
        if readable is not None and told not in readable:
            found[name][file] = told
    return dict(found)


def _columns(rows: Iterable[tuple[str, str, str, str, int]]) -> Iterator[tuple[str, str, str]]:
    """File, name and type of each column, from a schema's elements: depth first, each file's root first."""
    left: list[int] = []  # the number of children still to come, for each enclosing element
    for file, name, kind, logical, children in rows:
        while left and not left[-1]:
            left.pop()
        if len(left) == 1:
            told = "a nested type" if children else kind
            yield file, name, f"{kind} TIMESTAMP" if logical.startswith("Timestamp") else told
        if left:
            left[-1] -= 1
        left.append(children)


def checked(column: str, cast: str, bad: Mapping[str, str], kind: str, file_column: str) -> str:
    """An expression that casts. For a row of a bad file it ends the query, as Athena does.

    Only a query that reads the column from such a file meets it.
    """
    if not bad:
        return cast
    cases = " ".join(
        f"WHEN f.{quoted(file_column)} = {literal(file)} THEN error({literal(_bad_data(column, file, told, kind))})"
        for file, told in bad.items()
    )
    return f"CASE {cases} ELSE {cast} END"


def as_athena_says(error: str) -> str:
    """Athena's message if DuckDB meets a type that it can't cast; else DuckDB's own message."""
    told = _FAILED_CAST.search(error)
    return _bad_data(told[2], told[1], told[3], told[4]) if told else error


def _bad_data(column: str, file: str, told: str, kind: str) -> str:
    return (
        f"HIVE_BAD_DATA: Field {column}'s type {told} in parquet file {file} is incompatible with type {kind} "
        "defined in table schema"
    )


def _types(entry: Any) -> dict[str, str]:
    return {column["Name"]: column["Type"] for column in entry["StorageDescriptor"]["Columns"]}
