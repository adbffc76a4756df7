"""CloudTrail's files: documents ``{"Records":[{…},{…}]}``, usually one; each record is one event.

Bytes in, batches of `EVENTS` out; ``raw`` is the exact text of a record, ``line`` its number in the object. Records
are read as JSON, one after the other. Source:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html

If something else comes, or a record longer than `MAX_EVENT_BYTES`, the rest of the object is a fragment, in pieces of
`MAX_EVENT_BYTES`. Peak memory: a few times `MAX_EVENT_BYTES`, whatever the size of a document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import is_encodable, to_mask
from loglake.kernels.blocks import BlocksUntilTruncated
from loglake.kernels.readers.event_times import ISO, iso_times
from loglake.kernels.readers.events import Events, Fragment, Origin, events_batch
from loglake.kernels.readers.export_text import MAX_EVENT_BYTES
from loglake.kernels.readers.slices import slices

NO_EVENT_TIME = "a record without an eventTime"
NO_RECORD = "no whole record of CloudTrail from here on"

_W = r"[ \t\r\n]*"
_OPENED = re.compile(rf'(?:\xef\xbb\xbf)?{_W}\{{{_W}"Records"{_W}:{_W}\[')
_VERSION = re.compile(rf'{_W}(?:\]|\{{{_W}"eventVersion"{_W}:{_W}"1\.)')

# Numbers stay text: Python refuses integers of more than 4,300 digits.
_decode = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode


class _Record(NamedTuple):
    """A record's position in the text, and its time: a string in a valid record, anything in a broken one."""

    start: int
    end: int
    time: object


class _State(Enum):
    """The reader's position in a document."""

    OUTSIDE = auto()
    OPENED = auto()
    AT_RECORD = auto()
    AFTER_RECORD = auto()


_CLOSED = re.compile(rf"{_W}\]{_W}\}}")
_STEPS: Mapping[_State, tuple[tuple[re.Pattern[str], _State], ...]] = {
    _State.OUTSIDE: ((_OPENED, _State.OPENED),),
    _State.OPENED: ((_CLOSED, _State.OUTSIDE), (re.compile(rf"{_W}(?=\{{)"), _State.AT_RECORD)),
    _State.AFTER_RECORD: ((_CLOSED, _State.OUTSIDE), (re.compile(rf"{_W},{_W}(?=\{{)"), _State.AT_RECORD)),
}
"""What may follow, and the state after it."""


def begins_records(head: bytes) -> bool:
    """Whether an object begins like a CloudTrail file, as far as its first bytes show.

    The version tells it from S3's event notifications, which start with ``eventVersion`` 2 or higher.
    """
    text = head.decode("latin-1")
    opened = _OPENED.match(text)
    return bool(opened and _VERSION.match(text, opened.end()))


def read_records(chunks: Iterable[bytes], origin: Origin, block_bytes: int) -> Iterator[Events | Fragment]:
    """The records of an object as events. If it is damaged, the rest from there is a fragment, in pieces."""
    reader = _Reader(origin)
    whole = BlocksUntilTruncated(chunks, block_bytes)
    for block in whole:
        yield from reader.feed(block)
    yield from reader.finish(whole.problem)


class _Reader:
    """Holds the bytes that are not read yet. It decodes them as Latin-1: text and bytes have the same positions."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._data = b""
        self._offset = 0
        self._number = 1
        self._state = _State.OUTSIDE
        self._is_lost = False

    def feed(self, block: bytes) -> Iterator[Events | Fragment]:
        """All records that the block completes."""
        self._data += block
        if not self._is_lost:
            yield from self._records()
        while len(self._data) > MAX_EVENT_BYTES:
            self._is_lost = True
            yield Fragment(self._number, self._offset, self._data[:MAX_EVENT_BYTES], NO_RECORD)
            self._forget(MAX_EVENT_BYTES)

    def finish(self, problem: str) -> Iterator[Events | Fragment]:
        """The rest as a fragment. A document that ends too early is reported, even if it ends between records."""
        is_open = self._state is not _State.OUTSIDE and not self._is_lost
        if problem or self._data.strip() or is_open:
            yield Fragment(self._number, self._offset, self._data, problem or NO_RECORD)

    def _records(self) -> Iterator[Events | Fragment]:
        text = self._data.decode("latin-1")
        records, at = self._scan(text)
        if records:
            yield from self._events(records)
        self._number += len(records)
        self._forget(at)

    def _scan(self, text: str) -> tuple[list[_Record], int]:
        """All whole records, and the position to continue from when more bytes come."""
        records: list[_Record] = []
        at = 0
        while True:
            if self._state is _State.AT_RECORD:
                record = _record(text, at)
                if not record:
                    return records, at
                records.append(record)
                self._state, at = _State.AFTER_RECORD, record.end
                continue
            found = ((pattern.match(text, at), state) for pattern, state in _STEPS[self._state])
            step = next(((match.end(), state) for match, state in found if match), None)
            if not step:
                return records, at
            at, self._state = step

    def _events(self, records: list[_Record]) -> Iterator[Events | Fragment]:
        texts = [record.time if _is_text(record.time) else None for record in records]
        times = iso_times(pa.array(texts, pa.string()), f"^{ISO}$")
        timed = to_mask(times.is_valid())
        for index in np.flatnonzero(~timed).tolist():
            start, end, _ = records[index]
            yield Fragment(self._number + index, self._offset + start, self._data[start:end], NO_EVENT_TIME)
        if timed.any():
            starts, ends = (np.array(bounds)[timed] for bounds in zip(*(record[:2] for record in records), strict=True))
            numbers = np.flatnonzero(timed) + self._number
            times = times.filter(pa.array(timed))
            yield Events(self._origin, events_batch(times, slices(self._data, starts, ends), numbers))

    def _forget(self, count: int) -> None:
        self._offset += count
        self._data = self._data[count:]


def _record(text: str, at: int) -> _Record | None:
    """The object at `at`; None if it is too long, broken, or not complete yet."""
    try:
        value, end = _decode(text, at)
    except (ValueError, RecursionError):
        return None
    return _Record(at, end, value.get("eventTime")) if end - at <= MAX_EVENT_BYTES else None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and is_encodable(value)
