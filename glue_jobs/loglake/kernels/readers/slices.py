"""Stretches of a buffer: as an Arrow array, and safe positions to cut."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Array, Int64s


def slices(data: bytes, starts: Int64s, ends: Int64s) -> Array:
    """Stretches of bytes, of type binary, each copied once.

    Args:
        data: less than 2 GiB.
        starts: offsets, ascending; no stretch begins before the one before it has ended.
        ends: offsets, one for each start.
    """
    # Stretch, gap, stretch, gap, ...: every other of these adjacent strings.
    bounds = np.empty(2 * len(starts) + 1, np.int32)
    bounds[0:-1:2] = starts
    bounds[1::2] = ends
    bounds[-1] = len(data)
    parts = pa.Array.from_buffers(pa.binary(), len(bounds) - 1, [None, pa.py_buffer(bounds.data), pa.py_buffer(data)])
    return parts.take(np.arange(len(starts)) * 2)


def character_start(data: bytes, at: int) -> int:
    """The position for cutting UTF-8 without splitting a character: `at`, or up to three bytes before it."""
    for start in range(at, max(at - 4, 0), -1):
        if start >= len(data) or data[start] & 0xC0 != 0x80:
            return start
    return at
