from __future__ import annotations

import base64
import gzip

import pytest
from support.logs.payloads import (
    CONTROL,
    dump,
    firehose_event,
    kinesis_event,
    kinesis_record,
    lambda_event,
    log_event,
    packed,
    payload,
    read,
    row,
)

from loglake.kernels.json.stream import NOT_JSON
from loglake.kernels.readers.events import Fragment
from loglake.kernels.readers.subscription import NO_PACKAGE, NO_PAYLOAD, looks_like_payload

pytestmark = pytest.mark.unit

ONE, TWO, THREE = (payload([log_event(number)]) for number in (1, 2, 3))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "data",
    [
        lambda_event(packed(ONE + TWO)),
        lambda_event(packed(ONE)) + lambda_event(packed(TWO)),
        lambda_event(packed(ONE)) + b"\n" + kinesis_event(packed(TWO)) + b"\n",
        kinesis_event(packed(ONE), packed(CONTROL), packed(TWO)),
        kinesis_event(packed(ONE)) + kinesis_event(packed(TWO)),
        kinesis_event(_base64(gzip.compress(ONE) + gzip.compress(TWO))),
        kinesis_event(_base64(gzip.compress(gzip.compress(ONE + b"\n" + TWO)))),
        kinesis_event(_base64(gzip.compress(gzip.compress(ONE) + gzip.compress(TWO)))),
        kinesis_event(_base64(ONE + TWO), ""),
        firehose_event(packed(ONE), packed(TWO)),
        ONE + lambda_event(packed(TWO)),
    ],
    ids=[
        "lambda", "lambda twice", "lines", "kinesis", "kinesis twice", "members", "gzip over gzip", "members in gzip",
        "not gzip", "firehose", "payload, then envelope",
    ],
)  # fmt: skip
def test_payloads_in_envelopes(data: bytes) -> None:
    assert read(data) == ([row(1, 1), row(2, 2)], [])


@pytest.mark.parametrize("package", [5, None, {}, "not base64!", "\u00e9"])
def test_a_package_that_is_none_is_kept_and_its_neighbours_are_read(package: object) -> None:
    broken = {**kinesis_record(""), "kinesis": {"data": package}}
    data = dump({"Records": [kinesis_record(packed(ONE)), broken, kinesis_record(packed(TWO))]})
    rows, fragments = read(data)
    assert rows == [row(1, 1), row(2, 3)]
    assert fragments == [Fragment(2, 0, dump(broken), NO_PACKAGE)]
    envelope = lambda_event("LAMBDA").replace(b'"LAMBDA"', dump(package))
    assert read(ONE + envelope)[1] == [Fragment(2, len(ONE), envelope, NO_PACKAGE)]


def test_a_record_without_a_package_is_kept() -> None:
    for record in ({"eventSource": "aws:s3"}, 5, None, {"kinesis": 5}):
        data = dump({"Records": [record, kinesis_record(packed(ONE))]})
        assert read(data) == ([row(1, 2)], [Fragment(1, 0, dump(record), NO_PACKAGE)])


@pytest.mark.parametrize("keep", [5, -20, -5])
def test_of_a_damaged_package_the_whole_documents_are_read_and_all_is_kept(keep: int) -> None:
    damaged = _base64(gzip.compress(ONE + TWO + ONE, mtime=0)[:keep])
    records = [kinesis_record(packed(THREE)), kinesis_record(damaged), kinesis_record(packed(THREE))]
    rows, fragments = read(b"\n" + dump({"Records": records}))
    assert rows[0] == row(3, 1)
    assert rows[-1] == row(3, len(rows) + 1)
    assert [each[3] for each in rows] == ["hello"] * len(rows)
    reason = "it ends in the middle of a gzip member"
    assert fragments == [Fragment(len(rows), 1, dump(records[1]), reason)]
    assert (len(rows) > 2) == (keep != 5)


def test_what_is_no_payload_in_a_package_is_kept_as_it_was_packed() -> None:
    nested = lambda_event(packed(ONE))
    data = kinesis_event(packed(ONE + b"garbage" + TWO), packed(b'{"level":"INFO"}'), packed(nested))
    rows, fragments = read(ONE + data)
    assert rows == [row(1, 1), row(1, 2), row(2, 4)]
    assert [(each.line, each.data, each.reason) for each in fragments] == [
        (3, b"garbage", NOT_JSON),
        (5, b'{"level":"INFO"}', NO_PAYLOAD),
        (6, nested, NO_PAYLOAD),
    ]
    assert {each.offset for each in fragments} == {len(ONE)}


@pytest.mark.parametrize("document", [b"5", b'"text"', b"[]", b"{}"])
def test_what_is_no_envelope_is_kept(document: bytes) -> None:
    assert read(document) == ([], [Fragment(1, 0, document, NO_PAYLOAD)])


BY_NAME = dump(dict(sorted({"messageType": "DATA_MESSAGE", "logEvents": [log_event(1)], "owner": "1"}.items())))


@pytest.mark.parametrize(
    "head",
    [
        ONE,
        CONTROL,
        b"\xef\xbb\xbf \n" + ONE,
        BY_NAME,
        b'{"owner":"1","x":{"messageType":"no"},"logGroup":"}{","messageType" : "DATA_MESSAGE"',
        lambda_event(packed(ONE)),
        kinesis_event(packed(ONE)),
        b'{ "Records" : [ { "eventSource" : "aws:kinesis", "kinesis" : {',
        firehose_event(packed(ONE)),
        ONE + b"whatever",
    ],
)
def test_payloads_are_recognised(head: bytes) -> None:
    assert looks_like_payload(head)


@pytest.mark.parametrize("document", [ONE, BY_NAME, lambda_event(packed(ONE)), kinesis_event(packed(ONE))])
def test_payloads_are_recognised_where_the_head_is_cut(document: bytes) -> None:
    cut = [looks_like_payload(document[:size]) for size in range(len(document) + 1)]
    assert cut == sorted(cut)
    assert cut.index(True) < 45


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\n",
        b"{",
        b"2026-11-21T08:30:00.123Z " + ONE,
        b"[" + ONE,
        b'{"Records":[{"eventVersion":"1.08","eventSource":"kinesis.amazonaws.com","requestParameters":{"kinesis":1}}]}',
        b'{"Records":[]}',
        b'{"Records":5}',
        b'{"records":[{"time":"2026-11-21T08:30:00Z","data":"x"}]}',
        b'{"messageType":"ANOTHER","logEvents":[]}',
        b'{"message":"{\\"messageType\\":\\"DATA_MESSAGE\\"","x":{"messageType":"DATA_MESSAGE"}}',
        b'{"awslogs":"data"}',
        b'{"logEvents":[{"id":"1"}]}',
        b'{"logEvents":5,"a',
        b'"messageType":"DATA_MESSAGE"',
        b'{"a" "messageType":"DATA_MESSAGE"}',
        b'{"a":nul,"messageType":"DATA_MESSAGE"}',
    ],
)
def test_other_objects_are_not_taken_for_payloads(head: bytes) -> None:
    assert not looks_like_payload(head)
