"""Scripts that open tables in other readers: a view or a variable for each, with all columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from athena_duckdb.bucket_folders import location_folder
from athena_duckdb.catalog_file import kept_catalog
from athena_duckdb.query.hive_types import literal, quoted
from athena_duckdb.query.table_views import parquet_tables
from loglake.errors import ConfigError


@dataclass(frozen=True)
class TablePlace:
    """A table's files, in folders such as ``dt=2026-11-21`` below one folder; each file has its own schema.

    Attributes:
        name: of the table.
        folder: an absolute path.
        keys: its partition keys, which are strings.
    """

    name: str
    folder: Path
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
            location_folder(keep, table["StorageDescriptor"]["Location"]),
            tuple(key["Name"] for key in table.get("PartitionKeys", [])),
        )
        for table in tables
    ]
    return [place for place in places if _a_file(place.folder)]


def converted_places(output: Path) -> list[TablePlace]:
    """The tables of a folder that `loglake convert` wrote into.

    Raises:
        ConfigError: there is none.
    """
    folders = sorted(output.absolute().iterdir()) if output.is_dir() else []
    found = [(folder, _a_file(folder)) for folder in folders if folder.is_dir() and not folder.name.startswith("_")]
    places = [TablePlace(folder.name, folder, _keys(folder, file)) for folder, file in found if file]
    if not places:
        raise ConfigError(f"{output.absolute()} has no table: give the OUTPUT of a `loglake convert`.")
    return places


def _a_file(folder: Path) -> Path | None:
    return next(folder.glob("**/*.parquet"), None)


def _keys(folder: Path, file: Path) -> tuple[str, ...]:
    return tuple(part.partition("=")[0] for part in file.relative_to(folder).parts[:-1])


def duckdb_script(places: Iterable[TablePlace]) -> str:
    """For ``duckdb --init``: a view for each table."""
    return "\n".join(["SET TimeZone = 'UTC';", *(f"{_duckdb_view(place)};" for place in places)])


def _duckdb_view(place: TablePlace) -> str:
    kinds = ", ".join(f"{literal(key)}: VARCHAR" for key in place.keys)
    types = f", hive_partitioning = true, hive_types = {{{kinds}}}" if kinds else ""
    files = literal(f"{_no_pattern(str(place.folder))}/**/*.parquet")
    return f"CREATE OR REPLACE VIEW {quoted(place.name)} AS\n  FROM read_parquet({files}, union_by_name = true{types})"


def _no_pattern(path: str) -> str:
    """A path escaped for DuckDB's glob."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


_PYTHON = '''import pyarrow as pa
import pyarrow.dataset as ds


def loglake_table(folder, keys):
    """A table's files, with the columns of all of them: .to_table() reads it, .to_table().to_pandas() for pandas."""
    parts = ds.partitioning(pa.schema([(key, pa.string()) for key in keys]), flavor="hive")
    files = ds.dataset(folder, format="parquet", partitioning=parts)
    schemas = [fragment.physical_schema for fragment in files.get_fragments()]
    return files.replace_schema(pa.unify_schemas([*schemas, parts.schema]))

'''


def python_script(places: Iterable[TablePlace]) -> str:
    """For Python with pyarrow: a dataset for each table, in ``tables`` by its name."""
    lines = [f"    {place.name!r}: loglake_table({str(place.folder)!r}, {list(place.keys)!r})," for place in places]
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
        f"OPTIONS (path {spark_literal(str(place.folder))}, mergeSchema 'true')"
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
        raise ConfigError(f"--format {kind} is not known: take one of {', '.join(SCRIPTS)}.")
    return SCRIPTS[kind](places)
