"""How much of a batch is sampled before its types are decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from support.fakes.fakes import MemoryLedger
from support.fakes.stages import KernelStage
from support.fakes.stores import MemoryStore
from support.worlds.bundles import bundle_of

from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleFailure, SchemaSample
from loglake.core.schema.schema import ColumnType
from loglake.core.units import LogGroupName
from loglake.pipelines.schema_plan import SAMPLED_OBJECTS, plan_tables, sample_bytes

pytestmark = pytest.mark.unit


class Looking(KernelStage):
    """Records the bundles to sample, and finds nothing in them."""

    def __init__(self) -> None:
        super().__init__(MemoryStore("raw"), MemoryStore("lake"))
        self.asked: list[Bundle] = []

    def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
        self.asked += bundles
        return [SchemaSample(bundle.table, {}, {}) for bundle in bundles]


def sampled(*sizes: int, table: str = "app", size_bytes: int = 10**9) -> list[Bundle]:
    """The sampled objects of bundles with so many objects, each from its own log group."""
    bundles = [
        bundle_of(
            [RawObject(f"{number}/{at:06d}.gz", size_bytes, "s") for at in range(size)], table=table, number=number
        )
        for number, size in enumerate(sizes)
    ]
    stage = Looking()
    plan_tables(stage, MemoryLedger(), [replace(b, log_group=LogGroupName(f"/{b.number}")) for b in bundles])
    return stage.asked


def test_all_of_a_small_batch_is_sampled() -> None:
    assert [len(bundle.objects) for bundle in sampled(3, 1, SAMPLED_OBJECTS - 4)] == [3, 1, SAMPLED_OBJECTS - 4]


@pytest.mark.parametrize(("sizes", "megabytes"), [([1], 4), ([3, 5], 4), ([20], 1.6), ([7] * 5000, 1)])
def test_of_many_objects_less_of_each_is_sampled(sizes: list[int], megabytes: float) -> None:
    assert {bundle.sample_bytes // 2**18 for bundle in sampled(*sizes)} == {int(4 * megabytes)}


def test_large_objects_are_sampled_for_what_small_ones_do_not_need() -> None:
    assert {bundle.sample_bytes for bundle in sampled(900, size_bytes=200)} == {4 * 2**20}
    assert sample_bytes([200] * 500 + [10**9]) == 4 * 2**20
    assert sample_bytes([200] * 500 + [10**9] * 16) == pytest.approx(2 * 2**20, rel=0.05)
    assert sample_bytes([]) == 4 * 2**20


@pytest.mark.parametrize("sizes", [[100_000], [1] * 499 + [100_000], [7] * 5000, [2000, 2000]])
def test_of_a_large_batch_a_bounded_part_is_and_it_is_spread(sizes: list[int]) -> None:
    asked = sampled(*sizes)
    assert 0 < sum(len(bundle.objects) for bundle in asked) <= SAMPLED_OBJECTS
    assert len(asked) == min(len(sizes), SAMPLED_OBJECTS)
    largest = max(asked, key=lambda bundle: sizes[bundle.number])
    places = [int(raw.key.split("/")[1][:6]) for raw in largest.objects]
    assert places == sorted(set(places))
    assert places[-1] >= sizes[largest.number] * (1 - 2 / len(places)) or len(places) == 1
    assert max(Counter(bundle.log_group for bundle in asked).values()) == 1


def test_the_columns_of_a_transformation_are_there_whatever_is_sampled() -> None:
    """Also in a table of plain text, which has no columns of its own; and without one no field is made up."""
    types = {("team",): ColumnType.STRING, ("slow",): ColumnType.BOOLEAN}
    added, other = (
        bundle_of([], table=table, types=types, transform=transform, number=number)
        for number, (table, transform) in enumerate((("added", "own:clean"), ("other", "")))
    )
    ledger = MemoryLedger()
    plans, _ = plan_tables(Looking(), ledger, [added, other])
    columns = {table: [(each.name, each.type) for each in plan.schema.columns] for table, plan in plans.items()}
    assert columns == {"added": [("team", ColumnType.STRING), ("slow", ColumnType.BOOLEAN)], "other": []}
    again, _ = plan_tables(Looking(), ledger, [replace(added, types={("team",): ColumnType.BIGINT})])
    assert again["added"].schema == plans["added"].schema  # a type never changes
