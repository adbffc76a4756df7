"""JSON objects wherever they stand: behind a text, before one, or cut off."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.worlds.planned_bundles import convert_events

from loglake.kernels.formats.objects.among_text import objects_among

pytestmark = pytest.mark.unit

H = "2026-11-21 08:00:00,100 INFO [main] com.example.Shop - "
_ENVELOPE = ("event_time", "log_time", "log_group", "log_stream", "raw", "_source", "_line", "_event_id", "dt")
_OF_HEADER = ("timestamp", "thread", "logger")


def _rows(*texts: str) -> list[dict[str, Any]]:
    rows, _ = convert_events(texts)
    out = (*_ENVELOPE, *_OF_HEADER)
    return [{name: value for name, value in row.items() if value is not None and name not in out} for row in rows]


def _among(text: str) -> tuple[str, str | None] | None:
    found = objects_among(pa.array([text]), np.ones(1, np.bool_))
    return (found.objects[0].as_py(), found.around[0].as_py()) if found else None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('api: {"a": 1} gave up', ('{"a": 1}', "api: gave up")),
        ('={"a":{"b":[1]}}', ('{"a":{"b":[1]}}', "=")),
        ("payload '{\"a\":1}'", ('{"a":1}', "payload ' '")),
        ('{"a":1,"b":{"c":"d","e":"cut', ('{"a":1,"b":{"c":"d"}}', None)),
        ('{"a":1,"b":[{"c":2},{"d"', ('{"a":1,"b":[{"c":2},{}]}', None)),
        ('{"a":"x}","b":"{\\"', ('{"a":"x}"}', None)),
        ('one {"a":1} two {"b":2}', ('{"a":1}', 'one two {"b":2}')),
        ('{"a":1}', None),
        ('{"a":1', None),
        ('{"a":1,}', None),
        ('set {"a": b} ok', None),
        ('{"a" => 1} x', None),
        ('x{"a":1} y', None),
        ("nothing", None),
    ],
)
def test_the_first_object_of_a_text_is_found(text: str, found: tuple[str, str | None] | None) -> None:
    assert _among(text) == found


def test_what_is_nested_too_deep_or_has_no_end_costs_little() -> None:
    for part in ("[", '{"a":', '"', "\\", "{", ",[", '[{"b":[1],'):
        _among('x {"a":' + part * 200_000)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), _VALUES, min_size=1, max_size=4), st.integers(1, 200))
def test_an_object_that_is_cut_off_has_no_member_that_the_whole_one_has_not(whole: dict[str, Any], cut: int) -> None:
    text = json.dumps(whole)
    found = _among(text[: min(cut, len(text) - 1)])
    assert found is None or _is_part(json.loads(found[0]), whole)


def _is_part(part: Any, whole: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and _is_part(part[key], whole[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) <= len(whole) and all(map(_is_part, part, whole))
    return bool(part == whole)


def test_an_object_in_a_message_has_its_level_and_fields_and_what_stands_around_it_is_the_message() -> None:
    (row,) = _rows(H + 'api: {"level":"error","msg":"retry failed","order":7712} gave up')
    assert row == {"level": "ERROR", "message": "api: gave up", "msg": "retry failed", "order": 7712}


def test_an_object_that_is_cut_off_has_its_own_message() -> None:
    for row in _rows(*[H + '{"level":"debug","msg":"basket","order":7713,"items":[{"sku":"HA'] * 2):
        assert row == {"level": "DEBUG", "message": "basket", "order": 7713, "items": "[{}]"}


def test_an_object_without_a_header_may_stand_behind_a_word_or_be_cut_off() -> None:
    rows = _rows('api: {"level":"error","order":1}', '{"level":"warn","order":2,"user":"an', "plain")
    assert [(row.get("level"), row.get("order"), row["message"]) for row in rows] == [
        ("ERROR", 1, "api:"),
        ("WARN", 2, '{"level":"warn","order":2,"user":"an'),
        (None, None, "plain"),
    ]


def test_an_object_that_is_rare_in_messages_stays_there() -> None:
    texts = [f"{H}order {n} left" for n in range(200)] + [H + 'order {"a": 1, "b": 2} left']
    *_, row = _rows(*texts)
    assert row == {"level": "INFO", "message": 'order {"a": 1, "b": 2} left'}


@pytest.mark.parametrize(("end", "is_column"), [('{"a": 1}', True), ('={"a": 1}', False), ('{"a": 1} left', False)])
def test_an_object_that_ends_a_message_of_syslog_is_a_column_however_rare(end: str, is_column: bool) -> None:
    texts = [f"Nov 21 08:00:00 web-1 app[17]: order {text}" for text in [*map(str, range(200)), end]]
    *_, row = _rows(*texts)
    assert (row["message"], row.get("a")) == (("order", 1) if is_column else (f"order {end}", None))
