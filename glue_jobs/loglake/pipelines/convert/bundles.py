"""Cuts a window's raw objects into bundles, one per Spark task, and gathers their results."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from loglake.core.landing.objects import is_landed
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ports.ledger import SchemaRegistry
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.bundling import bundle_objects
from loglake.core.schema.conversion import BundleFailure, BundleResult
from loglake.core.schema.datasets import OMIT, Dataset, Datasets
from loglake.core.windows import Window, WindowName, merge
from loglake.pipelines.object_lists import read_object_list


def window_bundles(
    row: LedgerRow,
    group: Sequence[LedgerRow],
    datasets: Datasets,
    registry: SchemaRegistry,
    control: ObjectStore,
) -> list[Bundle]:
    """The bundles of a claimed window, numbered: exported objects up to a size, and all landed ones as one.

    They are as large as they may be, so that a day's files are: each bundle is a file in each of its partitions.

    Args:
        row: the window, as claimed.
        group: all rows of its log group.
        datasets: how each log group's events are read.
        registry: has the table's partitioning, if the log group has moved to another table.
        control: holds the window's object list.

    Raises:
        NotFoundError: the list is gone.
        DamagedListError: it differs from the one that the ledger noted.
    """
    dataset = _dataset(row, datasets, registry)
    objects = read_object_list(control, row)
    exported = (raw for raw in objects if not is_landed(raw))
    parts = [(part, False) for part in bundle_objects(exported)]
    # Whatever their size: the same event may be in any two of them, and a bundle knows only its own event ids.
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
            attempt=row.decisions[-1],
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
            timezone=dataset.timezone,
            contract=dataset.schema,
            omits_raw=dataset.raw == OMIT,
            find_by=dataset.find_by,
            redact=dataset.redact,
        )
        for number, (part, are_landed) in enumerate(parts)
    ]


def _dataset(row: LedgerRow, datasets: Datasets, registry: SchemaRegistry) -> Dataset:
    """How a window's events are read, by its log group's current dataset, and its table's properties.

    The log group may have moved to another table since the window was planned, or have no dataset any more. The window
    stays in the ledger's table, with the partitioning, column types and contract of that table.
    """
    now = datasets.find(row.log_group)
    if now and now.table_for(row.log_group) == row.table:
        return now
    reads = now or Dataset((row.log_group,))
    named = datasets.naming(row.table) or reads
    partition_by = registry.latest(row.table).partition_by or named.partition_by
    return replace(reads, table=row.table, partition_by=partition_by, types=named.types, schema=named.schema)


def _elsewhere(row: LedgerRow, group: Sequence[LedgerRow]) -> tuple[Window, ...]:
    """The other windows that hold their own events: this window's exported objects may contain such events too."""
    # A failed window holds no rows, so its events may as well be rows here. What lies inside this window belongs to it
    # from now on.
    others = [other for other in group if other.window != row.window and other.holds_exports]
    failed = WindowState.FAILED
    return tuple(merge(other.window for other in others if other.state is not failed and not other.lies_in(row)))


class WindowResults:
    """Collects bundle results, and says when a window is complete or has failed, and when its batch has ended."""

    def __init__(self, rows: Iterable[LedgerRow], bundles: Iterable[Bundle]) -> None:
        self._rows = {row.name: row for row in rows}
        self._expected = Counter((bundle.log_group, bundle.window) for bundle in bundles)
        self._results: dict[WindowName, list[BundleResult]] = defaultdict(list)
        self._failed: set[WindowName] = set()
        self._waiting = Counter(row.decisions[-1] for row in self._rows.values())
        self._converted: dict[str, list[LedgerRow]] = defaultdict(list)

    @property
    def windows(self) -> int:
        """How many there are."""
        return len(self._rows)

    def without_objects(self) -> list[LedgerRow]:
        """Empty windows: there is nothing to wait for."""
        return [row for name, row in self._rows.items() if not self._expected[name]]

    def wants(self, bundle: Bundle) -> bool:
        """Whether a bundle is still worth converting: its window has not failed."""
        return (bundle.log_group, bundle.window) not in self._failed

    def of(self, row: LedgerRow) -> list[BundleResult]:
        """The results of a window so far."""
        return self._results[row.name]

    def add(self, result: BundleResult | BundleFailure) -> LedgerRow | None:
        """Takes a result or a failure.

        Returns:
            The window's row, once: with its last result, or with its first failure. Else None.
        """
        name = (result.log_group, result.window)
        if name in self._failed:
            return None
        if isinstance(result, BundleFailure):
            self._failed.add(name)
            return self._rows[name]
        self._results[name].append(result)
        return self._rows[name] if len(self._results[name]) == self._expected[name] else None

    def ended(self, row: LedgerRow) -> list[LedgerRow]:
        """Counts a window that is converted or has failed; with the last of a batch, returns those converted of it."""
        batch = row.decisions[-1]
        self._waiting[batch] -= 1
        if row.name not in self._failed:
            self._converted[batch].append(row)
        return [] if self._waiting[batch] else self._converted.pop(batch, [])

    def rest(self) -> list[list[LedgerRow]]:
        """The converted windows of each batch that has not ended."""
        return list(self._converted.values())
