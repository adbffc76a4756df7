"""The ids in trace headers have columns of their own, and the header keeps its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.logs.parsed import Row, parsed_rows, schema_of
from support.yaml_files import read_yaml

from loglake.kernels.formats.registry import format_of

pytestmark = pytest.mark.unit

FIXTURES = Path(__file__).parents[1] / "fixtures"

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
        (
            {"msg": "a", "req": {"headers": {"traceparent": W3C}}},
            {"req_headers_traceparent": W3C, "trace_id": W3C[3:35], "span_id": "00f067aa0ba902b7"},
        ),
        (
            {"@m": "a", "@tr": W3C[3:35], "@sp": "00f067aa0ba902b7"},
            {"trace_id": W3C[3:35], "span_id": "00f067aa0ba902b7"},
        ),
        ({"msg": "a", "mdc": {"traceId": W3C[3:35], "requestId": "r"}}, {"trace_id": W3C[3:35], "request_id": "r"}),
        ({"msg": "a", "contextMap": {"span_id": "00f067aa0ba902b7"}}, {"span_id": "00f067aa0ba902b7"}),
        ({"msg": "a", "function_request_id": "r", "xray_trace_id": ROOT}, {"trace_id": ROOT, "request_id": "r"}),
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


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("json", json.dumps({"msg": "a", "traceparent": W3C})),
        ("logfmt", f"msg=a traceparent={W3C}"),
        ("header", f"2026-11-21 08:00:00 INFO a.b.C - a  traceparent={W3C}"),
        ("syslog", f'<38>1 2026-11-21T08:00:00Z h app 17 - [x@1 traceparent="{W3C}"] a'),
    ],
)
def test_a_table_without_the_columns_rescues_no_id(name: str, text: str) -> None:
    whole = schema_of(format_of(name), [text])
    assert {"trace_id", "span_id"} <= {column.name for column in whole.columns}
    older = replace(whole, columns=tuple(each for each in whole.columns if each.name not in ("trace_id", "span_id")))
    (row,) = parsed_rows(format_of(name, layouts=whole.layouts), [text], older)
    assert (row["traceparent"], row.get("_rescued")) == (W3C, None)


@pytest.mark.parametrize(
    ("header", "trace", "span"), [(W3C, W3C[3:35], "00f067aa0ba902b7"), (XRAY, ROOT, "53995c3f42cd8ad8")]
)
def test_pairs_have_the_ids_of_their_header(header: str, trace: str, span: str) -> None:
    name = "traceparent" if header is W3C else "X-Amzn-Trace-Id"
    rows = parsed_rows(format_of("logfmt"), [f'msg=a {name}="{header}"', "msg=b id=17"])
    assert [(row.get("trace_id"), row.get("span_id")) for row in rows] == [(trace, span), (None, None)]


def test_an_id_of_digits_alone_is_text_as_the_next_one() -> None:
    schema = schema_of(format_of("logfmt"), ["msg=a spanId=1234567890123456 id=17"])
    (row,) = parsed_rows(format_of("logfmt"), ["msg=a spanId=53995c3f42cd8ad8 id=17"], schema)
    assert row == {"message": "a", "span_id": "53995c3f42cd8ad8", "id": 17}


_TRACE = re.compile(r"[0-9a-f]{32}|1-[0-9a-f]{8}-[0-9a-f]{24}")
_UUID = re.compile(r"(?:req-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HOLDS_A_TRACE = re.compile(r"\b[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-|Root=1-[0-9a-f]{8}-[0-9a-f]{24}")
_OTHERS = {
    "boot_id": "the journal's id of a start of the machine",
    "xray_trace_id": "beside trace_id, which is AWS's name for the whole header of a load balancer",
    "record_requestid": "beside the request_id of Lambda's lines in the same table",
    "request_id": "a proxy's id of a request may have as many digits as one of a trace",
}


def test_ids_in_fixtures_are_columns_under_the_usual_names() -> None:
    found = [
        (path.name, name, value)
        for path in FIXTURES.rglob("*")
        for columns in _fixtures(path)
        for name, value in columns.items()
        if isinstance(value, str) and name not in ("message", "raw", *_OTHERS)
        if (name != "trace_id" and _TRACE.fullmatch(value))
        or (name != "request_id" and "req" in name and _UUID.fullmatch(value))
        or (_HOLDS_A_TRACE.search(value) and not {"trace_id", "xray_trace_id"} & columns.keys())
    ]
    assert not found


def _fixtures(path: Path) -> Iterator[Row]:
    """The expected columns of a file's events."""
    if path.suffix == ".json":
        yield from json.loads(path.read_text("utf-8"))
    if path.suffix == ".yaml":
        for each in read_yaml(path):
            yield from (event["columns"] for event in each.get("events", [each]))


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
