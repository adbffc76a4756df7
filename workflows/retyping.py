"""Giving a table's column another type: the registry first, then every file and the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from glue_jobs.core.ledger import LedgerRow, WindowState
from glue_jobs.core.manifest import Manifest
from glue_jobs.core.schema import ColumnType, TableSchema, retype
from glue_jobs.errors import ConfigError, NotFoundError
from glue_jobs.pipelines.reconvert import Survivors, look_for_raw, reopen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from glue_jobs.core.ports import ObjectStore
    from workflows.deployment import Deployment


@dataclass(frozen=True)
class Retyping:
    """What giving a column another type takes.

    Attributes:
        schema: the version with the new type; it may be published already, by a call that broke off.
        windows: what has files with the old type.
    """

    schema: TableSchema
    column: str
    kind: ColumnType
    windows: Survivors


def plan_retyping(deployment: Deployment, table: str, column: str, kind: ColumnType) -> Retyping:
    """Looks at what has to be done; changes nothing.

    Raises:
        ConfigError: there is no such table or column, the column has that type in all files already, or a converter is
            at work on the table.
    """
    history = deployment.ledger.history(table)
    if not history:
        raise ConfigError(f"there is no table {table} in the registry: nothing was converted into it yet")
    rows = deployment.ledger.all_rows(table)
    if any(row.state is WindowState.CONVERTING for row in rows):
        raise ConfigError(f"a converter is at work on {table}: try again when its run has ended")
    since = _type_since(history, column, kind)
    schema = history[-1] if since else retype(history[-1], column, kind)
    old = [row for row in rows if _has_files_before(row, since or schema.version, deployment.lake)]
    if since and not old:
        raise ConfigError(f"column {column} of {table} is {kind.value} already")
    return Retyping(schema, column, kind, look_for_raw(old, deployment.control, deployment.raw))


def retype_column(deployment: Deployment, retyping: Retyping) -> list[LedgerRow]:
    """Publishes the schema, has the windows converted again, and tells the catalog. Safe to repeat where it broke off.

    Returns:
        The windows that are to be converted again.

    Raises:
        LedgerConflictError: somebody else published a version meanwhile.
    """
    if deployment.ledger.latest(retyping.schema.table).version < retyping.schema.version:
        deployment.ledger.publish(retyping.schema)
    reopened = reopen(retyping.windows.whole, deployment.ledger, deployment.control, deployment.clock)
    _retype_catalog(deployment, retyping)
    deployment.wake()
    return reopened


def _type_since(history: Sequence[TableSchema], column: str, kind: ColumnType) -> int:
    """The version from which on a column has a type without a break; 0 where it has another, or is not there."""
    since = 0
    for schema in reversed(history):
        if not any(each.name == column and each.type is kind for each in schema.columns):
            break
        since = schema.version
    return since


def _has_files_before(row: LedgerRow, version: int, lake: ObjectStore) -> bool:
    """Whether a window's rows were written under a version of the schema before this one."""
    if row.state is not WindowState.CONVERTED or not row.accounting or not row.accounting.rows_out:
        return False
    try:
        return Manifest.from_bytes(lake.get(row.keys.manifest)).schema_version < version
    except NotFoundError:
        return True


def _retype_catalog(deployment: Deployment, retyping: Retyping) -> None:
    """Retypes the column of the table and of its partitions: a crawler that merges new columns never would."""
    where = {"DatabaseName": deployment.database}
    try:
        table = deployment.glue.get_table(**where, Name=retyping.schema.table)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "EntityNotFoundException":
            return  # not crawled yet: the crawler will find the new type alone
        raise
    deployment.glue.update_table(**where, TableInput=_retyped(deployment.glue, "TableInput", table, retyping))
    where["TableName"] = retyping.schema.table
    for page in deployment.glue.get_paginator("get_partitions").paginate(**where):
        for partition in page["Partitions"]:
            changed = _retyped(deployment.glue, "PartitionInput", partition, retyping)
            deployment.glue.update_partition(**where, PartitionValueList=partition["Values"], PartitionInput=changed)


def _retyped(glue: Any, shape: str, entry: dict[str, Any], retyping: Retyping) -> dict[str, Any]:
    members = glue.meta.service_model.shape_for(shape).members
    columns = [
        {**column, "Type": retyping.kind.value} if column["Name"] == retyping.column else column
        for column in entry["StorageDescriptor"]["Columns"]
    ]
    taken = {name: value for name, value in entry.items() if name in members}
    return {**taken, "StorageDescriptor": {**entry["StorageDescriptor"], "Columns": columns}}
