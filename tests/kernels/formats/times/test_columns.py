"""Times as text logs write them."""

from __future__ import annotations

from datetime import datetime, timezone

import pyarrow as pa
import pytest

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, grow
from loglake.kernels.formats.registry import format_of
from loglake.kernels.formats.times.columns import log_times, to_times
from loglake.kernels.formats.times.zones import zone_of

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


def said(texts: list[str], zone: str = "", near: str | None = None) -> list[str | None]:
    """What the events' own times are, as ISO 8601."""
    around = None
    if near:
        around = pa.array([datetime.fromisoformat(near)] * len(texts), pa.timestamp("ms", "UTC"))
    times = log_times(pa.array(texts), zone_of(zone), around).to_pylist()
    return [None if each is None else each.isoformat(timespec="milliseconds") for each in times]


MORNING = "2026-11-21T08:30:00.123+00:00"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T08:30:00.123Z",
        "2026-11-21 08:30:00,123999",
        "2026/11/21 09:30:00.123 CET",
        "2026-11-21T08:30:00.123456789+00:00",
        "2026-11-21 03:00:00.123 -0530",
        "2026-11-21 8:30:00.123 AM",
        "2026-11-21 08:30:00.123456789 +0000 UTC m=+0.000000001",
        "21/Nov/2026:09:30:00.123 +0100",
        "21-NOV-2026 08:30:00.123",
        "Sat Nov 21 08:30:00.123 2026",
        "Nov 21, 2026 8:30:00.123 AM",
        "November 21, 2026, 8:30:00.123 AM",
        "21.11.2026 08:30:00.123",
        "21-11-2026 08:30:00.123",
        "11/21/2026 8:30:00.123 AM",
        "21/11/2026 08:30:00.123",
        "2026-325T08:30:00.123Z",
        "20261121-8:30:0:123",
        "20261121T083000.123Z",
        "2026-11-21-08.30.00.123456",
        "2026 Nov 21 08:30:00.123",
        "1795249800.123",
        "1795249800123",
        "1795249800123456789",
    ],
)
def test_the_own_time_of_an_event_in_many_ways(text: str) -> None:
    assert said([text, "soon", text]) == [MORNING, None, MORNING]


@pytest.mark.parametrize(
    ("text", "near", "time"),
    [
        ("Nov 21 08:30:00.123", "2026-11-21T08:31:00+00:00", MORNING),
        ("Dec 31 23:59:59", "2027-01-01T00:00:10+00:00", "2026-12-31T23:59:59.000+00:00"),
        ("Jan  1 00:00:00", "2026-12-31T23:59:10+00:00", "2027-01-01T00:00:00.000+00:00"),
        ("Feb 29 12:00:00", "2028-02-29T12:00:00+00:00", "2028-02-29T12:00:00.000+00:00"),
        ("Feb 29 12:00:00", "2026-02-28T12:00:00+00:00", None),
        ("Sat Nov 21 09:30:00.123 +0100", "2026-11-22T08:31:00+00:00", MORNING),
        ("26/11/21 08:30:00.123", "2026-11-21T08:31:00+00:00", MORNING),
        ("21/11/26 08:30:00.123", "2026-11-21T08:31:00+00:00", None),
        ("11-21 08:30:00.123", "2026-11-21T08:31:00+00:00", MORNING),
    ],
)
def test_the_event_gives_a_time_its_year(text: str, near: str, time: str | None) -> None:
    assert said([text], near=near) == [time]
    assert said([text]) == [None]


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "08:30:00", "327", "20261121", "2026-02-30 08:00:00", "2026-11-21 24:00:00", "2026-11-21 08:00:60"),
        *("1/2/2026 8:30:00", "01-02-2026 08:30:00", "2026-11-21 08:30:00 IST", "Nov 21 08:30:00"),
        *("2026-11-21 08:30:00 and more", "2026-11-21 13:30:00 PM", "2026-366T08:30:00Z"),
    ],
)
def test_what_is_unsure_is_null(text: str) -> None:
    assert said([text]) == [None]


def test_a_zone_is_that_of_times_without_one_but_not_of_hours_that_it_shows_twice_or_never() -> None:
    texts = ["2026-07-02 12:00:00", "2026-07-02 12:00:00Z", "2026-10-25 02:30:00", "2026-03-29 02:30:00"]
    assert said(texts, "Europe/Berlin") == [
        "2026-07-02T10:00:00.000+00:00",
        "2026-07-02T12:00:00.000+00:00",
        None,
        None,
    ]
    assert said(texts[:1], "-03:30") == ["2026-07-02T15:30:00.000+00:00"]
