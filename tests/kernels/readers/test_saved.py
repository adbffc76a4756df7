"""Events that a person saved from CloudWatch: answers of the AWS CLI, and CSV of the console."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.logs.raw_events import Event, collect, cut

from loglake.core.plain_notes import PlainNotes
from loglake.core.units import parse_instant
from loglake.kernels.blocks import TruncatedInputError
from loglake.kernels.readers.events import Fragment, Origin
from loglake.kernels.readers.saved.documents import NO_ELEMENT
from loglake.kernels.readers.saved.rows import NO_EVENT
from loglake.kernels.readers.saved.tables import NO_ROW
from loglake.kernels.readers.sniff import Plain, read_sniffed

pytestmark = pytest.mark.unit

CHANGED = parse_instant("2026-11-21T08:30:00Z")
T = 1_767_225_600_000
ORIGIN = Origin("saved", "/app", "saved")
SMALL = st.sampled_from([1, 2, 3, 7, 64, 1 << 20])


def read(body: str | bytes, size: int = 1 << 20) -> tuple[list[Event], list[Fragment]]:
    data = body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body
    plain = Plain(PlainNotes(CHANGED), lambda: cut(data, size))
    return collect(read_sniffed(cut(data, size), ORIGIN, plain))


def ids(body: str) -> list[Any]:
    plain = Plain(PlainNotes(CHANGED), lambda: [])
    items = read_sniffed([body.encode()], ORIGIN, plain)
    return [value for item in items if not isinstance(item, Fragment) for value in item.batch["event_id"].to_pylist()]


def filtered(number: int, message: str, stream: str = "2026/01/01/[$LATEST]ab") -> dict[str, Any]:
    """An event as FilterLogEvents answers it."""
    return {
        "logStreamName": stream,
        "timestamp": T + number,
        "message": message,
        "ingestionTime": T + 900,
        "eventId": f"{number:056d}",
    }


def answer(*events: dict[str, Any], indent: int | None = 4) -> str:
    streams = [{"logStreamName": "2026/01/01/[$LATEST]ab", "searchedCompletely": True}]
    return json.dumps({"events": events, "searchedLogStreams": streams, "nextToken": "a/b=="}, indent=indent) + "\n"


MESSAGES = ["one\n", '{"level":"error","text":"]}"}', "\u20ac \U0001f600", "two\nlines", ""]


@pytest.mark.parametrize("indent", [None, 4])
def test_an_answer_of_filter_log_events_has_each_event_with_its_time_stream_and_id(indent: int | None) -> None:
    events = [filtered(number, text, f"s{number % 2}") for number, text in enumerate(MESSAGES)]
    found, fragments = read(answer(*events, indent=indent))
    assert [(event.time, event.raw) for event in found] == [(T + n, text) for n, text in enumerate(MESSAGES)]
    assert [event.line for event in found] == [1, 2, 3, 4, 5]
    assert [event.origin for event in found] == [Origin("saved", "/app", f"s{n % 2}") for n in range(5)]
    assert fragments == []
    assert ids(answer(*events, indent=indent)) == [event["eventId"] for event in events]


def test_an_answer_of_get_log_events_has_the_stream_of_its_file() -> None:
    events = [{"timestamp": T, "message": text, "ingestionTime": T} for text in MESSAGES]
    body = json.dumps({"events": events, "nextForwardToken": "f/3", "nextBackwardToken": "b/3"}, indent=4)
    found, fragments = read(body)
    assert ([event.raw for event in found], fragments) == (MESSAGES, [])
    assert {event.origin for event in found} == {ORIGIN}
    assert ids(body) == [None] * 5


def test_the_list_of_events_alone_is_read_too() -> None:
    events = [filtered(number, text) for number, text in enumerate(MESSAGES)]
    found, fragments = read(json.dumps(events))
    assert ([event.raw for event in found], fragments) == (MESSAGES, [])


def test_several_answers_may_follow_each_other() -> None:
    found, fragments = read(answer(filtered(1, "a")) + answer() + answer(filtered(2, "b")))
    assert ([(event.raw, event.line) for event in found], fragments) == ([("a", 1), ("b", 2)], [])


@pytest.mark.parametrize(
    "more", [{"NextToken": "eyJ"}, {"ResponseMetadata": {"HTTPHeaders": {"a": "]}"}, "RetryAttempts": 0}}]
)
def test_an_answer_may_end_as_the_cli_or_an_sdk_writes_it(more: dict[str, Any]) -> None:
    body = json.dumps({"events": [filtered(1, "a")], "searchedLogStreams": [], **more}, indent=4)
    for size in (1, 7, 1 << 20):
        found, fragments = read(body * 3, size)
        assert ([event.raw for event in found], fragments) == (["a"] * 3, [])
    assert read(json.dumps({"events": [], **more})) == ([], [])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_shell_may_have_written_the_file_in_utf_16(encoding: str) -> None:
    for body in (answer(*map(filtered, range(3), MESSAGES)), table(["timestamp", "message"], [str(T), MESSAGES[2]])):
        for size in (1, 1 << 20):
            found, fragments = read(body.encode(encoding), size)
            assert [event.raw for event in found] in (MESSAGES[:3], MESSAGES[2:3])
            assert fragments == []


def test_an_answer_without_events_has_none() -> None:
    assert read(answer()) == ([], [])
    assert read('{"events": [], "nextForwardToken": "f/3", "nextBackwardToken": "b/3"}') == ([], [])


@pytest.mark.parametrize(
    "event",
    [
        {"message": "x", "timestamp": "17"},
        {"message": "x", "timestamp": 17.5},
        {"message": "x", "timestamp": 10**17},
        {"message": None, "timestamp": T},
        {"message": ["x"], "timestamp": T},
        {"timestamp": T},
    ],
)
def test_an_event_without_a_time_or_message_is_a_fragment(event: dict[str, Any]) -> None:
    body = answer(filtered(1, "a"), event, filtered(2, "b"), indent=None)
    found, (piece,) = read(body)
    assert [(each.raw, each.line) for each in found] == [("a", 1), ("b", 3)]
    assert piece == Fragment(2, body.index(json.dumps(event)), json.dumps(event).encode(), NO_EVENT)


def test_a_number_of_thousands_of_digits_ends_nothing() -> None:
    body = f'{{"events": [{{"timestamp": {T}, "message": "y"}}, {{"timestamp": {"9" * 5000}, "message": "x"}}]}}'
    found, fragments = read(body)
    assert ([event.raw for event in found], [piece.reason for piece in fragments]) == (["y"], [NO_EVENT])


def test_bytes_that_are_not_utf_8_stay_in_the_event() -> None:
    body = answer(filtered(1, "a#b"), indent=None).encode().replace(b"#", b"\xff")
    assert [event.raw for event in read(body)[0]] == ["a\ufffdb"]


@pytest.mark.parametrize("end", [-3, -60, -200])
def test_what_is_missing_at_the_end_is_said(end: int) -> None:
    body = answer(filtered(1, "a"), filtered(2, "b"))
    found, (piece,) = read(body[: body.index('"searched') + end])
    assert [event.raw for event in found][:1] == ["a"]
    assert piece.reason == NO_ELEMENT


@pytest.mark.parametrize(
    "body",
    [
        '{"events": [{"name": "x", "message": "y", "timestamp": 1}]}',
        '[{"timestamp": 1767225600000, "message": "y"}]',
        '{"events": [{"message": "y"}], "level": "info"}\n{"events": [{"message": "z"}], "level": "warn"}',
        f'{{"events": [{{"timestamp": {T}, "message": "y"}}], "level": "info"}}',
        '[{"timestamp": "2026-01-01T00:00:00Z", "message": "y", "eventId": "17"}]',
        '{"events": [{"timestamp": 1767225600, "message": "y"}]}',
        "timestamp,message\n1767225600,x\n",
        '{"events": 1}',
        '{"events": []}extra',
        "timestamp,level,message\n1767225600000,INFO,x\n",
        "timestamp,message\n2026-01-01,x\n",
        "@timestamp,level\n2026-01-01 00:00:00.000,x\n",
        "message\nx\n",
        "",
    ],
)
def test_what_only_looks_alike_is_a_plain_file(body: str) -> None:
    found, fragments = read(body)
    assert all(event.origin == ORIGIN and event.raw.strip("\n") in body for event in found)
    assert sum(len(event.raw) for event in found) >= len(body.rstrip("\n")) - 2
    assert fragments == []


def table(*rows: list[str], end: str = "\r\n") -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_search_in_the_console_has_times_in_milliseconds(mark: str) -> None:
    rows = [[str(T + number), text] for number, text in enumerate(MESSAGES)]
    body = mark + table(["timestamp", "message"], *rows, end="\n")
    found, fragments = read(body)
    assert [(event.time, event.raw) for event in found] == [(T + n, text) for n, text in enumerate(MESSAGES)]
    assert [event.line for event in found] == [2, 4, 5, 6, 8]
    assert fragments == []


def test_a_query_of_logs_insights_has_streams_and_other_columns() -> None:
    names = ["@logStream", "@timestamp", "level", "@message"]
    body = table(
        names, ["s1", "2026-01-01 00:00:00.005", "error", 'a "b", c'], ["", "2026-01-01 00:00:00.004", "", "d"]
    )
    found, fragments = read(body)
    assert [(event.time, event.raw, event.origin.log_stream) for event in found] == [
        (T + 5, 'a "b", c', "s1"),
        (T + 4, "d", "saved"),
    ]
    assert fragments == []


def test_tables_with_the_same_names_may_follow_each_other() -> None:
    body = table(["timestamp", "message"], [str(T), "a"])
    assert [event.raw for event in read(body + "\n" + body)[0]] == ["a", "a"]


def test_a_row_that_is_no_event_is_a_fragment() -> None:
    rows = [f"{T},a", "yesterday,b", f"{T}", f'{T},"c"d', f"{T},e,f", f"{T},g", f'{T},"h']
    body = "timestamp,message\n" + "\n".join(rows)
    found, fragments = read(body)
    assert [(event.raw, event.line) for event in found] == [("a", 2), ("g", 7)]
    assert [(piece.line, piece.data.decode().strip("\n"), piece.reason) for piece in fragments] == [
        (3, rows[1], NO_EVENT),
        (4, rows[2], NO_EVENT),
        (5, rows[3], NO_ROW),
        (6, rows[4], NO_EVENT),
        (8, rows[6], NO_ROW),
    ]
    assert all(body.encode()[piece.offset :].startswith(piece.data) for piece in fragments)


def test_the_last_row_of_a_damaged_table_is_a_fragment() -> None:
    def damaged() -> Any:
        yield table(["timestamp", "message"], [str(T), "a"], [str(T), "bcd"]).encode()[:-4]
        raise TruncatedInputError("cut")

    found, (piece,) = collect(read_sniffed(damaged(), ORIGIN, Plain(PlainNotes(CHANGED), lambda: [])))
    assert [event.raw for event in found] == ["a"]
    assert (piece.data, piece.reason) == (f"{T},b".encode(), "cut")


def test_a_line_without_end_needs_no_more_memory_than_a_long_event() -> None:
    body = f'timestamp,message\n{T},"' + "x" * (40 << 20)
    found, fragments = read(body)
    assert found == []
    assert b"".join(piece.data for piece in fragments) == body.encode().partition(b"\n")[2]


@settings(max_examples=60)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=6), SMALL)
def test_any_messages_come_back_however_the_bytes_are_cut(messages: list[str], size: int) -> None:
    rows = [[str(T), text] for text in messages]
    as_table = table(["timestamp", "message"], [str(T), "first"], *rows)
    as_answer = answer(*(filtered(number, text) for number, text in enumerate(["first", *messages])))
    for body in (as_table, as_answer):
        found, fragments = read(body, size)
        assert ([event.raw for event in found], fragments) == (["first", *messages], [])
