from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.logs.raw_events import Event, collect, cut

from loglake.core.plain_notes import PlainNotes
from loglake.core.units import format_instant, parse_instant
from loglake.kernels.blocks import TruncatedInputError
from loglake.kernels.formats.registry import FORMATS
from loglake.kernels.readers import sniff
from loglake.kernels.readers.events import Fragment, Origin
from loglake.kernels.readers.export_text import NO_TIMESTAMP
from loglake.kernels.readers.service_lines import NO_TIME
from loglake.kernels.readers.sniff import HEAD_BYTES, Plain, read_sniffed, why_no_log
from loglake.kernels.readers.unpacking.gunzip import gunzip

pytestmark = pytest.mark.unit

FIXTURES = Path(__file__).parents[1] / "formats" / "fixtures"
REAL = Path(__file__).parents[4] / "shared" / "data" / "aws"
ORIGIN = Origin("landing/2026/11/21/object", "", "")
T = parse_instant("2026-11-21T08:30:00Z")
TIMESTAMP = f"{format_instant(T)} "

LINES = {
    name: (FIXTURES / f"{name}.log").read_text("utf-8").splitlines()[0]
    for name in ("alb", "nlb", "cloudfront", "s3_access", "vpc_flow", "waf", "route53_resolver")
}
LINES |= {name: FORMATS[name].about.example for name in ("alb_connection", "alb_health")}
SERVICES = tuple(LINES)
CALLS = (FIXTURES / "cloudtrail.log").read_text("utf-8").splitlines()
TRAIL = f'{{"Records":[{",".join(CALLS)}]}}'
PAYLOAD = json.dumps(
    {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/app/shop",
        "logStream": "web",
        "subscriptionFilters": ["all"],
        "logEvents": [{"id": "1", "timestamp": T, "message": "2026-11-21T08:30:00.000Z hello"}],
    }
)


def _pretty(text: str) -> str:
    return json.dumps(json.loads(text), indent=4)


def _read(data: str | bytes, size: int = 1 << 20, origin: Origin = ORIGIN) -> tuple[list[Event], list[Fragment]]:
    return collect(read_sniffed(cut(data.encode() if isinstance(data, str) else data, size), origin))


def _kind(data: str | bytes) -> str:
    """The log group of an object's events, which shows how the object was read."""
    groups = {event.origin.log_group for event in _read(data)[0]}
    assert len(groups) <= 1
    return groups.pop() if groups else "nothing"


def test_an_export_keeps_its_origin() -> None:
    origin = Origin("exports/app/web/000000.gz", "/app", "web")
    events, fragments = _read(f"a leading fragment\r\n{TIMESTAMP}one\r\nmore\r\n{TIMESTAMP}two", origin=origin)
    assert events == [Event(T, "one\r\nmore\r", 2, origin), Event(T, "two", 4, origin)]
    assert fragments == [Fragment(1, 0, b"a leading fragment\r\n", NO_TIMESTAMP)]


@pytest.mark.parametrize("text", [*LINES.values(), TRAIL, PAYLOAD, "#Fields: date time sc-bytes", "PAR1"])
def test_a_timestamp_makes_an_export_of_anything(text: str) -> None:
    for body in (f"{TIMESTAMP}{text}\n" * 3, f"{text}\n" * 3 + f"{TIMESTAMP}{text}"):
        events, fragments = _read(body)
        assert [event.raw for event in events] == [text] * body.count(TIMESTAMP + text)
        assert {event.origin for event in events} == {ORIGIN}
        assert len(fragments) == (0 if body.startswith(TIMESTAMP) else 1)


