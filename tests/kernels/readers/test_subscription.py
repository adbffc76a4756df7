from __future__ import annotations

import gzip
import random
import zlib
from itertools import accumulate, takewhile

import pytest
from support.logs.payloads import CONTROL, GROUP, ORIGIN, log_event, payload, read, row, rows_and_fragments

from loglake.kernels.json.stream import NOT_JSON
from loglake.kernels.readers import subscription
from loglake.kernels.readers.events import Fragment
from loglake.kernels.readers.subscription import NO_EVENT, NO_PAYLOAD, read_payloads
from loglake.kernels.readers.unpacking.gunzip import gunzip

pytestmark = pytest.mark.unit

WAYS = pytest.mark.parametrize("small_bytes", [0, 1 << 40], ids=["arrow", "python"])
"""Both readers give the same: the choice between them is by size."""


DOCUMENTED = b"""{
    "owner": "111111111111",
    "logGroup": "CloudTrail/logs",
    "logStream": "111111111111_CloudTrail/logs_us-east-1",
    "subscriptionFilters": [
        "Destination"
    ],
    "messageType": "DATA_MESSAGE",
    "logEvents": [
        {
            "id": "31953106606966983378809025079804211143289615424298221568",
            "timestamp": 1432826855000,
            "message": "{\\"eventVersion\\":\\"1.03\\",\\"userIdentity\\":{\\"type\\":\\"Root\\"}"
        },
        {
            "id": "31953106606966983378809025079804211143289615424298221569",
            "timestamp": 1432826855000,
            "message": "{\\"eventVersion\\":\\"1.03\\",\\"userIdentity\\":{\\"type\\":\\"Root\\"}"
        }
    ]
}
"""


@WAYS
def test_a_payload_as_the_user_guide_has_it(monkeypatch: pytest.MonkeyPatch, small_bytes: int) -> None:
    monkeypatch.setattr(subscription, "SMALL_BYTES", small_bytes)
    rows, fragments = read(DOCUMENTED)
    text = '{"eventVersion":"1.03","userIdentity":{"type":"Root"}'
    origin = ("CloudTrail/logs", "111111111111_CloudTrail/logs_us-east-1")
    ids = [f"3195310660696698337880902507980421114328961542429822156{last}" for last in (8, 9)]
    assert rows == [(*origin, 1432826855000, text, line, ids[line - 1], None) for line in (1, 2)]
    assert fragments == []


@WAYS
@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n", b" \t\n\n", b"\xef\xbb\xbf", b" " * 1_000])
def test_documents_that_follow_each_other(monkeypatch: pytest.MonkeyPatch, small_bytes: int, between: bytes) -> None:
    monkeypatch.setattr(subscription, "SMALL_BYTES", small_bytes)
    other = payload([log_event(3), log_event(4)], logStream="other")
    data = between.join(
        [b"", payload([log_event(1), log_event(2)]), CONTROL, other, payload([]), payload([log_event(5)]), b""]
    )
    rows, fragments = read(data)
    assert rows == [row(1, 1), row(2, 2), *((GROUP, "other", *row(n, n)[2:]) for n in (3, 4)), row(5, 5)]
    assert fragments == []


def test_nothing_but_a_test_of_the_destination() -> None:
    assert read(CONTROL) == ([], [])
    assert read(b"") == ([], [])
    assert read(b"\n \n") == ([], [])


def test_new_fields_do_not_matter() -> None:
    data = payload([log_event(1, extractedFields={"level": "INFO"})], policyLevel="ACCOUNT_LEVEL_POLICY")
    assert read(data) == ([row(1, 1)], [])


