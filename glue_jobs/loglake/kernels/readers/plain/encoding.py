"""Text as UTF-8: text with a byte order mark of UTF-8, UTF-16 or UTF-32 is decoded, all else stays as it is."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from loglake.kernels.blocks import blocks

_MARKS = (
    (codecs.BOM_UTF8, ""),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Of UTF-32 first: its mark begins with one of UTF-16."""

_BLOCK_BYTES = 256 * 1024


def has_mark(head: bytes) -> bool:
    """Whether text starts with a byte order mark."""
    return head.startswith(tuple(mark for mark, _ in _MARKS))


def to_utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same text as UTF-8 without its mark; bad bytes become U+FFFD. Raises as the chunks do."""
    rest = blocks(chunks, _BLOCK_BYTES)
    waiting = next(rest, b"")
    mark, name = next((each for each in _MARKS if waiting.startswith(each[0])), (b"", ""))
    waiting = waiting[len(mark) :]
    if not name:
        yield waiting
        yield from rest
        return
    decoder = codecs.getincrementaldecoder(name)("replace")
    yield decoder.decode(waiting).encode("utf-8", "replace")
    for chunk in rest:
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")
