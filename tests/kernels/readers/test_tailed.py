"""What ``aws logs tail`` and ``sam logs`` print, saved to a file."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.logs.raw_events import Event, collect, cut

from loglake.core.plain_notes import PlainNotes
from loglake.core.units import parse_instant
from loglake.kernels.blocks import TruncatedInputError
from loglake.kernels.readers.events import Fragment, Origin
from loglake.kernels.readers.export_text import MAX_EVENT_BYTES, TOO_LONG
from loglake.kernels.readers.saved.rows import NO_EVENT
from loglake.kernels.readers.sniff import Plain, read_sniffed

pytestmark = pytest.mark.unit

T = parse_instant("2026-11-21T08:00:00Z")
ORIGIN = Origin("tail.txt", "/app", "tail.txt")
STREAM = "2026/11/21/[$LATEST]4f3a"
OBJECT = '{\n    "level": "error",\n    "order": 17\n}'


def read(body: str | bytes, size: int = 1 << 20) -> tuple[list[Event], list[Fragment]]:
    data = body.encode() if isinstance(body, str) else body
    return collect(read_sniffed(cut(data, size), ORIGIN, Plain(PlainNotes(T), lambda: cut(data, size))))


def found(body: str) -> list[tuple[int, str, str]]:
    events, fragments = read(body)
    assert fragments == []
    return [(event.time - T, event.origin.log_stream, event.raw) for event in events]


def time_of(ms: int, timespec: str = "microseconds") -> str:
    """As the AWS CLI prints it."""
    return (datetime.fromtimestamp(T / 1000, timezone.utc) + timedelta(milliseconds=ms)).isoformat(timespec=timespec)


def tailed(ms: int, stream: str, message: str) -> str:
    """An event as ``aws logs tail`` prints it."""
    return f"{time_of(ms)} {stream} {message}".rstrip() + "\n"


def test_each_event_has_its_time_its_stream_and_its_lines() -> None:
    events = [(0, STREAM, "START RequestId: 4f"), (17, "web/app/1", "Traceback:\n  File x\nKeyError"), (17, "s", "")]
    assert found("".join(tailed(*event) for event in events)) == events


def test_an_object_over_several_lines_is_an_event() -> None:
    first, second = time_of(5, "auto"), time_of(1000, "auto")
    assert found(f"{first} s1 \n{OBJECT}\n{second} s2 text\n") == [(5, "s1", OBJECT), (1000, "s2", "text")]


def test_sam_logs_has_the_stream_first() -> None:
    first, second = (time_of(ms, "auto").removesuffix("+00:00") for ms in (5, 1000))
    assert found(f"{STREAM} {first} START\n{STREAM} {second} {OBJECT}\n") == [
        (5, STREAM, "START"),
        (1000, STREAM, OBJECT),
    ]


def test_colours_are_left_out() -> None:
    assert found(f"\x1b[32m{time_of(5)}\x1b[0m \x1b[36ms1\x1b[0m text\n") == [(5, "s1", "text")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_shell_may_have_written_another_encoding(encoding: str) -> None:
    events, fragments = read(tailed(5, "s1", "\u20ac").encode(encoding))
    assert ([(event.origin.log_stream, event.raw) for event in events], fragments) == ([("s1", "\u20ac")], [])


@pytest.mark.parametrize(
    "lines",
    [
        ["2026-11-21T08:00:00.123456+00:00 host app: three digits are not enough"],
        ["2026-11-21T08:00:00.123000+00:00 host app: a", "2026-11-21T08:00:00.123456+00:00 host app: b"],
        ["2026-11-21T08:00:00.123000+02:00 stream-1 not in UTC"],
        ["2026-11-21T08:00:00.123000+00:00 started a text begins as well with letters"],
        ["2026-11-21T08:00:00+00:00 stream-1 never with milliseconds"],
        ["2026-11-21T08:00:00.123000+00:00 ERROR a level is no stream"],
        ["2026-11-21T08:00:00.123000+00:00 [main] nor is a thread"],
        ["2026-11-21T08:00:00.123000+00:00 app[17]: nor is a tag"],
        ["host 2026-11-21T08:00:00.123000 a stream of a function has slashes"],
        ["text before it", "2026-11-21T08:00:00.123000+00:00 stream-1 message"],
    ],
)
def test_what_only_looks_alike_is_a_plain_file(lines: list[str]) -> None:
    events, fragments = read("".join(f"{line}\n" for line in lines))
    assert ([event.raw for event in events], fragments) == (lines, [])


@pytest.mark.parametrize(
    "odd", ["23.500000+00:00 ERROR boom", "23.500000+00:00 my:app boom", "23.123456+00:00 s1 boom"]
)
def test_a_line_that_is_no_event_is_no_part_of_the_one_before(odd: str) -> None:
    many = "".join(tailed(ms, "s1", "x" * 100) for ms in range(1000))
    events, (piece,) = read(f"{many}2026-11-21T08:00:{odd}\n two\n{tailed(60_000, 's1', 'end')}")
    assert [event.raw for event in events] == ["x" * 100] * 1000 + ["end"]
    assert (piece.line, piece.data) == (1001, f"2026-11-21T08:00:{odd}\n two\n".encode())


def test_the_last_event_of_a_damaged_file_is_a_fragment() -> None:
    first, second = (tailed(ms, "s1", f"one\ntwo {ms}").encode() for ms in (5, 6))

    def damaged() -> Any:
        yield first + second[:-3]
        raise TruncatedInputError("cut")

    events, (piece,) = collect(read_sniffed(damaged(), ORIGIN, Plain(PlainNotes(T), lambda: [])))
    assert [event.raw for event in events] == ["one\ntwo 5"]
    assert (piece.line, piece.offset, piece.data, piece.reason) == (3, len(first), second[:-3], "cut")


@pytest.mark.parametrize("newline", ["", "\n"])
def test_what_is_longer_than_an_event_can_be_is_fragments(newline: str) -> None:
    body = tailed(5, "s1", "a") + tailed(6, "s1", f"{'x' * 1000}{newline}" * (2 * MAX_EVENT_BYTES // 1000))
    events, fragments = read(body + tailed(7, "s1", "b"), size=1 << 22)
    assert [event.raw for event in events] == ["a", "b"]
    assert {piece.reason for piece in fragments} <= {TOO_LONG, NO_EVENT}
    assert b"".join(piece.data for piece in fragments).decode() == body.partition("\n")[2]
    assert all(len(piece.data) < 2 * MAX_EVENT_BYTES for piece in fragments)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 10**8), st.text(st.characters(codec="utf-8"), max_size=12)), max_size=6),
    st.sampled_from([1, 2, 3, 7, 64, 1 << 20]),
)
def test_any_messages_come_back_however_the_bytes_are_cut(pairs: list[tuple[int, str]], size: int) -> None:
    events = [(1, "first"), *((ms, text.strip()) for ms, text in pairs)]
    body = "".join(tailed(ms, "s1", text) for ms, text in events)
    read_back, fragments = read(body, size)
    assert ([(event.time - T, event.raw) for event in read_back], fragments) == (events, [])
