"""The events of a plain log file: lines put together to events, each with its own time; or the objects of an array.

Bytes in, batches of `EVENTS` out, in the order of the file; ``raw`` is the event's lines, without its last newline. The
events depend on the bytes alone, not on how they are cut. Lines of an array are counted from its first object. If the
file is damaged, the last event is a fragment: its end may be missing. Peak memory: a few times `BLOCK_BYTES` and
`MAX_EVENT_BYTES`. This loops over lines in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import tzinfo
from itertools import repeat
from typing import Callable

import pyarrow as pa

from loglake.core.plain_notes import PlainNotes
from loglake.kernels.arrow import matches, to_mask
from loglake.kernels.blocks import TruncatedInputError, character_start
from loglake.kernels.formats.objects.among_text import object_in
from loglake.kernels.formats.times.zones import zone_of
from loglake.kernels.readers.events import Events, Fragment, Origin, events_batch
from loglake.kernels.readers.plain.boundaries import Boundaries
from loglake.kernels.readers.plain.encoding import to_utf8
from loglake.kernels.readers.plain.iso_stamps import stamped_runs
from loglake.kernels.readers.plain.journal import entry_ms
from loglake.kernels.readers.plain.json_array import is_array, objects_as_lines
from loglake.kernels.readers.plain.json_times import json_time, read_object
from loglake.kernels.readers.plain.layout_stamps import layouts_with_time, stamp_behind
from loglake.kernels.readers.plain.stamps import HEAD_CHARACTERS, Stamp, find_stamp
from loglake.kernels.readers.plain.years import Turns, Years
from loglake.kernels.readers.unpacking.truncated_reads import read_blocks

BLOCK_BYTES = 1024 * 1024
MAX_EVENT_BYTES = 1_048_576 - 26
"""PutLogEvents: an event has at most 1 MiB, 26 bytes of overhead included. Longer ones are cut into several."""

_PREFIX_BYTES = 100
"""What may stand before an event's object."""

HEAD_BYTES = 64 * 1024
"""How much of a file decides whether it has stamps, and which time its first events get if they have none."""


def read_plain(
    chunks: Iterable[bytes],
    head: bytes,
    origin: Origin,
    notes: PlainNotes,
    *,
    reopen: Callable[[], Iterable[bytes]],
    zone: str = "",
    event_start: str = "",
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Events | Fragment]:
    """Reads a file.

    Args:
        chunks: its decompressed bytes in order, of any sizes.
        head: the first of these bytes, `HEAD_BYTES` of them if there are as many.
        origin: the events' origin.
        notes: collects what a person should know; its `changed_ms` gives timestamps without a year their year, and
            events without a time their time.
        reopen: opens the same bytes again; called only if the head has timestamps without a year.
        zone: the time zone of timestamps that name none; UTC if empty.
        event_start: RE2 that the first line of each event has; empty: stamps and indents show where one starts.
        block_bytes: the size of one step. Batches depend on it, their events don't.
    """
    times = _Times(zone_of(zone))
    head = b"".join(to_utf8([head]))
    in_array = is_array(head, MAX_EVENT_BYTES)
    if in_array:
        head = b"".join(objects_as_lines([head], MAX_EVENT_BYTES))
    shown = _Head(head, times, notes.changed_ms)
    if not shown.has_stamps:
        times.layouts = layouts_with_time(head.decode("latin-1").split("\n"))
        shown = _Head(head, times, notes.changed_ms)
    turns = None
    if shown.has_yearless:
        chunks, turns = reopen(), _count_turns(chunks, times)
    times.years = Years(notes.changed_ms, turns)
    first_ms = _Head(head, times, notes.changed_ms, Years(notes.changed_ms, turns)).first_ms
    reader = _Reader(origin, notes, times, Boundaries(shown.has_stamps), first_ms, event_start=event_start)
    text = to_utf8(chunks)
    if in_array:
        text = objects_as_lines(text, MAX_EVENT_BYTES)
    yield from read_blocks(text, block_bytes, reader)


