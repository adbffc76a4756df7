"""Pairs as columns, or together in one: nothing of a message is lost, and nobody's input makes too many columns."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglake.core.schema.conversion import SchemaSample
from loglake.core.schema.format_choice import fields_of
from loglake.core.schema.pair_columns import MOST
from loglake.core.schema.schema import PAIRS_PATH, TableSchema, grow
from loglake.kernels.crowded import Keys, blocks
from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.learn.layout import SPREAD, TAIL
from loglake.kernels.formats.pairs.columns import MOST_KEYS

pytestmark = pytest.mark.unit

H = "2026-11-21 08:00:00,100 INFO [main] com.example.Shop - "
LAYOUT = "{timestamp:iso} {level:any} [{thread:square}] {logger:dotted} - "


def _format() -> HeaderFormat:
    seen = HeaderFormat().learned(pa.array([f"{H}order a=1 b=2 left", f"{H}order left"] * 5))
    assert any(text.endswith(TAIL + SPREAD) for text in seen.layouts)
    return seen


FORMAT = _format()


def _schema(*parts: list[str]) -> TableSchema:
    """The columns that parts of a sample show together."""
    samples = [
        SchemaSample("t", {"header": len(each)}, {"header": FORMAT.infer_types(pa.array(each))}) for each in parts
    ]
    return grow(TableSchema("t"), fields_of(samples, ("header",)))


_TEXTS = st.lists(
    st.sampled_from(
        ["id=17", 'user="a b"', "total=1.5,", "cause=none;", "[x=y]", "text", "{k=v}", "e=", "id=18", "é=1", 'q="']
    ),
    min_size=2,
    max_size=6,
).map(lambda parts: "took " + " ".join(parts) + " left")


@given(st.lists(_TEXTS, min_size=1, max_size=12), st.integers(1, 12), st.sampled_from([1, 25]))
@settings(max_examples=40, deadline=None)
def test_a_message_keeps_its_pairs_however_the_sample_was_cut(texts: list[str], cut: int, times: int) -> None:
    events = [H + text for text in texts] * times
    schema = _schema(events)
    parts = [part for part in (events[:cut], events[cut:]) if part]
    assert {(each.name, each.type) for each in _schema(*parts).columns} == {
        (each.name, each.type) for each in schema.columns
    }
    parsed = FORMAT.parser(schema)(pa.array(events))
    assert parsed.message.to_pylist() == texts * times
    assert parsed.rescued.null_count == len(events)
    alone = [FORMAT.parser(schema)(pa.array([event])) for event in events[: len(texts)]]
    for column, *each in zip(parsed.columns, *(one.columns for one in alone)):
        assert column[: len(texts)].to_pylist() == [value[0].as_py() for value in each]


def test_a_hundred_thousand_keys_are_one_column() -> None:
    events = pa.array([f"{H}order " + " ".join(f"k{n}q{m}x=1" for m in range(50)) + " left" for n in range(2_000)])
    seen = [FORMAT.infer_types(block) for block in blocks(events, Keys.BARE)]
    assert all(len(each) < MOST_KEYS + 10 for each in seen)
    samples = [SchemaSample("t", {"header": 256}, {"header": each}) for each in seen]
    schema = grow(TableSchema("t"), fields_of(samples, ("header",)))
    assert len(schema.columns) < 10
    first = FORMAT.parser(schema)(events[:200])
    pairs = first.columns[list(schema.by_path()).index(PAIRS_PATH)]
    assert [len(json.loads(str(text))) for text in pairs.to_pylist()] == [50] * 200


def test_keys_in_all_events_are_so_many_columns_at_most() -> None:
    names = [f"k{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(300)]
    schema = _schema([f"{H}order " + " ".join(f"{name}=1" for name in names) + " left"] * 30)
    assert len(schema.columns) == MOST + len(("timestamp", "thread", "logger", "_pairs"))


@pytest.mark.parametrize(
    "text",
    [
        "k" * 10_000 + "=1 b=2 left",
        'a="' * 5_000,
        "{" * 10_000 + "a=1 b=2",
        "a=1 " + "[{(" * 5_000,
        "=" * 20_000,
        "a=" * 9_000,
    ],
)
def test_odd_texts_are_read_and_stay_in_the_message(text: str) -> None:
    events = pa.array([f"{H}order {text}"] * 3)
    schema = grow(TableSchema("t"), FORMAT.infer_types(events.filter(FORMAT.matches(events))))
    assert FORMAT.parser(schema)(events).message.to_pylist() == [f"order {text}".rstrip()] * 3
