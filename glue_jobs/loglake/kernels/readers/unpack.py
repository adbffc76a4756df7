"""What a raw object holds once nothing is gzip any more: text, whether it was gzip, gzip in gzip, or bare.

CloudWatch gzips what it hands to a subscription, and Firehose may gzip its objects once more. It puts the records one
after the other, so the inner layer is as many members as there were records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Callable

from loglake.kernels.blocks import TruncatedGzipError
from loglake.kernels.readers.gunzip import OUT_BYTES, cut, gunzip
from loglake.kernels.readers.gzip_header import GZIP_MAGIC

MAX_LAYERS = 3
"""What is gzip more often than that is no log, and may never end: some data decompresses to itself."""

_Read = Callable[[], Iterable[bytes]]


def unpack(read: _Read, out_bytes: int = OUT_BYTES) -> Iterator[bytes]:
    """Takes off all layers of gzip. A layer is there where the bytes start as gzip does; names say nothing.

    The bytes yielded and the error depend on the object's bytes alone, as those of `gunzip` do.

    Args:
        read: opens the object; called again only where it is damaged.
        out_bytes: the size of what is yielded, at most. Peak memory: as `gunzip`'s, for each layer.

    Yields:
        The bytes of the innermost layer in order: the object's own where it is not gzip; nothing for an empty object.

    Raises:
        TruncatedGzipError: a layer is damaged, or there are more than `MAX_LAYERS`; after everything before the damage
            was yielded.
    """
    for _ in range(MAX_LAYERS + 1):
        head, chunks = _peek(read())
        if not head.startswith(GZIP_MAGIC):
            for chunk in chunks:
                yield from cut(chunk, out_bytes)
            return
        read = partial(gunzip, _opened(chunks, read))
    raise TruncatedGzipError(f"it is gzip in gzip, more than {MAX_LAYERS} times", 0)


def _peek(chunks: Iterable[bytes]) -> tuple[bytes, Iterable[bytes]]:
    """The first bytes, two at least where there are two, and the same chunks again."""
    rest = iter(chunks)
    head = b""
    try:
        while len(head) < len(GZIP_MAGIC):
            head += next(rest)
    except StopIteration:
        return head, [head]
    except TruncatedGzipError as error:
        return head, chain([head], _raise(error))
    return head, chain([head], rest)


def _raise(error: TruncatedGzipError) -> Iterator[bytes]:
    yield b""
    raise error


def _opened(chunks: Iterable[bytes], read: _Read) -> _Read:
    """Reads what is open already, and only then opens anew."""
    waiting = [chunks]
    return lambda: waiting.pop() if waiting else read()
