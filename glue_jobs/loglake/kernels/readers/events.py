"""The output of every reader of raw objects: batches of events with their origin, and fragments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Array, Strings

_FIELDS: list[pa.Field[Any]] = [
    pa.field("event_time", pa.int64()),
    pa.field("raw", pa.string()),
    pa.field("line", pa.int64()),
    pa.field("event_id", pa.string()),
    pa.field("exact", pa.binary()),
]
EVENTS = pa.schema(_FIELDS)
"""``event_time`` ms since the epoch, ``raw`` the event's text, ``line`` 1-based: of its first line where the object is
lines, else the event's number in the object. None of these is null. ``event_id`` is CloudWatch's, null if the object
has none; ``exact`` the event's bytes where they are not UTF-8 (``raw`` then has U+FFFD), else null."""


@dataclass(frozen=True)
class Origin:
    """The origin of events.

    Attributes:
        source: the raw object's key.
        log_group: the group, empty if neither the object nor its key names one.
        log_stream: the stream.
        fields: the fields of a line in their order, if a line of the object names them; else empty.
        account: whose log group it is; empty if nothing says it.
    """

    source: str
    log_group: str
    log_stream: str
    fields: tuple[str, ...] = ()
    account: str = ""


@dataclass(frozen=True)
class Events:
    """A batch of one origin, in the order of the object; `batch` has the schema `EVENTS`."""

    origin: Origin
    batch: pa.RecordBatch


@dataclass(frozen=True)
class Fragment:
    """Bytes that are not an event. Each fragment counts as one event.

    Attributes:
        line: 1-based number of its first line, or of the event that it would be.
        offset: of its first byte in the decompressed object.
        data: its exact bytes; empty if the object is damaged right after a whole event.
        reason: why it is not an event.
    """

    line: int
    offset: int
    data: bytes
    reason: str


def events_batch(times: Any, texts: Array, lines: Any, ids: Strings | None = None) -> pa.RecordBatch:
    """A batch of `EVENTS`.

    Args:
        times: int64 ms, Arrow or numpy.
        texts: binary, or string if all texts are known to be UTF-8.
        lines: int64, Arrow or numpy.
        ids: event ids; None if the events have none.
    """
    raw, exact = decode(texts)
    event_ids: Any = pa.nulls(len(raw), pa.string()) if ids is None else ids
    return pa.record_batch([_int64s(times), raw, _int64s(lines), event_ids, exact], schema=EVENTS)


def decode(texts: Array) -> tuple[Strings, Array]:
    """Texts as UTF-8, with U+FFFD for bad bytes (WHATWG's practice, as in Python); and the exact bytes of bad texts."""
    nothing: Any = pa.nulls(len(texts), pa.binary())
    try:
        return texts.cast(pa.string()), nothing
    except pa.ArrowInvalid:
        pieces: list[Any] = texts.to_pylist()
        decoded = [piece.decode("utf-8", "replace") for piece in pieces]
        changed = [piece if text.encode() != piece else None for piece, text in zip(pieces, decoded, strict=True)]
        return pa.array(decoded, pa.string()), pa.array(changed, pa.binary())


def _int64s(values: Any) -> Array:
    return pa.array(values, pa.int64()) if isinstance(values, (np.ndarray, list)) else values
