"""Event boundaries in exported text: ``2023-11-14T12:34:56.789Z message``, continuation lines without a timestamp.

Bytes in, batches of `EVENTS` out; ``raw`` is the text after the timestamp and its space, without the one newline that
ends the event. In the order of the object. Peak memory: a few times `block_bytes` plus `MAX_EVENT_BYTES`. No Python
loop over rows. A longer fragment is cut into pieces of `MAX_EVENT_BYTES`.

If a line of a message starts like a timestamp, it starts a new event: the format does not show the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Int64s
from loglake.kernels.blocks import BlocksUntilTruncated
from loglake.kernels.readers.events import Fragment, events_batch
from loglake.kernels.readers.export_timestamps import TIMESTAMP_BYTES, find_timestamps

BLOCK_BYTES = 4 * 1024 * 1024
MAX_EVENT_BYTES = 16 * 1024 * 1024
"""PutLogEvents takes events up to 1 MB; what is much longer is not an event."""

NO_TIMESTAMP = "no timestamp before this text"
TOO_LONG = "longer than an event can be"
_NEWLINE, _T = ord("\n"), ord("T")
_T_PLACE = len("2023-11-14")


def read_events(chunks: Iterable[bytes], block_bytes: int = BLOCK_BYTES) -> Iterator[pa.RecordBatch | Fragment]:
    """Cuts an object's decompressed bytes into events.

    The batches depend on the bytes and on `block_bytes`, not on how the chunks are cut. If the object is damaged, the
    bytes after the last whole event are a fragment with the damage as its reason: its end may be missing.

    Args:
        chunks: decompressed bytes in order, of any sizes.
        block_bytes: the size of one step.
    """
    whole, reader = BlocksUntilTruncated(chunks, block_bytes), _Reader()
    last = b""
    for block in whole:
        if len(block) < block_bytes:  # nothing follows: so all of a small object is one batch
            last = block
        else:
            yield from reader.feed(block)
    if whole.problem:
        yield from reader.feed(last)
        yield reader.truncated(whole.problem)
    else:
        yield from reader.finish(last)


class _Reader:
    """Holds the last stretch until the next timestamp or the end of the object completes it."""

    def __init__(self) -> None:
        self._tail = b""
        self._offset = 0
        self._line = 1
        self._at_line_start = True
        self._reason = NO_TIMESTAMP  # why the start of the tail is not an event, if it has no timestamp

    def feed(self, block: bytes) -> Iterator[pa.RecordBatch | Fragment]:
        """All stretches that the block completes."""
        data = self._tail + block
        starts, times, lines = self._timestamped(data)
        last, line = (int(starts[-1]), int(lines[-1])) if len(starts) else (0, self._line)
        yield from self._stretches(data, last, starts[:-1], times[:-1], lines[:-1])
        self._move(data, last, line)
        # A timestamp may begin in the last 24 bytes without being seen yet, so those are not cut off.
        while len(self._tail) >= MAX_EVENT_BYTES + TIMESTAMP_BYTES:
            self._reason = TOO_LONG if len(starts) else self._reason
            yield Fragment(self._line, self._offset, self._tail[:MAX_EVENT_BYTES], self._reason)
            self._move(self._tail, MAX_EVENT_BYTES, self._line + self._tail.count(b"\n", 0, MAX_EVENT_BYTES))

    def finish(self, block: bytes) -> Iterator[pa.RecordBatch | Fragment]:
        """All stretches up to the end of the last block."""
        data = self._tail + block
        if len(data) > MAX_EVENT_BYTES:  # may be cut where no event can end
            yield from self.feed(block)
            data = self._tail
        yield from self._stretches(data, len(data), *self._timestamped(data))

    def truncated(self, problem: str) -> Fragment:
        """The last stretch, which may lack its end."""
        return Fragment(self._line, self._offset, self._tail, problem)

    def _timestamped(self, data: bytes) -> tuple[Int64s, Int64s, Int64s]:
        """Offsets, times and line numbers of the stamped lines."""
        buffer = np.frombuffer(data, np.uint8)
        if len(buffer) < TIMESTAMP_BYTES:
            nothing = np.empty(0, np.int64)
            return nothing, nothing, nothing
        ends = np.flatnonzero(buffer == _NEWLINE)
        lines = np.append(0, ends + 1)  # each begins after so many line ends as its place says
        lines = lines[: np.searchsorted(lines, len(buffer) - TIMESTAMP_BYTES, side="right")]
        # Of a bomb of empty lines nothing is left to look at.
        before = np.flatnonzero(buffer[lines + _T_PLACE] == _T)
        if len(before) and not before[0] and not self._at_line_start:
            before = before[1:]
        starts = lines[before]
        found, times = find_timestamps(buffer, starts)
        return starts[found], times, before[found] + self._line

    def _stretches(
        self, data: bytes, end: int, starts: Int64s, times: Int64s, lines: Int64s
    ) -> Iterator[pa.RecordBatch | Fragment]:
        """Cuts the data before `end`: an unstamped head, then events. An event that is too long is a fragment."""
        head = int(starts[0]) if len(starts) else end
        if head:
            yield from self._pieces(data[:head], self._line, self._offset, self._reason)
        ends = np.append(starts[1:], end)
        long = np.flatnonzero(ends - starts > MAX_EVENT_BYTES)
        if not len(long):
            yield from _events(data, starts, ends, times, lines)
            return
        for index in long:
            start, stop = int(starts[index]), int(ends[index])
            yield from self._pieces(data[start:stop], int(lines[index]), self._offset + start, TOO_LONG)
        keep = np.delete(np.arange(len(starts)), long)
        yield from _events(data, starts[keep], ends[keep], times[keep], lines[keep])

    def _pieces(self, data: bytes, line: int, offset: int, reason: str) -> Iterator[Fragment]:
        for start in range(0, len(data), MAX_EVENT_BYTES):
            piece = data[start : start + MAX_EVENT_BYTES]
            yield Fragment(line, offset + start, piece, reason)
            line += piece.count(b"\n")

    def _move(self, data: bytes, to: int, line: int) -> None:
        """Forgets the data before `to`, a position in that line."""
        if to:
            self._line = line
            self._at_line_start = data[to - 1] == _NEWLINE
            self._offset += to
        self._tail = data[to:]


def _events(data: bytes, starts: Int64s, ends: Int64s, times: Int64s, lines: Int64s) -> Iterator[pa.RecordBatch]:
    """One batch of events. Between their stretches in the data there may be gaps."""
    if not len(starts):
        return
    buffer = np.frombuffer(data, np.uint8)
    # Timestamp, text, newline and gap, timestamp, ...: every third of these adjacent strings is an event's text.
    bounds = np.empty(3 * len(starts) + 1, np.int32)
    bounds[0:-1:3] = starts
    bounds[1::3] = starts + TIMESTAMP_BYTES
    bounds[2::3] = ends - (buffer[ends - 1] == _NEWLINE)
    bounds[-1] = ends[-1]
    parts = pa.Array.from_buffers(pa.binary(), len(bounds) - 1, [None, pa.py_buffer(bounds.data), pa.py_buffer(data)])
    texts = parts.take(np.arange(len(starts)) * 3 + 1)
    yield events_batch(times, texts, lines)
