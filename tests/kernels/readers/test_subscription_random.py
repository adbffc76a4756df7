from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.logs.payloads import CONTROL, GROUP, dump, kinesis_event, log_event, packed, payload, read

from loglake.kernels.readers import subscription

pytestmark = pytest.mark.unit

texts = st.text(max_size=6) | st.sampled_from(['}{"a', '}\n{"messageType":', "\\", '"', "\0", "{", "}"])
garbage = st.sampled_from([b"garbage ", b"}", b'{"owner":"cut off', b"[", b'"', b"\xff\0", b",", b"x} {y", b"\\"])
between = st.sampled_from([b"", b"\n", b" ", b"\r\n\t", b"\xef\xbb\xbf"])


@st.composite
def objects(draw: st.DrawFn) -> tuple[bytes, list[Any]]:
    """Bytes with their expected content: rows without line numbers, and fragments as bytes."""
    data, number = b"", 0
    expected: list[Any] = []
    for _ in range(draw(st.integers(0, 6))):
        data += draw(between)
        kind = draw(st.sampled_from(["payload", "payload", "control", "other", "kinesis", "broken"]))
        messages = draw(st.lists(texts, max_size=3))
        events = [log_event(number + index, message) for index, message in enumerate(messages)]
        stream = draw(st.sampled_from(["one", "two"]))
        document = payload(events, logStream=stream)
        number += len(messages)
        if kind in {"payload", "kinesis"}:
            expected += [(GROUP, stream, *event.values()) for event in events]
            data += document if kind == "payload" else kinesis_event(packed(document))
        elif kind == "control":
            data += CONTROL
        else:
            stretch = dump({"owner": "1"}) if kind == "other" else draw(garbage)
            data += stretch
            expected.append(stretch)
    return data + draw(between), expected


@settings(max_examples=300, deadline=None)
@given(
    case=objects(),
    chunk=st.sampled_from([1, 2, 7, 100, 1 << 20]),
    block=st.sampled_from([1, 3, 50, 1_000, 1 << 20]),
    small_bytes=st.sampled_from([0, 300, 1 << 40]),
)
def test_neither_chunks_nor_blocks_nor_readers_matter(
    case: tuple[bytes, list[Any]], chunk: int, block: int, small_bytes: int
) -> None:
    data, expected = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subscription, "SMALL_BYTES", small_bytes)
        rows, fragments = read(data, chunk, block)
    events = [(*row[:2], row[5], row[2], row[3]) for row in rows]
    assert events == [each for each in expected if isinstance(each, tuple)]
    kept = b"".join(fragment.data for fragment in fragments)
    assert _without_white(kept) == _without_white(b"".join(each for each in expected if isinstance(each, bytes)))
    for fragment in fragments:
        assert data[fragment.offset :].startswith(fragment.data)


def _without_white(data: bytes) -> bytes:
    return data.replace(b"\xef\xbb\xbf", b"").translate(None, b" \t\r\n")


odd_values = st.sampled_from(["null", "true", "1", "1.5", '"a"', '"\\ud800"', '""', "[]", "{}", "01", "nul", '"\\u00"'])
odd_members = st.tuples(st.sampled_from(["id", "timestamp", "message", "logGroup", "messageType", "x"]), odd_values)


@settings(max_examples=300, deadline=None)
@given(
    members=st.lists(st.lists(odd_members, max_size=4), min_size=1, max_size=4),
    outer=st.lists(odd_members, max_size=2),
    cut=st.integers(0, 400),
)
def test_both_readers_agree(
    members: Sequence[Sequence[tuple[str, str]]], outer: Sequence[tuple[str, str]], cut: int
) -> None:
    events = [
        json.dumps(log_event(number))[:-1] + "".join(f',"{key}":{value}' for key, value in odd) + "}"
        for number, odd in enumerate(members)
    ]
    odd = payload([], extra="ODD").replace(
        b'"ODD"', b"1" + "".join(f',"{key}":{value}' for key, value in outer).encode()
    )
    odd = odd.replace(b"[]", f"[{','.join(events)}]".encode(), 1)
    data = payload([log_event(1)]) + odd + payload([log_event(2)])[cut:] + payload([log_event(3)])
    results = []
    for small_bytes in (0, 1 << 40):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(subscription, "SMALL_BYTES", small_bytes)
            results.append(read(data))
    assert results[0] == results[1]
