"""Pairs anywhere in a message: each spelling, and that a text's pairs do not depend on its neighbours."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglake.kernels.formats.pairs import reading as cutting
from loglake.kernels.formats.pairs.in_messages import scattered_pairs

pytestmark = pytest.mark.unit


def _pairs(*texts: str) -> list[dict[str, str]]:
    found = {key: values.to_pylist() for key, values in scattered_pairs(pa.array(texts, pa.string())).items()}
    return [{key: value for key, values in found.items() if (value := values[row])} for row in range(len(texts))]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("took id=17, user=ana today", {"id": "17", "user": "ana"}),
        ("a=1|b=two words|c=--x=3 y", {"a": "1", "b": "two words", "c": "--x=3 y"}),
        ("a=foo | b=bar baz | text", {"a": "foo", "b": "bar baz"}),
        ('[action:"Log In"; flags:"18"]', {"action": "Log In", "flags": "18"}),
        ('done {:id=>17, "name"=>"a b"}', {"id": "17", "name": "a b"}),
        (r"File: {a\new.c} | Line: {62}", {"File": r"a\new.c", "Line": "62"}),
        ("[Priority: 3] [Attack Class: web]", {"Priority": "3", "Attack_Class": "web"}),
        ("P(1.2) U(ana b) H(h-1) Q(Q1) text", {"P": "1.2", "U": "ana b", "H": "h-1", "Q": "Q1"}),
        (
            "at t=2026-11-21 08:00:00.5 user=ana told='t=2026-11-21 x'",
            {"t": "2026-11-21 08:00:00.5", "user": "ana", "told": "t=2026-11-21 x"},
        ),
        ("Order{id=17, items=[1,2], to=b[0]}", {"id": "17", "items": "[1,2]", "to": "b[0]"}),
    ],
)
def test_each_spelling_is_read(text: str, pairs: dict[str, str]) -> None:
    assert _pairs(text) == [pairs]


@pytest.mark.parametrize(
    "text",
    [
        "one id=17 alone",
        "a == b and c >= d",
        "GET /a?b=1&c=2",
        "f(1) then g(2)",
        "so: {it} is",
        "[note] and [Id: 1]",
        "",
    ],
)
def test_what_is_no_pair_or_one_alone_is_not_read(text: str) -> None:
    assert _pairs(text) == [{}]


@pytest.mark.parametrize("times", [1, 2 * cutting.SMALL])
@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("failed: hard=true, cause=no valid address", {"hard": "true"}),
        ("drop reason=policy violation src=10.0.0.1 dst=10.0.0.2", {"src": "10.0.0.1", "dst": "10.0.0.2"}),
        ("a=no valid b=not good; c=2 d=3", {"c": "2", "d": "3"}),
        ("user=ana from ip=10.0.0.1", {"user": "ana", "ip": "10.0.0.1"}),
        ("ready=true after 17 tries, state=RUNNING in took=5 ms", {"ready": "true", "state": "RUNNING", "took": "5"}),
        ('a=1 told="b=no valid c" d=2', {"a": "1", "told": "b=no valid c", "d": "2"}),
        ("cause=no valid address, reason=too late", {}),
    ],
)
def test_a_value_that_goes_on_with_other_words_is_none(text: str, pairs: dict[str, str], times: int) -> None:
    assert _pairs(*[text] * times) == [pairs] * times


_PARTS = st.sampled_from(
    [
        *(
            "a=1",
            "|b=2|",
            'c:"3";',
            ":d=>4,",
            '"e"=>5',
            "F:",
            "{6}",
            "[G:",
            "7]",
            "H(8)",
            "I(9)",
            '"x"',
            "=",
            "|",
            "=>",
        ),
        *(
            'k="a',
            '\\"',
            'b"',
            "\\n",
            "<j=1>",
            "l=<2>",
            "m='n",
            "o'",
            "n='a b'",
            "cause=no",
            "valid",
            "from",
            'o="p=1 q=2"',
            "text",
            "\n",
            "é",
            "\x1f",
        ),
    ]
)
_TEXTS = st.lists(_PARTS, max_size=8).map(" ".join)


@settings(max_examples=60)
@given(st.lists(_TEXTS, min_size=1, max_size=6))
def test_pairs_of_a_text_do_not_depend_on_its_neighbours(texts: list[str]) -> None:
    assert _pairs(*texts) == [pairs for text in texts for pairs in _pairs(text)]


_CUT_PARTS = st.sampled_from(
    [
        *(
            "id=1",
            "id=22",
            "user=ana",
            "x.y=a/b",
            "total=1,",
            "(state=on)",
            "{a=b}",
            "[c=d];",
            "empty=",
            "e=;",
            "cause=no",
            "from",
            "text",
            "é",
        ),
        *(
            "=",
            "a==b",
            "u=v=w",
            "x=y[z=1]",
            "k=v|w",
            "k=<v w>",
            "k='v w'",
            'k="v w"',
            "it's",
            '"',
            "é=1",
            "xé=1",
            "-a=1",
        ),
        *(
            "1=2",
            "tab\t=1",
            "a,b=1",
            "a:b=1",
            "traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "",
        ),
    ]
)
_CUT_TEXTS = st.lists(_CUT_PARTS, min_size=1, max_size=5).map(" ".join)


@settings(max_examples=30)  # each has hundreds of texts
@given(
    st.lists(_CUT_TEXTS, min_size=1, max_size=3),
    st.sampled_from(["", "", "\\", "\t"]),
    st.randoms(use_true_random=False),
)
def test_texts_with_the_same_keys_are_cut_as_each_alone(kinds: list[str], odd: str, chance: random.Random) -> None:
    texts = [chance.choice(kinds) for _ in range(2 * cutting.SMALL)] + [f"a=1 b={odd}"]
    raw = pa.array(texts, pa.string())
    found = scattered_pairs(raw)
    alone = {text: _pairs(text)[0] for text in set(texts)}
    assert _pairs(*texts) == [alone[text] for text in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "MOST_ORDERS", 0)
        assert list(found) == list(scattered_pairs(raw))
