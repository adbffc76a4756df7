"""What a raw object is, decided by its content and never by its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from loglake.kernels.blocks import TruncatedGzipError
from loglake.kernels.readers.events import Events, Fragment, Origin
from loglake.kernels.readers.export_text import NO_TIMESTAMP, read_events
from loglake.kernels.readers.export_timestamps import TIMESTAMP_BYTES, find_timestamps
from loglake.kernels.readers.service_logs import read_service_logs, recognise
from loglake.kernels.readers.subscription import looks_like_payload, read_payloads

HEAD_BYTES = 64 * 1024
"""Decompressed bytes of an object that decide what it is."""

_SIGNATURES = (
    (b"PAR1", "a Parquet file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x1f\x8b", "gzip over and over"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)


def read_sniffed(chunks: Iterable[bytes], origin: Origin) -> Iterator[Events | Fragment]:
    """The events of an object's decompressed bytes.

    In this order: one line that starts with CloudWatch's timestamp makes it an export, whatever else is in it; then
    subscription payloads; then what AWS services deliver to S3. Anything else is read as an export too, in which all is
    no_timestamp: fragments. Neither the decision nor the events depend on how the chunks are cut.

    Args:
        chunks: decompressed bytes in order, of any sizes. `TruncatedGzipError` at any point is a fragment here.
        origin: of the events, where the object itself doesn't say more.
    """
    head = _take_head(iter(chunks))
    if _has_timestamp(head.data):
        yield from _read_export(head.chunks, origin, NO_TIMESTAMP)
    elif looks_like_payload(head.data):
        yield from read_payloads(head.chunks, origin)
    elif format_id := recognise(head.data, head.is_whole):
        yield from read_service_logs(head.chunks, origin, format_id)
    else:
        yield from _read_export(head.chunks, origin, _why_not(head.data))


def _has_timestamp(head: bytes) -> bool:
    """Whether a line of these bytes starts with the timestamp of an exported event."""
    data = np.frombuffer(head, np.uint8)
    lines = np.append(0, np.flatnonzero(data == ord("\n")) + 1)
    found, _ = find_timestamps(data, lines[lines <= len(head) - TIMESTAMP_BYTES])
    return len(found) > 0


class _Head(NamedTuple):
    """The start of an object.

    Attributes:
        data: its first `HEAD_BYTES`, fewer where the object, or what of it comes before damage, is smaller.
        is_whole: whether that is all of it, and nothing is damaged.
        chunks: all bytes of the object, these included; raises as the chunks that it was made of.
    """

    data: bytes
    is_whole: bool
    chunks: Iterator[bytes]


def _take_head(chunks: Iterator[bytes]) -> _Head:
    read = bytearray()
    try:
        for chunk in chunks:
            read += chunk
            if len(read) > HEAD_BYTES:
                return _Head(bytes(read[:HEAD_BYTES]), False, chain([bytes(read)], chunks))
    except TruncatedGzipError as error:
        return _Head(bytes(read), False, _damaged(bytes(read), error))
    return _Head(bytes(read), True, iter([bytes(read)]))


def _damaged(read: bytes, error: TruncatedGzipError) -> Iterator[bytes]:
    yield read
    raise error


def _read_export(chunks: Iterable[bytes], origin: Origin, no_timestamp: str) -> Iterator[Events | Fragment]:
    """Events of an export; what has no timestamp gets that reason."""
    for item in read_events(chunks):
        if isinstance(item, pa.RecordBatch):
            yield Events(origin, item)
        else:
            yield replace(item, reason=no_timestamp) if item.reason == NO_TIMESTAMP else item


def _why_not(head: bytes) -> str:
    """Why nothing in an object of this kind has a timestamp."""
    kind = next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), None)
    if kind:
        return f"{kind}, which is no log that can be read here"
    return "binary data, which is no log that can be read here" if b"\0" in head else NO_TIMESTAMP
