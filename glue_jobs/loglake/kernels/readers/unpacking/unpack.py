"""Unpacks a raw object to its text, whether it is gzip, gzip in gzip, or bare.

CloudWatch gzips each record of a subscription, and Firehose may gzip its objects again. It puts the records one after
the other, so the inner layer has a gzip member for each record. People compress with zstd and bzip2 too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Callable

from loglake.kernels.blocks import TruncatedInputError, damaged
from loglake.kernels.readers.unpacking.compression import BZIP2_MAGIC, ZSTD_MAGIC, bunzip2, unzstd
from loglake.kernels.readers.unpacking.gunzip import OUT_BYTES, cut, gunzip
from loglake.kernels.readers.unpacking.gzip_header import GZIP_MAGIC
from loglake.kernels.readers.unpacking.sound_members import (
    Corrupt,
    CorruptMember,
    every_member,
    sound_members,
    whole,
)

MAX_LAYERS = 3
"""What is gzip more often than that is not a log, and may never end: some data decompresses to itself."""

_Read = Callable[[], Iterable[bytes]]

_DECODERS: tuple[tuple[re.Pattern[bytes], Callable[[_Read, int], Iterator[bytes]]], ...] = (
    (re.compile(re.escape(GZIP_MAGIC)), gunzip),
    (ZSTD_MAGIC, unzstd),
    (BZIP2_MAGIC, bunzip2),
)
_MAGIC_BYTES = 10
"""What bzip2 needs: text may well begin with BZh."""


def unpack(read: _Read, out_bytes: int = OUT_BYTES) -> Iterator[bytes]:
    """As `unpack_members`, with the text of members that fail their checks, up to the first of these."""
    yield from whole(_unpack(read, gunzip, out_bytes))


def unpack_members(read: _Read, corrupt: Corrupt | None, out_bytes: int = OUT_BYTES) -> Iterator[bytes | CorruptMember]:
    """Takes off all layers of gzip, zstd or bzip2. The first bytes decide what is a layer, not the object's name.

    As with `gunzip`, the bytes yielded and the error depend on the object's bytes alone.

    Args:
        read: opens the object; called again only if the object is damaged.
        corrupt: members of the outermost layer that are known to fail their checks; None: these are read as others.
        out_bytes: the size of what is yielded, at most. Peak memory: as `gunzip`'s, for each layer.

    Yields:
        The bytes of the innermost layer in order: the object's own if it is not compressed; nothing for an
        empty object. In the place of a member that is left out, that member.

    Raises:
        CorruptMemberError: see `sound_members`.
        TruncatedInputError: a layer is damaged, or there are more than `MAX_LAYERS`; after everything before the damage
            was yielded.
    """
    yield from _unpack(read, every_member if corrupt is None else partial(sound_members, corrupt=corrupt), out_bytes)


def _unpack(
    read: _Read, outermost: Callable[[_Read, int], Iterator[bytes | CorruptMember]], out_bytes: int
) -> Iterator[bytes | CorruptMember]:
    """As `unpack_members`; if the outermost layer is gzip, by this function."""
    opened: Callable[[], Iterable[bytes | CorruptMember]] = read
    for layer in range(MAX_LAYERS + 1):
        head, chunks = _peek(opened())
        decode = next((decode for magic, decode in _DECODERS if magic.match(head)), None)
        if decode is None:
            for chunk in chunks:
                yield from [chunk] if isinstance(chunk, CorruptMember) else cut(chunk, out_bytes)
            return
        is_outermost = decode is gunzip and not layer
        opened = partial(outermost if is_outermost else decode, _opened(chunks, opened), OUT_BYTES)
    raise TruncatedInputError(f"it is gzip in gzip, more than {MAX_LAYERS} times")


def _peek(chunks: Iterable[bytes | CorruptMember]) -> tuple[bytes, Iterable[bytes | CorruptMember]]:
    """The first bytes, enough to recognise a layer (fewer if the object is shorter), and all chunks, these included."""
    rest = iter(chunks)
    head = b""
    try:
        while len(head) < _MAGIC_BYTES:
            item = next(rest)
            if isinstance(item, CorruptMember):
                return head, chain([head, item], rest)
            head += item
    except StopIteration:
        return head, [head]
    except TruncatedInputError as error:
        return head, damaged(head, error)
    return head, chain([head], rest)


def _opened(chunks: Iterable[bytes | CorruptMember], read: Callable[[], Iterable[bytes | CorruptMember]]) -> _Read:
    """The first call returns the chunks that are already open; each later call opens the object again."""
    waiting = [chunks]
    return lambda: whole(waiting.pop() if waiting else read())
