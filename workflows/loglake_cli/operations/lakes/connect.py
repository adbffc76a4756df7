"""Scripts that open tables in other readers: a view or a variable for each, with all columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from athena_duckdb.bucket_folders import location_folder
from athena_duckdb.catalog_file import kept_catalog, parquet_tables
from athena_duckdb.query.hive_types import literal, quoted
from loglake.errors import ConfigError
from loglake_cli.operations.lakes.converted import table_names
from loglake_cli.operations.tables.locations import open_place


@dataclass(frozen=True)
class TablePlace:
    """A table's files, in folders such as ``dt=2026-11-21`` below one folder; each file has its own schema.

    Attributes:
        name: of the table.
        folder: an absolute path, or ``s3://bucket/prefix``.
        keys: its partition keys, which are strings.
    """

    name: str
    folder: str
    keys: tuple[str, ...]


def kept_places(keep: Path) -> list[TablePlace]:
    """The tables of a kept run that have files.

    Raises:
        ConfigError: there is no kept run.
    """
    tables = parquet_tables(kept_catalog(keep))
    names = Counter(table["Name"] for table in tables)
    places = [
        TablePlace(
            table["Name"] if names[table["Name"]] == 1 else f"{table['DatabaseName']}_{table['Name']}",
            str(location_folder(keep, table["StorageDescriptor"]["Location"])),
            _keys(table),
        )
        for table in tables
    ]
    return [place for place in places if next(Path(place.folder).glob("**/*.parquet"), None)]


def converted_places(place: str) -> list[TablePlace]:
    """The tables that `loglake convert` wrote to a folder or S3 prefix, if they have files."""
    store = open_place(place)
    files = [
        (table, next((item.key for item in store.list(f"{table}/") if item.key.endswith(".parquet")), None))
        for table in table_names(store)
    ]
    return [
        TablePlace(table, f"{place}/{table}", tuple(part.partition("=")[0] for part in file.split("/")[1:-1]))
        for table, file in files
        if file
    ]


def catalog_places(tables: Iterable[Mapping[str, Any]]) -> list[TablePlace]:
    """The tables of a deployment's catalog."""
    found = parquet_tables({"tables": list(tables)})
    return [TablePlace(each["Name"], each["StorageDescriptor"]["Location"].rstrip("/"), _keys(each)) for each in found]


def _keys(table: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(key["Name"] for key in table.get("PartitionKeys", []))


_DUCKDB_S3 = (
    "INSTALL httpfs; LOAD httpfs; INSTALL aws; LOAD aws;",
    "CREATE OR REPLACE SECRET loglake (TYPE s3, PROVIDER credential_chain);",
)
"""DuckDB reads S3 by these extensions, which it downloads once, with the credentials of the environment."""


def duckdb_script(places: Iterable[TablePlace]) -> str:
    """For ``duckdb --init``: a view for each table."""
    found = list(places)
    in_s3 = any(place.folder.startswith("s3://") for place in found)
    return "\n".join(
        ["SET TimeZone = 'UTC';", *(_DUCKDB_S3 if in_s3 else ()), *(f"{_duckdb_view(place)};" for place in found)]
    )


def _duckdb_view(place: TablePlace) -> str:
    kinds = ", ".join(f"{literal(key)}: VARCHAR" for key in place.keys)
    types = f", hive_partitioning = true, hive_types = {{{kinds}}}" if kinds else ""
    files = literal(f"{_no_pattern(place.folder)}/**/*.parquet")
    return f"CREATE OR REPLACE VIEW {quoted(place.name)} AS\n  FROM read_parquet({files}, union_by_name = true{types})"


def _no_pattern(path: str) -> str:
    """A path escaped for DuckDB's glob."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


_PYTHON = '''from urllib.parse import quote

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow import fs


def loglake_table(folder, keys):
    """A table's files, with the columns of all of them: .to_table() reads it, .to_table().to_pandas() for pandas."""
    parts = ds.partitioning(pa.schema([(key, pa.string()) for key in keys]), flavor="hive")
    s3, path = fs.FileSystem.from_uri(quote(folder, safe=":/")) if folder.startswith("s3://") else (None, folder)
    files = ds.dataset(path, filesystem=s3, format="parquet", partitioning=parts)
    schemas = [fragment.physical_schema for fragment in files.get_fragments()]
    return files.replace_schema(pa.unify_schemas([*schemas, parts.schema]))

'''


def python_script(places: Iterable[TablePlace]) -> str:
    """For Python with pyarrow: a dataset for each table, in ``tables`` by its name."""
    lines = [f"    {place.name!r}: loglake_table({place.folder!r}, {list(place.keys)!r})," for place in places]
    return "\n".join([_PYTHON, "tables = {", *lines, "}"])


def spark_script(places: Iterable[TablePlace]) -> str:
    """For PySpark, with a session in ``spark``: a temporary view for each table."""
    return "\n".join(f"spark.sql({statement!r})" for statement in _spark_statements(places))


def sql_script(places: Iterable[TablePlace]) -> str:
    """For ``spark-sql -i``: a temporary view for each table."""
    return "\n".join(f"{statement};" for statement in _spark_statements(places))


def _spark_statements(places: Iterable[TablePlace]) -> list[str]:
    settings = ["SET spark.sql.sources.partitionColumnTypeInference.enabled = false", "SET TIME ZONE 'UTC'"]
    return settings + [
        f"CREATE OR REPLACE TEMPORARY VIEW `{place.name}` USING parquet "
        f"OPTIONS (path {spark_literal(place.folder)}, mergeSchema 'true')"
        for place in places
    ]


def spark_literal(text: str) -> str:
    """A text as Spark SQL reads it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


SCRIPTS = {"duckdb": duckdb_script, "python": python_script, "spark": spark_script, "sql": sql_script}


def script(places: Sequence[TablePlace], kind: str) -> str:
    """The script of a kind of reader.

    Raises:
        ConfigError: there is no such kind.
    """
    if kind not in SCRIPTS:
        raise ConfigError(f"--as {kind} is not known: take one of {', '.join(SCRIPTS)}.")
    return SCRIPTS[kind](places)
