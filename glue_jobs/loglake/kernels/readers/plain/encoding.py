"""Text as UTF-8: text with a byte order mark of UTF-8, UTF-16 or UTF-32 is decoded, and UTF-16 without one.

All else stays as it is. UTF-16 has no mark if the file was cut while its program went on writing.
"""

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

_LOOKED_AT_BYTES = 4096
_MOST = 0.9

IN_NO_TEXT = bytes({*range(32)} - {*b"\t\n\v\f\r\x1b"})
"""Control characters that a text hardly has."""


def is_marked(head: bytes) -> bool:
    """Whether text starts with a byte order mark, or is UTF-16 without one."""
    return _encoding(head) is not None


def _encoding(head: bytes) -> tuple[bytes, str] | None:
    """The mark of a text's encoding and its name; None if it is none of `_MARKS`."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return mark, name
    even, odd = head[:_LOOKED_AT_BYTES:2], head[1:_LOOKED_AT_BYTES:2]
    for letters, zeros, name in ((even, odd, "utf-16-le"), (odd, even, "utf-16-be")):
        if zeros and zeros.count(0) > _MOST * len(zeros) and letters.translate(None, IN_NO_TEXT) == letters:
            return b"", name
    return None


def to_utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same text as UTF-8 without its mark; bad bytes become U+FFFD. Raises as the chunks do."""
    rest = blocks(chunks, _BLOCK_BYTES)
    waiting = next(rest, b"")
    mark, name = _encoding(waiting) or (b"", "")
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
