"""OpenTelemetry's records: whatever is not as the protocol says is read as any other object, and loses nothing."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.schema.schema import TableSchema, grow
from loglake.kernels.formats.coded.otlp import OtlpFormat
from loglake.kernels.formats.json_lines import JsonFormat

pytestmark = pytest.mark.unit

TIME = "1795249800123000000"
KEY: dict[str, Any] = {"key": "a", "value": {"stringValue": "first"}}
RECORD: dict[str, Any] = {"timeUnixNano": TIME, "severityNumber": 9}


def rows(text: str, log_format: OtlpFormat | JsonFormat) -> dict[str, Any]:
    raw = pa.array([text], pa.string())
    schema = grow(TableSchema("t"), log_format.infer_types(raw))
    parsed = log_format.parser(schema)(raw)
    columns = {column.name: array[0].as_py() for column, array in zip(schema.columns, parsed.columns)}
    return {**columns, "message": parsed.message[0].as_py(), "rescued": parsed.rescued[0].as_py()}


def export(record: Any, **around: Any) -> dict[str, Any]:
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [record], **around}]}]}


@pytest.mark.parametrize(
    "event",
    [
        {**RECORD, "attributes": [KEY, {"key": "a", "value": {"stringValue": "second"}}]},
        {**RECORD, "attributes": [{"value": {"stringValue": "no key"}}]},
        {**RECORD, "attributes": ["text"]},
        {**RECORD, "attributes": [{**KEY, "more": 1}]},
        {**RECORD, "attributes": [{"key": "n", "value": {"intValue": "many"}}]},
        {**RECORD, "attributes": [{"key": "n", "value": {"intValue": 1.5}}]},
        {**RECORD, "attributes": [{"key": "n", "value": {"intValue": "007"}}]},
        {**RECORD, "attributes": [{"key": "n", "value": {"intValue": "1_0"}}]},
        {**RECORD, "attributes": [{"key": "n", "value": {"intValue": "\u0661"}}]},
        {**RECORD, "attributes": [{"key": "n", "value": {"arrayValue": [1]}}]},
        {**RECORD, "attributes": [{"key": "n", "value": {"kvlistValue": {"values": [], "more": 1}}}]},
        {**RECORD, "traceId": "a", "trace_id": "b"},
        {**export(RECORD), "more": 1},
        export(RECORD, more=1),
        export({**RECORD, "scope": "mine"}, scope={"name": "lib"}),
        export("text"),
        {"resourceLogs": [{"resource": {"attributes": [KEY]}, "scopeLogs": []}]},
        {"resourceLogs": {"scopeLogs": 1}},
        {"resourceLogs": [], "scopeLogs": 1},
    ],
    ids=json.dumps,
)
def test_what_the_protocol_has_not_is_read_as_any_object(event: Any) -> None:
    text = json.dumps(event)
    assert rows(text, OtlpFormat()) == rows(text, JsonFormat())


@pytest.mark.parametrize("number", ["0.10000000000000000555", "12345678901234567890.5", "1e400", "1e-400"])
def test_a_number_that_a_double_rounds_is_read_as_in_any_object(number: str) -> None:
    value = f'{{"doubleValue":{number}}}'
    text = f'{{"timeUnixNano":"1","severityNumber":9,"attributes":[{{"key":"n","value":{value}}}]}}'
    assert rows(text, OtlpFormat()) == rows(text, JsonFormat())


@pytest.mark.parametrize("number", ["0.1", "1.50", "-0.0", "1E5", "5e-324", "1.7976931348623157e308"])
def test_a_number_that_a_double_holds_is_a_column(number: str) -> None:
    value = f'{{"doubleValue":{number}}}'
    text = f'{{"timeUnixNano":"1","severityNumber":9,"attributes":[{{"key":"n","value":{value}}}]}}'
    assert rows(text, OtlpFormat())["attributes_n"] == float(number)


@pytest.mark.parametrize("text", ['{"timeUnixNano":"1","body":"x","body":"y"}', '{"timeUnixNano":"1","body":NaN}', "{"])
def test_what_json_has_not_either_is_read_as_such(text: str) -> None:
    assert rows(text, OtlpFormat()) == rows(text, JsonFormat())


def test_what_stands_around_a_record_has_columns() -> None:
    event = {
        "resourceLogs": [
            {
                "resource": {"attributes": [KEY], "droppedAttributesCount": 2},
                "schemaUrl": "https://example.com/resource",
                "scopeLogs": [
                    {"scope": {"name": "lib"}, "schemaUrl": "https://example.com/scope", "logRecords": [RECORD]}
                ],
            }
        ]
    }
    found = rows(json.dumps(event), OtlpFormat())
    assert found["resource_a"] == "first"
    assert found["resource_dropped_attributes_count"] == 2
    assert found["resource_schema_url"] == "https://example.com/resource"
    assert found["scope_name"] == "lib"
    assert found["scope_schema_url"] == "https://example.com/scope"


LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2)
NAMES = st.sampled_from(
    [
        "resourceLogs",
        "scopeLogs",
        "logRecords",
        "resource",
        "scope",
        "attributes",
        "key",
        "value",
        "stringValue",
        "intValue",
        "arrayValue",
        "kvlistValue",
        "values",
        "timeUnixNano",
        "body",
        "schemaUrl",
        "traceId",
    ]
)
ANY = st.recursive(
    LEAVES, lambda each: st.lists(each, max_size=2) | st.dictionaries(NAMES, each, max_size=4), max_leaves=12
)


@given(st.dictionaries(NAMES, ANY, max_size=4))
def test_no_event_is_refused(event: dict[str, Any]) -> None:
    text = json.dumps(event)
    assert rows(text, OtlpFormat())["message"] != text  # as that of plain text is
