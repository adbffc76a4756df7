"""A file that is one array of JSON objects, as ``jq -s`` and many exports write it: each object is an event."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from loglake.kernels.blocks import TruncatedInputError
from loglake.kernels.json.arrays import WHITE, ArrayScanner, end_of

_OPENED = re.compile(rf'{WHITE}\[(?={WHITE}\{{{WHITE}")')
_CLOSED = end_of(re.compile(rf"{WHITE}\]"))
_CLOSED_AT_END = end_of(re.compile(rf"{WHITE}\]{WHITE}\Z"))


def is_array(head: bytes, longest: int) -> bool:
    """Whether a file is one array of objects, as far as its first bytes show.

    In a log whose lines are arrays, each of them is an event.
    """
    text = head.decode("latin-1")
    if not _OPENED.match(text):
        return False
    _, at = ArrayScanner(_OPENED, _CLOSED_AT_END, longest).scan(text)
    return not text[at:].lstrip(" \t\r\n").startswith("]")


def objects_as_lines(chunks: Iterable[bytes], longest: int) -> Iterator[bytes]:
    """The exact text of each object of the array, and a newline.

    What follows the array comes as it is, unless it is another one. So does what is no such array from there on.

    Args:
        chunks: bytes in order, of any sizes. If they end in damage, so do these.
        longest: an object of more characters is no part of an array.
    """
    scanner = ArrayScanner(_OPENED, _CLOSED, longest)
    data, is_begun, is_lost = b"", False, False
    try:
        for chunk in chunks:
            if is_lost:
                yield chunk
                continue
            data += chunk
            found, at = scanner.scan(data.decode("latin-1"))
            if found:
                yield b"".join(data[element.start : element.end] + b"\n" for element in found)
                is_begun = True
            data = data[at:]
            if is_begun and not scanner.is_inside:
                data = data.lstrip(b" \t\r\n")  # an empty line would belong to the last object
            if len(data) > longest:
                yield data
                data, is_lost = b"", True
    except TruncatedInputError:
        yield data
        raise
    yield data
