"""Streaming gunzip: many members, bounded memory, and nothing lost before damage.

ISA-L decodes about twice as fast as zlib. What it does not give is the output before an error, so a damaged object is
read a second time with zlib, whose state can be copied, to find the last good byte.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Callable

import isal.igzip_lib

from glue_jobs.errors import PermanentError

OUT_BYTES = 1024 * 1024

_igzip: Any = isal.igzip_lib  # its stubs have the error as an instance

_GZIP_WBITS = 31
_NOT_GZIP = "it does not start as gzip does"
_TRUNCATED = "it ends in the middle of a gzip member"


class DamagedGzipError(PermanentError):
    """An object is not gzip, is corrupt, or ends too early. What could be decoded was yielded before.

    Attributes:
        problem: what is wrong, to be read after "the object is damaged:".
        good_bytes: decoded bytes before the damage.
    """

    def __init__(self, problem: str, good_bytes: int) -> None:
        super().__init__(
            f"the object is damaged: {problem} ({good_bytes:,} bytes could be decoded). "
            "Export its window again, or look at the object itself."
        )
        self.problem = problem
        self.good_bytes = good_bytes


def gunzip(read: Callable[[], Iterable[bytes]], out_bytes: int = OUT_BYTES) -> Iterator[bytes]:
    """Decompresses an object of any number of gzip members; zero bytes after a member are padding.

    The bytes yielded depend neither on the sizes of the chunks that are read nor, up to how they are cut, on
    `out_bytes`.

    Args:
        read: opens the object; called a second time only where it is damaged.
        out_bytes: the size of what is yielded, at most. Peak memory is a few times this and one chunk, however far
            the object expands.

    Yields:
        Decoded bytes in order; nothing for an empty object.

    Raises:
        DamagedGzipError: after everything before the damage was yielded.
    """
    done = 0
    held = b""
    try:
        for piece in _decode(read(), out_bytes):
            # zlib tells of damage together with the byte before it: one byte is held back, so that both agree.
            ready, held = held + piece[:-1], piece[-1:]
            done += len(ready)
            if ready:
                yield ready
    except _DamageError as damage:
        for ready in _salvage(read(), done, out_bytes):
            done += len(ready)
            yield ready
        raise DamagedGzipError(str(damage), done) from None
    if held:
        yield held


class _DamageError(Exception):
    """What the fast decoder stumbled over."""


def _decode(chunks: Iterable[bytes], out_bytes: int) -> Iterator[bytes]:
    decoder = None
    members = 0
    for chunk in chunks:
        data = chunk
        while data or (decoder is not None and not decoder.needs_input):
            if decoder is None:
                data = data.lstrip(b"\0") if members else data
                if not data:
                    break
                decoder = _igzip.IgzipDecompressor(flag=_igzip.DECOMP_GZIP)
            try:
                piece = decoder.decompress(data, out_bytes)
            except _igzip.IsalError as error:
                raise _DamageError(_explain(str(error), members)) from error
            data = b""
            if piece:
                yield piece
            if decoder.eof:
                data, decoder = decoder.unused_data, None
                members += 1
    if decoder is not None:
        raise _DamageError(_TRUNCATED)


def _explain(error: str, members: int) -> str:
    if "wrapper" not in error and "header" not in error:
        return f"its gzip data is corrupt ({error})"
    return f"after gzip member {members} follows what is not gzip" if members else _NOT_GZIP


def _salvage(chunks: Iterable[bytes], skip: int, out_bytes: int) -> Iterator[bytes]:
    """Decodes with zlib up to the damage, and yields what lies beyond the first `skip` bytes."""
    for piece in _decode_carefully(chunks, out_bytes):
        fresh = piece[skip:]
        skip -= len(piece) - len(fresh)
        if fresh:
            yield fresh


def _decode_carefully(chunks: Iterable[bytes], out_bytes: int) -> Iterator[bytes]:
    """Yields all that zlib can decode, then ends without a word; the caller knows that there is damage."""
    decoder, between_members = zlib.decompressobj(_GZIP_WBITS), False
    for chunk in chunks:
        data, step = chunk, out_bytes
        while True:
            data = data.lstrip(b"\0") if between_members else data
            if between_members and not data:
                break
            before, between_members = decoder.copy(), False
            try:
                piece = decoder.decompress(data, step)
            except zlib.error:
                decoder, step = before, step // 2
                if not step:
                    yield from _last_bytes(decoder, data)
                    return
                continue
            if piece:
                yield piece
            if decoder.eof:
                data, decoder, between_members = decoder.unused_data, zlib.decompressobj(_GZIP_WBITS), True
            else:
                data = decoder.unconsumed_tail
            if not data and not piece:
                break


def _last_bytes(decoder: Any, data: bytes) -> Iterator[bytes]:
    """What comes out before zlib looks at the input byte that is wrong: so it does not depend on how data was cut."""
    for start in range(len(data)):
        rest = data[start : start + 1]
        while True:
            try:
                piece = decoder.decompress(rest, 1)
            except zlib.error:
                return
            if not piece:
                break
            yield piece
            rest = decoder.unconsumed_tail
