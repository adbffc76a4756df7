"""Pairs of texts that are cut together are those of each text alone."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglake.kernels.formats import pairs
from loglake.kernels.formats.pairs import read_pairs

pytestmark = pytest.mark.unit

_KEYS = st.sampled_from(["a", "b.c", "level", "msg", "@t"])
_VALUES = st.sampled_from(
    ["", "-", "1", "x y", "a=b", "'", "'q'", "k='a b'", "\\", "\\n", "é", "1.5", ",", "\t", "null", "=", "a=", "YWJj=="]
)


@st.composite
def _texts(draw: st.DrawFn) -> str:
    found = draw(st.lists(st.tuples(_KEYS, _VALUES, st.booleans()), max_size=4))
    space = draw(st.sampled_from([" ", " ", "  "]))
    return space.join(f'{key}="{text}"' if quoted or " " in text else f"{key}={text}" for key, text, quoted in found)


@settings(max_examples=20)  # each has hundreds of texts
@given(st.lists(_texts(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_texts_with_the_same_keys_are_cut_as_each_alone(kinds: list[str], chance: random.Random) -> None:
    texts = [chance.choice(kinds) for _ in range(2 * pairs.SMALL)]
    found = read_pairs(pa.array(texts, pa.string()))
    alone = {text: read_pairs(pa.array([text], pa.string())) for text in kinds}
    for text, row in zip(texts, pa.table(found).to_pylist() if found else [{}] * len(texts)):
        expected = {key: values[0].as_py() for key, values in alone[text].items()}
        assert {key: value for key, value in row.items() if value is not None} == {
            key: value for key, value in expected.items() if value is not None
        }


@pytest.mark.parametrize("value", ["YWJj==", "=", "a=", "x id=", "= ="])
def test_a_value_in_quotes_may_end_with_an_equals_sign(value: str) -> None:
    texts = [f'level=info msg="got it" token="{value}" id=17', 'level=info msg="=" token="x" id=18'] * pairs.SMALL
    found = read_pairs(pa.array(texts, pa.string()))
    assert found["token"].to_pylist() == [value, "x"] * pairs.SMALL
    assert found["msg"].to_pylist() == ["got it", "="] * pairs.SMALL
    assert found["id"].to_pylist() == ["17", "18"] * pairs.SMALL


@settings(max_examples=20)  # each has hundreds of texts
@given(st.lists(_texts(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_keys_come_in_the_order_of_first_sight(kinds: list[str], chance: random.Random) -> None:
    texts = pa.array([chance.choice(kinds) for _ in range(2 * pairs.SMALL)], pa.string())
    found = read_pairs(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "MOST_ORDERS", 0)
        assert list(found) == list(read_pairs(texts))
