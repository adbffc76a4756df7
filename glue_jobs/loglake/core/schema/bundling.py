"""Cutting raw objects into bundles, so that all of the tasks that run at once have work to the end."""

from __future__ import annotations

from collections.abc import Iterable

from loglake.core.schema.conversion import RawObject

BUNDLE_SIZE_BYTES = 128 * 1024 * 1024
"""Compressed bytes of a bundle at most: a task that is lost costs no more, and a result is there soon enough."""

_HALF = 2
_TAIL = 6
"""The last bundles are this small: a sixth of what each task slot has to do in all."""


def bundle_objects(
    objects: Iterable[RawObject], tasks_at_once: int, least_bytes: int, most_bytes: int = BUNDLE_SIZE_BYTES
) -> list[tuple[RawObject, ...]]:
    """Groups objects in the order of their keys, each group up to a size; a larger object is a group of its own.

    Each group is a half of what is left for each task slot, so the first ones are large and the last ones small. If
    the largest are begun first, no slot waits long for the last one. Few bytes make one group for each slot, or less:
    a group becomes a file in each of its partitions.

    Deterministic, so that a second attempt writes the same keys if it has as many slots.

    Args:
        objects: to be grouped.
        tasks_at_once: how many task slots there are; for one, groups are as large as they may be.
        least_bytes: of a group that is made smaller than it might be.
        most_bytes: of a group.
    """
    ordered = sorted(objects, key=lambda item: item.key)
    total = left = sum(raw.size_bytes for raw in ordered)
    groups: list[tuple[RawObject, ...]] = []
    current: list[RawObject] = []
    size = 0
    for raw in ordered:
        limit = min(most_bytes, _limit(total, left, tasks_at_once, least_bytes))
        if current and size + raw.size_bytes > limit:
            groups.append(tuple(current))
            current, left, size = [], left - size, 0
        current.append(raw)
        size += raw.size_bytes
    if current:
        groups.append(tuple(current))
    return groups


def _limit(total: int, left: int, tasks_at_once: int, least_bytes: int) -> int:
    """Bytes of the next group, if that were the only bound."""
    if tasks_at_once == 1:
        return total
    slots = min(tasks_at_once, max(1, total // least_bytes))
    even = -(-total // slots)
    if slots < tasks_at_once or even < _HALF * least_bytes:
        return even
    return max(least_bytes, even // _TAIL, left // (_HALF * slots))
