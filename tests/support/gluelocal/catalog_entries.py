"""Data Catalog tables as a crawler writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gluelocal.crawl.entries import partition_input, storage_descriptor, table_input

PARAMETERS = {"classification": "parquet", "compressionType": "none", "typeOfData": "file", "recordCount": "70"}


def create_table(
    glue: Any,
    table: str,
    columns: Mapping[str, str],
    partitions: Sequence[str],
    *,
    made: Sequence[str] = (),
    database: str = "logs",
    bucket: str = "lake",
) -> None:
    """Makes a table over ``tables/`` of a bucket; the first partition gives its partition keys.

    Args:
        glue: a client.
        table: its name.
        columns: Glue types by name.
        partitions: such as ``dt=2026-11-21``.
        made: the partitions that the catalog has.
        database: the table's database.
        bucket: the bucket of its files.
    """
    listed = [{"Name": name, "Type": kind} for name, kind in columns.items()]
    descriptor = storage_descriptor(f"s3://{bucket}/tables/{table}/", listed, PARAMETERS)
    keys = tuple(part.partition("=")[0] for part in partitions[0].split("/"))
    glue.create_table(DatabaseName=database, TableInput=table_input(table, descriptor, keys, 0))
    for start in range(0, len(made), 100):
        inputs = [
            partition_input(
                tuple(part.partition("=")[2] for part in name.split("/")),
                {**descriptor, "Location": f"s3://{bucket}/tables/{table}/{name}/"},
                0,
            )
            for name in made[start : start + 100]
        ]
        glue.batch_create_partition(DatabaseName=database, TableName=table, PartitionInputList=inputs)
