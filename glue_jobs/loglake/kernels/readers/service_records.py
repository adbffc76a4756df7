"""CloudTrail's files: documents ``{"Records":[{…},{…}]}``, usually one; each record is one event.

Bytes in, batches of `EVENTS` out; ``raw`` is the exact text of a record, ``line`` its number in the object. Records
are read as JSON, one after the other. Source:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html

If something else comes, the rest of the object is a fragment, as `read_elements` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import is_encodable, stretches, to_mask
from loglake.kernels.json.arrays import WHITE, end_of
from loglake.kernels.readers.elements import Elements, Shape, read_elements
from loglake.kernels.readers.event_times import ISO, iso_times
from loglake.kernels.readers.events import Events, Fragment, Origin, events_batch

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
    """The records of an object as events. If it is damaged, the rest from there is a fragment, in pieces."""
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