@WAYS
@pytest.mark.parametrize(
    ("text", "raw", "exact"),
    [
        (rb"", "", None),
        (rb"\u0000\n\t\"\\\/", '\0\n\t"\\/', None),
        (rb"}{\"messageType\":\"DATA_MESSAGE\"} {", '}{"messageType":"DATA_MESSAGE"} {', None),
        (rb"\ud83d\ude00 \u00e9", "\U0001f600 \u00e9", None),
        ("\U0001f600 \u00e9 \u2028 \x7f".encode(), "\U0001f600 \u00e9 \u2028 \x7f", None),
        (rb"lone \ud800!", "lone \ufffd\ufffd\ufffd!", b"lone \xed\xa0\x80!"),
        (rb"lone \udc80!", "lone \ufffd\ufffd\ufffd!", b"lone \xed\xb2\x80!"),
        (b"bad \xff\\n\xc3(", "bad \ufffd\n\ufffd(", b"bad \xff\n\xc3("),
        (b"bad \xff lone \\ud800!", "bad \ufffd lone \ufffd\ufffd\ufffd!", b"bad \xff lone \xed\xa0\x80!"),
        (b"m" * 1_048_576, "m" * 1_048_576, None),
    ],
    ids=lambda value: "" if isinstance(value, bytes | str) and len(value) > 99 else None,
)
def test_messages_are_exact(
    monkeypatch: pytest.MonkeyPatch, small_bytes: int, text: bytes, raw: str, exact: bytes | None
) -> None:
    monkeypatch.setattr(subscription, "SMALL_BYTES", small_bytes)
    data = payload([log_event(1), log_event(2, "TEXT"), log_event(3)]).replace(b"TEXT", text)
    assert read(data) == ([row(1, 1), row(2, 2, raw, exact), row(3, 3)], [])


UNUSABLE_TIMES = (
    "null", "true", '"1"', "1.5", "1.0", "1e3", "NaN", "253402300800000", "-62135596800001", "9" * 5_000
)  # fmt: skip


@WAYS
@pytest.mark.parametrize(
    "event",
    [
        "null", "5", '"text"', "[]", "{}",
        '{"id":"1","timestamp":1}', '{"id":"1","message":"x"}',
        '{"timestamp":1,"message":null}', '{"timestamp":1,"message":5}', '{"timestamp":1,"message":{"a":"\u00e9"}}',
        *(
            f'{{"id":"1", "timestamp":{time},"message":"\u00e9"}}'
            for time in UNUSABLE_TIMES
        ),
    ],
    ids=lambda event: event[:40],
)  # fmt: skip
def test_what_is_no_event_is_kept_and_its_neighbours_are_events(
    monkeypatch: pytest.MonkeyPatch, small_bytes: int, event: str
) -> None:
    monkeypatch.setattr(subscription, "SMALL_BYTES", small_bytes)
    template = payload([log_event(0, "caf\u00e9")]) + payload([log_event(1, "\u00e9"), "EVENT", log_event(2)])
    rows, fragments = read(template.replace(b'"EVENT"', event.encode()))
    assert rows == [row(0, 1, "caf\u00e9"), row(1, 2, "\u00e9"), row(2, 4)]
    assert fragments == [Fragment(3, template.index(b'"EVENT"'), event.encode(), NO_EVENT)]


@WAYS
@pytest.mark.parametrize("given_id", ["null", '""', "5", '"\\ud800"', "MISSING"])
def test_an_event_without_an_id_is_an_event(monkeypatch: pytest.MonkeyPatch, small_bytes: int, given_id: str) -> None:
    monkeypatch.setattr(subscription, "SMALL_BYTES", small_bytes)
    data = payload([log_event(1, id="ID")]).replace(b'"ID"', given_id.encode()).replace(b'"id":MISSING,', b"")
    assert read(data) == ([(*row(1, 1)[:5], None, None)], [])


@WAYS
def test_the_last_of_two_equal_keys_counts(monkeypatch: pytest.MonkeyPatch, small_bytes: int) -> None:
    monkeypatch.setattr(subscription, "SMALL_BYTES", small_bytes)
    data = payload([log_event(1)]).replace(b'"message":', b'"message":"first","message":')
    assert read(data) == ([row(1, 1)], [])


