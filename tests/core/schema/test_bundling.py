from __future__ import annotations

import heapq

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.schema.bundling import BUNDLE_SIZE_BYTES, bundle_objects
from loglake.core.schema.conversion import RawObject

pytestmark = pytest.mark.unit

MB = 1024 * 1024


def objects(*sizes: int) -> list[RawObject]:
    return [RawObject(f"{number:06d}", size, "s") for number, size in enumerate(sizes)]


def sizes(groups: list[tuple[RawObject, ...]]) -> list[int]:
    return [sum(raw.size_bytes for raw in group) for group in groups]


def makespan(groups: list[tuple[RawObject, ...]], slots: int) -> int:
    """The end of the last slot, if each free slot takes the largest remaining bundle."""
    ends = [0] * slots
    for size in sorted(sizes(groups), reverse=True):
        heapq.heapreplace(ends, ends[0] + size)
    return max(ends)


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(1, 5), st.integers(1, 40), st.integers(1, 60))
def test_bundles_hold_every_object_once_in_order(made: list[int], slots: int, least: int, most: int) -> None:
    given_objects = objects(*made)
    bundles = bundle_objects(reversed(given_objects), slots, least, most)
    assert [raw for bundle in bundles for raw in bundle] == given_objects
    assert bundles == bundle_objects(given_objects, slots, least, most)
    assert all(len(bundle) == 1 or size <= most for bundle, size in zip(bundles, sizes(bundles), strict=True))


@given(st.integers(2, 40), st.integers(30, 300), st.integers(1, 2000))
def test_all_slots_have_work_to_the_end(slots: int, objects_per_slot: int, object_kb: int) -> None:
    made = objects(*[object_kb * 1024] * (slots * objects_per_slot))
    total = sum(raw.size_bytes for raw in made)
    bundles = bundle_objects(made, slots, 1024)
    assert total / (makespan(bundles, slots) * slots) >= 0.8
    assert len(bundles) <= 6 * slots + total / BUNDLE_SIZE_BYTES * 2


def test_few_bytes_make_a_bundle_for_each_slot_or_less() -> None:
    assert sizes(bundle_objects(objects(*[MB] * 6), 2, 2 * MB)) == [3 * MB, 3 * MB]
    assert sizes(bundle_objects(objects(*[MB] * 6), 64, 2 * MB)) == [2 * MB] * 3
    assert sizes(bundle_objects(objects(*[1000] * 6), 8, 2 * MB)) == [6000]
    assert bundle_objects([], 8, MB) == []


def test_one_slot_makes_bundles_as_large_as_they_may_be() -> None:
    assert sizes(bundle_objects(objects(*[32 * MB] * 6), 1, MB)) == [128 * MB, 64 * MB]


def test_the_first_bundles_are_large_and_the_last_ones_small() -> None:
    made = sizes(bundle_objects(objects(*[MB] * 104), 2, 2 * MB))
    assert made == [26 * MB, 19 * MB, 14 * MB, 11 * MB, *[8 * MB] * 4, 2 * MB]
    assert sizes(bundle_objects(objects(*[10 * MB] * 200), 2, MB))[:3] == [120 * MB] * 3
