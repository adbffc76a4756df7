from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglake.core.units import parse_instant
from loglake.errors import ConfigError
from loglake.kernels.readers import export_text
from loglake.kernels.readers.events import EVENTS, Fragment
from loglake.kernels.readers.export_text import read_events
from loglake.kernels.readers.unpacking.gunzip import gunzip

if TYPE_CHECKING:
    import pyarrow as pa

pytestmark = pytest.mark.unit

TIMESTAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")
A, B, C = "2023-11-14T12:34:56.789Z ", "2023-11-14T12:34:56.790Z ", "1969-12-31T23:59:59.999Z "

Event = tuple[int, str, int]


def _read(data: bytes, chunk: int = 1 << 20, block: int = 1 << 20) -> tuple[list[Event], list[Fragment]]:
    chunks = [data[start : start + chunk] for start in range(0, len(data), chunk)]
    return _collect(read_events(chunks, block))


def _collect(items: Iterable[pa.RecordBatch | Fragment]) -> tuple[list[Event], list[Fragment]]:
    events: list[Event] = []
    fragments: list[Fragment] = []
    for item in items:
        if isinstance(item, Fragment):
            fragments.append(item)
        else:
            assert item.schema == EVENTS
            assert item.column("event_id").null_count == item.num_rows
            events.extend(zip(*(column.to_pylist() for column in item.columns[:3]), strict=True))
    return events, fragments


def _expected(data: bytes) -> tuple[list[Event], list[tuple[int, int, bytes]]]:
    """The expected events, read line by line as the format is documented."""
    stretches: list[tuple[int, int, bytes, int | None]] = []
    offset = 0
    for number, line in enumerate(_lines(data), 1):
        ms = _ms(line)
        if ms is not None or not stretches:
            stretches.append((number, offset, line, ms))
        else:
            first, start, text, timestamp = stretches[-1]
            stretches[-1] = (first, start, text + line, timestamp)
        offset += len(line)
    events = [
        (ms, text[25:].removesuffix(b"\n").decode("utf-8", "replace"), number)
        for number, _, text, ms in stretches
        if ms is not None
    ]
    return events, [(number, start, text) for number, start, text, ms in stretches if ms is None]


def _lines(data: bytes) -> list[bytes]:
    return [line for line in re.split(rb"(?<=\n)", data) if line]


def _ms(line: bytes) -> int | None:
    if not TIMESTAMP.match(line):
        return None
    try:
        return parse_instant(line[:24].decode())
    except ConfigError:
        return None


def test_events_as_cloudwatch_exports_them() -> None:
    data = f'{A}START RequestId: 1\n{A}[ERROR] ValueError\nTraceback\n  File "a.py"\n\n{B}{{"a": 1}}\n'.encode()
    assert _read(data) == (
        [
            (1699965296789, "START RequestId: 1", 1),
            (1699965296789, '[ERROR] ValueError\nTraceback\n  File "a.py"\n', 2),
            (1699965296790, '{"a": 1}', 6),
        ],
        [],
    )


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (f"{A}last line without newline", ["last line without newline"]),
        (f"{A}\n", [""]),
        (A, [""]),
        (f"{A}ends in a newline\n\n", ["ends in a newline\n"]),
        (f"{A}\n\n\n{B}x", ["\n\n", "x"]),
        (f"{A}quotes {B}in the middle\n", [f"quotes {B}in the middle"]),
        (f"{A}carriage return\r\n", ["carriage return\r"]),
        (f"{C}before the epoch\n", ["before the epoch"]),
        (f"{A}a\n2023-13-14T12:34:56.789Z month 13\n", ["a\n2023-13-14T12:34:56.789Z month 13"]),
        (f"{A}a\n2023-02-29T12:34:56.789Z no leap year\n", ["a\n2023-02-29T12:34:56.789Z no leap year"]),
        (f"{A}a\n2024-02-29T12:34:56.789Z leap year\n", ["a", "leap year"]),
        (f"{A}a\n0000-02-01T12:34:56.789Z year 0\n", ["a\n0000-02-01T12:34:56.789Z year 0"]),
        (f"{A}a\n2023-11-14T24:34:56.789Z hour 24\n", ["a\n2023-11-14T24:34:56.789Z hour 24"]),
        (f"{A}a\n2023-11-14T12:34:56.789Z\tno space\n", ["a\n2023-11-14T12:34:56.789Z\tno space"]),
        (f"{A}a\n2023-11-14 12:34:56.789Z no T\n", ["a\n2023-11-14 12:34:56.789Z no T"]),
        ("", []),
    ],
)
def test_edges(data: str, texts: list[str]) -> None:
    events, fragments = _read(data.encode())
    assert [raw for _, raw, _ in events] == texts
    assert fragments == []


