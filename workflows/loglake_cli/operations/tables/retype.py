"""Gives a table's column another type: the registry first, then every file and the catalog."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from loglake.core.ledger.row import TERMINAL, LedgerRow, WindowState, all_readable
from loglake.core.schema.schema import ColumnType, TableSchema, retype
from loglake.errors import ConfigError
from loglake.pipelines.commit.manifests import find_manifest, newest_commit
from loglake.pipelines.reconvert import RawCheck, look_for_current, reopen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loglake.core.ledger.manifest import Manifest
    from loglake.core.ports.objects import ObjectStore
    from loglake_cli.operations.deployment import Deployment


CALLS = 16
"""How many manifests are read in parallel."""


@dataclass(frozen=True)
class Retyping:
    """The plan, or the result, of retyping a column.

    Attributes:
        schema: the version with the new type.
        published: whether the registry has that version already, from an interrupted call.
        windows: windows with files of the old type that can, or can't, be converted again.
        busy: windows under conversion, which may still get files of the old type, and windows with files that stay in
            the table until a wider window replaces them.
    """

    schema: TableSchema
    column: str
    kind: ColumnType
    published: bool
    windows: RawCheck
    busy: tuple[LedgerRow, ...] = ()


def plan_retyping(deployment: Deployment, table: str, column: str, kind: ColumnType) -> Retyping:
    """Plans the retyping; changes nothing.

    Raises:
        ConfigError: there is no such table or column, all of it has that type already, or a converter is at work.
        UnreadableItemError: a row of the ledger can't be read; it may need conversion too.
    """
    history = deployment.ledger.history(table)
    if not history:
        raise ConfigError(f"there is no table {table} in the registry: nothing was converted into it yet")
    published = _types(history, column).get(history[-1].version) is kind
    schema = history[-1] if published else retype(history[-1], column, kind)
    rows = all_readable(deployment.ledger.all_rows(table))
    plan = _collect(deployment, Retyping(schema, column, kind, published, RawCheck((), ())), rows)
    if plan.busy:
        raise ConfigError(
            f"a converter is at work on {table}, or a wider window is about to replace rows that can't be "
            "converted again: try again when it is CONVERTED"
        )
    pending = any(row.state is WindowState.EXPORTED for row in rows)
    if published and not (plan.windows.whole or plan.windows.gone or pending) and _catalog_agrees(deployment, plan):
        raise ConfigError(f"column {column} of {table} is {kind.value} already")
    return plan


def retype_column(deployment: Deployment, plan: Retyping) -> tuple[Retyping, list[LedgerRow]]:
    """Publishes the schema, has the windows converted again, and updates the catalog.

    Safe to repeat after an interruption.

    The windows are listed after the schema is published: from then on no converter commits files of the old type,
    except those with a manifest already, which are reported as busy.

    Returns:
        What there was to be done in the end, and the windows that are to be converted again.

    Raises:
        LedgerConflictError: another run published a version meanwhile; nothing was changed.
    """
    if not plan.published:
        deployment.ledger.publish(plan.schema)
    plan = _collect(deployment, plan, all_readable(deployment.ledger.all_rows(plan.schema.table)))
    reopened = reopen(plan.windows.whole, deployment.ledger, deployment.control, deployment.clock)
    _retype_catalog(deployment, plan)
    deployment.wake()
    return plan, reopened


def _types(history: Sequence[TableSchema], column: str) -> dict[int, ColumnType]:
    """A column's type by version."""
    return {schema.version: each.type for schema in history for each in schema.columns if each.name == column}


def _collect(deployment: Deployment, plan: Retyping, rows: Sequence[LedgerRow]) -> Retyping:
    """The plan with the current windows."""
    types = _types(deployment.ledger.history(plan.schema.table), plan.column)

    def is_old(row: LedgerRow) -> bool:
        manifest = _manifest_of(row, deployment.lake)
        if manifest is None or not any(staged.partition for staged in manifest.files):
            return False
        return types.get(manifest.schema_version, plan.kind) is not plan.kind

    # A window that replaces landed hours may have failed while they were marked; then it has no rows of its own.
    pending = [row for row in rows if row.state not in TERMINAL or (row.newest.includes and not row.live)]
    with ThreadPoolExecutor(CALLS, "manifests") as pool:
        live = [row for row in rows if row.state is not WindowState.SUPERSEDED or any(map(row.lies_in, pending))]
        old = [row for row, yes in zip(live, pool.map(is_old, live)) if yes]
    stuck = [row for row in old if row.state is WindowState.SUPERSEDED]
    convertible = [row for row in old if row not in stuck]
    windows = look_for_current(convertible, deployment.control, deployment.raw, deployment.lake)
    busy = (*(row for row in rows if row.state is WindowState.CONVERTING), *stuck)
    return replace(plan, windows=windows, busy=busy)


def _manifest_of(row: LedgerRow, lake: ObjectStore) -> Manifest | None:
    """The manifest of a window's files in the table, present or about to come.

    A window that failed, or has an interrupted commit, may have those of an earlier generation. A window that waits for
    its export or its converter gets new files anyway, unless its own manifest is written.
    """
    if row.state in {WindowState.PLANNED, WindowState.EXPORTING, WindowState.CONVERTING}:
        return None
    return find_manifest(lake, row.keys) if row.state is WindowState.EXPORTED else newest_commit(lake, row)


def _catalog_agrees(deployment: Deployment, plan: Retyping) -> bool:
    """Whether table and partitions have the new type; true if the catalog has no such table."""
    where = {"DatabaseName": deployment.database}
    try:
        entries = [deployment.glue.get_table(**where, Name=plan.schema.table)["Table"]]
    except ClientError as error:
        if error.response["Error"]["Code"] == "EntityNotFoundException":
            return True
        raise
    pages = deployment.glue.get_paginator("get_partitions").paginate(**where, TableName=plan.schema.table)
    entries += [partition for page in pages for partition in page["Partitions"]]
    columns = (column for entry in entries for column in entry["StorageDescriptor"]["Columns"])
    return all(column["Type"] == plan.kind.value for column in columns if column["Name"] == plan.column)


def _retype_catalog(deployment: Deployment, retyping: Retyping) -> None:
    """Retypes the column of the table and of its partitions: a crawler that merges new columns never does."""
    where = {"DatabaseName": deployment.database}
    try:
        table = deployment.glue.get_table(**where, Name=retyping.schema.table)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "EntityNotFoundException":
            return  # not crawled yet: the crawler will find only the new type
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
