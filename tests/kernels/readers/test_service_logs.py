from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.logs.raw_events import collect
from support.logs.service_logs import ALB, CALLS, CLOUDFRONT, ORIGIN, VPC, VPC_HEADER, WAF, T, read_all

from loglake.kernels.formats.registry import format_of
from loglake.kernels.readers import service_lines
from loglake.kernels.readers.events import Fragment, Origin
from loglake.kernels.readers.export_text import TOO_LONG
from loglake.kernels.readers.service_lines import NO_TIME, NO_TIME_FIELD
from loglake.kernels.readers.service_logs import read_service_logs

pytestmark = pytest.mark.unit

SMALL = st.sampled_from([1, 2, 3, 7, 64, 1 << 20])


def test_group_and_stream_are_those_that_are_known() -> None:
    (event,), _ = collect(read_service_logs([ALB.encode()], ORIGIN, "alb"))
    assert event.origin == Origin(ORIGIN.source, "delivered/alb", "AWSLogs/123456789012/eu-central-1/2026/11/21")
    known = Origin("file.gz", "/my/alb", "i-1")
    (event,), _ = collect(read_service_logs([ALB.encode()], known, "alb"))
    assert event.origin == known
    (event,), _ = collect(
        read_service_logs([f'{{"Records":[{CALLS[0]}]}}'.encode()], Origin("file", "", ""), "cloudtrail")
    )
    assert event.origin == Origin("file", "delivered/cloudtrail", "")


def test_lines_are_events_whole_and_numbered() -> None:
    body = f"\n{ALB}\r\n\r\nno record\n \n{ALB} and a new field".encode() + b" \xff\n"
    events, fragments = read_all("alb", body)
    assert [(event.raw, event.line) for event in events] == [(f"{ALB}\r", 2), (f"{ALB} and a new field \ufffd", 6)]
    offset = body.index(b"no record")
    assert fragments == [Fragment(4, offset, b"no record\n", NO_TIME), Fragment(5, offset + 10, b" \n", NO_TIME)]


def test_bytes_that_are_no_utf8_are_kept_beside_the_text() -> None:
    line = ALB.encode() + b" \xff"
    (item,) = read_service_logs([line + b"\n" + ALB.encode() + b"\n"], ORIGIN, "alb")
    assert not isinstance(item, Fragment)
    assert item.batch.column("exact").to_pylist() == [line, None]


@pytest.mark.parametrize("name", ["alb", "cloudfront", "vpc_flow", "waf"])
def test_a_byte_order_mark_is_no_content(name: str) -> None:
    line = {"alb": ALB, "cloudfront": CLOUDFRONT, "vpc_flow": VPC, "waf": WAF}[name]
    events, fragments = read_all(name, f"\ufeff{line}\n\ufeff\n")
    assert [event.raw for event in events] == [line]
    assert [(piece.line, piece.data) for piece in fragments] == [(2, b"\xef\xbb\xbf\n")]
    assert read_all(name, "\ufeffgarbage\n")[1] == [Fragment(1, 0, "\ufeffgarbage\n".encode(), NO_TIME)]
    assert read_all(name, "\ufeff\r\n") == ([], [])


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("vpc_flow", VPC_HEADER),
        ("vpc_flow", "action srcaddr start flow-direction"),
        ("cloudfront", "#Version: 1.0\n#Fields: date time x-edge-location"),
        ("cloudfront", "#Version: 1.0"),
    ],
)
def test_headers_are_no_events(name: str, header: str) -> None:
    for end in ("", "\n", "\r\n"):
        assert read_all(name, header.replace("\n", end or "\n") + end) == ([], [])


def test_a_header_says_where_the_time_is_and_what_the_fields_are() -> None:
    order = "action srcaddr a-newer-field start flow-direction"
    events, fragments = read_all(
        "vpc_flow", f"{order}\nACCEPT 10.0.0.1 - 1795249800 ingress\nREJECT 10.0.0.2 - - egress\n{VPC}\n"
    )
    assert [(event.time, event.line, event.origin.fields) for event in events] == [(T, 2, tuple(order.split()))]
    assert [piece.line for piece in fragments] == [3, 4]
    raw = pa.array([event.raw for event in events])
    assert format_of("vpc_flow", fields=events[0].origin.fields).matches(raw).to_pylist() == [True]


