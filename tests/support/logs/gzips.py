"""Gzip members of every shape, damage to them, and a simple reader of their content."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from loglake.kernels.blocks import TruncatedInputError

_PIECE = 256
MAGIC = b"\x1f\x8b"
Reader = Callable[[Callable[[], Iterable[bytes]], int], Iterator[bytes]]


class Given(NamedTuple):
    """The result of reading an object: its text, and the problem, None if there is none."""

    text: bytes
    problem: str | None


def member(text: bytes, level: int = 6, flags: int = 0, flush: int = zlib.Z_SYNC_FLUSH) -> bytes:
    """A gzip member with the optional header fields that the flags ask for (RFC 1952, 2.3.1)."""
    header = MAGIC + bytes([8, flags]) + bytes(5) + b"\x03"
    for flag, field in ((4, b"\x05\x00AB\x01\x00\x00"), (8, b"app.log\0"), (16, b"of a test\0")):
        header += field if flags & flag else b""
    header += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little") if flags & 2 else b""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    half = len(text) // 2
    packed = packer.compress(text[:half]) + packer.flush(flush) + packer.compress(text[half:]) + packer.flush()
    return header + packed + zlib.crc32(text).to_bytes(4, "little") + len(text).to_bytes(4, "little")


@st.composite
def members(draw: st.DrawFn, most: int = 4) -> tuple[bytes, bytes]:
    """Some members with padding between them and at the end, and their text."""
    texts = draw(
        st.lists(st.one_of(st.binary(max_size=60), st.binary(max_size=9).map(lambda data: data * 9)), max_size=most)
    )
    data = b""
    for text in texts:
        flags = draw(st.sampled_from([0, 0, 0, 8, 2, 4, 16, 30]))
        data += member(text, draw(st.sampled_from([0, 1, 9])), flags) + bytes(draw(st.sampled_from([0, 0, 1, 8, 40])))
    return data, b"".join(texts)


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """The data with one or two kinds of damage, as storage, networks and people cause it."""
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(data)))
        start, rest = data[:at], data[at:]
        data = draw(
            st.sampled_from(
                [
                    start,
                    rest,
                    start + rest[1:],
                    start + bytes(min(4, len(rest))) + rest[4:],
                    start + bytes(3) + rest,
                    start + draw(st.binary(min_size=1, max_size=3)) + rest,
                    data + draw(st.binary(min_size=1, max_size=9)),
                    start + bytes([rest[0] ^ 1 << draw(st.integers(0, 7))]) + rest[1:] if rest else start,
                ]
            )
        )
    return data


def given(reader: Reader, data: bytes, cuts: Iterable[int] = (), out: int = 1 << 20) -> Given:
    """A reader's result for an object that is cut into chunks at these places."""
    chunks = pieces(data, cuts)
    text, damage = b"", None
    try:
        for piece in reader(lambda: iter(chunks), out):
            assert 0 < len(piece) <= out
            text += piece
    except TruncatedInputError as error:
        damage = error
    return Given(text, damage.problem if damage else None)


def pieces(data: bytes, cuts: Iterable[int]) -> Sequence[bytes]:
    """The data, cut at these places, which may be in any order."""
    places = sorted(min(max(0, cut), len(data)) for cut in cuts)
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


def gzips(data: bytes, times: int) -> bytes:
    """The data, gzipped several times."""
    for _ in range(times):
        data = gzip.compress(data, mtime=0)
    return data


def walk(data: bytes) -> tuple[bytes, bool]:
    """The text before any damage, and whether the data is whole: near damage zlib gets, and gives, a byte at a time."""
    text, at, found = bytearray(), 0, False
    while at < len(data):
        if found and not data[at]:
            at += 1
            continue
        decoder, found = zlib.decompressobj(31), True
        try:
            while at < len(data) and not decoder.eof:
                before, piece = decoder.copy(), data[at : at + _PIECE]
                try:
                    text += decoder.decompress(piece)
                except zlib.error:
                    for place in range(len(piece)):
                        for byte in _given_by(before, piece[place : place + 1]):
                            text += byte
                at += len(piece) - len(decoder.unused_data)
        except zlib.error:
            return bytes(text), False
        if not decoder.eof:
            return bytes(text), False
    return bytes(text), True


def _given_by(decoder: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    while piece := decoder.decompress(data, 1):
        yield piece
        data = decoder.unconsumed_tail
