"""The gzip members of an object that pass their checks: a member that fails its own is left out as a whole.

Text whose checksum is wrong may have changed without a sign, so none of it is passed on. A small member waits until its
check. The start of a large one is passed on before; if it fails then, the caller begins again and leaves it out.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Callable, NamedTuple

from loglake.errors import PermanentError
from loglake.kernels.blocks import TruncatedInputError, blocks
from loglake.kernels.readers.unpacking.gunzip import (
    OUT_BYTES,
    REFUSED,
    CheckError,
    carefully,
    cut,
    decode,
    decode_carefully,
    gunzip,
)
from loglake.kernels.readers.unpacking.gzip_header import OddGzipError, header_size

WAITING_BYTES = 16 * 1024 * 1024
"""Of a member's text that waits for its check."""

MOST_CORRUPT = 16
"""Members of an object that fail. After one more the object is not read on: each costs a look at the start."""

_TOO_MANY = f"more than {MOST_CORRUPT} of its gzip members are corrupt"
_BLOCK_BYTES = 64 * 1024
_RAW_WBITS, _TRAILER_BYTES = -15, 8

_Read = Callable[[], Iterable[bytes]]

Corrupt = Mapping[int, str]
"""Members that failed their checks, by their number in the object from 1, and why."""


class CorruptMember(NamedTuple):
    """A member that is left out, in the place of its text.

    Attributes:
        reason: which one, where it is, and why.
    """

    reason: str


class CorruptMemberError(PermanentError):
    """A member failed its check after some of its text was passed on.

    Attributes:
        number: of the member.
        problem: what is wrong.
    """

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(f"gzip member {number} fails its check: {problem}")
        self.number = number
        self.problem = problem


def sound_members(read: _Read, out_bytes: int, corrupt: Corrupt) -> Iterator[bytes | CorruptMember]:
    """As `gunzip`, without the text of members that fail their checks; what follows these is read.

    Args:
        read: opens the object; called again only if the object is damaged.
        out_bytes: the size of what is yielded, at most.
        corrupt: members that are known to fail.

    Raises:
        CorruptMemberError: a member that is not known to fail does, and some of its text was yielded.
        TruncatedInputError: the object is damaged in another way, or more than `MOST_CORRUPT` members fail.
    """
    start, before = 0, 0  # bytes and members of the object that are read
    for _ in range(MOST_CORRUPT + 1):
        opened = partial(_behind_padding, read, start)
        known = min((number for number in corrupt if number > before), default=None)
        try:
            yield from _checked(opened, out_bytes, None if known is None else known - before - 1)
            if known is None:
                return
            number, problem = known - before, corrupt[known]
        except CheckError as error:
            number, problem = error.members + 1, error.problem
        except CorruptMemberError as error:
            raise CorruptMemberError(before + error.number, error.problem) from error
        first, start = _place(read, start, number)
        before += number
        place = f"bytes {first:,} to {start:,}"
        yield CorruptMember(f"gzip member {before} ({place} of the object) is left out: {problem}")
    raise TruncatedInputError(_TOO_MANY)


def every_member(read: _Read, out_bytes: int) -> Iterator[bytes]:
    """As `gunzip`, but members that fail their checks are as good as others: what follows them is read, too."""
    start = 0
    for _ in range(MOST_CORRUPT + 1):
        try:
            yield from gunzip(partial(_behind_padding, read, start), out_bytes)
            return
        except CheckError as error:
            _, start = _place(read, start, error.members + 1)
    raise TruncatedInputError(_TOO_MANY)


def whole(items: Iterable[bytes | CorruptMember]) -> Iterator[bytes]:
    """The bytes up to a member that is left out, which is a truncation for a layer inside."""
    for item in items:
        if isinstance(item, CorruptMember):
            raise TruncatedInputError(item.reason)
        yield item


def _checked(opened: _Read, out_bytes: int, most: int | None) -> Iterator[bytes]:
    """The text of the first members, each if it passes its check.

    Raises:
        CheckError: a member fails, and nothing of it was yielded.
        CorruptMemberError: a member fails, and some of it was.
        TruncatedInputError: as `gunzip`.
    """
    waiting, size, done, unchecked = list[bytes](), 0, 0, 0
    try:
        for piece in decode(opened(), most):
            waiting.append(piece)
            size += len(piece)
            # ISA-L reads on for a while after what zlib refuses: the last piece waits in any case.
            ready = waiting if not piece else waiting[:-1] if size > WAITING_BYTES else []
            if ready:
                waiting = waiting[len(ready) :]
                released = sum(map(len, ready))
                size, done, unchecked = size - released, done + released, unchecked + released if piece else 0
                for each in ready:
                    yield from cut(each, out_bytes)
        return
    except REFUSED:
        pass
    try:
        for _ in decode_carefully(opened(), most):
            pass
    except CheckError as error:
        if unchecked:
            raise CorruptMemberError(error.members + 1, error.problem) from error
        yield from carefully(opened, out_bytes, error.members, done)
        raise
    except TruncatedInputError:
        pass
    yield from carefully(opened, out_bytes, most, done)


def _from(read: _Read, start: int) -> Iterator[bytes]:
    """An object's bytes from a place on."""
    for chunk in read():
        yield chunk[start:]
        start = max(0, start - len(chunk))


def _behind_padding(read: _Read, start: int) -> Iterator[bytes]:
    """As `_from`, without the zero bytes behind a member that ends there."""
    chunks = _from(read, start)
    for chunk in chunks:
        if rest := chunk.lstrip(b"\0") if start else chunk:
            yield from chain([rest], chunks)


def _place(read: _Read, start: int, number: int) -> tuple[int, int]:
    """The first byte of a member, and the one behind its end. Members are counted from a place on."""
    at, members, held, trailer = start, 0, b"", 0
    first, decoder = start, None
    for block in blocks(_from(read, start), _BLOCK_BYTES):
        data = held + block
        held = b""
        while data:
            size = len(data)
            if trailer:
                data = data[trailer:]
                trailer -= size - len(data)
                members += not trailer
                if members == number:
                    return first, at + size - len(data)
            elif decoder is None:
                data = data.lstrip(b"\0") if members or start else data
                first = at + size - len(data)
                try:
                    header = header_size(data)
                except OddGzipError as error:
                    raise TruncatedInputError(f"gzip member {members + 1} can't be left out") from error
                if header is None:
                    at, held = first, data
                    break
                data, decoder = data[header:], zlib.decompressobj(_RAW_WBITS)
            else:
                decoder.decompress(data, OUT_BYTES)
                data = decoder.unconsumed_tail
                if decoder.eof:
                    data, decoder, trailer = decoder.unused_data, None, _TRAILER_BYTES
            at += size - len(data)
    raise TruncatedInputError(f"gzip member {number} can't be left out")


class Stretches:
    """The bytes of an object between members that are left out.

    Attributes:
        left_out: why the last stretch ended before the object did; None if it did not.
        is_cut: whether it ended within a line. Then its bytes end in a `TruncatedInputError` that says why.
    """

    def __init__(self, items: Iterator[bytes | CorruptMember]) -> None:
        self.left_out: str | None = None
        self.is_cut = False
        self._items = items

    def next(self) -> Iterator[bytes]:
        """The bytes of the next stretch."""
        self.left_out, last = None, b"\n"
        for item in self._items:
            if isinstance(item, CorruptMember):
                self.left_out, self.is_cut = item.reason, not last.endswith(b"\n")
                break
            last = item or last
            yield item
        if self.left_out and self.is_cut:
            raise TruncatedInputError(self.left_out)
