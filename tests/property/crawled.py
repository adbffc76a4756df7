"""A lake folder in the embedded S3, crawled batch by batch, and read back as Athena, DuckDB and pyarrow read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from athena_duckdb.query.athena import query
from gluelocal.crawl.schema import glue_type
from property.oracle import Row, check
from property.tables import PARTITION, Place

if TYPE_CHECKING:
    from support.fakes.stores import FolderStore
    from support.gluelocal.crawled import Lake

Columns = dict[str, str]
"""Glue types by name, in the order of the catalog."""


class CrawledLake:
    """The catalog over the files of a folder.

    Attributes:
        history: the columns of each table after each crawl that found it.
    """

    def __init__(self, lake: Lake, files: FolderStore) -> None:
        self._lake = lake
        self._files = files
        self._uploaded: set[str] = set()
        self.history: dict[str, list[Columns]] = {}

    def crawl(self) -> None:
        """Uploads the files that are new, and crawls as the stack's crawler does."""
        for info in self._files.list("tables/"):
            if info.key not in self._uploaded:
                self._lake.s3.put_object(Bucket="lake", Key=info.key, Body=self._files.get(info.key))
                self._uploaded.add(info.key)
        result = self._lake.crawl()
        check(not result.warnings, "Athena would trip over the tables", result.warnings)
        for name in result.tables:
            self.history.setdefault(name, []).append(self._lake.columns(name))

    def partitions(self, table: str) -> dict[tuple[str, ...], Any]:
        """The table's partitions in the catalog, by their values."""
        return self._lake.partitions(table)

    def keys(self, table: str) -> list[str]:
        """The table's partition keys."""
        return [key["Name"] for key in self._lake.table(table)["PartitionKeys"]]


def check_files(lake: Path, table: str, columns: Columns, partitions: dict[tuple[str, ...], Any]) -> int:
    """Reads every file of every partition under the catalog's table schema; returns how many rows they have.

    Hive and Athena look a column up by its name and take its type from the catalog: each file has to have that very
    type, or no such column.
    """
    schemas: dict[Path, pa.Schema] = {}
    for partition in partitions.values():
        descriptor = partition["StorageDescriptor"]
        own = {column["Name"]: column["Type"] for column in descriptor["Columns"]}
        check(own == columns, "a partition has other columns than its table", own, columns)
        for path in sorted((lake / descriptor["Location"].removeprefix("s3://lake/")).glob("*.parquet")):
            schemas[path] = pq.read_schema(path)
            found = {field.name: glue_type(field.type) for field in schemas[path]}
            check(found.items() <= columns.items(), "a file is not of the catalog's types", path.name, found)
    check(
        schemas.keys() == set((lake / "tables" / table).rglob("*.parquet")),
        "a file is in no partition",
        sorted(schemas),
    )
    whole = ds.dataset([str(path) for path in schemas], schema=pa.unify_schemas(list(schemas.values())))
    return whole.to_table().num_rows


def athena_rows(kept: Path, table: str, columns: Columns, keys: list[str]) -> Iterator[tuple[Place, Row]]:
    """The table's rows from the local Athena."""
    answer = query(kept, f"SELECT {_selected(columns, keys)} FROM {table}")
    for values in answer.rows:
        yield _placed(dict(zip(answer.columns, values, strict=True)), keys)


def duckdb_rows(folder: Path, columns: Columns, keys: list[str]) -> Iterator[tuple[Place, Row]]:
    """The same by DuckDB alone, from the files and their folders' names, without a catalog."""
    types = ", ".join(f"'{key}': VARCHAR" for key in keys)
    source = f"read_parquet('{folder}/**/*.parquet', union_by_name = true, hive_types = {{{types}}})"
    with duckdb.connect() as connection:
        answer = connection.execute(f"SELECT {_selected(columns, keys)} FROM {source}")
        names = [column[0] for column in answer.description or []]
        for values in answer.fetchall():
            yield _placed(dict(zip(names, values, strict=True)), keys)


def _selected(columns: Columns, keys: list[str]) -> str:
    """Times as numbers, as in `parquet_rows.rows_of`."""
    times = {name: "epoch_us" for name, kind in columns.items() if kind == "timestamp"} | {"event_time": "epoch_ms"}
    selected = [f'{times[name]}("{name}") AS "{name}"' if name in times else f'"{name}"' for name in columns]
    return ", ".join([*selected, *keys])


def _placed(row: dict[str, Any], keys: list[str]) -> tuple[Place, Row]:
    partition = "/".join(f"{key}={row.pop(key)}" for key in keys)
    return (row["_source"], row["_line"]), {**row, PARTITION: partition}
