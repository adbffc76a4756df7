"""JSON objects behind the prefixes of other formats."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.logs.parsed import Row, rows_of, schema_of

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, grow
from loglake.kernels.formats.base import Format
from loglake.kernels.formats.registry import format_of

pytestmark = pytest.mark.unit


def _rows(chosen: Format, texts: list[str], schema: TableSchema) -> tuple[list[Row], int]:
    parsed = chosen.parser(schema)(pa.array(texts, pa.string()))
    return rows_of(parsed, schema), parsed.rescued_values


NGINX = "2026/11/21 08:30:00 [error] 31#31: *17 "
APACHE = "[Sat Nov 21 08:30:00 2026] [error] [client 192.0.2.1] "


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("nginx_error", NGINX),
        ("apache_error", APACHE),
        ("regex", "17 error "),
        ("postgres", "2026-11-21 08:00:10 UTC:10.0.0.5(50022):shop@orders:[4711]:ERROR:  "),
        ("header", "2026-11-21 08:00:10,123 ERROR [main] com.example.Orders: "),
        ("header", "ERROR:root:"),
        ("syslog", "<11>Nov 21 08:00:10 web-1 app[12]: "),
        ("lambda", "[ERROR]\t2026-11-21T08:30:00.125Z\t\t"),
    ],
)
def test_every_format_with_a_prefix_reads_the_object_behind_it(name: str, prefix: str) -> None:
    chosen = format_of(name, r"^(?P<number>\d+) (?P<level>\w+) (?P<message>.*)$")
    texts = [f'{prefix}{{"msg": "no stock", "level": "info", "order": {{"id": 17}}}}', f"{prefix}plain", "neither"]
    rows, rescued = _rows(chosen, texts, schema_of(chosen, texts))
    assert rows[0].items() >= {"message": "no stock", "level": "ERROR", "order_id": 17, "level_field": "info"}.items()
    assert rows[1].items() >= {"message": "plain", "level": "ERROR"}.items()
    assert rows[1].keys() == rows[0].keys() - {"order_id", "level_field"}
    assert rows[2] == {"message": "neither"}
    assert rescued == 0


@pytest.mark.parametrize("behind", ['{"a": 1', '{"a": 1} {"a": 2}', '{"a": 1,}', '["a"]', '"a"', "{a: 1}", "{'a': 1}"])
def test_what_is_no_object_is_the_message(behind: str) -> None:
    chosen = format_of("header")
    texts = [f"INFO:root:{behind}", 'INFO:root:{"a": 3}']
    schema = schema_of(chosen, texts)
    assert [column.name for column in schema.columns] == ["logger", "a"]
    rows, _ = _rows(chosen, texts, schema)
    assert rows[0] == {"logger": "root", "message": behind, "level": "INFO"}


def test_another_value_than_that_of_the_prefix_is_rescued() -> None:
    chosen = format_of("header")
    texts = [
        'INFO:root:{"logger": 1, "a": {"b": "x"}}',
        'INFO:root:{"logger": null, "a": {"b": 2}}',
        'INFO:root:{"logger": "x", "logger": [1.0, "]"], "a": {"b": 1.50}}',
        'INFO:root:{"new": {}, "a": {"b": 1e400, "c": "\\u00e9"}}',
    ]
    schema = grow(
        TableSchema("t"), {("logger",): InferredType(ColumnType.STRING), ("a", "b"): InferredType(ColumnType.BIGINT)}
    )
    rows, rescued = _rows(chosen, texts, schema)
    assert [row.get("_rescued") for row in rows] == [
        '{"a.b":"x","logger":1}',
        None,
        '{"logger":["x",[1.0, "]"]],"a.b":1.50}',
        '{"a.b":1e400,"a.c":"\\u00e9"}',
    ]
    assert [row["logger"] for row in rows] == ["root"] * 4
    assert rows[1]["a_b"] == 2
    assert rescued == 2 + 3 + 2


def test_a_value_that_the_prefix_has_too_is_not_rescued_if_it_is_the_same() -> None:
    chosen = format_of("header")
    texts = [
        '2026-11-21T08:00:00Z WARN {"timestamp": "2026-11-21T08:00:00Z", "level": "warn", "a": 1}',
        '2026-11-21T08:00:00Z WARN {"timestamp": "2026-11-21T08:00:01Z", "a": 2}',
    ]
    rows, rescued = _rows(chosen, texts, schema_of(chosen, texts))
    assert [row.get("_rescued") for row in rows] == [None, '{"timestamp":"2026-11-21T08:00:01Z"}']
    assert rows[0]["timestamp"] == rows[1]["timestamp"]
    assert rescued == 1


@pytest.mark.parametrize("behind", ['{"a": 1}', '{ "a": 1}', '{"a": {"b": 1}}'])
def test_an_object_right_behind_a_header_is_no_field_in_brackets(behind: str) -> None:
    chosen = format_of("header")
    texts = [f"2026-11-21 08:00:00,123 WARN com.example.Orders {behind}"] * 4
    rows, _ = _rows(chosen, texts, schema_of(chosen, texts))
    assert {row.get("a", row.get("a_b")) for row in rows} == {1}
    assert {row["message"] for row in rows} == {behind}


def test_a_prefix_without_columns_is_rescued_with_the_object() -> None:
    rows, rescued = _rows(format_of("header"), ['INFO:root:{"a": 1, "logger": "x"}'], TableSchema("t"))
    assert rows[0]["_rescued"] == '{"logger":["root","x"],"a":1}'
    assert rescued == 3


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2), max_leaves=5
)
_KEYS = st.sampled_from(["a", "b", "logger", "msg", "level"]) | st.text(max_size=2)
# An empty object is a value where a column is at its very path, and none elsewhere.
_OBJECTS = st.dictionaries(_KEYS, _VALUES).filter(lambda each: each.get("logger") != {})


@settings(deadline=None)
@given(st.lists(_OBJECTS, min_size=1, max_size=6), st.booleans())
def test_an_embedded_object_is_fitted_as_one_that_stands_alone(objects: list[Row], typed: bool) -> None:
    alone = [json.dumps(each, ensure_ascii=False) for each in objects]
    embedded = [f"INFO:root:{text}" for text in alone]
    chosen, plain = format_of("header"), format_of("json")
    schema = schema_of(chosen, embedded) if typed else TableSchema("t")
    assert {column.path for column in schema.columns} == _paths(plain, alone) | {("logger",)} or not typed
    unprefixed = TableSchema("t", 1, tuple(column for column in schema.columns if column.path != ("logger",)))
    rows, rescued = _rows(chosen, embedded, schema)
    expected, expected_rescued = _rows(plain, alone, unprefixed)
    for row, other, each in zip(rows, expected, objects):
        assert row.get("logger") == ("root" if typed else None)
        assert {key: value for key, value in row.items() if key in _names(unprefixed)} == {
            key: value for key, value in other.items() if key in _names(unprefixed)
        }
        kept, alike = json.loads(row.get("_rescued", "{}")), json.loads(other.get("_rescued", "{}"))
        if not typed:
            assert kept.pop("logger") == (["root", alike.pop("logger")] if "logger" in alike else "root")
        assert kept == alike, each
    assert rescued == expected_rescued + (0 if typed else len(objects))


def _names(schema: TableSchema) -> set[str]:
    return {column.name for column in schema.columns}


def _paths(chosen: Format, texts: list[str]) -> set[FieldPath]:
    return {column.path for column in schema_of(chosen, texts).columns}


def test_many_objects_among_other_events() -> None:
    texts = [f'INFO:root:{{"n": {number}}}' if number % 3 else f"INFO:root:{number}" for number in range(2000)]
    chosen = format_of("header")
    rows, rescued = _rows(chosen, texts, schema_of(chosen, texts))
    assert rescued == 0
    assert [row.get("n") for row in rows] == [number if number % 3 else None for number in range(2000)]
