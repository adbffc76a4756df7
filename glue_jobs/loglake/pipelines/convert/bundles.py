"""Cutting a window's raw objects into the bundles that Spark tasks convert."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from loglake.core.landing.objects import is_landed
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.schema.conversion import Bundle, bundle_objects
from loglake.core.schema.datasets import Dataset
from loglake.core.windows import Window, merge
from loglake.pipelines.object_lists import read_object_list

if TYPE_CHECKING:
    from loglake.core.ports.objects import ObjectStore
    from loglake.core.ports.schemas import SchemaRegistry
    from loglake.core.schema.datasets import Datasets


def window_bundles(
    row: LedgerRow, group: Sequence[LedgerRow], datasets: Datasets, registry: SchemaRegistry, control: ObjectStore
) -> list[Bundle]:
    """The bundles of a claimed window, numbered: exported objects up to a size, and all landed ones as one.

    Args:
        row: the window, as claimed.
        group: all rows of its log group.
        datasets: what says how its events are read.
        registry: what says how its table is partitioned, where its log group has moved to another one.
        control: where its object list is.

    Raises:
        NotFoundError: the list is gone.
        DamagedListError: it is not the one that the ledger has noted.
    """
    dataset = _dataset(row, datasets, registry)
    objects = read_object_list(control, row)
    parts = [(part, False) for part in bundle_objects(raw for raw in objects if not is_landed(raw))]
    # Whatever their size: the same event may be in any two of them, and a bundle knows the event ids of its own alone.
    landed = tuple(sorted((raw for raw in objects if is_landed(raw)), key=lambda raw: raw.key))
    parts += [(landed, True)] if landed else []
    elsewhere = _elsewhere(row, group)
    return [
        Bundle(
            table=row.table,
            log_group=row.log_group,
            window=row.window,
            generation=row.generation,
            number=number,
            # A version of the row belongs to one claim: no two attempts share a folder.
            attempt=f"{row.trying.owner}-{row.version}",
            objects=part,
            format=dataset.format,
            partition_by=dataset.partition_by,
            elsewhere=elsewhere,
            types=dataset.types,
            pattern=dataset.pattern,
            fields=dataset.fields,
            landed=are_landed,
            key_prefix=row.key_prefix,
            transform=dataset.transform,
        )
        for number, (part, are_landed) in enumerate(parts)
    ]


def _dataset(row: LedgerRow, datasets: Datasets, registry: SchemaRegistry) -> Dataset:
    """How a window's events are read, as its log group's dataset says now, and what its table is like.

    The log group may have moved to another table since the window was planned, or no dataset may have it any more. The
    window's table stays as the ledger says, and what belongs to a table is that one's own: how it is partitioned, and
    the types of columns.
    """
    now = datasets.find(row.log_group)
    if now and now.table_for(row.log_group) == row.table:
        return now
    reads = now or Dataset((row.log_group,))
    named = datasets.naming(row.table) or reads
    partition_by = registry.latest(row.table).partition_by or named.partition_by
    return replace(reads, table=row.table, partition_by=partition_by, types=named.types)


def _elsewhere(row: LedgerRow, group: Sequence[LedgerRow]) -> tuple[Window, ...]:
    """The windows that hold what exported objects of this one have of them."""
    # A window that failed holds no rows, so what belongs to it may as well be a row here. What is SUPERSEDED is held by
    # a wider one, which the ledger has too, and what lies inside this one is this one's own from now on.
    none = {WindowState.FAILED, WindowState.SUPERSEDED}
    others = [other for other in group if other.window != row.window and other.holds_exports]
    return tuple(merge(other.window for other in others if other.state not in none and not other.lies_in(row)))
