"""Times as text logs write them."""

from __future__ import annotations

from datetime import datetime, timezone

import pyarrow as pa
import pytest

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, grow
from loglake.kernels.formats.registry import format_of
from loglake.kernels.formats.text_times import to_times

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T12:00:00Z",
        "2026-11-21 12:00:00.000000Z",
        "2026-11-21 12:00:00,000",
        "2026-11-21T12:00:00",
        "2026-11-21T12:00",
        "2026-11-21 12:00:00 UTC",
        "2026-11-21T13:30:00.000+01:30",
        "21/Nov/2026:12:00:00 +0000",
        "21/Nov/2026:13:00:00 +0100",
        "Sat Nov 21 12:00:00 2026",
        "Sat Nov 21 12:00:00.000000 2026",
        "2026/11/21 12:00:00",
        "1795262400",
        "1795262400000",
        "1795262400000000",
        "1795262400000000000",
        "1795262400.000",
    ],
)
def test_one_moment_in_many_ways(text: str) -> None:
    values, misfits = to_times(pa.array([text, None]))
    assert values.to_pylist() == [NOON, None]
    assert misfits.tolist() == [False, False]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Sun Nov  1 08:30:00.123456 2026", datetime(2026, 11, 1, 8, 30, 0, 123456, timezone.utc)),
        ("01/Jan/2026:00:00:00 +0000", datetime(2026, 1, 1, tzinfo=timezone.utc)),
        ("1795262400.25", datetime(2026, 11, 21, 12, 0, 0, 250000, timezone.utc)),
        ("1795262400123", datetime(2026, 11, 21, 12, 0, 0, 123000, timezone.utc)),
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=timezone.utc)),
    ],
)
def test_other_moments(text: str, moment: datetime) -> None:
    assert to_times(pa.array([text]))[0].to_pylist() == [moment]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noon",
        "Nov 21 12:00:00",
        "12:00:00.123",
        "20261121",
        "20261121120000",
        "26/11/21 12:00:00",
        "2026-02-30T12:00:00Z",
        "30/Feb/2026:12:00:00 +0000",
        "2026-11-21T12:00:00.1234567Z",
        "1795262400123456789",
        "2026-11-21T25:00:00Z",
    ],
)
def test_what_is_no_time_or_too_fine_is_left(text: str) -> None:
    values, misfits = to_times(pa.array([text, "2026-11-21T12:00:00Z"]))
    assert values.to_pylist() == [None, NOON]
    assert misfits.tolist() == [True, False]


CLF = '192.0.2.1 - - [21/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 1'
FLOW = "2 012345678901 eni-0a1b 10.0.0.5 10.0.1.9 49152 443 6 20 4249 1795262400 1795262460 ACCEPT OK"


@pytest.mark.parametrize(
    ("name", "field", "text"),
    [
        ("access_log", "time", CLF),
        ("vpc_flow", "start", FLOW),
        ("header", "timestamp", "2026-11-21 12:00:00,000 INFO [main] a.B: x"),
        ("logfmt", "time", "time=2026-11-21T12:00:00Z msg=x"),
        ("mysql_audit", "timestamp", "1795262400000000,db,app,10.0.0.1,412,90017,QUERY,shop,'SELECT 1',0"),
        ("json", "at", '{"at": "2026-11-21T12:00:00Z"}'),
        ("json", "at", '{"at": 1795262400}'),
        ("header", "at", 'INFO:root:{"at": "2026-11-21T12:00:00Z"}'),
    ],
)
def test_a_hint_makes_a_field_a_timestamp(name: str, field: str, text: str) -> None:
    raw = pa.array([text])
    hint: dict[FieldPath, InferredType] = {(field,): InferredType(ColumnType.TIMESTAMP)}
    schema = grow(TableSchema("t"), {**format_of(name).infer_types(raw), **hint})
    parsed = format_of(name).parser(schema)(raw)
    index = [column.path for column in schema.columns].index((field,))
    assert parsed.columns[index].to_pylist() == [NOON]
    assert parsed.rescued_values == 0


def test_a_time_that_a_hint_can_not_read_is_rescued() -> None:
    raw = pa.array(["Nov 21 12:00:00 web-1 app: x"])
    schema = grow(TableSchema("t"), {("timestamp",): InferredType(ColumnType.TIMESTAMP)})
    parsed = format_of("syslog").parser(schema)(raw)
    assert parsed.columns[0].to_pylist() == [None]
    assert parsed.rescued.to_pylist() == ['{"timestamp":"Nov 21 12:00:00","host":"web-1","program":"app"}']
