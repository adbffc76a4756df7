"""The header of a gzip member, as in RFC 1952 (2.3)."""

from __future__ import annotations

import zlib

GZIP_MAGIC = b"\x1f\x8b"

_DEFLATE = 8
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT, _RESERVED = 2, 4, 8, 16, 0xE0
_FIXED_BYTES = 10
_MAX_BYTES = 256 * 1024
"""An extra field has 64 KiB at most; a name or comment that is longer than the rest is looked at by zlib."""


class OddGzipError(Exception):
    """The fast decoder can't continue. The object may be damaged or not."""


def header_size(data: bytes) -> int | None:
    """Bytes of the header at the start of the data; None if its end is not there yet.

    Raises:
        OddGzipError: it is not a header, or an odd one.
    """
    if len(data) < _FIXED_BYTES:
        return None
    if data[:3] != GZIP_MAGIC + bytes([_DEFLATE]) or data[3] & _RESERVED:
        raise OddGzipError
    flags = data[3]
    at: int | None = _FIXED_BYTES
    if flags:
        at = _optional_fields(data, flags)
        if at is None and len(data) > _MAX_BYTES:
            raise OddGzipError
    return at


def _optional_fields(data: bytes, flags: int) -> int | None:
    at = _FIXED_BYTES
    if flags & _FEXTRA:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for flag in (_FNAME, _FCOMMENT):
        if flags & flag:
            at = data.find(b"\0", at) + 1
            if not at:
                return None
    if flags & _FHCRC:
        at += 2
        if at <= len(data) and zlib.crc32(data[: at - 2]) & 0xFFFF != int.from_bytes(data[at - 2 : at], "little"):
            raise OddGzipError
    return at if at <= len(data) else None
