"""Finds the content of an object's bytes in the simplest way there is.

The bytes of an undamaged object are classified exactly. If an object is damaged, the oracle trusts quarantine about the
fragments, after it checks that the object has these bytes; all the rest has to be in rows.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

_GZIP = 31
_MAGIC = b"\x1f\x8b"
LAYERS = 3
"""Of gzip over gzip."""


class Event(NamedTuple):
    """An event that an object holds.

    Attributes:
        line: as in the column `_line`.
        ms: its time; None if only the kernels can find it.
        data: its exact bytes; None if they are not known.
        group: its log group, None for the bundle's; the stream likewise.
        event_id: CloudWatch's id, if there is one.
    """

    line: int
    ms: int | None
    data: bytes | None
    group: str | None = None
    stream: str | None = None
    event_id: str | None = None


class Entry(NamedTuple):
    """An entry of quarantine: the offset of its bytes in the decompressed object, their line number, and the bytes."""

    offset: int
    line: int
    data: bytes


class Text(NamedTuple):
    """Decompressed bytes, all of them or those before damage.

    Attributes:
        stretches: the bytes between gzip members that fail their checks, if there are any.
    """

    data: bytes
    damaged: bool
    stretches: tuple[bytes, ...] = ()


class Held(NamedTuple):
    """The content of an object without its bytes in quarantine.

    Attributes:
        events: all events, whatever their time.
        exact: whether these are all events. If not, the damaged part may give more, and line numbers may differ.
    """

    events: list[Event]
    exact: bool = True


class MisreadError(Exception):
    """The results differ from this way of reading an object."""


Reading = Callable[[Text, Sequence[Entry], AbstractSet[int]], Held]
"""One way of reading: what an object holds, given its entries of quarantine and the lines that are rows.

Raises `MisreadError` where the entries do not fit.
"""


def demand(holds: bool, problem: str) -> None:
    """Raises if a way of reading does not fit."""
    if not holds:
        raise MisreadError(problem[:1_500])


def decompress(body: bytes) -> Text:
    """The text of an object: gzip, gzip over gzip, or bare. More layers count as damage from the first byte on."""
    text = Text(body, False)
    for layer in range(LAYERS):
        if text.data[:2] != _MAGIC:
            return text
        inner = _members(text.data, checked=not layer)
        if inner.stretches and inner.data[:2] != _MAGIC:
            return inner
        text = Text(inner.data, inner.damaged or text.damaged)
    return Text(b"", True) if text.data[:2] == _MAGIC else text


def _members(data: bytes, *, checked: bool) -> Text:
    """The text of all members up to damage; if `checked`, without members that fail their checks."""
    stretches, damaged = [b""], False
    while data and not damaged:
        behind = _behind_failed(data) if checked else None
        if behind is not None:
            stretches.append(b"")
            data = behind
        else:
            text, data, whole = _member(data)
            stretches[-1] += text
            damaged = not whole
        data = data.lstrip(b"\0")
    if len(stretches) == 1:
        return Text(stretches[0], damaged)
    return Text(stretches[0], True, tuple(stretches))


def _behind_failed(data: bytes) -> bytes | None:
    """What follows the first member if that fails its check; None if it does not."""
    try:
        zlib.decompressobj(_GZIP).decompress(data)
    except zlib.error as error:
        if "data check" in str(error) or "length check" in str(error):
            raw = zlib.decompressobj(-15)
            raw.decompress(data[_header_bytes(data) :])
            return raw.unused_data[8:]
    return None


def _header_bytes(data: bytes) -> int:
    """The size of a member's header, by RFC 1952."""
    flags, at = data[3], 10
    if flags & 4:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for flag in (8, 16):
        if flags & flag:
            at = data.index(b"\0", at) + 1
    return at + 2 * bool(flags & 2)


def _member(data: bytes) -> tuple[bytes, bytes, bool]:
    """The text of the first member, what follows it, and whether the member is whole."""
    decoder = zlib.decompressobj(_GZIP)
    try:
        text = decoder.decompress(data)
    except zlib.error:
        return _before_error(data), b"", False
    return text, decoder.unused_data, decoder.eof


def _before_error(data: bytes) -> bytes:
    """The bytes that zlib decodes of a damaged member before the byte that it refuses."""
    low, high = 0, len(data)  # data[:low] is fine, data[:high] is not
    while high - low > 1:
        middle = (low + high) // 2
        try:
            zlib.decompressobj(_GZIP).decompress(data[:middle])
            low = middle
        except zlib.error:
            high = middle
    decoder = zlib.decompressobj(_GZIP)
    return decoder.decompress(data[:low]) + b"".join(_until_error(decoder, data[low:high]))


def _until_error(decoder: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    while True:
        try:
            piece = decoder.decompress(data, 1)
        except zlib.error:
            return
        if not piece:
            return
        yield piece
        data = decoder.unconsumed_tail


def joined(entries: Sequence[Entry]) -> list[Entry]:
    """Entries without empty ones; adjacent entries are joined into one."""
    whole: list[Entry] = []
    for entry in entries:
        if not entry.data:
            continue
        last = whole[-1] if whole else None
        if last and last.offset + len(last.data) == entry.offset:
            whole[-1] = last._replace(data=last.data + entry.data)
        else:
            whole.append(entry)
    return whole
