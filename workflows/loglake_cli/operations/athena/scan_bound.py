"""How much a query can scan at the most: the files of all partitions that it can read, with all their columns."""

from __future__ import annotations

from typing import Any

from athena_duckdb.query.athena_select import locations_read
from loglake.core.units import split_s3_uri
from loglake_cli.deploy.calls import Clients, pages
from loglake_cli.errors import BAD_INPUT
from loglake_cli.operations.athena.run import Workgroup


def most_scanned(client: Clients, sql: str, database: str, workgroup: Workgroup) -> int | None:
    """Bytes that a query can scan; None if that can't be said.

    Args:
        client: makes the clients of a service.
        sql: the statement.
        database: of tables that are named without theirs.
        workgroup: its own limit counts, too.
    """
    try:
        places = locations_read(_catalog(client("glue"), database), sql, database)
    except BAD_INPUT:  # Athena may know more than we do
        return workgroup.most_bytes
    size = _size(client("s3"), places)
    return size if workgroup.most_bytes is None else min(size, workgroup.most_bytes)


def _catalog(glue: Any, database: str) -> dict[str, list[Any]]:
    tables = [each for page in pages(glue, "get_tables", database, DatabaseName=database) for each in page["TableList"]]
    partitions = [
        each
        for table in tables
        if table.get("PartitionKeys")
        for page in pages(glue, "get_partitions", table["Name"], DatabaseName=database, TableName=table["Name"])
        for each in page["Partitions"]
    ]
    return {"databases": [{"Name": database}], "tables": tables, "partitions": partitions}


def _size(s3: Any, places: list[str]) -> int:
    folders = (split_s3_uri(f"{place.rstrip('/')}/") for place in sorted(set(places)))
    return sum(
        item["Size"]
        for bucket, prefix in folders
        for page in pages(s3, "list_objects_v2", bucket, Bucket=bucket, Prefix=prefix)
        for item in page.get("Contents", [])
    )
