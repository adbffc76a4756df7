"""Gives columns of a table another type: the registry first, then every file and the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gluelocal.crawl.entries import as_table_input
from loglake.core.catalog_gaps import Missing
from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import TERMINAL, LedgerRow, WindowState, all_readable
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.schema import ColumnType, TableSchema
from loglake.core.schema.set_types import column_of, set_types
from loglake.errors import ConfigError
from loglake.pipelines.commit.decisions import newest_commit
from loglake.pipelines.reconvert import RawCheck, look_for_current, reopen
from loglake.pipelines.side_by_side import for_each
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.evidence import read_table
from loglake_cli.operations.tables.table_schemas import columns_of
from loglake_cli.wording import no_table


@dataclass(frozen=True)
class Retyping:
    """The plan, or the result, of retyping columns.

    Attributes:
        schema: the version with the new types.
        kinds: these types by column.
        published: whether the registry has that version already, from an interrupted call.
        windows: windows with files or discarded rows of an old type, or without a column that some of their rescued
            values may be for, that can, or can't, be converted again.
        busy: windows under conversion, which may still get files of the old type, and windows with files that stay in
            the table until a wider window replaces them.
    """

    schema: TableSchema
    kinds: Mapping[str, ColumnType]
    published: bool
    windows: RawCheck
    busy: tuple[LedgerRow, ...] = ()


def plan_retyping(
    deployment: Deployment, table: str, wanted: Mapping[str, ColumnType], *, add: bool = False
) -> Retyping:
    """Plans the retyping; changes nothing.

    Args:
        deployment: has the table.
        table: its name.
        wanted: types by column, or by field.
        add: a field without a column gets one.

    Raises:
        ConfigError: there is no such table or column, all of it has these types already, or a converter is at work.
        UnreadableItemError: a row of the ledger can't be read; it may need conversion too.
    """
    history = deployment.ledger.history(table)
    if not history:
        raise no_table(table, (row.table for row in deployment.ledger.all_rows()))
    schema = set_types(history[-1], wanted, add=add)
    published = schema is history[-1]
    columns = {name: column for name in wanted if (column := column_of(schema, name))}
    kinds = {columns[name].name: kind for name, kind in wanted.items() if name in columns}
    rows = all_readable(deployment.ledger.all_rows(table))
    plan = _collect(deployment, Retyping(schema, kinds, published, RawCheck((), ())), rows)
    if plan.busy:
        raise ConfigError(
            f"a converter is at work on {table}, or a wider window is about to replace rows that can't be "
            "converted again: try again when it is CONVERTED"
        )
    pending = any(row.state is WindowState.EXPORTED for row in rows)
    if published and not (plan.windows.whole or plan.windows.gone or pending) and _catalog_agrees(deployment, plan):
        has = ", ".join(f"{name} of {table} is {kind.value}" for name, kind in kinds.items())
        raise ConfigError(f"column {has} already")
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


def _collect(deployment: Deployment, plan: Retyping, rows: Sequence[LedgerRow]) -> Retyping:
    """The plan with the current windows."""
    history = deployment.ledger.history(plan.schema.table)
    types = {schema.version: {each.name: each.type for each in schema.columns} for schema in history}

    def is_old(row: LedgerRow) -> bool:
        manifest = _manifest_of(row, deployment.lake)
        if manifest is None:
            return False
        # A window without a file in the table may have events that its contract kept out: they may fit the new type.
        if not (manifest.accounting.violations or any(staged.partition for staged in manifest.files)):
            return False
        has = types.get(manifest.schema_version, {})
        others = any(has.get(name, kind) is not kind for name, kind in plan.kinds.items())
        return bool(others or (manifest.accounting.rescued_values and not plan.kinds.keys() <= has.keys()))

    # A window that replaces landed hours may have failed while they were marked; then it has no rows of its own.
    pending = [row for row in rows if row.state not in TERMINAL or (row.newest.includes and not row.live)]
    names = {row.name for row in rows}
    rows = [*rows, *(hour for row in pending if not row.live for hour in row.marked_hours if hour.name not in names)]
    live = [row for row in rows if row.state is not WindowState.SUPERSEDED or any(map(row.lies_in, pending))]
    old = [row for row, yes in zip(live, for_each(is_old, live)) if yes]
    stuck = [row for row in old if row.state is WindowState.SUPERSEDED]
    windows = look_for_current(
        [row for row in old if row not in stuck], deployment.control, deployment.raw, deployment.lake
    )
    return replace(plan, windows=windows, busy=(*(row for row in rows if row.state is WindowState.CONVERTING), *stuck))


def _manifest_of(row: LedgerRow, lake: ObjectStore) -> Manifest | None:
    """The manifest of a window's files in the table, present or about to come.

    A window that failed, or has an interrupted commit, may have those of an earlier generation. A window that waits for
    its export or its converter gets new files anyway, unless its own manifest is written.
    """
    if row.state in {WindowState.EXPORTING, WindowState.CONVERTING}:
        return None
    manifest = newest_commit(lake, row)
    is_old = row.state is WindowState.EXPORTED and manifest and manifest.generation < row.generation
    return None if is_old else manifest


def _catalog_agrees(deployment: Deployment, plan: Retyping) -> bool:
    """Whether table and partitions have the new types; true if the catalog has no such table."""
    found = read_table(deployment.glue, deployment.database, plan.schema.table)
    entries = [found.entry, *found.partitions.values()] if found else []
    kinds = {name: kind.value for name, kind in plan.kinds.items()}
    return all(has == kinds.get(name, has) for entry in entries for name, has in columns_of(entry).items())


def _retype_catalog(deployment: Deployment, retyping: Retyping) -> None:
    """Retypes the columns of the table and of its partitions: a crawler that merges new columns never does."""
    found = read_table(deployment.glue, deployment.database, retyping.schema.table)
    if found is None:
        return  # not crawled yet: the crawler will find only the new type
    changed = as_table_input(_retyped(found.entry, retyping))
    deployment.glue.update_table(DatabaseName=deployment.database, TableInput=changed)
    deployment.partitions.register(retyping.schema.table, Missing(partitions=tuple(found.partitions)))


def _retyped(entry: Mapping[str, Any], retyping: Retyping) -> dict[str, Any]:
    kinds = {name: kind.value for name, kind in retyping.kinds.items()}
    stored = entry["StorageDescriptor"]
    columns = [{**column, "Type": kinds.get(column["Name"], column["Type"])} for column in stored["Columns"]]
    return {**entry, "StorageDescriptor": {**stored, "Columns": columns}}
