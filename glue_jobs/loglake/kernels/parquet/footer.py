"""Reads the footer of a Parquet file, which describes its content; never reads a column's data."""

from __future__ import annotations

import io
from typing import Callable

import pyarrow as pa
import pyarrow.parquet as pq

_END_BYTES = 64 * 1024
_MAGIC = b"PAR1"


def read_footer(read: Callable[[int, int], bytes], size_bytes: int) -> pq.FileMetaData | None:
    """The footer of a file; None if it is not a Parquet file that can be read.

    Asks for the last 64 KiB, and once more if the footer is longer.

    Args:
        read: returns the bytes of the file from an offset on, at most as many as are asked for.
        size_bytes: the file's size.
    """
    tail = read(max(0, size_bytes - _END_BYTES), _END_BYTES)
    if len(tail) < 12 or tail[-4:] != _MAGIC:
        return None
    length = int.from_bytes(tail[-8:-4], "little") + 8
    if length > size_bytes:
        return None
    if length > len(tail):
        tail = read(size_bytes - length, length)
    try:
        # The footer alone, put behind the magic bytes that a Parquet file starts with, is enough for metadata.
        return pq.read_metadata(io.BytesIO(_MAGIC + tail[-length:]))
    except (pa.ArrowException, OSError):
        return None
