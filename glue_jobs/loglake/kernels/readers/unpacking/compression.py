"""Streaming bzip2 and zstd: many streams, bounded memory, and nothing lost before damage, as in `gunzip`."""

from __future__ import annotations

import bz2
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, Callable

import pyarrow as pa

from loglake.kernels.blocks import TruncatedInputError, blocks

BZIP2_MAGIC = re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)")
ZSTD_MAGIC = re.compile(rb"\x28\xb5\x2f\xfd")

_IN_BYTES = 64 * 1024


def bunzip2(read: Callable[[], Iterable[bytes]], out_bytes: int) -> Iterator[bytes]:
    """Decompresses an object of any number of bzip2 streams.

    Args:
        read: opens the object; called once.
        out_bytes: the size of what is yielded, at most.

    Raises:
        TruncatedInputError: after the bytes of all blocks before the damage were yielded.
    """
    decoder = None
    for block in blocks(read(), _IN_BYTES):
        data = block
        while data or (decoder and not decoder.needs_input):
            decoder = decoder or bz2.BZ2Decompressor()
            try:
                piece = decoder.decompress(data, out_bytes)
            except OSError as error:
                raise TruncatedInputError(f"its bzip2 data is corrupt ({error})") from error
            data = b""
            if piece:
                yield piece
            if decoder.eof:
                data, decoder = decoder.unused_data, None
    if decoder:
        raise TruncatedInputError("it ends in the middle of a bzip2 stream")


def unzstd(read: Callable[[], Iterable[bytes]], out_bytes: int) -> Iterator[bytes]:
    """Decompresses an object of any number of zstd frames; as `bunzip2`."""
    source = _File(blocks(read(), _IN_BYTES))
    decoded = pa.CompressedInputStream(pa.PythonFile(source, "r"), "zstd")
    while True:
        try:
            piece: Any = decoded.read(out_bytes)
        except OSError as error:
            if source.error:
                raise source.error from error
            raise TruncatedInputError(f"its zstd data is damaged ({error})") from error
        if not piece:
            return
        yield piece


class _File(io.RawIOBase):
    """Presents blocks as a file, as Arrow needs it. Keeps an error of the blocks, because Arrow replaces it."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self.error: Exception | None = None
        self._source = source
        self._held = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """At most so many bytes."""
        want = _IN_BYTES if size is None or size < 0 else size
        try:
            while len(self._held) < want and (block := next(self._source, b"")):
                self._held += block
        except Exception as error:
            self.error = error
            raise
        piece, self._held = self._held[:want], self._held[want:]
        return piece
