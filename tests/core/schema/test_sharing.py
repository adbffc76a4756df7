"""Which bundles one task converts together."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.schema import TableSchema
from loglake.core.schema.sharing import SHARED_BUNDLES, SHARED_BYTES, BundleGroup, groups_of, taken_apart
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import NoSpaceError, ServiceError, ThrottledError, TransientError

pytestmark = pytest.mark.unit

PLANS = {table: TablePlan("json", TableSchema(table)) for table in ("t", "u")}


def bundle(
    number: int, size: int = 1, *, table: str = "t", decision: str = "d", prefix: str = "g/w", hour: int = 0
) -> Bundle:
    objects = (RawObject(str(number), size, "s"),) if size else ()
    window = Window(EpochMs(hour), EpochMs(hour + 1))
    return Bundle(table, LogGroupName("/g"), window, 0, number, decision, objects, key_prefix=prefix)


def groups(*bundles: Bundle) -> list[BundleGroup]:
    return groups_of([(each, PLANS[each.table]) for each in bundles])


def numbers(made: list[BundleGroup]) -> list[tuple[int, ...]]:
    return [tuple(each.number for each in group.bundles) for group in made]


def test_small_bundles_of_one_decision_are_a_group_in_the_order_of_their_rows() -> None:
    made = groups(bundle(1, hour=1), bundle(2, hour=0), bundle(0, hour=1))
    assert numbers(made) == [(2, 0, 1)]
    assert (made[0].size_bytes, made[0].number, made[0].plan) == (3, 0, PLANS["t"])
    assert groups() == []


def test_what_is_large_or_of_no_or_another_decision_or_table_is_apart() -> None:
    large, of_a_folder = bundle(0, SHARED_BYTES + 1), [bundle(number, prefix="") for number in (1, 2)]
    others = [bundle(3, decision="e"), bundle(4, table="u"), bundle(5), bundle(6, SHARED_BYTES - 1)]
    made = groups(large, *of_a_folder, *others)
    assert numbers(made) == [(0,), (1,), (2,), (3,), (4,), (5, 6)]
    assert made[-2].plan == PLANS["u"]


def test_a_group_ends_at_its_bounds() -> None:
    assert [len(group.bundles) for group in groups(*map(bundle, range(SHARED_BUNDLES + 1)))] == [SHARED_BUNDLES, 1]
    assert numbers(groups(bundle(0, SHARED_BYTES), bundle(1))) == [(0,), (1,)]


@given(st.lists(st.integers(0, SHARED_BYTES // 2), max_size=2 * SHARED_BUNDLES), st.randoms(use_true_random=False))
def test_groups_are_bounded_and_numbered_and_the_same_in_any_order(sizes: list[int], rng: random.Random) -> None:
    bundles = [bundle(number, size) for number, size in enumerate(sizes)]
    made = groups(*bundles)
    assert [each for group in made for each in group.bundles] == bundles
    assert [group.number for group in made] == list(range(len(made)))
    assert all(len(group.bundles) <= SHARED_BUNDLES and group.size_bytes <= SHARED_BYTES for group in made)
    assert made == groups(*rng.sample(bundles, len(bundles)))


def test_a_failed_task_of_several_bundles_is_taken_apart_unless_a_store_failed() -> None:
    alone, together = groups(bundle(0, SHARED_BYTES + 1)), groups(bundle(1), bundle(2))
    lost = TransientError("its worker died")
    assert numbers(taken_apart([*alone, *together], lost)) == [(0,), (1,), (2,)]
    assert taken_apart(alone, lost) == []
    for error in (ThrottledError("slow down"), ServiceError("busy"), NoSpaceError("full", "/")):
        assert taken_apart(together, error) == []