@pytest.mark.parametrize(("name", "expected"), [(None, "/of/the/key"), ("", ""), ("\u00e9", "\u00e9")])
def test_a_payload_without_a_group_has_that_of_its_place(name: str | None, expected: str) -> None:
    assert read(payload([log_event(1)], logGroup=name)) == ([(expected, *row(1, 1)[1:])], [])


def test_a_group_that_utf8_cannot_have_is_replaced() -> None:
    data = payload([log_event(1)], logGroup="GROUP", logStream="STREAM")
    data = data.replace(b"GROUP", b"a\\ud800").replace(b"STREAM", b"b\xff")
    assert read(data)[0][0][:2] == ("a\ufffd\ufffd\ufffd", "b\ufffd")


@WAYS
@pytest.mark.parametrize(
    "document",
    [
        b'{"Records":[{"eventVersion":"1.09","eventTime":"2026-11-21T08:30:00Z"}]}',
        b'{"messageType":"ANOTHER","logEvents":[]}',
        b'{"messageType":{"a":1},"logEvents":[]}',
        b'{"messageType":"DATA_MESSAGE"}',
        b'{"messageType":"DATA_MESSAGE","logEvents":{}}',
        b'{"messageType":"DATA_MESSAGE","logGroup":5,"logEvents":[]}',
        b'{"level":"INFO"}',
    ],
)
def test_a_document_that_is_no_payload_is_kept(
    monkeypatch: pytest.MonkeyPatch, small_bytes: int, document: bytes
) -> None:
    monkeypatch.setattr(subscription, "SMALL_BYTES", small_bytes)
    first = payload([log_event(1)]) + b"\n"
    rows, fragments = read(first + document + b"\n" + payload([log_event(2)]))
    assert rows == [row(1, 1), row(2, 3)]
    assert fragments == [Fragment(2, len(first), document, NO_PAYLOAD)]


@WAYS
def test_values_that_are_no_objects_are_kept(monkeypatch: pytest.MonkeyPatch, small_bytes: int) -> None:
    monkeypatch.setattr(subscription, "SMALL_BYTES", small_bytes)
    one, two = payload([log_event(1)]), payload([log_event(2)])
    for value in (b"null", b"5 ", b'"text"', b"true\n", b"[1]"):
        rows, fragments = read(value + one + value + two + value)
        assert rows == [row(1, 2), row(2, 4)]
        assert [fragment.data.strip() for fragment in fragments] == [value.strip()] * 3


@WAYS
@pytest.mark.parametrize("keep", [5, 60, 150, 250, -2, -1])
def test_a_document_that_ends_too_early_is_kept(monkeypatch: pytest.MonkeyPatch, small_bytes: int, keep: int) -> None:
    monkeypatch.setattr(subscription, "SMALL_BYTES", small_bytes)
    whole = payload([log_event(1), log_event(2)])
    broken = payload([log_event(3), log_event(4)])[:keep]
    for data in (whole + broken, whole + b"\n" + broken):
        assert read(data) == ([row(1, 1), row(2, 2)], [Fragment(3, data.rindex(broken), broken, NOT_JSON)])
    rows, fragments = read(broken + whole)
    assert rows == [row(1, 2), row(2, 3)]
    assert fragments == [Fragment(1, 0, broken, NOT_JSON)]


@pytest.mark.parametrize("keep", [1, 30, 3_000, -9, -1])
def test_a_damaged_object_keeps_its_whole_documents(keep: int) -> None:
    documents = [payload([log_event(number, random.Random(number).randbytes(40).hex())]) for number in range(100)]
    damaged = gzip.compress(b"".join(documents), mtime=0)[:keep]
    rows, fragments = rows_and_fragments(read_payloads(gunzip(lambda: [damaged]), ORIGIN))
    good = zlib.decompressobj(31).decompress(damaged)
    whole = list(takewhile(lambda size: size <= len(good), accumulate(map(len, documents))))
    assert rows == read(b"".join(documents[: len(whole)]))[0]
    start = whole[-1] if whole else 0
    assert fragments == [Fragment(len(rows) + 1, start, good[start:], "it ends in the middle of a gzip member")]
