"""Cutting raw objects into bundles, so that all of the tasks that run at once have work to the end."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

from loglake.core.schema.bundle import RawObject

BUNDLE_SIZE_BYTES = 128 * 1024 * 1024
"""Compressed bytes of a bundle at most: a task that is lost costs no more, and a result is there soon enough."""

MOST_PARTS = 4
"""One process reads the events of a bundle about as fast as so many make rows of them."""

_START_BYTES = 8 * 1024 * 1024
"""What the start of the processes costs, as compressed bytes that could be converted meanwhile."""

_LEAST_GAIN = 0.1
"""By how much of all the time an end has to come forward: each part is a file more in each of its partitions."""

_LARGE = 4
"""What is a smaller share of a task slot's bytes is not worth it."""

_HALF = 2
_TAIL = 6
"""The last bundles are this small: a sixth of what each task slot has to do in all."""


def bundle_objects(
    objects: Iterable[RawObject], tasks_at_once: int = 1, least_bytes: int = 0, most_bytes: int = BUNDLE_SIZE_BYTES
) -> list[tuple[RawObject, ...]]:
    """Groups objects in the order of their keys, each group up to a size; a larger object is a group of its own.

    For several slots, each group is a half of what is left for each of them, so the first ones are large and the last
    ones small. If the largest are begun first, no slot waits long for the last one. Few bytes make one group for each
    slot, or less: a group becomes a file in each of its partitions.

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


def parts_of(sizes: Sequence[int], may_split: Sequence[bool], tasks_at_once: int) -> list[int]:
    """Into how many parts each bundle is split: 1 for nearly all.

    If there are many bundles, each task slot does some of them, and all end at about the same time. If there are few,
    or one is huge, slots would have nothing to do. Then the largest bundles are split, as few as bring the end most
    forward, if that is worth it.

    Args:
        sizes: of the bundles, in bytes.
        may_split: which of them can be split.
        tasks_at_once: how many task slots there are.
    """
    parts = [1] * len(sizes)
    most = min(tasks_at_once, MOST_PARTS)
    large = [place for place, size in enumerate(sizes) if size * tasks_at_once * _LARGE > sum(sizes)]
    large = sorted(filter(may_split.__getitem__, large), key=lambda place: -sizes[place])[: tasks_at_once - 1]

    def end(count: int) -> float:
        split = large[:count]
        others = sorted((size for place, size in enumerate(sizes) if place not in split), reverse=True)
        return sum(sizes[place] / most + _START_BYTES for place in split) + _end(others, tasks_at_once)

    best = min(range(len(large) + 1), key=end)
    if end(best) <= (1 - _LEAST_GAIN) * end(0):
        for place in large[:best]:
            parts[place] = most
    return parts


def _end(sizes: Iterable[int], tasks_at_once: int) -> int:
    """The bytes of the slot that has most to do, if each takes the next bundle as soon as it can."""
    slots = [0] * tasks_at_once
    for size in sizes:
        heapq.heapreplace(slots, slots[0] + size)
    return max(slots)
