"""What `loglake convert` wrote, as a catalog with files: Athena's SQL reads it like that of a deployment."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any

from athena_duckdb.query.read_only_files import SCHEME, DataFile
from athena_duckdb.query.sources import Source, data_name, is_data
from gluelocal.crawl.entries import partition_input, storage_descriptor, table_input
from loglake.pipelines.folder_convert.schemas import StoredSchemas
from loglake_cli.operations.lakes.converted import table_names
from loglake_cli.operations.tables.locations import open_place, parse_place

DATABASE = "loglake"
"""What the tables are in, as in a deployment with the usual prefix."""


def converted_source(place: str) -> Source:
    """The tables of an output, for a query. Each table is listed once.

    Args:
        place: a folder, or ``s3://bucket/prefix``.
    """
    store, where = open_place(place), parse_place(place)
    root = f"{where}/" if where.is_s3 else f"{SCHEME}://{where.name}/"
    catalog: dict[str, list[Any]] = {"databases": [{"Name": DATABASE}], "tables": [], "partitions": []}
    files: dict[str, list[DataFile]] = defaultdict(list)
    for table in table_names(store):
        kinds = StoredSchemas(store).latest(table).glue_types()
        columns = [{"Name": name, "Type": kind} for name, kind in kinds.items()]
        folders = dict[str, None]()
        for item in store.list(f"{table}/"):
            if is_data(item.key, item.size_bytes):
                folder = item.key.rpartition("/")[0]
                folders[folder] = None
                files[root + folder].append(
                    DataFile(
                        data_name(root + item.key),
                        item.size_bytes,
                        item.changed_ms / 1000,
                        partial(store.read_part, item.key),
                    )
                )
        pairs = {folder: [part.split("=", 1) for part in folder.split("/")[1:]] for folder in folders}
        keys = tuple(key for key, _ in next(iter(pairs.values()), []))
        own = {"DatabaseName": DATABASE, "TableName": table}
        catalog["tables"].append(own | table_input(table, storage_descriptor(root + table, columns, {}), keys, 0))
        catalog["partitions"] += [
            own | partition_input(tuple(value for _, value in found), storage_descriptor(root + folder, columns, {}), 0)
            for folder, found in pairs.items()
        ]
    return Source(catalog, lambda location: files.get(location, ()))
