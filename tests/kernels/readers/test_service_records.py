from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.logs.raw_events import collect
from support.logs.service_logs import ALB, CALLS, ORIGIN, read_all

from loglake.core.units import parse_instant
from loglake.kernels.readers import elements
from loglake.kernels.readers.events import Fragment
from loglake.kernels.readers.service_logs import NO_EVENT_TIME, NO_RECORD, read_service_logs
from loglake.kernels.readers.unpacking.gunzip import gunzip

pytestmark = pytest.mark.unit

SMALL = st.sampled_from([1, 2, 3, 7, 64, 1 << 20])


def _records(*records: str, white: str = "") -> str:
    return f'{white}{{{white}"Records"{white}:{white}[' + f"{white},{white}".join(records) + f"{white}]{white}}}{white}"


def test_each_record_is_an_event_with_its_exact_text() -> None:
    pretty = json.dumps(json.loads(CALLS[1]), indent=4)
    other = '{"eventVersion":"1.11","n":' + "9" * 5_000 + ',"\u00e9":"]},{","eventTime":"2026-11-21T08:30:00Z"}'
    events, fragments = read_all("cloudtrail", "\ufeff" + _records(CALLS[0], pretty, other, white=" \r\n\t"))
    assert [(event.raw, event.line) for event in events] == [(CALLS[0], 1), (pretty, 2), (other, 3)]
    assert [event.time for event in events[:2]] == [parse_instant(json.loads(call)["eventTime"]) for call in CALLS[:2]]
    assert fragments == []


@pytest.mark.parametrize(
    "body", ['{"Records":[]}', ' { "Records" : [ ] } \n', '{"Records":[]}{"Records":[]}', "", "\n"]
)
def test_a_document_without_records_has_no_events(body: str) -> None:
    assert read_all("cloudtrail", body) == ([], [])


@pytest.mark.parametrize(
    "record",
    [
        '{"eventVersion":"1.11"}',
        '{"eventTime":"2026-11-31T08:30:00Z"}',
        '{"eventTime":17}',
        '{"eventTime":"\\ud800"}',
        '{"a":{"eventTime":"2026-11-21T08:30:00Z"}}',
    ],
)
def test_a_record_without_a_time_is_a_fragment(record: str) -> None:
    body = _records(CALLS[0], record, CALLS[1])
    events, fragments = read_all("cloudtrail", body)
    assert [(event.raw, event.line) for event in events] == [(CALLS[0], 1), (CALLS[1], 3)]
    assert fragments == [Fragment(2, body.index(record), record.encode(), NO_EVENT_TIME)]


@pytest.mark.parametrize("rest", ["", CALLS[1][:-5], "17]}", ",{}]}", "]", "x" * 300, '],"more":1}', "[" * 100_000])
def test_what_is_no_document_is_a_fragment_from_there_on(rest: str) -> None:
    body = f'{{"Records":[{CALLS[0]},{CALLS[1]}'
    body += rest if rest.startswith("]") else f",{rest}"
    events, fragments = read_all("cloudtrail", body)
    assert [event.raw for event in events] == CALLS
    (piece,) = fragments
    assert (piece.line, piece.reason) == (3, NO_RECORD)
    assert body.encode()[piece.offset :] == piece.data
    assert body.encode()[: piece.offset].rstrip(b",").endswith((CALLS[1].encode(), b"]"))


def test_documents_may_follow_each_other() -> None:
    events, fragments = read_all("cloudtrail", _records(CALLS[0]) + "\n" + _records(CALLS[1]) + "\n\nthe end")
    assert [(event.raw, event.line) for event in events] == [(CALLS[0], 1), (CALLS[1], 2)]
    assert [(piece.line, piece.data) for piece in fragments] == [(3, b"\n\nthe end")]


small_records = st.sampled_from(
    [
        *(
            '{"eventTime":"2026-11-21T08:30:00Z"}',
            '{"eventTime" : "2026-11-21T08:30:00.25Z", "a": "}]\\"\u00e9"}',
            "{}",
        ),
        *(
            '{"eventTime":"2026-11-21T08:30:00Z","a":"' + "x" * 80 + '"}',
            "",
            "17",
            '{"a"',
            "\ufeff",
            "]}",
            '{"Records":[',
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    records=st.lists(small_records, max_size=6),
    white=st.sampled_from(["", " ", "\r\n"]),
    end=st.integers(0, 30),
    chunk=SMALL,
    block=SMALL,
)
def test_neither_chunks_nor_blocks_matter_for_records(
    records: list[str], white: str, end: int, chunk: int, block: int
) -> None:
    body = (_records(*records, white=white) * 2).encode()
    body = body[: len(body) - max(0, end - 15)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elements, "MAX_EVENT_BYTES", 100)
        whole = read_all("cloudtrail", body)
        assert read_all("cloudtrail", body, chunk, block) == whole
    events, fragments = whole
    assert all(body[piece.offset : piece.offset + len(piece.data)] == piece.data for piece in fragments)
    assert all(event.raw.encode() in body and json.loads(event.raw)["eventTime"] for event in events)
    kept = "".join(event.raw for event in events).encode() + b"".join(piece.data for piece in fragments)
    assert kept.count(b"eventTime") == body.count(b"eventTime")


def test_a_record_that_is_too_long_comes_in_pieces_with_all_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "MAX_EVENT_BYTES", 1_000)
    long = CALLS[0][:-1] + ',"x":"' + "y" * 2_000 + '"}'
    short = '{"eventTime":"2026-11-21T08:30:00Z"}'
    body = _records(short, long, short)
    for block in (1, 999, 1 << 20):
        events, fragments = read_all("cloudtrail", body, 100, block)
        assert [event.line for event in events] == [1]
        assert b"".join(piece.data for piece in fragments) == body[body.index(long) :].encode()
        assert {len(piece.data) for piece in fragments[:-1]} == {1_000}
        assert {(piece.line, piece.reason) for piece in fragments} == {(2, NO_RECORD)}


def _damaged(body: str) -> Iterator[bytes]:
    packed = gzip.compress(body.encode(), 1)
    return gunzip(lambda: [packed[:-20]])


@pytest.mark.parametrize("block", [1, 50, 1 << 20])
@pytest.mark.parametrize("name", ["alb", "cloudtrail"])
def test_a_damaged_object_keeps_its_whole_events(name: str, block: int) -> None:
    lines = [(ALB if name == "alb" else CALLS[0]).replace("08:30:00", f"08:30:{second:02d}") for second in range(60)]
    body = "\n".join(lines) + "\n" if name == "alb" else _records(*lines)
    events, fragments = collect(read_service_logs(_damaged(body), ORIGIN, name, block))
    assert [event.raw for event in events] == lines[: len(events)]
    assert len(events) > 30
    (piece,) = fragments
    assert piece.line == len(events) + 1
    assert "middle" in piece.reason
    assert body[: piece.offset].rstrip("\n,").endswith(lines[len(events) - 1])
    assert body.encode()[piece.offset :].startswith(piece.data)


@pytest.mark.parametrize("name", ["alb", "cloudtrail"])
def test_damage_right_after_a_whole_event_is_reported(name: str) -> None:
    body = f"{ALB}\n" if name == "alb" else f'{{"Records":[{CALLS[0]}'
    packed = gzip.compress(body.encode())[:-8]
    events, fragments = collect(read_service_logs(gunzip(lambda: [packed]), ORIGIN, name))
    assert (len(events), len(fragments)) == (1, 1)
    assert (fragments[0].line, fragments[0].offset, fragments[0].data) == (2, len(body.encode()), b"")
