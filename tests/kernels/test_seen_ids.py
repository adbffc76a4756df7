from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglake.kernels import seen_ids
from loglake.kernels.seen_ids import SeenIds

pytestmark = pytest.mark.unit

# As https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html shows them.
FIRST = 31953106606966983378809025079804211143289615424298221568
usual_ids = st.integers(FIRST, FIRST + 20).map(str) | st.integers(0, 10**56 - 1).map(lambda number: f"{number:056d}")
odd_ids = st.sampled_from(
    ["", "0", "00", str(FIRST)[1:], f"{FIRST}0", f"+{FIRST}"[:56], "\u0663" * 28, "\u0663" * 56, "a" * 56, "\0"]
)
ids = usual_ids | odd_ids | st.text(max_size=3) | st.none()


def _expected(batches: list[list[str | None]]) -> list[list[bool]]:
    """The expected result, computed id by id."""
    seen: set[str] = set()
    fresh: list[list[bool]] = []
    for batch in batches:
        fresh.append([])
        for each in batch:
            fresh[-1].append(each is None or each not in seen)
            seen.update([each] if each is not None else [])
    return fresh


def _fresh(batches: list[list[str | None]]) -> list[list[bool]]:
    seen = SeenIds()
    return [seen.fresh(pa.array(batch, pa.string())).tolist() for batch in batches]


@settings(max_examples=300, deadline=None)
@given(batches=st.lists(st.lists(ids, max_size=30), max_size=6))
def test_an_id_is_new_once(batches: list[list[str | None]]) -> None:
    assert _fresh(batches) == _expected(batches)


@settings(max_examples=100, deadline=None)
@given(batches=st.lists(st.lists(ids, max_size=30), max_size=6))
def test_a_full_table_grows(batches: list[list[str | None]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seen_ids, "_PLACES", 2)
        patch.setattr(seen_ids, "_AT_ONCE", 3)
        assert _fresh(batches) == _expected(batches)


@settings(max_examples=100, deadline=None)
@given(batches=st.lists(st.lists(ids, max_size=30), max_size=6))
def test_ids_that_want_the_same_place_are_distinguished(batches: list[list[str | None]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seen_ids, "_mixed", lambda words: (words << np.uint64(40)) | (words >> np.uint64(24)))
        assert _fresh(batches) == _expected(batches)


def test_many_ids() -> None:
    seen = SeenIds()
    for start in range(0, 400_000, 40_000):
        # Every second id was in the batch before.
        batch = [str(FIRST + start // 2 + number) for number in range(40_000)]
        fresh = seen.fresh(pa.array(batch))
        assert fresh.sum() == (40_000 if start == 0 else 20_000)
        assert fresh[-20_000:].all()


def test_part_of_an_array() -> None:
    seen = SeenIds()
    array = pa.array([str(FIRST), None, str(FIRST + 1), str(FIRST)])
    assert seen.fresh(array.slice(1, 2)).tolist() == [True, True]
    assert seen.fresh(array).tolist() == [True, True, False, False]
    assert seen.fresh(array.slice(0, 0)).tolist() == []
