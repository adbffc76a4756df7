"""Objects that AWS services deliver to S3, without CloudWatch's timestamps: their format, and their events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Strings, is_encodable, stretches, to_mask
from loglake.kernels.formats.definitions import library
from loglake.kernels.formats.lines import is_order
from loglake.kernels.formats.registry import format_of
from loglake.kernels.json.arrays import WHITE, end_of
from loglake.kernels.readers.elements import Elements, Shape, read_elements
from loglake.kernels.readers.event_times import ISO, iso_times
from loglake.kernels.readers.events import Events, Fragment, Origin, decode, events_batch
from loglake.kernels.readers.export_text import BLOCK_BYTES
from loglake.kernels.readers.service_kinds import LINE_KINDS, LineKind
from loglake.kernels.readers.service_lines import BOM, read_lines

NO_EVENT_TIME = "a record without an eventTime"
NO_RECORD = "no whole record of CloudTrail from here on"

_OPENED = re.compile(rf'(?:\xef\xbb\xbf)?{WHITE}\{{{WHITE}"Records"{WHITE}:{WHITE}\[')
_CLOSED = re.compile(rf"{WHITE}\]{WHITE}\}}")
_VERSION = re.compile(rf'{WHITE}(?:\]|\{{{WHITE}"eventVersion"{WHITE}:{WHITE}"1\.)')


def begins_records(head: bytes) -> bool:
    """Whether an object begins like a CloudTrail file, as far as its first bytes show.

    The version tells it from S3's event notifications, which start with ``eventVersion`` 2 or higher.
    """
    text = head.decode("latin-1")
    opened = _OPENED.match(text)
    return bool(opened and _VERSION.match(text, opened.end()))


def read_records(chunks: Iterable[bytes], origin: Origin, block_bytes: int) -> Iterator[Events | Fragment]:
    """The records of CloudTrail's files as events: documents ``{"Records":[{…},{…}]}``, usually one.

    ``raw`` is the exact text of a record, ``line`` its number in the object. Records are read as JSON, one after the
    other. If an object is damaged, or something else comes, the rest from there is a fragment, in pieces. Source:
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
    """
    shape = Shape(_OPENED, end_of(_CLOSED), NO_RECORD, lambda record: record.get("eventTime"))
    return read_elements(chunks, block_bytes, shape, lambda records: _events(records, origin))


def _events(records: Elements, origin: Origin) -> Iterator[Events | Fragment]:
    texts = [record.value if _is_text(record.value) else None for record in records.found]
    times = iso_times(pa.array(texts, pa.string()), f"^{ISO}$")
    timed = to_mask(times.is_valid())
    for index in np.flatnonzero(~timed).tolist():
        yield records.fragment(index, NO_EVENT_TIME)
    if timed.any():
        starts, ends = (
            np.array(bounds)[timed] for bounds in zip(*(record[:2] for record in records.found), strict=True)
        )
        numbers = np.flatnonzero(timed) + records.number
        times = times.filter(pa.array(timed))
        raw = stretches(np.frombuffer(records.data, np.uint8), starts, ends, kind=pa.binary())
        yield Events(origin, events_batch(times, raw, numbers))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and is_encodable(value)


_CLOUDTRAIL = "cloudtrail"
_OF_CLOUDFRONT = "x-edge-location"


def read_service_logs(
    chunks: Iterable[bytes], origin: Origin, format_id: str, block_bytes: int = BLOCK_BYTES
) -> Iterator[Events | Fragment]:
    """The events of an object that a service delivered.

    The events depend on the bytes alone; their batches depend on `block_bytes` too. Lines or records without a time are
    fragments. If the object is damaged, the rest after the last whole line or record is a fragment too.

    Args:
        chunks: decompressed bytes in order, of any sizes.
        origin: the events' origin. Without a group, it gets ``delivered/<format>``; without a stream, the folder of the
            object's key.
        format_id: the result of `recognise`.
        block_bytes: the size of one step.
    """
    placed = replace(
        origin,
        log_group=origin.log_group or f"delivered/{format_id}",
        log_stream=origin.log_stream or origin.source.rpartition("/")[0],
    )
    if format_id == _CLOUDTRAIL:
        return read_records(chunks, placed, block_bytes)
    return read_lines(chunks, placed, LINE_KINDS[format_id], block_bytes)


def recognise(head: bytes, is_whole: bool) -> str | None:
    """The format of most lines of an object, or the one that a header line names; None if it is not known here.

    Args:
        head: the first decompressed bytes of the object.
        is_whole: whether they are all of it, so that its last line is a whole one.
    """
    if begins_records(head):
        return _CLOUDTRAIL
    lines = _lines(head.removeprefix(BOM), is_whole)
    if not lines:
        return None
    texts = decode(pa.array(lines, pa.binary()))[0]
    for format_id, kind in LINE_KINDS.items():
        if _most_match(format_id, kind, lines, texts):
            return format_id
    return next((format_id for format_id, kind in LINE_KINDS.items() if _is_headed(format_id, kind, lines)), None)


def _lines(head: bytes, is_whole: bool) -> list[bytes]:
    """The whole lines that are not empty.

    If not even the first line is whole, it is taken as it is, and closed like a JSON object, so that it can be read.
    """
    lines = head.split(b"\n")
    cut = b"" if is_whole else lines.pop()
    kept = [line for line in lines if line.strip()]
    return kept or ([cut + b"}"] if cut.strip() else [])


def _most_match(format_id: str, kind: LineKind, lines: Sequence[bytes], texts: Strings) -> bool:
    own = int(to_mask(format_of(format_id).matches(texts)).sum())
    return own > 0 and 2 * own > len(lines) - sum(kind.header(line) is not None for line in lines)


def _is_headed(format_id: str, kind: LineKind, lines: Sequence[bytes]) -> bool:
    """Whether a header line names the format's fields and, if lines follow, one of them has a time.

    Other products write ``#Fields:`` too, some with a date and a time between tabs.
    """
    fields = next(filter(None, map(kind.header, lines)), None)
    if fields is None or not (is_order(fields, library()[format_id].order()) or _OF_CLOUDFRONT in fields):
        return False
    times = kind.times(fields)
    records = pa.array([line for line in lines if kind.header(line) is None], pa.binary())
    return not times or not len(records) or times(records).null_count < len(records)
