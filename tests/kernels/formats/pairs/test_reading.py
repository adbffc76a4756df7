"""Pairs of texts that are cut together are those of each text alone."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglake.kernels.formats.pairs import reading
from loglake.kernels.formats.pairs.reading import read_pairs
from loglake.kernels.formats.pairs.separated import as_logfmt, separated

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
    texts = [chance.choice(kinds) for _ in range(2 * reading.SMALL)]
    found = read_pairs(pa.array(texts, pa.string()))
    alone = {text: read_pairs(pa.array([text], pa.string())) for text in kinds}
    for text, row in zip(texts, pa.table(found).to_pylist() if found else [{}] * len(texts)):
        expected = {key: values[0].as_py() for key, values in alone[text].items()}
        assert {key: value for key, value in row.items() if value is not None} == {
            key: value for key, value in expected.items() if value is not None
        }


@pytest.mark.parametrize("value", ["YWJj==", "=", "a=", "x id=", "= ="])
def test_a_value_in_quotes_may_end_with_an_equals_sign(value: str) -> None:
    texts = [f'level=info msg="got it" token="{value}" id=17', 'level=info msg="=" token="x" id=18'] * reading.SMALL
    found = read_pairs(pa.array(texts, pa.string()))
    assert found["token"].to_pylist() == [value, "x"] * reading.SMALL
    assert found["msg"].to_pylist() == ["got it", "="] * reading.SMALL
    assert found["id"].to_pylist() == ["17", "18"] * reading.SMALL


@settings(max_examples=20)  # each has hundreds of texts
@given(st.lists(_texts(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_keys_come_in_the_order_of_first_sight(kinds: list[str], chance: random.Random) -> None:
    texts = pa.array([chance.choice(kinds) for _ in range(2 * reading.SMALL)], pa.string())
    found = read_pairs(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "MOST_ORDERS", 0)
        assert list(found) == list(read_pairs(texts))


_PARTS = ["C:\\new", "\\", "x", "é", "=", "'", ":", "{", "\x01", "\x0b"]
_BARE_VALUES = st.lists(st.sampled_from(_PARTS), min_size=1, max_size=3).map("".join)
_LTSV_VALUES = st.lists(st.sampled_from([*_PARTS, '"', " ", ";", ","]), min_size=1, max_size=3).map("".join)


@settings(max_examples=50)
@given(
    st.lists(_BARE_VALUES, min_size=2, max_size=4), st.sampled_from(["; ", ";", ", ", ",", " | ", "|"]), st.booleans()
)
def test_values_between_separators_are_read_as_they_are(values: list[str], between: str, quoted: bool) -> None:
    own = {"level": "info", **{f"k{n}": value for n, value in enumerate(values)}, **({"msg": "a b"} if quoted else {})}
    line = between.join(f'{key}="{value}"' if key == "msg" else f"{key}={value}" for key, value in own.items())
    assert _separated(line) == _separated(line + between) == own


@settings(max_examples=50)
@given(st.lists(_LTSV_VALUES, min_size=3, max_size=4))
def test_values_between_tabs_are_read_as_they_are(values: list[str]) -> None:
    own = {f"k{n}": value for n, value in enumerate(values)} | {"end": "x"}
    assert _separated("\t".join(f"{key}:{value}" for key, value in own.items())) == own


@pytest.mark.parametrize(
    "line",
    [
        'msg=order 5" screen; level=info; id=17',
        'level=info, msg=he said "no" and left, id=1',
        'level=info|msg=5" screen|id=1',
        "name=ana b, age=17, city=Rome",
        "Time: noon, place: here, price: free",
        "Note: none, level: unknown, price: free",
    ],
)
def test_a_line_that_may_be_no_pairs_stays_as_it_is(line: str) -> None:
    assert not separated(pa.array([line])).any()
    assert as_logfmt(pa.array([line])).to_pylist() == [line]


def _separated(line: str) -> dict[str, str]:
    raw = pa.array([line], pa.string())
    assert separated(raw).all()
    return {key: values[0].as_py() for key, values in read_pairs(as_logfmt(raw)).items()}
