"""Corrects the catalog's entry of a table, so that readers find all of it."""

from __future__ import annotations

from typing import Any

from gluelocal.crawl.entries import as_partition_input, as_table_input
from loglake.aws.faults import translated
from loglake.errors import ServiceError
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.verify.catalog import Committed, foreign_partitions, is_at, table_location
from loglake_cli.operations.verify.evidence import CatalogTable, read_table


def repair_catalog(deployment: Deployment, committed: Committed) -> bool:
    """Gives a table its Location, columns and types, and each partition that has rows its own.

    Returns:
        Whether the catalog has the table. If it has not, a crawl is what makes it.
    """
    found = read_table(deployment.glue, deployment.database, committed.table)
    if found is None:
        return False
    descriptor = _repaired_table(deployment, committed, found)
    where = {"DatabaseName": deployment.database, "TableName": committed.table}
    created, updated = [], []
    for name in committed.partitions:
        location = f"{table_location(committed.bucket, committed.table)}{name}/"
        wanted = {**descriptor, "Location": location}
        values = _values(name)
        stored = found.partitions.get(name)
        if stored is None:
            created.append({"Values": values, "StorageDescriptor": wanted})
        elif not is_at(stored, location) or stored["StorageDescriptor"]["Columns"] != descriptor["Columns"]:
            entry = {**as_partition_input(stored), "StorageDescriptor": wanted}
            updated.append({"PartitionValueList": values, "PartitionInput": entry})
    foreign = [{"Values": _values(name)} for name in foreign_partitions(committed, found)]
    glue = deployment.glue
    for action, call, member, entries, most in (
        ("BatchDeletePartition", glue.batch_delete_partition, "PartitionsToDelete", foreign, 25),
        ("BatchCreatePartition", glue.batch_create_partition, "PartitionInputList", created, 100),
        ("BatchUpdatePartition", glue.batch_update_partition, "Entries", updated, 100),
    ):
        for start in range(0, len(entries), most):
            with translated(f"glue:{action}", committed.table):
                _check(call(**where, **{member: entries[start : start + most]}))
    return True


def _values(name: str) -> list[str]:
    """The values of a partition, from its folder."""
    return [part.partition("=")[2] for part in name.split("/")]


def _repaired_table(deployment: Deployment, committed: Committed, found: CatalogTable) -> dict[str, Any]:
    """Corrects the table; returns its new storage descriptor."""
    stored = found.entry["StorageDescriptor"]
    kinds, known = committed.types(), {column["Name"] for column in stored["Columns"]}
    columns = [{**column, "Type": kinds.get(column["Name"], column["Type"])} for column in stored["Columns"]]
    columns += [{"Name": name, "Type": kind} for name, kind in kinds.items() if name not in known]
    location = table_location(committed.bucket, committed.table)
    here = stored.get("Location", "") if is_at(found.entry, location) else location
    wanted = {**stored, "Columns": columns, "Location": here}
    if wanted != stored:
        entry = {**as_table_input(found.entry), "StorageDescriptor": wanted}
        with translated("glue:UpdateTable", committed.table):
            deployment.glue.update_table(DatabaseName=deployment.database, TableInput=entry)
    return wanted


def _check(answer: Any) -> None:
    """The calls answer 200 even if partitions fail; what another run has just made or removed is right."""
    for error in answer.get("Errors", []):
        detail = error["ErrorDetail"]
        if detail["ErrorCode"] not in {"AlreadyExistsException", "EntityNotFoundException"}:
            raise ServiceError(f"the catalog refused a partition: {detail['ErrorCode']}: {detail.get('ErrorMessage')}")