def test_a_timestamp_counts_only_at_the_start_of_a_line_in_the_head() -> None:
    line = LINES["alb"]
    assert _kind(f"{line} {TIMESTAMP}\n") == "delivered/alb"
    filler = f"{line}\n" * (HEAD_BYTES // len(line) + 1)
    short, late = filler[: HEAD_BYTES - 26] + "\n", filler[: HEAD_BYTES - 25] + "\n"
    assert _kind(f"{short}{TIMESTAMP}x") == ""
    assert _kind(f"{late}{TIMESTAMP}x") == "delivered/alb"


@pytest.mark.parametrize(
    "body", [PAYLOAD, PAYLOAD * 2, f"\ufeff{PAYLOAD}", f"{PAYLOAD}\n{PAYLOAD}\n", _pretty(PAYLOAD)]
)
def test_payloads_say_their_log_group(body: str) -> None:
    events, fragments = _read(body)
    assert {(event.time, event.raw, event.origin.log_group) for event in events} == {
        (T, "2026-11-21T08:30:00.000Z hello", "/app/shop")
    }
    assert fragments == []


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_lines_of_a_service_are_recognised(name: str, end: str) -> None:
    events, fragments = _read((LINES[name] + (end or "\n")) * 2 + LINES[name] + end)
    assert {event.origin for event in events} == {Origin(ORIGIN.source, f"delivered/{name}", "landing/2026/11/21")}
    assert ([event.raw.rstrip("\r") for event in events], fragments) == ([LINES[name]] * 3, [])


@pytest.mark.parametrize("name", SERVICES)
def test_most_lines_decide(name: str) -> None:
    line = LINES[name]
    events, fragments = _read(f"garbage\n{line}\n\n{line}")
    assert [event.line for event in events] == [2, 4]
    assert fragments == [Fragment(1, 0, b"garbage\n", NO_TIME)]
    assert _read(f"garbage\n{line}\n")[1] == [Fragment(1, 0, f"garbage\n{line}\n".encode(), NO_TIMESTAMP)]


def test_the_last_line_counts_where_it_is_whole() -> None:
    line = LINES["alb"]
    assert _kind(f"garbage\n{line}\n{line}") == "delivered/alb"
    long = line + " " + "x" * HEAD_BYTES
    assert _kind(f"{line}\n{long}") == "delivered/alb"
    assert _kind(f"garbage\n{long}\n{line}") == "nothing"


def test_a_line_longer_than_the_head_is_recognised_by_its_start() -> None:
    waf = LINES["waf"][:-1] + ',"x":"' + "y" * HEAD_BYTES + '"}'
    assert _kind(f"{waf}\n{waf}") == "delivered/waf"
    assert _kind("x" * 3 * HEAD_BYTES) == "nothing"
    assert _kind(f'{{"Records":[{CALLS[0][:-1]},"x":"{"y" * HEAD_BYTES}"}}]}}') == "delivered/cloudtrail"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("action srcaddr start\nACCEPT 10.0.0.1 1795249800\n", "delivered/vpc_flow"),
        ("x\naction srcaddr start\nACCEPT 10.0.0.1 1795249800\n", "delivered/vpc_flow"),
        ("#Version: 1.0\n#Fields: c-ip time date\n192.0.2.1\t08:30:00\t2026-11-21\n", "delivered/cloudfront"),
        ("#Fields: date time s-ip cs-method c-ip\n2026-11-21 08:30:00 10.0.0.1 GET 192.0.2.1\n", "nothing"),
        ("start action type\nin plain text\n", "nothing"),
        (
            "#Fields: date time x-edge-location x-sname x-event x-sid\n2026-11-21\t08:30:00\tFRA\ta\tb\tc\n",
            "delivered/cloudfront",
        ),
        ("#Fields: date-time,connector-id,event\n2026-11-21T08:30:00.052Z,MX1,+\n", "nothing"),  # Exchange
        (
            "#Fields: x-severity\tx-event\tx-category\tdate\ttime\nINFO\tstart\tserver\t2026-11-21\t08:30:00\n",
            "nothing",
        ),  # Wowza
        ("#Fields: x-event x-category\n-\t-\n", "nothing"),
    ],
)
def test_a_header_decides_where_the_lines_do_not(body: str, kind: str) -> None:
    assert _kind(body) == kind


@pytest.mark.parametrize(
    "body",
    [
        '{"Records":[]}',
        "#Version: 1.0\n#Fields: date time sc-bytes\n",
        "version account-id interface-id srcaddr dstaddr protocol packets bytes start end log-status",
        "start action vpc-id\r\n",
    ],
)
def test_headers_alone_are_no_events(body: str) -> None:
    assert _read(body) == ([], [])


@pytest.mark.parametrize(
    "body", [TRAIL, f"\ufeff{TRAIL}", json.dumps(json.loads(TRAIL), indent=4), f"{TRAIL}\n{TRAIL}"]
)
def test_files_of_cloudtrail_are_recognised(body: str) -> None:
    events, fragments = _read(body)
    assert {event.origin.log_group for event in events} == {"delivered/cloudtrail"}
    assert [json.loads(event.raw) for event in events] == [json.loads(call) for call in CALLS] * body.count('"Records"')
    assert fragments == []


