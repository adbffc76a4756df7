"""What ``aws logs tail`` and ``sam logs`` print: each event begins with its time and its log stream.

``2026-11-21T08:00:00.123000+00:00 STREAM message``; with ``--format json`` an object begins on the next line. ``sam
logs`` has the stream first. Events may have several lines. ``raw`` is the message, ``line`` the number of its first
line. Sources: the formatters of https://github.com/aws/aws-cli (``awscli/customizations/logs/tail.py``) and
https://github.com/aws/aws-sam-cli (``samcli/lib/observability/cw_logs/cw_log_formatters.py``).

If the file is damaged, its last event is a fragment: its end may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timezone

from loglake.kernels.readers.events import Events, Fragment, Origin
from loglake.kernels.readers.export_text import MAX_EVENT_BYTES, TOO_LONG
from loglake.kernels.readers.plain.stamps import find_stamp
from loglake.kernels.readers.saved.rows import NO_EVENT, Row, batches
from loglake.kernels.readers.unpacking.truncated_reads import read_blocks

_COLOUR = rb"(?:\x1b\[\d*m)*"
_FIRST = rb"(?:\xef\xbb\xbf)?%s" % _COLOUR
_DAY_AND_TIME = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
_TIME = rb"(?P<time>%s(?P<fraction>\.\d{3}000)?)" % _DAY_AND_TIME
"""CloudWatch's milliseconds as Python prints them: six digits."""

_STREAM = rb"(?!(?i:trace|debug|info|notice|warn|warning|error|fatal|critical) )(?P<stream>[^\s:*\x1b\[(<][^\s:*\x1b]*)"
"""No level: many loggers write one after a time. If a name has spaces, only its first word is taken."""

_END = rb"%s(?: (?P<text>.*)|\s*)$" % _COLOUR
_AWS = re.compile(rb"%s%s\+00:00%s %s%s%s" % (_FIRST, _TIME, _COLOUR, _COLOUR, _STREAM, _END), re.DOTALL)
_SAM = re.compile(rb"%s%s%s %s%s%s" % (_FIRST, _STREAM, _COLOUR, _COLOUR, _TIME, _END), re.DOTALL)
_STAMPED = re.compile(rb"%s%s" % (_COLOUR, _DAY_AND_TIME))
_TIMED = re.compile(rb"%s%s(?:\.\d{6})?\+00:00" % (_FIRST, _DAY_AND_TIME))
_NO_WORD = re.compile(rb"[\d/._-]")
"""What nearly all names of streams have, and words of a text have not."""


def begins_tail(head: bytes) -> bool:
    """Whether a file begins like what the commands print, as far as its first bytes show."""
    first, *lines = head.split(b"\n")
    shape = _shape_of(first)
    if not shape:
        return False
    begins = [each for each in (shape.match(line) for line in (first, *lines[:-1])) if each]
    # A server's name may stand in the place of the stream. It does not have CloudWatch's milliseconds each time.
    others = any(_STAMPED.match(line) and not shape.match(line) for line in lines[:-1])
    named = any(_NO_WORD.search(each["stream"]) for each in begins)
    return named and not others and any(each["fraction"] for each in begins)


def read_tail(chunks: Iterable[bytes], origin: Origin, block_bytes: int) -> Iterator[Events | Fragment]:
    """The events of a file.

    Args:
        chunks: its decompressed bytes in order, of any sizes.
        origin: gives the events their source and group.
        block_bytes: the size of one step. Batches depend on it, their events don't.
    """
    return batches(read_blocks(chunks, block_bytes, _Reader()), origin)


def _shape_of(first: bytes) -> re.Pattern[bytes] | None:
    if _AWS.match(first):
        return _AWS
    found = _SAM.match(first)
    return _SAM if found and b"/" in found["stream"] else None  # of a Lambda function: 2026/11/21/[$LATEST]…


class _Reader:
    """Holds the last event until the next one begins."""

    def __init__(self) -> None:
        self._shape: re.Pattern[bytes] | None = None
        self._tail = b""  # a line without its end
        self._held: list[bytes] = []  # the bytes of the last event
        self._size = 0
        self._begins = (1, 0)  # its line and offset
        self._next = (1, 0)

    def feed(self, block: bytes) -> Iterator[Row | Fragment]:
        """The events that the block completes."""
        *lines, self._tail = (self._tail + block).split(b"\n")
        for line in lines:
            yield from self._take(line + b"\n")
        while len(self._tail) > MAX_EVENT_BYTES:
            yield from self._take(self._tail[:MAX_EVENT_BYTES])
            self._tail = self._tail[MAX_EVENT_BYTES:]

    def finish(self) -> Iterator[Row | Fragment]:
        """The last event."""
        if self._tail:
            yield from self._take(self._tail)
        if self._held:
            yield self._event()

    def truncated(self, problem: str) -> Fragment:
        """The last event, which may lack its end."""
        return Fragment(*self._begins, b"".join([*self._held, self._tail]), problem)

    def _take(self, line: bytes) -> Iterator[Row | Fragment]:
        self._shape = self._shape or _shape_of(line)
        if self._held and (self._size >= MAX_EVENT_BYTES or self._begins_event(line)):
            yield self._event()
        self._held.append(line)
        self._size += len(line)
        self._next = (self._next[0] + line.endswith(b"\n"), self._next[1] + len(line))

    def _begins_event(self, line: bytes) -> bool:
        """Also one whose time is not CloudWatch's, or has no stream behind it: it is no event, and no part of one."""
        begins = _TIMED if self._shape is _AWS else self._shape
        return bool(begins and begins.match(line))

    def _event(self) -> Row | Fragment:
        """The event that ended; the next one begins."""
        data, begins = b"".join(self._held), self._begins
        self._held, self._size, self._begins = [], 0, self._next
        if len(data) >= MAX_EVENT_BYTES or not self._shape:
            return Fragment(*begins, data, TOO_LONG)
        found = self._shape.match(data)
        stamp = find_stamp(found["time"].decode(), timezone.utc) if found else None
        if not found or not stamp or stamp.own_ms is None:
            return Fragment(*begins, data, NO_EVENT)  # a day that does not exist, or the rest of what was too long
        text = (found["text"] or b"").removesuffix(b"\n").removesuffix(b"\r").removeprefix(b"\n")
        return Row(stamp.own_ms, text, begins[0], found["stream"].decode("utf-8", "replace"))
