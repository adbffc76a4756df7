from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Iterable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglake.kernels.blocks import TruncatedInputError
from loglake.kernels.readers.unpacking.gunzip import gunzip

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("decoder")]

SIZES = st.sampled_from([1, 2, 7, 100, 65_536])


def _chunks(data: bytes, size: int) -> Iterable[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def _until_damage(data: bytes, chunk: int = 65_536, out: int = 65_536) -> tuple[bytes, TruncatedInputError]:
    good = b""
    try:
        for piece in gunzip(partial(_chunks, data, chunk), out):
            good += piece
    except TruncatedInputError as damage:
        return good, damage
    raise AssertionError("the damage went unnoticed")


def _noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


@settings(max_examples=40, deadline=None)
@given(
    members=st.lists(st.binary(max_size=2000).map(lambda data: data * 7), max_size=4),
    padding=st.integers(0, 9),
    chunk=SIZES,
    out=SIZES,
)
def test_any_number_of_members_in_any_chunks(members: list[bytes], padding: int, chunk: int, out: int) -> None:
    data = b"".join(gzip.compress(member) + b"\0" * padding for member in members)
    pieces = list(gunzip(partial(_chunks, data, chunk), out))
    assert b"".join(pieces) == b"".join(members)
    assert all(0 < len(piece) <= out for piece in pieces)


def test_an_empty_object_holds_nothing() -> None:
    assert list(gunzip(lambda: [])) == []
    assert list(gunzip(lambda: [b"", b""])) == []


@pytest.mark.parametrize("keep", [1, 9, 15, 500, 9_000, -9, -5, -1])
@pytest.mark.parametrize("chunk", [1, 100, 65_536])
def test_a_truncated_object_gives_all_that_is_before_its_end(keep: int, chunk: int) -> None:
    text = b"".join(b"%d: %s\n" % (number, _noise(4, number).hex().encode()) for number in range(2_000))
    whole = gzip.compress(text)
    good, damage = _until_damage(whole[:keep], chunk)
    assert good == _reference(whole[:keep])
    assert "middle" in damage.problem


@pytest.mark.parametrize("out", [1, 100, 65_536])
@pytest.mark.parametrize("chunk", [1, 100, 65_536])
def test_a_corrupt_object_gives_the_same_good_bytes_in_any_chunks(chunk: int, out: int) -> None:
    text = b"".join(b"%d: %s\n" % (number, _noise(4, number).hex().encode()) for number in range(2_000))
    corrupt = bytearray(gzip.compress(text))
    corrupt[9_000:9_200] = _noise(200)
    good, damage = _until_damage(bytes(corrupt), chunk, out)
    assert len(good) > 10_000
    assert text.startswith(good[:-3_000])  # corruption may decode to something before it is noticed
    assert good == _until_damage(bytes(corrupt))[0]
    assert "corrupt" in damage.problem


def test_a_wrong_checksum_is_damage_after_the_data() -> None:
    whole = gzip.compress(b"hello " * 1_000)
    good, damage = _until_damage(whole[:-8] + b"\0\0\0\0" + whole[-4:])
    assert len(good) >= 5_999
    assert "checksum" in damage.problem


def test_what_is_not_gzip_is_said_to_be_none() -> None:
    good, damage = _until_damage(b"2023-11-14T12:34:56.789Z plain text\n")
    assert good == b""
    assert "does not start as gzip" in str(damage)


def test_text_after_a_member_is_damage_after_the_member() -> None:
    good, damage = _until_damage(gzip.compress(b"first") + b"and then some text")
    assert good.startswith(b"firs")
    assert "after gzip member 1" in damage.problem


def test_a_bomb_comes_in_small_pieces() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    sizes = [len(piece) for piece in gunzip(lambda: [bomb], 100_000)]
    assert sum(sizes) == 50_000_000
    assert max(sizes) <= 100_000


def _reference(data: bytes) -> bytes:
    return zlib.decompressobj(31).decompress(data)