@pytest.mark.parametrize(
    "body",
    [
        '{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventTime":"2026-11-21T08:30:00.000Z"}]}',
        '{"Records":[{"messageId":"1","body":"an SQS message"}]}',
        '{"Records":[17]}',
        '{"Records":"none"}',
        '{"message":"JSON of an application"}\n' * 3,
        "plain text\n" * 100_000,
        "caf\u00e9\r\n",
    ],
)
def test_any_other_text_has_no_timestamp(body: str) -> None:
    events, fragments = _read(body)
    assert events == []
    assert [(piece.offset, piece.data, piece.reason) for piece in fragments] == [(0, body.encode(), NO_TIMESTAMP)]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"PAR1\x15\x04\x15", "Parquet"),
        (b"PK\x03\x04", "zip"),
        (gzip.compress(b"x", mtime=0), "gzip"),
        ("\ufefftext\n".encode("utf-16-le"), "UTF-16"),
        ("\ufefftext\n".encode("utf-16-be"), "UTF-16"),
        (b"some\x00thing\nelse", "binary"),
    ],
)
def test_what_is_no_text_says_what_it_is(body: bytes, word: str) -> None:
    events, (piece,) = _read(body)
    assert (events, piece.line, piece.offset, piece.data) == ([], 1, 0, body)
    assert word in piece.reason


@pytest.mark.parametrize("filler", [0, HEAD_BYTES])
def test_text_before_the_first_timestamp_is_not_called_binary(filler: int) -> None:
    text = b"a text with a zero\x00 byte\n" + b"x" * filler + b"\n"
    body = text + f"{TIMESTAMP}event\n".encode()
    events, (piece,) = _read(body)
    assert [event.raw for event in events] == ["event"]
    assert (piece.data, piece.reason) == (text, NO_TIMESTAMP)
    plain = Plain(PlainNotes(1_795_248_000_000), lambda: [body])
    events, fragments = collect(read_sniffed([body], ORIGIN, plain))
    assert (events[0].raw.splitlines()[0], fragments) == ("a text with a zero\x00 byte", [])


def _as_file(inner: list[str]) -> list[str]:
    """The texts of the first events of a file whose events stand behind CloudWatch's timestamp."""
    body = "".join(f"{TIMESTAMP}{text}\n" for text in inner * 5).encode()
    events, fragments = collect(read_sniffed([body], ORIGIN, Plain(PlainNotes(1_795_248_000_000), lambda: [body])))
    assert ({event.time for event in events}, fragments) == ({T}, [])
    return [event.raw for event in events][: len(inner)]


@pytest.mark.parametrize(
    "inner",
    [
        ["pid=4101 tid=ggt class=OrderMailer jid=2cc5d10e INFO: start", "pid=4101 tid=gh5 WARN: fail"],  # Sidekiq
        ["[main] INFO shop - Started", "[main] WARN shop - Retrying"],
    ],
)
def test_a_format_with_cloudwatchs_timestamp_as_its_own_time_keeps_it(inner: list[str]) -> None:
    assert _as_file(inner) == [TIMESTAMP + text for text in inner]


@pytest.mark.parametrize(
    "inner",
    [
        ["hello world", "the second thing happened"],
        ['{"level":"info","msg":"x"}', '{"level":"warn","msg":"y"}'],
        ["2026-11-21 08:30:00,123 INFO com.shop.Main - hello", "2026-11-21 08:30:00,124 WARN com.shop.Main - ho"],
        ["INFO com.shop.Cart - x", "ERROR com.shop.Main - y"],
        ["START RequestId: 8f5f1e3c-7d5c-4c8e-9b1a-0d2f3c4b5a69 Version: $LATEST"],
        [LINES["vpc_flow"]],
        ['192.0.2.1 - - [21/Nov/2026:08:30:00 +0000] "GET / HTTP/1.1" 200 17'],
    ],
)
def test_the_lines_of_an_export_lose_cloudwatchs_timestamp_whatever_the_file_is_called(inner: list[str]) -> None:
    assert _as_file(inner) == inner


@pytest.mark.parametrize("hole", [b"\0" * 4096, b"\0"])
@pytest.mark.parametrize("before", [b"", b"2024-01-02 15:04:04 before\n" * 9])
def test_a_log_with_a_hole_of_zero_bytes_is_no_binary(hole: bytes, before: bytes) -> None:
    body = before + hole + b"2024-01-02 15:04:05 after\n" * 9
    plain = Plain(PlainNotes(1_795_248_000_000), lambda: [body])
    events, fragments = collect(read_sniffed([body], ORIGIN, plain))
    assert (b"".join(event.raw.encode() + b"\n" for event in events), fragments) == (body, [])
    _, (piece,) = _read(body)
    assert piece.reason == NO_TIMESTAMP
    assert why_no_log([body]) == ""


