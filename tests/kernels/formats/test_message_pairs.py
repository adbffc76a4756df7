"""Pairs anywhere in a message: each spelling, and that a text's pairs do not depend on its neighbours."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglake.kernels.formats.message_pairs import scattered_pairs

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
