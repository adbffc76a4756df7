"""Cutting a window's raw objects into the bundles that Spark tasks convert."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from glue_jobs.core.conversion import Bundle, bundle_objects
from glue_jobs.core.datasets import Dataset
from glue_jobs.core.landing import is_landed
from glue_jobs.core.ledger import LedgerRow, WindowState
from glue_jobs.core.windows import Window, merge
from glue_jobs.pipelines.object_lists import read_object_list

if TYPE_CHECKING:
    from glue_jobs.core.datasets import Datasets
    from glue_jobs.core.ports import ObjectStore


def window_bundles(
    row: LedgerRow, group: Sequence[LedgerRow], datasets: Datasets, control: ObjectStore
) -> list[Bundle]:
    """The bundles of a claimed window, numbered: exported objects up to a size, and all landed ones as one.

    Args:
        row: the window, as claimed.
        group: all rows of its log group.
        datasets: what says how its events are read.
        control: where its object list is.

    Raises:
        NotFoundError: the list is gone.
        DamagedListError: it is not the one that the ledger has noted.
    """
    # The dataset may have been renamed or removed since the window was planned: its table stays as the ledger says.
    dataset = datasets.find(row.log_group) or Dataset((row.log_group,), row.table)
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
            attempt=f"{row.owner}-{row.version}",
            objects=part,
            format=dataset.format,
            partition_by=dataset.partition_by,
            elsewhere=elsewhere,
            types=dataset.types,
            pattern=dataset.pattern,
            fields=dataset.fields,
            landed=are_landed,
        )
        for number, (part, are_landed) in enumerate(parts)
    ]


def _elsewhere(row: LedgerRow, group: Sequence[LedgerRow]) -> tuple[Window, ...]:
    """The windows that hold what exported objects of this one have of them."""
    # A window that failed holds no rows, so what belongs to it may as well be a row here. What is SUPERSEDED is held by
    # a wider one, which the ledger has too, and what lies inside this one is this one's own from now on.
    none = {WindowState.FAILED, WindowState.SUPERSEDED}
    others = [other for other in group if other.window != row.window and other.holds_exports]
    return tuple(merge(other.window for other in others if other.state not in none and not other.lies_in(row)))