def test_each_header_is_for_the_lines_below_it() -> None:
    events, fragments = read_all(
        "cloudfront",
        f"{CLOUDFRONT}\n#Version: 1.0\n#Fields: c-ip time date\n192.0.2.1\t08:30:00\t2026-11-21\n"
        f"#Fields: date time\n2026-11-21\t08:30:01\n#Fields: date date time\n2026-11-21\t-\t08:30:02\n#Remark: none\n",
    )
    assert [(event.line, event.time - T, event.origin.fields) for event in events] == [
        (1, 0, ()),
        (4, 0, ("c-ip", "time", "date")),
        (6, 1000, ("date", "time")),
        (8, 2000, ("date", "date", "time")),
    ]
    assert [(piece.line, piece.data) for piece in fragments] == [(9, b"#Remark: none\n")]


def test_lines_below_a_header_without_a_time_say_so() -> None:
    assert [piece.reason for piece in read_all("vpc_flow", "srcaddr dstaddr\n10.0.0.1 10.0.0.2\n")[1]] == [
        NO_TIME_FIELD
    ]
    assert [piece.reason for piece in read_all("cloudfront", "#Fields: date c-ip\n2026-11-21\t-\n")[1]] == [
        NO_TIME_FIELD
    ]


vpc_lines = st.sampled_from(
    [
        *(VPC, VPC + "\r", VPC.replace("ACCEPT OK", "- NODATA"), VPC_HEADER, "start srcaddr bytes", "1763712000 - 17"),
        *("1763712000 10.0.0.1 17\r", "", "\r", "garbage", "a b", "\ufeff", "\ufeff" + VPC, "x" * 90),
    ]
)


def _oracle(body: bytes, long: int) -> list[tuple[int, int | None]]:
    """The expected line numbers and times, read line by line."""
    counted: list[tuple[int, int | None]] = []
    order = VPC_HEADER.split()
    for number, whole in enumerate(re.findall(rb"[^\n]*\n|[^\n]+", body), 1):
        text = whole.rstrip(b"\n").decode()
        text = text.removeprefix("\ufeff") if number == 1 else text
        if len(whole) > long:
            counted += [(number, None)] * -(-len(whole) // long)
        elif text.strip() in (VPC_HEADER, "start srcaddr bytes"):
            order = text.split()
        elif text not in ("", "\r"):
            words = text.split(" ")
            digits = words[order.index("start")].strip() if len(words) == len(order) else ""
            counted.append((number, int(digits) * 1000 if digits.isdigit() else None))
    return counted


@settings(max_examples=300, deadline=None)
@given(lines=st.lists(vpc_lines, max_size=10), last=st.sampled_from(["", "\n"]), chunk=SMALL, block=SMALL)
def test_neither_chunks_nor_blocks_matter_for_lines(lines: list[str], last: str, chunk: int, block: int) -> None:
    body = ("\n".join(lines) + last).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service_lines, "MAX_EVENT_BYTES", 150)
        events, fragments = read_all("vpc_flow", body, chunk, block)
    counted = sorted([(event.line, event.time) for event in events] + [(piece.line, -1) for piece in fragments])
    wanted = [(line, -1 if time is None else time) for line, time in _oracle(body, 150)]
    assert counted == sorted(wanted)
    assert all(body[piece.offset : piece.offset + len(piece.data)] == piece.data for piece in fragments)
    rows = body.split(b"\n")
    rows[0] = rows[0].removeprefix(b"\xef\xbb\xbf")
    assert [rows[event.line - 1].decode() for event in events] == [event.raw for event in events]


@pytest.mark.parametrize("block", [1, 10, 100, 100_000])
@pytest.mark.parametrize("size", [99, 100, 101, 199, 200, 201, 1_000])
def test_a_line_that_is_too_long_comes_in_pieces(monkeypatch: pytest.MonkeyPatch, block: int, size: int) -> None:
    monkeypatch.setattr(service_lines, "MAX_EVENT_BYTES", 100)
    start = "h2 2026-11-21T08:30:00Z "
    long = start.ljust(size - 1, "x") + "\n"
    events, fragments = read_all("alb", f"{start}a\n{long}{start}b\n", 13, block)
    whole = [event.raw[-1] for event in events]
    if size <= 100:
        assert (whole, fragments) == (["a", "x", "b"], [])
        return
    assert [(event.raw[-1], event.line) for event in events] == [("a", 1), ("b", 3)]
    assert "".join(piece.data.decode() for piece in fragments) == long
    assert {(piece.line, piece.reason) for piece in fragments} == {(2, TOO_LONG)}
    assert [piece.offset for piece in fragments] == list(range(26, 26 + size, 100))
