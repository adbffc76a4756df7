"""Plain log files: lines become events, wherever the chunks of bytes are cut."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.stores import MemoryStore
from support.logs.raw_events import Event, collect, cut

from loglake.core.plain_notes import PlainNotes
from loglake.core.schema.bundle import RawObject
from loglake.core.units import format_instant, parse_instant
from loglake.kernels.blocks import TruncatedInputError
from loglake.kernels.readers.events import Fragment, Origin
from loglake.kernels.readers.plain import reader
from loglake.kernels.readers.plain.reader import read_plain
from loglake.kernels.readers.raw_objects import read_object

pytestmark = pytest.mark.unit

CHANGED = parse_instant("2026-11-21T08:30:00Z")
ORIGIN = Origin("app.log", "/app", "app.log")


def read(
    data: bytes | str, size: int = 1 << 20, block_bytes: int = 1 << 20, event_start: str = ""
) -> tuple[list[Event], list[Fragment], PlainNotes]:
    body = data.encode() if isinstance(data, str) else data
    notes = PlainNotes(CHANGED)
    items = read_plain(
        cut(body, size),
        body[:65536],
        ORIGIN,
        notes,
        reopen=lambda: cut(body, size),
        event_start=event_start,
        block_bytes=block_bytes,
    )
    events, fragments = collect(items)
    return events, fragments, notes


def texts(data: str) -> list[str]:
    return [event.raw for event in read(data)[0]]


def joined(*events: str) -> str:
    return "".join(f"{event}\n" for event in events)


@pytest.mark.parametrize(
    ("lines", "instants"),
    [
        (
            [
                "[1421] 2024/01/02 15:04:05.678901 [INF] Starting nats-server",
                "[1421] 2024/01/02 15:04:06.1 [WRN] x\n  y",
            ],
            ["2024-01-02T15:04:05.678Z", "2024-01-02T15:04:06.100Z"],
        ),
        (
            ["[nsqd] 2024/01/02 15:04:05.678901 INFO: nsqd v1.2.1", "[nsqd] 2024/01/02 15:04:06.000001 INFO: ID: 933"],
            ["2024-01-02T15:04:05.678Z", "2024-01-02T15:04:06.000Z"],
        ),
        (
            ["- 1117838570 2005.06.03 R02-M1-N0 2005-06-03-15.42.50.363779 R02-M1-N0 RAS KERNEL INFO cache parity"],
            ["2005-06-03T15:42:50.363Z"],
        ),
        (
            ["nova-api.log.1 2017-05-16 00:00:14.266 25746 INFO nova.osapi_compute.wsgi.server [-] GET /v2"],
            ["2017-05-16T00:00:14.266Z"],
        ),
        (
            ['{"time":"2024-01-02T15:04:05Z","text":"cut off', '{"time":"2024-01-02T15:04:06Z","text":"a"} and more'],
            ["2024-01-02T15:04:05Z", "2024-01-02T15:04:06Z"],
        ),
        (["01-02 15:04:05.678  1234  5678 V Tag: text"], ["2026-01-02T15:04:05.678Z"]),
        (['{"asctime":"2024-01-02 15:04:05,678","message":"a"}'], ["2024-01-02T15:04:05.678Z"]),
        (['{"record":{"time":{"repr":"2024-01-02 15:04:05.678+00:00"}},"text":"a"}'], ["2024-01-02T15:04:05.678Z"]),
        (['api: {"time":"2024-01-02T15:04:05Z","level":"error"}'], ["2024-01-02T15:04:05Z"]),
    ],
)
def test_a_time_behind_other_fields_is_found_as_its_column_is(lines: list[str], instants: list[str]) -> None:
    events, fragments, notes = read(joined(*lines * 5))
    assert [(event.raw, event.time) for event in events] == list(zip(lines, map(parse_instant, instants))) * 5
    assert (fragments, notes.timed, notes.is_made_up) == ([], len(events), False)


def test_times_are_made_up_if_no_line_has_one() -> None:
    events, _, notes = read("[1421] started\n[1421] stopped 2024\n")
    assert {event.time for event in events} == {CHANGED}
    assert notes.is_made_up


JAVA = (
    "2024-01-02 15:04:05,678 ERROR boom\njava.lang.IllegalStateException: x\n\tat a.B.c(B.java:7)\nCaused by: y\n"
    "\t... 7 more"
)
PYTHON = (
    '2024-01-02 15:04:06 ERROR boom\nTraceback (most recent call last):\n  File "x.py", line 7\n    x()\nKeyError: 17'
)
SQL = "2024-01-02 15:04:07 UTC [7] LOG:  statement: SELECT a\nFROM b\nWHERE c\n\n  AND d"
FIELDS = "#Software: Internet Information Services\n#Date: 2026-11-21 08:00:00\n#Fields: date time cs-method sc-status"
ENTRY = "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1704207848123456\nMESSAGE=at x\n2024=odd\n"
BINARY_ENTRY = (
    "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1704207848123456\nMESSAGE\n\x0a\0\0\0\0\0\0\0a\n\n2024-01\n_PID=17\n"
)
OBJECT = '{"ts": 1704207848, "message": "one line"}'
PRETTY = '{\n  "ts": 1704207849,\n  "nested": {\n    "text": "with } and {"\n  },\n  "list": [\n    1\n  ]\n}'


@pytest.mark.parametrize(
    "events",
    [
        (JAVA, PYTHON, SQL),
        (JAVA, OBJECT, PYTHON, OBJECT, OBJECT, SQL),
        (OBJECT, PRETTY, PRETTY, OBJECT),
        (f"{JAVA}\n{PRETTY}", SQL),
        ("plain", "lines", "are events"),
        ("boom\njava.lang.IllegalStateException: x\n\tat a.B.c(B.java:7)\nCaused by: y\n\t... 7 more", "next"),
        (
            'boom\nTraceback (most recent call last):\n  File "x.py", line 7\n    x()\nshop.OutOfStock: 17',
            "next",
        ),
        ("panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:7 +0x1d", "next"),
        (
            'Traceback (most recent call last):\n  File "x.py"\nKeyError: 17\n\nDuring handling of the above '
            'exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "y.py"\nOSError: x',
            "next",
        ),
        (OBJECT, "text after an object\n  indented", OBJECT),
        ('2024-01-02 15:04:05 answer {\n  "a": 1\n}', "2024-01-02 15:04:06 next"),
        ("{unclosed brace of a text", "next", "last"),
        ('{\n"list": [\n1704207848,\n1704207849\n]\n}', '{\n"a":\n1704207850.5\n}', "2024-01-02 15:04:06 next"),
        ("{", "2024-01-02 15:04:05 after a brace that is never closed"),
        (FIELDS, "2026-11-21 08:00:00 GET 200", FIELDS, "2026-11-21 08:00:01 GET 200\n# not a header"),
        ("#separator \\x09\n#fields\tts\tuid", "1704207848.123\tC1", "#close\t2026-11-21-09-00-00"),
        (ENTRY, ENTRY.rstrip()),
        (BINARY_ENTRY, ENTRY, BINARY_ENTRY.rstrip()),
        ("__CURSOR=s=1;i=2", "no field", "a line", "another"),
        (ENTRY, "a line", "another"),
        ("__CURSOR=s=1;i=2\nNAME\nno length of a field", "a line", "another"),
        ("elapsed,code", "1704207848123,200", "elapsed,code", "1704207849123,404\nnot the header"),
        (JAVA, "[INFO] [launch]: the node has died", PYTHON, "[ERROR] [node-1]: process has died\nsee above", SQL),
        ("[ Info: up", "┌ Warning: low\n│   stock = 2\n└ @ Main.Shop /srv/shop.jl:17", "[ Info: down"),
        ("<![LOG[a]LOG]!><x>", "<![LOG[b\nc: d\n{}]LOG]!><x>", "<![LOG[e", "<![LOG[f]LOG]!><x>", "next"),
        ("INFO: 2024-01-02 15:04:05: up", "SHOUT: 2024-01-02 15:04:06: out of memory"),
    ],
)
def test_where_events_start(events: Sequence[str]) -> None:
    assert texts(joined(*events)) == list(events)
    assert texts(joined(*events).removesuffix("\n")) == list(events)


def test_indented_and_empty_lines_belong_to_the_event_before() -> None:
    assert texts("boom\n\tat x\n\n  at y\nnext\n\n") == ["boom\n\tat x\n\n  at y", "next\n"]


def test_an_event_has_its_own_time_or_that_of_the_one_before() -> None:
    lines = ["header", '{"ts": 1704207848}', "text", '{"ts": 1704207850}', '{"message": "none"}', PRETTY]
    events, _, notes = read(joined(*lines))
    assert [format_instant(event.time)[17:19] for event in events] == ["08", "08", "08", "10", "10", "09"]
    assert [event.line for event in events] == [1, 2, 3, 4, 5, 6]
    assert (notes.events, notes.timed, notes.is_made_up) == (6, 3, False)


def test_an_entry_of_a_journal_has_its_own_time() -> None:
    events, _, notes = read(joined(ENTRY, ENTRY.replace("1704207848", "1704207849"), "__CURSOR=s=1;i=3\nMESSAGE=none"))
    assert [format_instant(event.time)[17:23] for event in events] == ["08.123", "09.123", "09.123"]
    assert notes.timed == 2


def test_a_file_without_times_has_that_of_its_last_change() -> None:
    events, _, notes = read("one\ntwo\n")
    assert {event.time for event in events} == {CHANGED}
    assert notes.is_made_up


def test_years_turn_inside_a_file_without_years() -> None:
    lines = ["Dec 30 23:00:00 a", "Jan  1 00:00:01 b", "Dec 31 23:59:59 c", "Feb  1 00:00:00 d", "Jan  3 00:00:00 e"]
    events, _, _ = read(joined(*lines))
    years = [format_instant(event.time)[:4] for event in events]
    assert years == ["2025", "2026", "2025", "2026", "2026"]
    lines = [f"{month} 15 12:00:00 host x" for month in ("Oct", "Jan", "May", "Oct", "Jan", "May", "Oct")]
    assert [format_instant(event.time)[:7] for event in read(joined(*lines))[0]] == [
        "2024-10", "2025-01", "2025-05", "2025-10", "2026-01", "2026-05", "2026-10",
    ]  # fmt: skip


def test_what_is_longer_than_an_event_can_be_is_cut_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_EVENT_BYTES", 100)
    stamped = "2024-01-02 15:04:05 "
    body = joined(stamped + "a" * 60, "b" * 30, "c" * 30, "d" * 60, stamped + "\u20ac" * 100, "e")
    for size in (1, 7, 1000):
        for block in (50, 1000):
            events, fragments, notes = read(body, size, block)
            sizes = [len(event.raw.encode()) for event in events]
            assert max(sizes) <= 100
            assert fragments == []
            assert {format_instant(event.time)[:19] for event in events} == {"2024-01-02T15:04:05"}
            assert "".join(event.raw for event in events).replace("\n", "") == body.replace("\n", "")
            assert [event.line for event in events] == [1, 2, 4, 5, 5, 5, 5]
            assert notes.cut == 5


LINES = st.sampled_from(
    [
        "",
        " indented",
        "\tat a.B(B.java:1)",
        "plain text",
        "java.lang.Error: x",
        "Caused by: y",
        "Traceback (most recent call last):",
        "KeyError: 17",
        "2024-01-02 15:04:05 stamped",
        "2024-01-02T15:04:06.5Z stamped",
        "[2024-01-02 15:04:07,123] stamped",
        "2024-01-02T15:04:08.5Z stdout P a",
        "2024-01-02T15:04:08.5Z stdout F b",
        "2024-01-02 15:04:09 " + "x" * 150,
        "__CURSOR=s=1;i=2",
        "Dec 31 23:59:59 host x",
        "Jan  1 00:00:00 host x",
        OBJECT,
        PRETTY,
        '{"a": 1}',
        "{",
        "}",
        "\u20acuro \u0000"[:-1],
        "x" * 200,
        "\r",
    ]
)


STAMPED = [f"2024-01-02 15:04:{second} stamped" for second in range(10, 16)]
"""More of these, so that several follow each other."""


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES | st.sampled_from(STAMPED), max_size=12), st.booleans(), st.integers(1, 40), st.integers(20, 400))
def test_the_events_do_not_depend_on_how_the_bytes_are_cut(
    lines: list[str], ends: bool, size: int, block_bytes: int
) -> None:
    body = "\n".join(lines) + ("\n" if ends and lines else "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "MAX_EVENT_BYTES", 150)
        whole = read(body)
        assert read(body, size, block_bytes) == whole
    raws = [event.raw for event in whole[0]]
    if not whole[2].cut:
        assert "\n".join(raws) == body.removesuffix("\n")
    assert "".join(raws).replace("\n", "") == body.replace("\n", "")
    assert whole[2].events == len(raws)


STARTED = [
    "=> one\n2024-01-02 15:04:05 no start\n{}\n\nend",
    "=> two \u00e9",
    "=> 2024-01-02 15:04:06 three\n  more",
]


@pytest.mark.parametrize(("size", "block_bytes"), [(1, 1 << 20), (7, 16), (1 << 20, 5), (1 << 20, 1 << 20)])
def test_a_pattern_says_where_events_start(size: int, block_bytes: int) -> None:
    events, fragments, _ = read(joined("before", *STARTED), size, block_bytes, event_start="^(?:=>|->) ")
    assert ([event.raw for event in events], fragments) == (["before", *STARTED], [])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["=> a", "b", "", " c", "{}", "2024-01-02 15:04:05 d"]), min_size=1), st.integers(1, 9))
def test_all_lines_are_in_events_that_start_as_the_pattern_says(lines: list[str], size: int) -> None:
    events, _, _ = read(joined(*lines), size, event_start="^=> ")
    assert "\n".join(event.raw for event in events) == "\n".join(lines)
    assert all(event.raw.startswith("=> ") for event in events[1:])
    assert sum(line.startswith("=> ") for line in lines) in {len(events), len(events) - 1}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
def test_a_byte_order_mark_says_the_encoding(encoding: str) -> None:
    text = "2024-01-02 15:04:05 \u20ac \U0001f600\r\n  more\r\n"
    mark = "\ufeff" if encoding.endswith(("le", "be")) else ""
    for size in (1, 3, 1000):
        events, fragments, _ = read((mark + text).encode(encoding), size)
        assert ([event.raw for event in events], fragments) == ([text.removesuffix("\n")], [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_needs_no_byte_order_mark(encoding: str) -> None:
    text = "2024-01-02 15:04:05 one \u20ac\n2024-01-02 15:04:06 two\n"
    for size in (1, 3, 1000):
        events, fragments, _ = read(text.encode(encoding), size)
        assert ([event.raw for event in events], fragments) == (text.splitlines(), [])


def stored(body: bytes) -> tuple[list[Event], list[Fragment]]:
    store = MemoryStore("raw")
    store.put("app.log", body)
    return collect(read_object(RawObject("app.log", len(body), "app.log", changed_ms=CHANGED), "/app", store))


def compressed(data: bytes, codec: str) -> bytes:
    if codec == "zstd":
        packed: Any = pa.compress(data, codec="zstd", asbytes=True)
        return bytes(packed)
    return gzip.compress(data) if codec == "gzip" else bz2.compress(data)


@pytest.mark.parametrize("codec", ["gzip", "zstd", "bzip2"])
def test_a_file_may_be_compressed(codec: str) -> None:
    parts = [joined(f"2024-01-02 15:04:05 {number}", "more").encode() for number in range(50_000)]
    half = len(parts) // 2
    body = compressed(b"".join(parts[:half]), codec) + compressed(b"".join(parts[half:]), codec)
    events, fragments = stored(body)
    assert ([event.raw.encode() + b"\n" for event in events], fragments) == (parts, [])
    events, (fragment,) = stored(body[:-20])
    assert 0 < len(events) < len(parts)
    assert any(word in fragment.reason for word in ("gzip", "zstd", "bzip2"))


def test_the_last_event_of_a_damaged_file_is_a_fragment() -> None:
    def damaged() -> object:
        yield b"2024-01-02 15:04:05 one\n2024-01-02 15:04:06 two\nmo"
        raise TruncatedInputError("it is cut")

    notes = PlainNotes(CHANGED)
    events, fragments = collect(
        read_plain(damaged(), b"2024-01-02 15:04:05 one\n", ORIGIN, notes, reopen=damaged)  # type: ignore[arg-type]
    )
    assert [event.raw for event in events] == ["2024-01-02 15:04:05 one"]
    assert fragments == [Fragment(2, 24, b"2024-01-02 15:04:06 two\nmo", "it is cut")]


def test_an_export_starts_with_its_stamp_and_a_plain_file_keeps_what_comes_before() -> None:
    export = joined("2024-01-02T15:04:05.678Z one", "more", "2024-01-02T15:04:06.678Z two").encode()
    assert [event.raw for event in stored(export)[0]] == ["one\nmore", "two"]
    events, fragments = stored(b"Starting up\n" + export)
    assert [event.raw.splitlines()[0] for event in events] == [
        "Starting up", "2024-01-02T15:04:05.678Z one", "2024-01-02T15:04:06.678Z two",
    ]  # fmt: skip
    assert fragments == []