class _Times:
    """Reads the times that lines and objects have themselves."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self.years = Years(0)
        self.layouts: tuple[str, ...] = ()

    def stamp(self, line: str) -> Stamp | None:
        head = line[:HEAD_CHARACTERS]
        return find_stamp(head, self.zone) or stamp_behind(head, self.layouts, self.zone)

    def of_object(self, text: str) -> int | None:
        found = object_in(text)  # none if the text is one
        members = read_object(found[0] if found else text)
        return None if members is None else json_time(members, self.zone)


class _Head:
    """The head of a file: stamps, those without a year, and the first time, if any."""

    def __init__(self, head: bytes, times: _Times, changed_ms: int, years: Years | None = None) -> None:
        self.has_stamps = False
        self.has_yearless = False
        self.first_ms: int | None = None
        years = years or Years(changed_ms)
        lines = head.split(b"\n")
        for line in lines[:-1] or lines:
            text = line.decode("latin-1")
            stamp = times.stamp(text)
            if stamp:
                self.has_stamps = True
                self.has_yearless = self.has_yearless or stamp.own_ms is None
            if self.first_ms is None:
                self.first_ms = years.ms(stamp) if stamp else times.of_object(text)


def _count_turns(chunks: Iterable[bytes], times: _Times) -> Turns:
    """The turns of the year in a whole file, up to any damage."""
    turns, tail = Turns(), b""
    with suppress(TruncatedInputError):
        for chunk in to_utf8(chunks):
            *lines, tail = (tail + chunk).split(b"\n")
            tail = tail[:MAX_EVENT_BYTES]
            for line in lines:
                _count(line, turns, times)
    _count(tail, turns, times)
    return turns


def _count(line: bytes, turns: Turns, times: _Times) -> None:
    stamp = times.stamp(line[:HEAD_CHARACTERS].decode("latin-1"))
    if stamp and stamp.own_ms is None:
        turns.add(stamp)


class _Reader:
    """Holds the last line until a newline completes it, and the last event until the next event completes it."""

    def __init__(
        self,
        origin: Origin,
        notes: PlainNotes,
        times: _Times,
        boundaries: Boundaries,
        first_ms: int | None,
        *,
        event_start: str = "",
    ) -> None:
        self._event_start = event_start
        self._origin = origin
        self._notes = notes
        self._times = times
        self._boundaries = boundaries
        self._last_ms = notes.changed_ms if first_ms is None else first_ms
        self._tail = b""
        self._is_rest = False  # the tail is the rest of a line that was cut
        self._line = 1
        self._offset = 0
        self._lines: list[bytes] = []  # of the last event
        self._size = 0
        self._own_ms: int | None = None
        self._begins = (1, 0)  # its line and offset
        self._texts: list[bytes] = []
        self._numbers: list[int] = []
        self._event_times: list[int] = []

    def feed(self, block: bytes) -> Iterator[Events | Fragment]:
        """All events that the block completes."""
        data = self._tail + block
        *lines, self._tail = data.split(b"\n")
        if self._event_start:
            for line, starts in zip(lines, self._starts(lines)):
                self._take(line, starts)
        else:
            self._take_all(lines, data)
        self._tail = self._cut(self._tail)
        yield from self._batch()

    def finish(self) -> Iterator[Events | Fragment]:
        """The last event: nothing follows."""
        if self._tail or self._is_rest:
            self._take(self._tail, next(iter(self._starts([self._tail]))))
        self._end()
        yield from self._batch()

    def truncated(self, problem: str) -> Fragment:
        """The last event, which may lack its end."""
        lines = [*self._lines, *([self._tail] if self._tail or self._is_rest else [])]
        line, offset = self._begins if self._lines else (self._line, self._offset)
        return Fragment(line, offset, b"\n".join(lines), problem)

    def _starts(self, lines: Sequence[bytes]) -> Iterable[bool | None]:
        """Which lines start an event; None if there is no pattern that says so."""
        if not self._event_start:
            return repeat(None, len(lines))
        texts = pa.array([line[:HEAD_CHARACTERS].decode("utf-8", "replace") for line in lines], pa.string())
        starts: list[bool] = to_mask(matches(texts, self._event_start)).tolist()
        return starts

    def _take_all(self, lines: Sequence[bytes], data: bytes) -> None:
        """Takes lines. One that starts with a time, as those before and after it do, is an event without a look."""
        times, runs = stamped_runs(lines, data, self._times.zone, MAX_EVENT_BYTES)
        at = 0
        for first, last in runs:
            for line in lines[at : first + 1]:
                self._take(line, None)
            at = first + 1
            if self._lines == [lines[first]]:  # else it goes on with what was before
                self._end()
                self._add(lines[at:last], times[at:last])
                at = last
        for line in lines[at:]:
            self._take(line, None)

    def _add(self, lines: Sequence[bytes], times: Sequence[int]) -> None:
        """Adds events of one line each, after the end of the last event."""
        self._texts += lines
        self._event_times += times
        self._numbers += range(self._line, self._line + len(lines))
        self._line += len(lines)
        self._offset += sum(map(len, lines)) + len(lines)
        self._last_ms = times[-1]
        self._notes.timed += len(lines)
        self._notes.events += len(lines)

    def _take(self, line: bytes, starts: bool | None) -> None:
        """Takes a whole line, or the rest of one."""
        line = self._cut(line)
        if self._is_rest:
            self._begin(line, None, is_object=False)
            self._is_rest = False
        else:
            self._whole(line, starts)
        self._line += 1
        self._offset += len(line) + 1

    def _cut(self, line: bytes) -> bytes:
        """Cuts a line that is too long for one event into several events. Returns the rest of the line."""
        while len(line) > MAX_EVENT_BYTES:
            end = character_start(line, MAX_EVENT_BYTES)
            stamp = None if self._is_rest else self._times.stamp(line[:HEAD_CHARACTERS].decode("latin-1"))
            self._begin(line[:end], stamp, is_object=False)
            self._notes.cut += 1
            self._offset += end
            self._is_rest = True
            line = line[end:]
        return line

    def _whole(self, line: bytes, starts: bool | None) -> None:
        text = line.decode("latin-1")
        members = read_object(line.decode("utf-8", "replace")) if line.startswith(b"{") else None
        stamp = self._times.stamp(text) if members is None else None
        is_object = members is not None
        if starts is None:
            continues = bool(self._lines) and self._boundaries.continues(text, stamp is not None, is_object)
        else:
            continues = bool(self._lines) and not starts
        if continues:
            if self._size + 1 + len(line) <= MAX_EVENT_BYTES:
                self._lines.append(line)
                self._size += 1 + len(line)
                return
            self._notes.cut += 1
        self._begin(line, stamp, is_object=is_object)
        if members is not None:
            self._own_ms = json_time(members, self._times.zone)

    def _begin(self, line: bytes, stamp: Stamp | None, *, is_object: bool) -> None:
        self._end()
        self._lines, self._size = [line], len(line)
        self._begins = (self._line, self._offset)
        self._own_ms = self._times.years.ms(stamp) if stamp else None
        self._boundaries.start(line.decode("latin-1"), is_object)

    def _end(self) -> None:
        """Completes the last event."""
        if not self._lines:
            return
        raw = b"\n".join(self._lines)
        is_whole = len(self._lines) == 1 and raw.startswith(b"{") and raw.endswith(b"}")  # and has no time
        if self._own_ms is None and b"{" in raw[:_PREFIX_BYTES] and not is_whole:
            self._own_ms = self._times.of_object(raw.decode("utf-8", "replace"))
        if self._own_ms is None and len(self._lines) > 1:
            self._own_ms = entry_ms(raw)
        if self._own_ms is not None:
            self._last_ms = self._own_ms
            self._notes.timed += 1
        self._notes.events += 1
        self._texts.append(raw)
        self._event_times.append(self._last_ms)
        self._numbers.append(self._begins[0])
        self._lines = []

    def _batch(self) -> Iterator[Events]:
        if not self._texts:
            return
        batch = events_batch(self._event_times, pa.array(self._texts, pa.binary()), self._numbers)
        self._texts, self._event_times, self._numbers = [], [], []
        yield Events(self._origin, batch)
