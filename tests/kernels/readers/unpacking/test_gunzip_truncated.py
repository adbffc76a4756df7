"""Damaged gzip objects, compared with a simple walk over their bytes."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import pytest
from hypothesis import example, settings
from hypothesis import given as over
from hypothesis import strategies as st
from support.logs.gzips import Given, damaged, given, member, members, walk

from loglake.kernels.readers.unpacking.gunzip import gunzip

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("decoder")]

OUTS = (1, 7, 1 << 20)


def _in_all_chunks(data: bytes) -> Given:
    """Checks that every way of reading gives the same; larger objects are read in fewer ways."""
    whole = given(gunzip, data)
    step = max(1, len(data) // 40)
    for size in {*range(1, 12), *range(12, len(data) + 1, step)}:
        out = OUTS[size % 3]
        assert given(gunzip, data, range(size, len(data), size), out) == whole, (size, out)
    for place in range(1, len(data), step):
        assert given(gunzip, data, [place]) == whole, place
    return whole


@settings(max_examples=150, deadline=None)
@over(members(), st.data())
def test_damage_is_the_same_in_any_chunks_and_all_before_it_is_given(
    made: tuple[bytes, bytes], data: st.DataObject
) -> None:
    body = data.draw(damaged(made[0]))
    good, whole = walk(body)
    found = _in_all_chunks(body)
    # ISA-L accepts codes that zlib refuses; if the checksum then confirms the text, the text is right.
    if found != (made[1], None):
        assert found.text == good
        assert (found.problem is None) == whole


@settings(max_examples=100, deadline=None)
@over(members())
def test_what_is_not_damaged_is_given_whole_in_any_chunks(made: tuple[bytes, bytes]) -> None:
    assert _in_all_chunks(made[0]) == (made[1], None)


@settings(max_examples=30, deadline=None)
@over(st.integers(0, 2**32), st.sampled_from([0, 1, 3, 70_000]))
@example(0, 65_536)
def test_damage_in_an_object_of_many_blocks(seed: int, padding: int) -> None:
    chance = random.Random(seed)
    words = [chance.randbytes(chance.randint(1, 9)) for _ in range(300)]
    texts = [b" ".join(chance.choices(words, k=chance.choice([10, 40_000]))) for _ in range(3)]
    body = bytearray(b"".join(gzip.compress(text, 6, mtime=0) + bytes(padding) for text in texts))
    at = chance.randrange(len(body))
    body[at : at + chance.choice([0, 1, 100])] = chance.choice([b"", b"\0", chance.randbytes(3)])
    data = bytes(body)
    found = given(gunzip, data)
    good, whole = walk(data)
    if found != (b"".join(texts), None):
        assert found.text.startswith(good)
        assert (found.problem is None) == whole
    for cuts in ([at], range(4_096, len(data), 4_096), range(65_537, len(data), 65_537)):
        assert given(gunzip, data, cuts, 10_000) == found


@pytest.mark.parametrize("flags", [2, 4, 8, 16, 30])
@pytest.mark.parametrize("padding", [0, 1, 40])
def test_a_header_with_optional_fields_may_be_cut_anywhere(flags: int, padding: int) -> None:
    """A decoder that forgets the flags between two chunks takes the name for data, and loses the rest."""
    texts = [b"first\n", b"second\n", b"third\n"]
    data = b"".join(member(text, flags=flags) + bytes(padding) for text in texts)
    for place in range(1, len(data)):
        assert given(gunzip, data, [place]) == (b"".join(texts), None), place


@pytest.mark.parametrize("padding", [0, 1, 9, 65_000, 65_535, 65_536, 131_072])
@pytest.mark.parametrize("damage", ["magic", "reserved flag", "header checksum", "data", "checksum", "length", "end"])
def test_members_before_and_behind_padding_that_ends_near_a_block(padding: int, damage: str) -> None:
    spoilt = bytearray(member(b"spoilt" * 9, flags=2))
    place = {"magic": 0, "reserved flag": 3, "header checksum": 10, "data": 12, "checksum": -8, "length": -4, "end": -1}
    spoilt[place[damage]] ^= 0x20
    good = [member(b"one\n"), member(b"two\n", flags=8)]
    data = bytes(padding).join([*good, bytes(spoilt if damage != "end" else spoilt[:-6]), *good])
    found = given(gunzip, data)
    assert found.text.startswith(b"one\ntwo\n")
    assert found.problem is not None
    edge = data.index(bytes(spoilt[1:9])) - 1
    for place_of_cut in range(edge - 4, edge + 30):
        assert given(gunzip, data, [place_of_cut], 3) == found


def test_a_wrong_header_checksum_is_never_overlooked() -> None:
    """It once was, if the header came in two pieces: 27 bytes are padding and the start of the second member."""
    data = bytes.fromhex(
        "1f8b08000000000000030300000000000000000000001f8b081a00000000000300626362610000004a4c4a4c02000000ffff0300a60ad73604000000"
    )
    assert _in_all_chunks(data) == (b"", "its gzip data is corrupt (header crc mismatch)")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda data: data[:-8] + b"\0\0\0\0" + data[-4:], "its gzip data is corrupt (incorrect checksum)"),
        (lambda data: data[:-4] + b"\0\0\0\0", "its gzip data is corrupt (incorrect length)"),
        (lambda data: data[:3] + b"\x20" + data[4:], "its gzip data is corrupt (unknown header flags set)"),
        (lambda data: data[:2] + b"\x07" + data[3:], "its gzip data is corrupt (unknown compression method)"),
        (lambda data: data[:-1], "it ends in the middle of a gzip member"),
        (lambda data: data + b"x", "after gzip member 1 follows what is not gzip"),
        (lambda data: data + b"\0\0\x1f", "it ends in the middle of a gzip member"),
        (lambda data: b"\0" + data, "it does not start as gzip does"),
    ],
)
def test_the_problem_is_named(spoil: Callable[[bytes], bytes], problem: str) -> None:
    assert _in_all_chunks(spoil(gzip.compress(b"hello\n" * 50))).problem == problem


def test_a_name_without_an_end_does_not_fill_the_memory() -> None:
    start = member(b"", flags=8)[:10]
    found = given(gunzip, start + b"n" * 600_000, range(65_536, 600_000, 65_536))
    assert found == (b"", "it ends in the middle of a gzip member")


def test_a_very_long_name_is_a_name() -> None:
    text = b"hello\n"
    data = member(text, flags=8).replace(b"app.log", b"n" * 600_000)
    assert given(gunzip, data, range(65_536, 600_000, 65_536)) == (text, None)


def test_a_bomb_that_ends_in_damage_comes_in_small_pieces() -> None:
    bomb = gzip.compress(bytes(30_000_000))
    found = given(gunzip, bomb[:-8] + bytes(8), out=100_000)
    assert found.text == bytes(30_000_000)
    assert found.problem == "its gzip data is corrupt (incorrect checksum)"


def test_the_object_is_read_again_only_where_it_is_damaged() -> None:
    opened = 0

    def read() -> list[bytes]:
        nonlocal opened
        opened += 1
        return [data]

    data = gzip.compress(b"hello\n")
    assert b"".join(gunzip(read)) == b"hello\n"
    assert opened == 1


def test_stored_blocks_and_flushes_are_as_good_as_any() -> None:
    text = random.Random(3).randbytes(200_000)
    for flush in (zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_BLOCK):
        data = member(text, 0, flush=flush)
        assert given(gunzip, data, [1, 9, 65_535, 70_000], 9_999) == (text, None)
