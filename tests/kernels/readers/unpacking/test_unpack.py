from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from support.logs.gzips import MAGIC, Given, damaged, given, gzips, member, members, walk

from loglake.kernels.readers.unpacking.unpack import MAX_LAYERS, unpack

pytestmark = pytest.mark.unit

TOO_DEEP = "it is gzip in gzip, more than 3 times"
PAYLOADS = [
    json.dumps({"messageType": "DATA_MESSAGE", "logGroup": "/app", "logEvents": [{"id": str(number)}]}).encode()
    for number in range(5)
]


def _in_all_chunks(data: bytes) -> Given:
    whole = given(unpack, data)
    for size in (1, 2, 3, 10, 100, 1_000):
        for out in (1, 50):
            assert given(unpack, data, range(size, len(data), size), out) == whole, (size, out)
    return whole


@pytest.mark.parametrize(
    "data", [b"", b"\x1f", b"\x8b", b"\0", b"\x1f\x1f\x8b", b"\x1fplain", b"{}", b"\0" + gzips(b"x", 1)]
)
def test_what_does_not_start_as_gzip_is_given_as_it_is(data: bytes) -> None:
    assert _in_all_chunks(data) == (data, None)


@pytest.mark.parametrize("layers", range(MAX_LAYERS + 1))
@pytest.mark.parametrize("text", [b"", b"\x1f", b"2026-11-21T08:30:00.000Z hello\n" * 99])
def test_all_layers_are_taken_off(text: bytes, layers: int) -> None:
    assert _in_all_chunks(gzips(text, layers)) == (text, None)


def test_more_layers_are_refused() -> None:
    assert _in_all_chunks(gzips(b"text", MAX_LAYERS + 1)) == (b"", TOO_DEEP)


def test_records_that_firehose_joined_and_compressed_again() -> None:
    records = b"".join(gzip.compress(payload, mtime=0) for payload in PAYLOADS)
    joined = b"".join(PAYLOADS)
    assert _in_all_chunks(records) == (joined, None)
    assert _in_all_chunks(gzip.compress(records, mtime=0)) == (joined, None)


def test_a_record_may_be_cut_across_the_members_of_the_outer_layer() -> None:
    records = b"".join(gzip.compress(payload, mtime=0) for payload in PAYLOADS)
    parts = [records[start : start + 7] for start in range(0, len(records), 7)]
    assert _in_all_chunks(b"".join(member(part, flags=8) + b"\0" for part in parts)) == (b"".join(PAYLOADS), None)


def test_gzip_behind_text_is_text() -> None:
    data = PAYLOADS[0] + gzips(PAYLOADS[1], 1)
    assert _in_all_chunks(data) == (data, None)
    assert _in_all_chunks(gzips(data, 1)) == (data, None)


def test_the_magic_number_alone_is_damage() -> None:
    assert _in_all_chunks(MAGIC) == (b"", "it ends in the middle of a gzip member")
    assert _in_all_chunks(gzips(MAGIC, 1)) == (b"", "it ends in the middle of a gzip member")


def test_damage_in_an_inner_layer_comes_after_all_before_it() -> None:
    records = [gzip.compress(payload, mtime=0) for payload in PAYLOADS]
    records[3] = records[3][:-8] + bytes(8)
    found = _in_all_chunks(gzips(b"".join(records), 1))
    assert found == (b"".join(PAYLOADS[:4]), "its gzip data is corrupt (incorrect checksum)")


def test_damage_in_the_outer_layer_comes_after_all_that_the_inner_one_holds() -> None:
    records = [gzip.compress(payload, mtime=0) for payload in PAYLOADS]
    parts = [gzip.compress(record, 0, mtime=0) for record in records]
    damaged_after_two = b"".join(parts[:2]) + b"\xff" * 20
    assert _in_all_chunks(damaged_after_two) == (
        b"".join(PAYLOADS[:2]),
        "after gzip member 2 follows what is not gzip",
    )
    in_the_third = b"".join(parts[:2]) + parts[2][:-30]
    found = _in_all_chunks(in_the_third)
    assert found.problem == "it ends in the middle of a gzip member"
    assert found.text.startswith(b"".join(PAYLOADS[:2]))


def test_damage_right_after_the_first_byte_loses_not_even_that() -> None:
    data = member(b"\x1f") + b"no gzip"
    assert _in_all_chunks(data) == (b"\x1f", "after gzip member 1 follows what is not gzip")


@settings(max_examples=150, deadline=None)
@over(members(3), st.integers(0, 2), st.data())
def test_any_layers_with_damage_in_any_of_them(made: tuple[bytes, bytes], layers: int, data: st.DataObject) -> None:
    body = made[0]
    for _ in range(layers):
        body = data.draw(st.one_of(st.just(body), damaged(body)))
        half = len(body) // data.draw(st.integers(1, 3))
        body = member(body[:half], 1) + member(body[half:], 0, data.draw(st.sampled_from([0, 8])))
    body = data.draw(st.one_of(st.just(body), damaged(body)))
    found = _in_all_chunks(body)
    if found != (made[1], None):
        assert (found.text, found.problem is None) == _unwrapped(body)


def _unwrapped(data: bytes) -> tuple[bytes, bool]:
    whole = True
    for _ in range(MAX_LAYERS):
        if not data.startswith(MAGIC):
            return data, whole
        data, fine = walk(data)
        whole = whole and fine
    return (b"", False) if data.startswith(MAGIC) else (data, whole)


@pytest.mark.parametrize("layers", range(MAX_LAYERS + 1))
def test_an_object_is_opened_once(layers: int) -> None:
    opened = 0

    def read() -> list[bytes]:
        nonlocal opened
        opened += 1
        return [data[:1], data[1:]]

    data = gzips(b"hello\n", layers)
    assert b"".join(unpack(read)) == b"hello\n"
    assert opened == 1


def test_a_bomb_in_a_bomb_comes_in_small_pieces() -> None:
    bomb = gzips(bytes(20_000_000), 2)
    sizes = [len(piece) for piece in unpack(lambda: [bomb], 100_000)]
    assert sum(sizes) == 20_000_000
    assert max(sizes) <= 100_000
