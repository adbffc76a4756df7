"""The ids in trace headers have columns of their own, and the header keeps its own."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.logs.parsed import Row, parsed_rows, schema_of

from loglake.core.schema.schema import TableSchema
from loglake.kernels.formats.registry import format_of

pytestmark = pytest.mark.unit

W3C = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
ROOT = "1-5759e988-bd862e3fe1be46a994272793"


def _row(event: Row) -> Row:
    (row,) = parsed_rows(format_of("json"), [json.dumps(event)])
    return row


@pytest.mark.parametrize(
    ("event", "columns"),
    [
        (
            {"msg": "a", "traceparent": W3C},
            {"traceparent": W3C, "trace_id": W3C[3:35], "span_id": "00f067aa0ba902b7"},
        ),
        (
            {"msg": "a", "headers": {"X-Amzn-Trace-Id": XRAY}},
            {"headers_x_amzn_trace_id": XRAY, "trace_id": ROOT, "span_id": "53995c3f42cd8ad8"},
        ),
        (
            {"msg": "a", "x-amzn-trace-id": f"Self=1-67891234-12456789abcdef012345678a;Root={ROOT}"},
            {"x_amzn_trace_id": f"Self=1-67891234-12456789abcdef012345678a;Root={ROOT}", "trace_id": ROOT},
        ),
        (
            {"msg": "a", "traceparent": W3C, "trace_id": "own"},
            {
                "traceparent": W3C,
                "trace_id": "own",
                "trace_header_trace_id": W3C[3:35],
                "span_id": "00f067aa0ba902b7",
            },
        ),
        ({"msg": "a", "xrayTraceId": ROOT}, {"trace_id": ROOT}),
        ({"msg": "a", "traceparent": "00-0-0-01"}, {"traceparent": "00-0-0-01"}),
        (
            {"msg": "a", "traceparent": "garbage", "x-amzn-trace-id": XRAY},
            {"traceparent": "garbage", "x_amzn_trace_id": XRAY, "trace_id": ROOT, "span_id": "53995c3f42cd8ad8"},
        ),
        ({"msg": "a", "traceparent": f"00-{'0' * 32}-{W3C[36:]}"}, {"traceparent": f"00-{'0' * 32}-{W3C[36:]}"}),
        ({"msg": "a", "traceparent": f"{W3C[:36]}{'0' * 16}-01"}, {"traceparent": f"{W3C[:36]}{'0' * 16}-01"}),
        ({"msg": "a", "traceparent": f"ff{W3C[2:]}"}, {"traceparent": f"ff{W3C[2:]}"}),
        ({"msg": "a", "traceparent": 17}, {"traceparent": 17}),
        ({"msg": "a", "traceparent": {"version": W3C}}, {"traceparent_version": W3C}),
    ],
)
def test_ids_of_a_header_are_columns_beside_it(event: Row, columns: Row) -> None:
    assert _row(event) == {**columns, "message": "a"}


def test_a_table_without_the_columns_rescues_no_id() -> None:
    whole = schema_of(format_of("json"), [json.dumps({"msg": "a", "traceparent": W3C})])
    older = TableSchema("t", 1, tuple(each for each in whole.columns if each.name == "traceparent"))
    assert parsed_rows(format_of("json"), [json.dumps({"msg": "a", "traceparent": W3C})], older) == [
        {"traceparent": W3C, "message": "a"}
    ]


_HEX = "0123456789abcdef"
_PARENTS = st.builds(
    "00-{}-{}-01".format, st.text(_HEX, min_size=32, max_size=32), st.text(_HEX, min_size=16, max_size=16)
)


@given(st.lists(st.one_of(_PARENTS, st.text(max_size=60), st.none(), st.integers()), min_size=1, max_size=8))
def test_an_event_has_its_own_ids_whatever_its_neighbours_have(headers: list[object]) -> None:
    texts = [json.dumps({"msg": "a", "traceparent": each}) for each in headers]
    schema = schema_of(format_of("json"), [*texts, json.dumps({"traceparent": W3C})])
    rows = parsed_rows(format_of("json"), texts, schema)
    assert rows == [parsed_rows(format_of("json"), [text], schema)[0] for text in texts]
    for header, row in zip(headers, rows):
        if isinstance(header, str) and "trace_id" in row:
            assert (row["trace_id"], row["span_id"]) == (header[3:35], header[36:52])


def test_the_header_in_a_load_balancer_s_line_keeps_its_column() -> None:
    texts = [format_of("alb").about.example + f' arn "{header}"' for header in (XRAY, "-")]
    first, second = parsed_rows(format_of("alb"), texts)
    assert (first["trace_id"], first["xray_trace_id"]) == (XRAY, ROOT)
    assert "xray_trace_id" not in second
    assert format_of("alb").matches(pa.array(texts)).to_pylist() == [True, True]
