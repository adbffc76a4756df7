from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglake.kernels.json import stream
from loglake.kernels.json.stream import NOT_JSON, Document, Garbage, read_items, read_runs

pytestmark = pytest.mark.unit

BOM = b"\xef\xbb\xbf"
BEGINNING = re.compile(rb'\{"a"')


def _read(data: bytes, chunk: int = 1 << 20, block: int = 1 << 20) -> list[Document | Garbage]:
    chunks = (data[start : start + chunk] for start in range(0, len(data), chunk))
    return [item for run in read_runs(chunks, block) for item in read_items(run, BEGINNING)]


def _found(data: bytes) -> list[Any]:
    """Values of documents, bytes of garbage."""
    return [item.value if isinstance(item, Document) else item.data for item in _read(data)]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", []),
        (b" \n", []),
        (b'{"a":1}{"b":2}', [{"a": 1}, {"b": 2}]),
        (b'\xef\xbb\xbf{"a":1}\r\n\xef\xbb\xbf{"b":2}\n', [{"a": 1}, {"b": 2}]),
        (b'{"a":1}{}{"b":2}', [{"a": 1}, {}, {"b": 2}]),
        (b'{"a":"}{\\"b"}{"a":"} {"}', [{"a": '}{"b'}, {"a": "} {"}]),
        (b'no {"a":1} nor\n{"a":2}', [b"no ", {"a": 1}, b"nor\n", {"a": 2}]),
        (b'{"a":"cut off{"a":1}', [b'{"a":"cut off', {"a": 1}]),
        (b'{"a":[{"a":1},{"a":2}', [b'{"a":[', {"a": 1}, b",", {"a": 2}]),
        (b'{"a":1}}{"a":2}', [{"a": 1}, b"}", {"a": 2}]),
        (b'{"a":1}\0', [{"a": 1}, b"\0"]),
        (b'{"a":"\n"}', [b'{"a":"\n"}']),
        (b'{"a":' + b"9" * 5_000 + b"}", [{"a": "9" * 5_000}]),
        (b'{"a":' + b"[" * 200_000, [b'{"a":' + b"[" * 200_000]),
    ],
    ids=lambda value: None if len(value) < 99 else "long",
)
def test_documents_and_what_is_between_them(data: bytes, found: list[Any]) -> None:
    assert _found(data) == found


def test_bad_bytes_are_surrogates() -> None:
    good, bad = _read(b'{"a":"\xc3\xa9"}{"a":"\xc3\xff"}')
    assert isinstance(good, Document)
    assert (good.value, good.is_utf8) == ({"a": "\u00e9"}, True)
    assert isinstance(bad, Document)
    assert (bad.value, bad.is_utf8) == ({"a": "\udcc3\udcff"}, False)


pieces = st.sampled_from(
    [b'{"a":1}', b'{"b":"}{"}', b'{"a":[{"b":2}]}', b"\n", b" ", b"}", b"{", b'"', b'{"a', b"x", b"\\", b",", BOM]
) | st.binary(max_size=3)


@settings(max_examples=300, deadline=None)
@given(
    data=st.lists(pieces, max_size=12).map(b"".join),
    chunk=st.sampled_from([1, 3, 1 << 20]),
    block=st.sampled_from([1, 2, 5, 40, 200]),
    longest=st.sampled_from([4, 9, 30, 1 << 20]),
)
def test_chunks_and_blocks_do_not_matter_and_nothing_is_lost(data: bytes, chunk: int, block: int, longest: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "MAX_DOCUMENT_BYTES", longest)
        items = _read(data, chunk, block)
        assert items == _read(data)
    end = 0
    for item in items:
        assert not data[end : item.offset].replace(BOM, b"").strip()
        end = item.offset + len(item.data)
        assert data[item.offset : end] == item.data
        assert 0 < len(item.data) <= longest
        if isinstance(item, Document):
            assert item.value == json.loads(item.data.decode("utf-8", "surrogateescape"))
        else:
            assert item.reason == NOT_JSON
    assert not data[end:].replace(BOM, b"").strip()


def test_a_document_that_is_too_long_comes_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_DOCUMENT_BYTES", 100)
    long = b'{"a":"' + b"x" * 250 + b'"}'
    assert _found(b'{"a":1}\n' + long + b'{"a":2}') == [{"a": 1}, long[:100], long[100:200], long[200:], {"a": 2}]
    fits = b'{"a":"' + b"x" * 92 + b'"}'
    assert _found(fits + fits) == [{"a": "x" * 92}] * 2


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":[' * 100_000,
        b'{"a":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,' * 20_000,
        b'{"a":{"a":1},' * 50_000,
        b"{" * 500_000,
        b'{"a":"' * 100_000,
        b"}" * 500_000,
        b"} " * 250_000,
    ],
    ids=lambda data: data[:12].decode(),
)
def test_the_effort_for_what_is_broken_is_bounded(data: bytes) -> None:
    began = time.monotonic()
    items = _read(data)
    assert b"".join(item.data for item in items).replace(b" ", b"") == data.replace(b" ", b"")
    assert time.monotonic() - began < 10
