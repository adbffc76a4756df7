"""What an object's bytes hold, found out in the plainest way there is.

The bytes of an object that is not damaged are classified exactly. If some are damaged, what quarantine holds is
taken at its word for what is no event, after a look whether it is really there; all the rest has to be in rows.
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
        line: as `_line` has it.
        ms: its time; None where only the kernels can tell.
        data: its exact bytes; None if they are not known.
        group: its log group, None for the bundle's; so the stream.
        event_id: CloudWatch's, where there is one.
    """

    line: int
    ms: int | None
    data: bytes | None
    group: str | None = None
    stream: str | None = None
    event_id: str | None = None


class Entry(NamedTuple):
    """An entry of quarantine: where its bytes are in the decompressed object, the number of their line, and they."""

    offset: int
    line: int
    data: bytes


class Text(NamedTuple):
    """Decompressed bytes, all of them or those before damage."""

    data: bytes
    damaged: bool


class Held(NamedTuple):
    """What an object holds, apart from what is in quarantine.

    Attributes:
        events: all events, whatever their time.
        exact: whether these are all; else others may be there, from what is damaged, and lines have other numbers.
    """

    events: list[Event]
    exact: bool = True


class MisreadError(Exception):
    """What was found is not what this way of reading an object gives."""


Reading = Callable[[Text, Sequence[Entry], AbstractSet[int]], Held]
"""One way of reading: what an object holds, given its entries of quarantine and the lines that are rows.

Raises `MisreadError` where the entries do not fit.
"""


def demand(holds: bool, problem: str) -> None:
    """Raises where a way of reading does not fit."""
    if not holds:
        raise MisreadError(problem[:1_500])


def decompress(body: bytes) -> Text:
    """The text of an object: gzip, gzip over gzip, or bare. What has more layers is damaged from its first byte on."""
    text = Text(body, False)
    for _ in range(LAYERS):
        if text.data[:2] != _MAGIC:
            return text
        inner = _members(text.data)
        text = Text(inner.data, inner.damaged or text.damaged)
    return Text(b"", True) if text.data[:2] == _MAGIC else text


def _members(data: bytes) -> Text:
    parts = []
    while data:
        text, data, whole = _member(data)
        parts.append(text)
        if not whole:
            return Text(b"".join(parts), True)
        data = data.lstrip(b"\0")
    return Text(b"".join(parts), False)


def _member(data: bytes) -> tuple[bytes, bytes, bool]:
    """The text of the first member, what follows it, and whether the member is whole."""
    decoder = zlib.decompressobj(_GZIP)
    try:
        text = decoder.decompress(data)
    except zlib.error:
        return _before_error(data), b"", False
    return text, decoder.unused_data, decoder.eof


def _before_error(data: bytes) -> bytes:
    """What zlib gives of a damaged member until it has to read the byte that it refuses."""
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
    """Entries without those that are empty, and with those that touch each other as one."""
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
