"""Lines that an AWS service delivered to S3: one event each, with the time that the line itself says.

Bytes in, batches of `EVENTS` out, in the order of the object; ``raw`` is the line without its newline, ``line`` its
number. Empty lines, header lines and a byte order mark at the start are neither events nor fragments. Peak memory: a
few times `block_bytes` plus `MAX_EVENT_BYTES`. No Python loop over rows, except for odd lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Array, Int64s, Mask, matches, no_mask, stretches, to_mask
from loglake.kernels.readers.events import Events, Fragment, Origin, events_batch
from loglake.kernels.readers.export_text import MAX_EVENT_BYTES, TOO_LONG
from loglake.kernels.readers.service_kinds import LineKind
from loglake.kernels.readers.unpacking.truncated_reads import read_blocks

BOM = b"\xef\xbb\xbf"

NO_TIME = "no time where a line of this service has it"
NO_TIME_FIELD = "the header line above it names no field with a time"

_NEWLINE, _RETURN = ord("\n"), ord("\r")


def read_lines(
    chunks: Iterable[bytes], origin: Origin, kind: LineKind, block_bytes: int
) -> Iterator[Events | Fragment]:
    """The lines of an object as events; `Origin.fields` has the field names of the last header line above them.

    A line without a time is a fragment. If the object is damaged, the rest after the last whole line is a fragment too.
    """
    return read_blocks(chunks, block_bytes, _Reader(origin, kind))


class _Reader:
    """Holds the last line until a newline or the end of the object completes it."""

    def __init__(self, origin: Origin, kind: LineKind) -> None:
        self._origin = origin
        self._kind = kind
        self._times = kind.times(kind.fields)
        self._tail = b""
        self._offset = 0
        self._line = 1
        self._is_rest = False  # of a line with a start that was too long already

    def feed(self, block: bytes) -> Iterator[Events | Fragment]:
        """All lines that the block completes."""
        data = self._tail + block
        end = data.rfind(b"\n") + 1
        self._tail = data[end:]
        yield from self._whole(data[:end])
        while len(self._tail) > MAX_EVENT_BYTES:
            self._is_rest = True
            yield Fragment(self._line, self._offset, self._tail[:MAX_EVENT_BYTES], TOO_LONG)
            self._offset += MAX_EVENT_BYTES
            self._tail = self._tail[MAX_EVENT_BYTES:]

    def finish(self) -> Iterator[Events | Fragment]:
        """The last line: nothing follows."""
        yield from self._whole(self._tail)

    def truncated(self, problem: str) -> Fragment:
        """The last line, which may lack its end."""
        return Fragment(self._line, self._offset, self._tail, problem)

    def _whole(self, data: bytes) -> Iterator[Events | Fragment]:
        """Whole lines, the last one perhaps without a newline."""
        if not data:
            return
        lines = _Lines(data, self._offset, self._line)
        is_long = lines.ends - lines.starts > MAX_EVENT_BYTES
        is_long[0] |= self._is_rest
        for index in np.flatnonzero(is_long).tolist():
            yield from lines.pieces(index)
        left = np.flatnonzero(~is_long & ~lines.is_empty())
        self._offset, self._line, self._is_rest = self._offset + len(data), self._line + len(is_long), False
        yield from self._records(lines, left)

    def _records(self, lines: _Lines, left: Int64s) -> Iterator[Events | Fragment]:
        """The events and fragments of these lines; header lines between them change the fields."""
        texts = lines.texts(left)
        first = 0
        for index in np.flatnonzero(self._maybe_headers(texts)).tolist():
            fields = self._kind.header(texts[index].as_py())
            if fields is None:
                continue
            yield from self._events(lines, left[first:index], texts.slice(first, index - first))
            first = index + 1
            if fields:
                self._origin = replace(self._origin, fields=fields)
                self._times = self._kind.times(fields)
        yield from self._events(lines, left[first:], texts.slice(first))

    def _maybe_headers(self, texts: Array) -> Mask:
        pattern = self._kind.maybe_header
        return to_mask(matches(texts, pattern)) if pattern else no_mask(len(texts))

    def _events(self, lines: _Lines, left: Int64s, texts: Array) -> Iterator[Events | Fragment]:
        """Events, and a fragment for each line that is none."""
        if not len(left):
            return
        times = self._times(texts) if self._times else pa.nulls(len(left), pa.int64())
        timed = to_mask(times.is_valid())
        for index in left[~timed].tolist():
            yield lines.fragment(index, NO_TIME if self._times else NO_TIME_FIELD)
        if not timed.all():
            times, texts, left = times.filter(pa.array(timed)), texts.filter(pa.array(timed)), left[timed]
        if len(left):
            yield Events(self._origin, events_batch(times, texts, left + lines.first))


class _Lines:
    """Lines in a stretch of an object.

    Args:
        data: whole lines, at least one; the last one may lack its newline.
        offset: of the data in the object.
        first: number of the first line.

    Attributes:
        starts: the start of each line in the data.
        ends: the end of each line, its newline included.
    """

    def __init__(self, data: bytes, offset: int, first: int) -> None:
        self.data = data
        self.offset = offset
        self.first = first
        buffer = np.frombuffer(data, np.uint8)
        after = np.flatnonzero(buffer == _NEWLINE) + 1
        self.ends = after if len(after) and after[-1] == len(data) else np.append(after, len(data))
        self.starts = np.append(0, self.ends[:-1])
        self._text_starts = self.starts.copy()
        if not offset and data.startswith(BOM):
            self._text_starts[0] = len(BOM)
        self._text_ends = self.ends - (buffer[self.ends - 1] == _NEWLINE)
        self._returns = buffer[self._text_ends - 1] == _RETURN

    def is_empty(self) -> Mask:
        """Which lines are empty, or have only a carriage return."""
        empty: Mask = self._text_ends - self._returns <= self._text_starts
        return empty

    def texts(self, which: Int64s) -> Array:
        """The lines without their newlines, and without a byte order mark."""
        return stretches(
            np.frombuffer(self.data, np.uint8), self._text_starts[which], self._text_ends[which], kind=pa.binary()
        )

    def fragment(self, index: int, reason: str) -> Fragment:
        """A line that is not an event."""
        start, end = int(self.starts[index]), int(self.ends[index])
        return Fragment(self.first + index, self.offset + start, self.data[start:end], reason)

    def pieces(self, index: int) -> Iterator[Fragment]:
        """A line that is too long, or the rest of it."""
        whole = self.fragment(index, TOO_LONG)
        for at in range(0, len(whole.data), MAX_EVENT_BYTES):
            yield replace(whole, offset=whole.offset + at, data=whole.data[at : at + MAX_EVENT_BYTES])
