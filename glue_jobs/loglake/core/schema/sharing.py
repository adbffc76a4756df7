"""Which bundles one task converts together, into files that their windows share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import TablePlan
from loglake.errors import ServiceError, ThrottledError, TransientError

SHARED_BYTES = 8 * 1024 * 1024
"""Raw bytes of a group at most: about a second of one core, so all cores have work to the end; and a task holds the
files of its bundles on its disk until the shared ones are made."""

SHARED_BUNDLES = 100
"""Bundles of a group at most: if its task dies, each of them is converted again, alone."""


@dataclass(frozen=True)
class BundleGroup:
    """Bundles of one table that one task converts. If they are several, they are of one decision.

    Attributes:
        bundles: in the order of their rows in shared files: by log group, window and number.
        plan: of the table.
        number: counts the groups of a decision from 0; part of the names of shared files.
    """

    bundles: tuple[Bundle, ...]
    plan: TablePlan
    number: int = 0

    @property
    def size_bytes(self) -> int:
        """Raw bytes of all bundles."""
        return sum(bundle.size_bytes for bundle in self.bundles)

    def singles(self) -> list[BundleGroup]:
        """Each bundle as a group of its own."""
        return [BundleGroup((bundle,), self.plan) for bundle in self.bundles]


def groups_of(work: Iterable[tuple[Bundle, TablePlan]]) -> list[BundleGroup]:
    """Groups small bundles of the same decision; any other one is a group of its own.

    Same bundles, same groups, in whatever order they come. All bundles of a decision have to come at once, since a
    shared file's name has only the decision and the group's number.
    """
    alone: list[BundleGroup] = []
    small: dict[tuple[str, str], list[tuple[Bundle, TablePlan]]] = defaultdict(list)
    for bundle, plan in work:
        if bundle.key_prefix and bundle.size_bytes <= SHARED_BYTES:
            small[bundle.table, bundle.attempt].append((bundle, plan))
        else:
            alone.append(BundleGroup((bundle,), plan))
    together = [
        BundleGroup(bundles, some[0][1], number)
        for some in small.values()
        for number, bundles in enumerate(_cut(sorted((bundle for bundle, _ in some), key=_place)))
    ]
    return [*alone, *together]


def taken_apart(groups: Sequence[BundleGroup], error: TransientError) -> list[BundleGroup]:
    """What to convert again after a task of these groups failed: each bundle alone, as any of them may be the reason.

    Nothing if a store failed, or if all of them were alone.
    """
    if isinstance(error, (ThrottledError, ServiceError)) or all(len(group.bundles) == 1 for group in groups):
        return []
    return [single for group in groups for single in group.singles()]


def _place(bundle: Bundle) -> tuple[str, int, int, int]:
    return bundle.log_group, bundle.window.from_ms, bundle.window.to_ms, bundle.number


def _cut(bundles: Sequence[Bundle]) -> Iterator[tuple[Bundle, ...]]:
    current: list[Bundle] = []
    size = 0
    for bundle in bundles:
        if current and (len(current) == SHARED_BUNDLES or size + bundle.size_bytes > SHARED_BYTES):
            yield tuple(current)
            current, size = [], 0
        current.append(bundle)
        size += bundle.size_bytes
    yield tuple(current)
