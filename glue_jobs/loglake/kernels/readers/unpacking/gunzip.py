"""Streaming gunzip: many members, bounded memory, and nothing lost before damage.

The fastest decoder goes first. If it refuses something, zlib reads the object a second time, and zlib decides. There
are two reasons. A decoder's call that finds an error returns nothing, but zlib's state can be copied before the call,
to find the last good byte. And ISA-L's decoder forgets a header's optional fields if the header comes in two pieces, so
headers are read here.

Both get blocks that start at the same offsets, however the store cuts the object.
"""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterable, Iterator
from typing import Any, Callable

from loglake.kernels.blocks import TruncatedInputError, blocks
from loglake.kernels.readers.unpacking import gzip_decoder
from loglake.kernels.readers.unpacking.gzip_header import GZIP_MAGIC, OddGzipError, header_size

OUT_BYTES = 1024 * 1024

_FAST_BLOCK_BYTES = 64 * 1024
"""A gzip member's rest is copied once per member, so not too much."""

_CAREFUL_BLOCK_BYTES = 4 * 1024
"""Where zlib finds an error, up to this much is read again byte by byte, so not much."""

_CAREFUL_OUT_BYTES = 64 * 1024
REFUSED: tuple[type[Exception], ...] = (OddGzipError, TruncatedInputError, *gzip_decoder.DECODING_ERRORS)
_TRUNCATED = "it ends in the middle of a gzip member"
_NO_MAGIC = "incorrect header check"  # these are zlib's words
_NOT_GZIP = "it does not start as gzip does"
_CHECKSUM = {"incorrect data check": "incorrect checksum", "incorrect length check": "incorrect length"}


class CheckError(TruncatedInputError):
    """A member's text is not what its checksum or length says.

    Attributes:
        members: how many whole members come before it.
    """

    def __init__(self, problem: str, members: int) -> None:
        super().__init__(problem)
        self.members = members


def gunzip(read: Callable[[], Iterable[bytes]], out_bytes: int = OUT_BYTES) -> Iterator[bytes]:
    """Decompresses an object of any number of gzip members; zero bytes after a member are padding.

    The bytes yielded and the error depend on the object's bytes alone, not on the sizes of the chunks. `out_bytes`
    changes only how the yielded bytes are cut.

    Args:
        read: opens the object; called a second time only if the object is damaged. If its chunks end in
            `TruncatedInputError`, as an outer layer's do, everything before is decoded.
        out_bytes: the size of what is yielded, at most. Peak memory is a few times `OUT_BYTES` and one chunk, however
            far the object expands.

    Yields:
        Decoded bytes in order; nothing for an empty object.

    Raises:
        CheckError: a member fails its check; all of its text was yielded.
        TruncatedInputError: after everything before the damage was yielded.
    """
    done, held = 0, b""
    try:
        for piece in decode(read()):
            # ISA-L reads on for a while after what zlib refuses: a piece waits until the next one is good.
            yield from cut(held, out_bytes)
            done, held = done + len(held), piece
        yield from cut(held, out_bytes)
        return
    except REFUSED:
        pass
    yield from carefully(read, out_bytes, None, done)


def carefully(read: Callable[[], Iterable[bytes]], out_bytes: int, most: int | None, skip: int) -> Iterator[bytes]:
    """As `decode_carefully`, without so many bytes at the start, in pieces of at most `out_bytes`."""
    for piece in decode_carefully(read(), most):
        fresh = piece[skip:]
        skip -= len(piece) - len(fresh)
        yield from cut(fresh, out_bytes)


def cut(data: bytes, size: int) -> Iterator[bytes]:
    """The same bytes in pieces of at most `size`; no pieces for no bytes."""
    if len(data) <= size:
        if data:
            yield data
        return
    for start in range(0, len(data), size):
        yield data[start : start + size]


