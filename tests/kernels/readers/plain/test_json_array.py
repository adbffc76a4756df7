"""A file that is one array of JSON objects."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.logs.raw_events import Event, collect, cut

from loglake.core.plain_notes import PlainNotes
from loglake.core.units import parse_instant
from loglake.kernels.blocks import TruncatedInputError
from loglake.kernels.readers.events import Fragment, Origin
from loglake.kernels.readers.plain.reader import MAX_EVENT_BYTES
from loglake.kernels.readers.sniff import Plain, read_sniffed

pytestmark = pytest.mark.unit

CHANGED = parse_instant("2026-11-21T08:30:00Z")
OBJECTS: list[dict[str, Any]] = [
    {"time": "2026-01-01T00:00:00Z", "text": "]},{[\n\u20ac", "list": [1, {"a": []}]},
    {"time": "2026-01-02T00:00:00Z"},
    {"n": -1.5e3, "deep": {"deep": {"deep": None}}},
]


def read(body: str | bytes, size: int = 1 << 20) -> tuple[list[Event], list[Fragment]]:
    data = body.encode() if isinstance(body, str) else body
    plain = Plain(PlainNotes(CHANGED), lambda: cut(data, size))
    return collect(read_sniffed(cut(data, size), Origin("a.json", "/app", "a.json"), plain))


def values(events: list[Event]) -> list[Any]:
    return [json.loads(event.raw) for event in events]


@pytest.mark.parametrize("indent", [None, 0, 2, "\t"])
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_each_object_is_an_event_with_its_own_time(indent: int | str | None, size: int) -> None:
    events, fragments = read(json.dumps(OBJECTS, indent=indent) + "\n", size)
    assert (values(events), fragments) == (OBJECTS, [])
    days = [parse_instant(f"2026-01-0{day}T00:00:00Z") for day in (1, 2, 2)]
    assert [event.time for event in events] == days


def test_the_text_of_an_object_is_exact() -> None:
    texts = ['{"a" : 1.50}', '{\r\n  "b": "\\u00e9"\r\n}', '{"c":9999999999999999999999}']
    for end in (" ]", "]\n", "\n]\r\n\n"):
        events, _ = read("\ufeff [ " + " ,\n".join(texts) + end)
        assert [event.raw for event in events] == texts


def test_lines_that_are_arrays_are_one_event_each() -> None:
    lines = [json.dumps([one, one]) for one in OBJECTS]
    assert [event.raw for event in read("\n".join(lines))[0]] == lines


OTHER = ["[]", "[1, 2]", '["a"]', "[2026-01-01 00:00:00] {} x", "[{]", "[[{}]]", "[ {'a': 1} ]", '[{"a":1}] x']


@pytest.mark.parametrize("body", OTHER)
def test_other_text_in_brackets_stays_as_it_is(body: str) -> None:
    assert [event.raw for event in read(body)[0]] == [body]


@pytest.mark.parametrize("rest", ["", ",", ', {"a": ', ", 17]", "\n2026-01-01 00:00:00 x"])
def test_what_follows_or_is_no_such_array_is_lines(rest: str) -> None:
    events, fragments = read("[" + ",".join(map(json.dumps, OBJECTS)) + rest)
    assert values(events[:3]) == OBJECTS
    assert "".join(event.raw for event in events[3:]).strip() in {rest.strip(), rest.strip().removeprefix(",").strip()}
    assert fragments == []


def test_an_object_longer_than_an_event_is_cut_as_any_text_is() -> None:
    long = json.dumps({"text": "x" * (MAX_EVENT_BYTES + 10)})
    events, fragments = read(f'[{{"a": 1}},{long},{{"b": 2}}]')
    assert events[0].raw == '{"a": 1}'
    assert "".join(event.raw for event in events[1:]) == f',{long},{{"b": 2}}]'.removeprefix(",")
    assert fragments == []


def test_the_last_event_of_a_damaged_array_is_a_fragment() -> None:
    def damaged() -> Any:
        yield json.dumps(OBJECTS).encode()[:-10]
        raise TruncatedInputError("cut")

    plain = Plain(PlainNotes(CHANGED), damaged)
    events, fragments = collect(read_sniffed(damaged(), Origin("a.json", "/app", "a.json"), plain))
    assert values(events[:1]) == OBJECTS[:1]
    assert fragments[-1].reason == "cut"


documents = st.lists(
    st.dictionaries(
        st.text(max_size=3),
        st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda each: st.lists(each, max_size=3)),
        min_size=1,
        max_size=3,
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60)
@given(documents, st.sampled_from([1, 3, 64, 1 << 20]), st.sampled_from([None, 0, 3]), st.booleans())
def test_any_objects_come_back_however_the_bytes_are_cut(
    objects: list[dict[str, Any]], size: int, indent: int | None, is_ascii: bool
) -> None:
    events, fragments = read(json.dumps(objects, indent=indent, ensure_ascii=is_ascii), size)
    assert (values(events), fragments) == (objects, [])
