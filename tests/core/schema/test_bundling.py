from __future__ import annotations

import heapq

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.schema.bundle import RawObject
from loglake.core.schema.bundling import BUNDLE_SIZE_BYTES, MOST_PARTS, bundle_objects, parts_of

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


def test_bundles_are_split_if_slots_would_have_nothing_to_do() -> None:
    gb = 1024 * MB
    one, three, five = [4 * gb], [gb] * 3, [gb, *[10 * MB] * 100]
    assert parts_of(one, [True], 2) == [2]
    assert parts_of(one, [True], 16) == [MOST_PARTS]
    assert parts_of(three, [True] * 3, 2) == [2, 1, 1]
    assert parts_of(five, [True] * 101, 8) == [4, *[1] * 100]
    assert parts_of([gb, gb, 2 * gb], [True] * 3, 2) == [1, 1, 1], "two slots have the same to do already"
    assert parts_of(one, [True], 1) == [1]
    assert parts_of(one, [False], 2) == [1]
    assert parts_of([], [], 2) == []
    assert parts_of([16 * MB], [True], 2) == [1], "starting the processes would take as long"


@given(st.lists(st.integers(0, 2000), max_size=40), st.integers(1, 9))
def test_splitting_never_brings_the_end_back(made: list[int], slots: int) -> None:
    given_sizes = [size * MB for size in made]
    parts = parts_of(given_sizes, [True] * len(made), slots)
    assert {1, min(slots, MOST_PARTS)} >= set(parts)
    assert sum(count > 1 for count in parts) < max(slots, 1)
    split = [size for size, count in zip(given_sizes, parts, strict=True) if count > 1]
    others = objects(*[size for size, count in zip(given_sizes, parts, strict=True) if count == 1])
    end = sum(size / min(slots, MOST_PARTS) for size in split) + makespan([(raw,) for raw in others], slots)
    assert end <= makespan([(raw,) for raw in objects(*given_sizes)], slots)


@given(st.integers(2, 40), st.integers(30, 300), st.integers(1, 2000))
def test_bundles_of_many_objects_stay_whole(slots: int, objects_per_slot: int, object_kb: int) -> None:
    bundles = bundle_objects(objects(*[object_kb * 1024] * (slots * objects_per_slot)), slots, 2 * MB)
    made = sizes(bundles)
    if len(made) >= slots:
        assert set(parts_of(made, [True] * len(made), slots)) == {1}