def decode(chunks: Iterable[bytes], most: int | None = None) -> Iterator[bytes]:
    """Decodes fast, and raises if anything is odd: zlib then decides whether it is damage.

    Args:
        chunks: of the object.
        most: how many members are decoded; all if None.

    Yields:
        The text, and nothing (``b""``) after each member that has passed its check.
    """
    decoder: Any = None
    waiting, members = b"", 0
    for block in blocks(chunks, _FAST_BLOCK_BYTES):
        data, waiting = waiting + block, b""
        while data:
            start: int | None = 0
            if decoder is None:
                if members == most:
                    return
                data = data.lstrip(b"\0") if members else data
                start = header_size(data)
                if start is None:
                    waiting = data
                    break
                decoder, members = gzip_decoder.new_decoder(), members + 1
            data = yield from _inflate(decoder, memoryview(data)[start:])
            if decoder.eof:
                decoder = None
                yield b""
    if decoder is not None or waiting:
        raise OddGzipError


def _inflate(decoder: Any, data: memoryview) -> Generator[bytes, None, bytes]:
    """Yields the decoded bytes, and returns the data after the member."""
    while True:
        piece = decoder.decompress(data, OUT_BYTES)
        if piece:
            yield piece
        if decoder.eof:
            rest: bytes = decoder.unused_data
            return rest
        if len(piece) < OUT_BYTES:
            return b""
        data = memoryview(b"")


def decode_carefully(chunks: Iterable[bytes], most: int | None = None) -> Iterator[bytes]:
    """Decodes with zlib, up to the very byte that it refuses.

    Args:
        chunks: of the object.
        most: how many members are decoded; all if None.
    """
    decoder: Any = None
    members = 0
    for block in blocks(chunks, _CAREFUL_BLOCK_BYTES):
        data = block.lstrip(b"\0") if members and decoder is None else block
        while data:
            if decoder is None and members == most:
                return
            if decoder is None and data[0] != GZIP_MAGIC[0]:  # zlib would wait for a second byte
                raise TruncatedInputError(_explain(_NO_MAGIC, members))
            decoder = decoder or zlib.decompressobj(gzip_decoder.GZIP_WBITS)
            try:
                data = yield from _inflate_carefully(decoder, data)
            except zlib.error as error:
                problem = _explain(str(error), members)
                if any(problem.endswith(f"({check})") for check in _CHECKSUM.values()):
                    raise CheckError(problem, members) from error
                raise TruncatedInputError(problem) from error
            if decoder.eof:
                data, decoder, members = data.lstrip(b"\0"), None, members + 1
    if decoder is not None:
        raise TruncatedInputError(_TRUNCATED)


def _inflate_carefully(decoder: Any, data: bytes) -> Generator[bytes, None, bytes]:
    """As `_inflate`; raises `zlib.error` after the last good byte."""
    full = False
    while data or full:
        before = decoder.copy()
        try:
            piece = decoder.decompress(data, _CAREFUL_OUT_BYTES)
        except zlib.error:
            yield _last_bytes(before, data)
            raise
        yield piece
        if decoder.eof:
            rest: bytes = decoder.unused_data
            return rest
        data, full = decoder.unconsumed_tail, len(piece) == _CAREFUL_OUT_BYTES
    return b""


def _last_bytes(decoder: Any, data: bytes) -> bytes:
    """The output before the byte that zlib refuses. It drops its output on an error, so it gets one byte at a time."""
    good = bytearray()
    for start in range(-1, len(data)):
        rest = data[start : start + 1] if start >= 0 else b""
        while True:
            try:
                piece = decoder.decompress(rest, 1)
            except zlib.error:
                return bytes(good)
            if not piece:
                break
            good += piece
            rest = decoder.unconsumed_tail
    return bytes(good)


def _explain(error: str, members: int) -> str:
    """Explains zlib's error; `members` is the number of whole members before it."""
    reason = error.rpartition(": ")[2]
    if reason == _NO_MAGIC:
        return f"after gzip member {members} follows what is not gzip" if members else _NOT_GZIP
    return f"its gzip data is corrupt ({_CHECKSUM.get(reason, reason)})"