def test_a_journal_with_a_binary_field_near_its_start_is_read() -> None:
    start = b"__CURSOR=s=1;i=%d\n__REALTIME_TIMESTAMP=1795248000123456\n"
    binary = start % 1 + b"MESSAGE\n\x07\0\0\0\0\0\0\0two\nown\n_PID=17\n\n"
    body = binary + b"".join(start % number + b"MESSAGE=one\n\n" for number in range(2, 12))
    plain = Plain(PlainNotes(1_795_248_000_000), lambda: [body])
    events, fragments = collect(read_sniffed([body], ORIGIN, plain))
    assert (len(events), fragments) == (11, [])


def test_other_reasons_stay_in_what_is_no_text() -> None:
    packed = gzip.compress(bytes(range(256)) * 100)[:-9]
    _, fragments = collect(read_sniffed(gunzip(lambda: [packed]), ORIGIN))
    assert ["middle" in piece.reason for piece in fragments] == [True]


garbage = st.sampled_from(["garbage", "", "\r", "\ufeff", "a b c", "{", "x" * 70, '{"Records":[', "\x00"])
parts = st.one_of(
    garbage,
    st.sampled_from(
        [f"{TIMESTAMP}event", TRAIL, PAYLOAD, "#Version: 1.0", "#Fields: time date", "08:30:00\t2026-11-21"]
    ),
    st.sampled_from(["start action", "1795249800 ACCEPT", *LINES.values()]),
)


def _damaged(body: bytes, size: int, good: int) -> Iterator[bytes]:
    yield from cut(body[:good], size)
    raise TruncatedInputError("it is broken here")


@settings(max_examples=400, deadline=None)
@given(
    pieces=st.lists(parts, max_size=6),
    repeated=st.sampled_from([1, 1, 3, 50]),
    size=st.sampled_from([1, 5, 100, 101, 4096]),
    head=st.sampled_from([40, 100, 1000, HEAD_BYTES]),
    damage=st.none() | st.integers(0, 4000),
)
def test_how_the_chunks_are_cut_does_not_matter(
    pieces: list[str], repeated: int, size: int, head: int, damage: int | None
) -> None:
    body = "\n".join(pieces * repeated).encode()

    def read(size: int) -> tuple[list[Event], list[Fragment]]:
        chunks = cut(body, size) if damage is None else _damaged(body, size, min(damage, len(body)))
        return collect(read_sniffed(chunks, ORIGIN))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sniff, "HEAD_BYTES", head)
        whole = read(1 << 20)
        assert read(size) == whole
    fragments = whole[1]
    assert damage is None or fragments[-1].reason == "it is broken here"
    assert all(body[piece.offset : piece.offset + len(piece.data)] == piece.data for piece in fragments)


@pytest.mark.parametrize("good", [0, 1, 30, 300, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1, 100_000])
def test_what_comes_before_damage_is_read(good: int) -> None:
    line = LINES["alb"] + "\n"
    body = (line * 400).encode()
    events, fragments = collect(read_sniffed(_damaged(body, 1000, good), ORIGIN))
    whole = good // len(line)
    assert [event.raw + "\n" for event in events] == [line] * whole
    assert fragments == [Fragment(whole + 1, whole * len(line), body[whole * len(line) : good], "it is broken here")]


def test_nothing_is_read_before_it_is_asked_for() -> None:
    read: list[bytes] = []
    items = read_sniffed((read.append(chunk) or chunk for chunk in [b"x"]), ORIGIN)  # type: ignore[func-returns-value]
    assert read == []
    assert len(list(items)) == 1
    assert read == [b"x"]


@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [
        ("albaccesslog.log.gz", "delivered/alb", 2),
        ("nlbaccesslog.log.gz", "delivered/nlb", 2),
        ("cloudfront.log.gz", "delivered/cloudfront", 2),
        ("s3accesslog.log", "delivered/s3_access", 1),
        ("vpcflowlog.log.gz", "delivered/vpc_flow", 3),
        ("cloudtrail-log-file.json.gz", "delivered/cloudtrail", 2),
        ("waflog.log.gz", "delivered/waf", 1),
        ("cloudwatch-logs-event.json", "testLogGroup", 2),
    ],
)
def test_real_files_are_recognised(name: str, kind: str, count: int) -> None:
    if not (REAL / name).exists():
        pytest.skip(f"the sample files of AWS logs are not there: {REAL}")
    data = (REAL / name).read_bytes()
    events, fragments = _read(gzip.decompress(data) if name.endswith(".gz") else data)
    assert ({event.origin.log_group for event in events}, len(events), fragments) == ({kind}, count, [])
