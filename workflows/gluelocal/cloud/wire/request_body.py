"""Reads the body of a request, up to the server's limit, and says in words what is wrong with a body."""

from __future__ import annotations

import io
import re
from email.message import Message
from typing import BinaryIO

_PIECE_BYTES = 1 << 20
_LINE_BYTES = 1024
_TRAILERS = 100
_MOST_DIGITS = 18
_HEX = re.compile(rb"[0-9A-Fa-f]{1,18}")


class BadBodyError(Exception):
    """A body that the server does not take.

    Attributes:
        status: the status of the HTTP answer.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def body_length(headers: Message, most_bytes: int) -> int | None:
    """The size of the body in bytes, before any is read; None if it comes in chunks, 0 if nothing is said of it.

    Raises:
        BadBodyError: 400 or 413 (RFC 9110 and RFC 9112, section 6).
    """
    lengths, codings = headers.get_all("Content-Length", []), headers.get_all("Transfer-Encoding", [])
    if codings:
        if lengths or [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise BadBodyError(400, "A body comes with a Content-Length, or with the Transfer-Encoding chunked.")
        return None
    if not lengths:
        return 0
    if len(set(lengths)) > 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
        raise BadBodyError(400, "The Content-Length is not a number of bytes.")
    if len(lengths[0]) > _MOST_DIGITS or int(lengths[0]) > most_bytes:
        raise _too_large(most_bytes)
    return int(lengths[0])


def read_body(stream: BinaryIO, length: int | None, most_bytes: int) -> io.BytesIO:
    """Reads a body of a known length, or in chunks. Memory grows with received bytes, not with the announced length.

    Raises:
        BadBodyError: it ends too early, has invalid chunks, or is too large.
    """
    body = io.BytesIO()
    if length is None:
        while size := _chunk_size(stream):
            if body.tell() + size > most_bytes:
                raise _too_large(most_bytes)
            _copy(stream, size, body)
            if stream.readline(_LINE_BYTES).rstrip(b"\r\n"):
                raise BadBodyError(400, "A chunk of the body is longer than it says.")
        _skip_trailers(stream)
    else:
        _copy(stream, length, body)
    body.seek(0)
    return body


def _copy(stream: BinaryIO, size: int, body: io.BytesIO) -> None:
    left = size
    while left:
        piece = stream.read(min(_PIECE_BYTES, left))
        if not piece:
            raise BadBodyError(400, f"The body ended after {size - left} of {size} bytes.")
        body.write(piece)
        left -= len(piece)


def _chunk_size(stream: BinaryIO) -> int:
    line = stream.readline(_LINE_BYTES)
    digits = line.partition(b";")[0].strip()
    if not line.endswith(b"\n") or not _HEX.fullmatch(digits):
        raise BadBodyError(400, "The body is not in chunks.")
    return int(digits, 16)


def _skip_trailers(stream: BinaryIO) -> None:
    for _ in range(_TRAILERS):
        if not stream.readline(_LINE_BYTES).rstrip(b"\r\n"):
            return
    raise BadBodyError(400, "The body has too many trailers.")


def _too_large(most_bytes: int) -> BadBodyError:
    return BadBodyError(413, f"The body is too large: {most_bytes:,} bytes is the most.")