def test_text_without_a_timestamp_before_the_first_event_is_a_fragment() -> None:
    events, fragments = _read(f"no timestamp\nat all\n{A}event\n".encode())
    assert events == [(1699965296789, "event", 3)]
    assert fragments == [Fragment(1, 0, b"no timestamp\nat all\n", export_text.NO_TIMESTAMP)]


def test_invalid_utf8_is_replaced_in_its_event_only() -> None:
    events, _ = _read(f"{A}good \u00e9\n".encode() + A.encode() + b"bad \xff\xfe.\n" + f"{B}\U0001f600\n".encode())
    assert [raw for _, raw, _ in events] == ["good \u00e9", "bad \ufffd\ufffd.", "\U0001f600"]


lines = st.sampled_from(
    [A, B, C, f"{A}x", f"{B}caf\u00e9", "continued", "", "2023-11-14T12:34", "2023-99-14T12:34:56.789Z x", "\r", " \t"]
).map(str.encode) | st.binary(max_size=12).map(lambda data: data.replace(b"\n", b""))


@settings(max_examples=300, deadline=None)
@given(
    data=st.lists(lines, max_size=12).map(b"\n".join),
    last=st.sampled_from([b"", b"\n"]),
    chunk=st.sampled_from([1, 2, 3, 24, 25, 26, 1 << 20]),
    block=st.sampled_from([1, 7, 25, 64, 1 << 20]),
)
def test_neither_chunks_nor_blocks_matter(data: bytes, last: bytes, chunk: int, block: int) -> None:
    data += last
    events, fragments = _read(data, chunk, block)
    assert (events, [(piece.line, piece.offset, piece.data) for piece in fragments]) == _expected(data)


@settings(max_examples=200, deadline=None)
@given(instant=st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))
def test_timestamps_are_read_as_python_reads_them(instant: datetime) -> None:
    instant = instant.replace(microsecond=instant.microsecond // 1000 * 1000, tzinfo=UTC)
    timestamp = f"{instant.year:04d}-{instant:%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z "
    events, _ = _read(timestamp.encode() + b"x\n")
    assert events == [((instant - datetime(1970, 1, 1, tzinfo=UTC)) // (datetime.resolution * 1000), "x", 1)]


@pytest.mark.parametrize("block", [1, 10, 100, 100_000])
@pytest.mark.parametrize("size", [99, 100, 101, 110, 124, 125, 126, 1_000])
def test_what_is_longer_than_an_event_can_be_comes_in_pieces(
    monkeypatch: pytest.MonkeyPatch, block: int, size: int
) -> None:
    monkeypatch.setattr(export_text, "MAX_EVENT_BYTES", 100)
    long = (A + "y" * 40 + "\n").encode().ljust(size - 1, b"z") + b"\n"
    data = b"head\n" + long + f"{B}next\n".encode()
    events, fragments = _read(data, 13, block)
    if size <= 100:
        assert [line for *_, line in events] == [2, 4]
        return
    assert [raw for _, raw, _ in events] == ["next"]
    pieces = [piece for piece in fragments if piece.reason == export_text.TOO_LONG]
    assert b"".join(piece.data for piece in pieces) == long
    assert [len(piece.data) for piece in pieces[:-1]] == [100] * (len(pieces) - 1)
    assert [(piece.line, piece.offset) for piece in pieces[:2]] == [(2, 5), (3, 105)]
    assert fragments[0] == Fragment(1, 0, b"head\n", export_text.NO_TIMESTAMP)


@pytest.mark.parametrize("block", [1, 50, 1 << 20])
def test_a_damaged_object_keeps_its_whole_events(block: int) -> None:
    text = "".join(f"{A}event {number}\n" for number in range(100))
    whole = gzip.compress(text.encode(), 1)
    events, fragments = _collect(read_events(gunzip(lambda: [whole[:-20]]), block))
    assert events == _read(text.encode())[0][: len(events)]
    assert len(events) > 50
    assert len(fragments) == 1
    assert fragments[0].line == len(events) + 1
    assert "middle" in fragments[0].reason
