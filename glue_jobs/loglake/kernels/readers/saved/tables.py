"""CSV that CloudWatch's console downloads: of a search in log events, and of a query of Logs Insights.

The first row names the columns: ``timestamp`` and ``message``, perhaps with the log stream; or ``@timestamp`` and
``@message`` among others, which Logs Insights found in the message. A time is ms since the epoch, or text in UTC.
``raw`` is the message, ``line`` the number of its first line. Sources:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SearchDataFilterPattern.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html

A row that is no event is a fragment. If the file is damaged, its last row is one, too: its end may be missing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timezone
from typing import NamedTuple

from loglake.kernels.arrow import is_encodable
from loglake.kernels.blocks import BlocksUntilTruncated
from loglake.kernels.readers.events import Events, Fragment, Origin
from loglake.kernels.readers.export_text import MAX_EVENT_BYTES
from loglake.kernels.readers.payload_columns import MAX_MS, MIN_MS
from loglake.kernels.readers.plain.stamps import find_stamp
from loglake.kernels.readers.saved.rows import NO_EVENT, Row, batches

NO_ROW = "no row of a CSV file: a quote or a column is missing"

_OF_INSIGHTS = {"@timestamp", "@message"}
_OF_SEARCH = {"timestamp", "message"}
_MORE_OF_SEARCH = {"logStreamName", "logStream", "ingestionTime", "eventId"}
_MS_DIGITS = 13
"""Of milliseconds since the epoch, from 2001 on."""

_MARK = b"\xef\xbb\xbf"


class _Columns(NamedTuple):
    """Where a row has what; -1 if it has it not."""

    width: int
    time: int
    message: int
    log_stream: int
    event_id: int


def begins_table(head: bytes) -> bool:
    """Whether a file begins like a table of CloudWatch's console, as far as its first bytes show."""
    first, _, rest = head.removeprefix(_MARK).partition(b"\n")
    if _columns_of(first) is None:
        return False
    if first.startswith((b"@", b'"@')) or b",@" in first or b',"@' in first:
        return True
    # Any table may have columns with these names. In one of the console, times are milliseconds.
    time = rest.partition(b",")[0].strip(b'"')
    return len(time) == _MS_DIGITS and time.isdigit()


def read_table(chunks: Iterable[bytes], origin: Origin, block_bytes: int) -> Iterator[Events | Fragment]:
    """The events of a file.

    Args:
        chunks: its decompressed bytes in order, of any sizes.
        origin: gives the events their source and group, and their stream if they have none.
        block_bytes: the size of one step.
    """
    return batches(_rows(chunks, block_bytes), origin)


def _columns_of(first: bytes) -> _Columns | None:
    names: list[str] = []
    with suppress(csv.Error):
        names = next(csv.reader([first.decode("latin-1").strip("\r\n")], strict=True), [])
    found = set(names)
    is_search = found >= _OF_SEARCH and found <= _OF_SEARCH | _MORE_OF_SEARCH
    if len(found) != len(names) or not (is_search or found >= _OF_INSIGHTS):
        return None

    def place(*known: str) -> int:
        return next((names.index(name) for name in known if name in found), -1)

    time, message = ("timestamp", "message") if is_search else ("@timestamp", "@message")
    streams = ("logStreamName", "logStream") if is_search else ("@logStream",)
    return _Columns(len(names), place(time), place(message), place(*streams), place("eventId") if is_search else -1)


class _Lines:
    """The lines of a file as text, with the bytes that belong to the row so far.

    Attributes:
        problem: after the last line, what is wrong with the file; empty if nothing is.
    """

    def __init__(self, chunks: Iterable[bytes], block_bytes: int) -> None:
        self._blocks = BlocksUntilTruncated(chunks, block_bytes)
        self._row: list[bytes] = []
        self.offset = 0
        self.line = 1

    @property
    def problem(self) -> str:
        return self._blocks.problem

    def __iter__(self) -> Iterator[str]:
        tail = b""
        for block in self._blocks:
            *lines, tail = (tail + block).split(b"\n")
            for line in lines:
                yield self._took(line + b"\n")
            if len(tail) > MAX_EVENT_BYTES:
                yield self._took(tail)
                tail = b""
        if tail:
            yield self._took(tail)

    def _took(self, line: bytes) -> str:
        self._row.append(line)
        return line.decode("utf-8", "surrogateescape")

    def take(self) -> tuple[int, int, bytes]:
        """The first line, the offset and the bytes of the row that ended; the next one begins."""
        data = b"".join(self._row)
        line, offset = self.line, self.offset
        self.line += len(self._row)
        self.offset += len(data)
        self._row = []
        return line, offset, data


def _rows(chunks: Iterable[bytes], block_bytes: int) -> Iterator[Row | Fragment]:
    csv.field_size_limit(max(csv.field_size_limit(), MAX_EVENT_BYTES))
    lines = _Lines(chunks, block_bytes)
    rows = csv.reader(iter(lines), strict=True)
    columns: _Columns | None = None
    header: list[str] = []
    last: Row | Fragment | None = None
    last_bytes: tuple[int, int, bytes] = (1, 0, b"")
    while True:
        try:
            row, reason = next(rows), NO_EVENT
        except StopIteration:
            break
        except csv.Error:
            row, reason = [], NO_ROW
        taken = lines.take()
        if columns is None:
            columns, header = _columns_of(taken[2].removeprefix(_MARK)), row
            continue
        if (not row and not taken[2].strip()) or row == header:  # of another file that was added to this one
            continue
        if last:
            yield last
        last, last_bytes = _event(row, columns, taken[0]) or _piece(taken, reason), taken
    if lines.problem:
        yield _piece(last_bytes, lines.problem)
    elif last:
        yield last


def _event(row: list[str], columns: _Columns, line: int) -> Row | None:
    if len(row) != columns.width:
        return None
    time_ms = _time_ms(row[columns.time])
    if time_ms is None:
        return None
    stream, event_id = (_name(row[at]) if at >= 0 else "" for at in (columns.log_stream, columns.event_id))
    return Row(time_ms, row[columns.message].encode("utf-8", "surrogateescape"), line, stream, event_id or None)


def _time_ms(text: str) -> int | None:
    if text.lstrip("-").isdecimal() and text.isascii() and len(text) < 16:
        return int(text) if MIN_MS <= int(text) <= MAX_MS else None
    stamp = find_stamp(text, timezone.utc)
    return stamp.own_ms if stamp else None


def _name(text: str) -> str:
    return text if is_encodable(text) else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _piece(taken: tuple[int, int, bytes], reason: str) -> Fragment:
    line, offset, data = taken
    return Fragment(line, offset, data, reason)
