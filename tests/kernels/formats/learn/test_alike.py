"""Types are the same whether all events of a layout are read or only those that may show a type."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglake.kernels.arrow import matches, texts_of
from loglake.kernels.formats.learn import alike, fields
from loglake.kernels.formats.learn.fields import field_types
from loglake.kernels.formats.learn.layout import layout_of

pytestmark = pytest.mark.unit

HEAD = "2026-11-21 08:00:00,100 {level} shop.orders: "
LAYOUT = "{timestamp:iso} {level:capitals} {logger:name}: "
LEVELS = ("INFO", "INFO", "INFO", "WARN", "ERROR")
VALUES = st.sampled_from(
    ["1", "-0", "007", "1e5", "1.5", "123456789012345678", "true", "x", "é,1", '"1"', '"x y"', "<x>"]
)
AT_END = (
    "received id={} user={}",
    "id={} user={}",
    "taken, and id={} user={} ok={}",
    "update id={} user={}",
    "a: b id={} c={}",
)
BETWEEN = (
    *(
        "received id={} of user={} and more",
        "got (id={}) user={}. More",
        "x id={}, user={} of it",
        "id={} id={} twice so",
    ),
    *("select a from b where id={} and user={} so", "queue: {} state: {}, id=1 user=2 so", "n1={} n1.5={} of it"),
    *("level={} and msg={} so", "trace_id={} and traceparent={} or so", "id={} user={} and level=warn or so"),
)
MEMBERS = (
    '"id": {}',
    '"level": {}',
    '"message": {}',
    '"user": {{"id": {}, "list": [{}]}}',
    '"traceparent": {}, "e": {{}}',
)
JSON_VALUES = st.sampled_from(
    [
        *(
            "1",
            "-0",
            "1.5",
            "123456789012345678",
            "true",
            "null",
            "[1]",
            '"a b"',
            '"info"',
            '"info"',
            '"said"',
            '"a } {"',
        ),
        '"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"',
    ]
)


def _types(text: str, events: list[str]) -> list[object]:
    return list(field_types(layout_of(text), pa.array(events, pa.string())).items())


def _same(text: str, events: list[str]) -> None:
    found = _types(text, events)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fields, "MANY", len(events) + 1)
        assert found == _types(text, events)


def _filled(chance: random.Random, text: str, values: list[str]) -> str:
    while "{}" in text:
        text = text.replace("{}", chance.choice(values), 1)
    return HEAD.format(level=chance.choice(LEVELS)) + text


def _check_pairs(tail: str, texts: list[str], values: tuple[list[str], list[str]], seed: int) -> None:
    chance, layout = random.Random(seed), layout_of(f"{LAYOUT}…{tail}")
    often, rare = values
    events = [_filled(chance, chance.choice(texts), often) for _ in range(alike.MANY)]
    events += [_filled(chance, chance.choice(texts), [*often, *rare]) for _ in range(9)]
    _same(layout.text, texts_of(pa.array(events).filter(matches(pa.array(events), layout.start))))


_BOTH = st.tuples(st.lists(VALUES, min_size=1, max_size=2), st.lists(VALUES, max_size=2))


@settings(max_examples=30, deadline=None)  # each has thousands of texts
@given(st.lists(st.sampled_from(AT_END), min_size=1, max_size=2), _BOTH, st.integers(0, 99))
def test_types_of_pairs_at_the_end(texts: list[str], values: tuple[list[str], list[str]], seed: int) -> None:
    _check_pairs("{pairs}", texts, values, seed)


@settings(max_examples=30, deadline=None)  # each has thousands of texts
@given(st.lists(st.sampled_from(BETWEEN), min_size=1, max_size=2), _BOTH, st.integers(0, 99))
def test_types_of_pairs_in_between(texts: list[str], values: tuple[list[str], list[str]], seed: int) -> None:
    _check_pairs("{spread}", texts, values, seed)


@settings(max_examples=30, deadline=None)  # each has thousands of texts
@given(
    st.lists(st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=3, unique=True), min_size=1, max_size=2),
    st.lists(JSON_VALUES, min_size=1, max_size=2),
    st.lists(JSON_VALUES, max_size=2),
    st.integers(0, 99),
)
def test_types_of_objects(kinds: list[list[str]], values: list[str], rare: list[str], seed: int) -> None:
    chance = random.Random(seed)
    texts = ["said {" + ", ".join(each.replace("{{", "{").replace("}}", "}") for each in kind) + "}" for kind in kinds]
    events = [_filled(chance, chance.choice(texts), values) for _ in range(alike.MANY)]
    _same(
        f"{LAYOUT}…{{object}}", [*events, *(_filled(chance, chance.choice(texts), [*values, *rare]) for _ in range(9))]
    )


def test_events_that_are_alike_are_not_read_and_others_are() -> None:
    layout = layout_of(f"{LAYOUT}…{{pairs}}")
    events = [HEAD.format(level="INFO") + f"sent id={number} ok=true" for number in range(alike.MANY)]
    odd = HEAD.format(level="INFO") + "sent id=x ok=true"
    kept, left_out = alike.telling(layout, pa.array([*events, odd]), ())
    assert kept.to_pylist() == [*events[: alike.HEAD], odd]
    assert left_out.events == left_out.keys["id"] == left_out.keys["ok"] == len(events) - alike.HEAD


@pytest.mark.parametrize(
    "odd", ['said {"level": "warn", "message": "said", "id": 1}', 'said {"level": "info", "message": "no", "id": 1}']
)
def test_what_repeats_no_message_or_level_once_is_found(odd: str) -> None:
    usual = [HEAD.format(level="INFO") + 'said {"level": "info", "message": "said", "id": 17}'] * alike.MANY
    _same(f"{LAYOUT}…{{object}}", [*usual, HEAD.format(level="INFO") + odd])
    _same(f"{LAYOUT}…{{object}}", [*usual, HEAD.format(level="ERROR") + odd])
